"""Compares Rowan's static encoders with Model2Vec's steps in NumPy; see check-static.sh."""
import json
import os
import struct
import subprocess
import sys

import numpy

rowan, ask, encoder, work = sys.argv[1:5]
BOUND = 1e-6
TEXTS = [
    "the red car", "a blue boat", "The RED Car!", "cars and boats", "boating", "", "   ", "日本語 ☃", "東京 red", "naïve café", "redcar boathouse",
    "123 cars, 45 boats.", "tab\tand\nline", "don't", "un-known-word", "😀 red 😀", "zzzzzzzzzz" * 12, "the red boat " * 250,
    "averyveryverylongwordthatnobodyknows " * 3, "Überraschung: the boat's blue",
]
KINDS = {"F32": "<f4", "F16": "<f2", "I8": "i1", "I64": "<i8", "I32": "<i4"}
failed = 0


def path(*names):
    return os.path.join(work, *names)


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True, cwd=work)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(words)}: {done.stdout}{done.stderr}")


def read_safetensors(file):
    with open(file, "rb") as stream:
        header = json.loads(stream.read(struct.unpack("<Q", stream.read(8))[0]))
        data = stream.read()
    arrays = {}
    for name, entry in header.items():
        if name != "__metadata__":
            start, end = entry["data_offsets"]
            arrays[name] = numpy.frombuffer(data[start:end], dtype=KINDS[entry["dtype"]]).reshape(entry["shape"])
    return arrays


def write_safetensors(file, arrays):
    header, data = {}, b""
    for name, array in arrays.items():
        kind = next(kind for kind, dtype in KINDS.items() if numpy.dtype(dtype) == array.dtype)
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [len(data), len(data) + array.nbytes]}
        data += array.tobytes()
    text = json.dumps(header).encode()
    with open(file, "wb") as stream:
        stream.write(struct.pack("<Q", len(text)) + text + data)


def tokenize(folder, texts):
    with open(path("texts.json"), "w") as file:
        json.dump(texts, file)
    run("node", path("tokenize.cjs"), os.path.join(folder, "tokenizer.json"), path("texts.json"), path("ids.json"))
    with open(path("ids.json"), encoding="utf-8") as file:
        found = json.load(file)
    return found["ids"], found["vocabulary"]


def model2vec(folder, longest=512):
    """Texts are cut by characters, tokens by their number, the unknown token is left out; the mean of the rows gets length 1."""
    arrays = read_safetensors(os.path.join(folder, "model.safetensors"))
    with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    with open(os.path.join(folder, "tokenizer.json"), encoding="utf-8") as file:
        unknown = json.load(file)["model"].get("unk_token")
    rows = arrays["embeddings"].astype(numpy.float32)
    _, vocabulary = tokenize(folder, [])
    median = int(numpy.median([len(token) for token in vocabulary]))
    ids, _ = tokenize(folder, [text[:longest * median] for text in TEXTS])
    vectors = numpy.zeros((len(TEXTS), rows.shape[1]), dtype=numpy.float32)
    for i, own in enumerate(ids):
        own = [token for token in own if token != vocabulary.get(unknown)][:longest]
        if own:
            # In float32 as Model2Vec: of hundreds of rows the rounding of a sum is more than the bound.
            taken = rows[arrays["mapping"][own] if "mapping" in arrays else own]
            if "weights" in arrays:
                taken = taken * arrays["weights"][own][:, None]
            vectors[i] = taken.mean(axis=0)
    if config["normalize"]:
        vectors /= numpy.linalg.norm(vectors, axis=1, keepdims=True) + 1e-32
    return vectors, sum(len(own) for own in ids)


def compare(what, folder):
    global failed
    vectors, tokens = model2vec(folder)
    with open(path("texts.json"), "w") as file:
        json.dump(TEXTS, file)
    run(*ask.split(), "encode", folder, path("texts.json"), path("vectors.json"))
    with open(path("vectors.json")) as file:
        ours = numpy.array(json.load(file))
    # Vectors that are not normalized are sums of floats as large as they are.
    difference = float((abs(ours - vectors) / numpy.maximum(1, abs(vectors).max(axis=1, keepdims=True))).max())
    good = ours.shape == vectors.shape and difference <= BOUND and (abs(vectors).max(axis=1) > 0).sum() >= 15
    failed += not good
    print(f"{'ok  ' if good else 'FAIL'} {what}: {len(TEXTS)} texts, {tokens} tokens, {vectors.shape[1]} values, "
          f"largest difference {difference:.1e}")


with open(path("words.txt"), "w") as file:
    file.write("redcar\nboathouse\n")
for name, options in {"f32": [], "f16": ["--numbers", "f16"], "i8": ["--numbers", "i8"], "words": ["--vocabulary", path("words.txt")]}.items():
    run(rowan, "distill", encoder, "--out", path(name), "--dim", "8", *options)
    compare(f"rowan distill {' '.join(options[:1] + [os.path.basename(option) for option in options[1:]])}".strip(), path(name))

# The other way: rows, weights and a mapping that several tokens share, as Model2Vec writes a folder with a quantized vocabulary.
made = path("python")
os.mkdir(made)
with open(path("f32", "tokenizer.json"), "rb") as source, open(os.path.join(made, "tokenizer.json"), "wb") as target:
    target.write(source.read())
_, vocabulary = tokenize(made, [])
random = numpy.random.default_rng(3)
size = max(vocabulary.values()) + 1
for normalize in (True, False):
    write_safetensors(os.path.join(made, "model.safetensors"), {
        "embeddings": random.standard_normal((size // 2, 12)).astype("<f4"), "weights": random.random(size).astype("<f4"),
        "mapping": random.integers(0, size // 2, size).astype("<i8"),
    })
    with open(os.path.join(made, "config.json"), "w") as file:
        json.dump({"model_type": "model2vec", "architectures": ["StaticModel"], "tokenizer_name": "bert", "apply_pca": 12, "hidden_dim": 12,
                   "seq_length": 1000000, "normalize": normalize}, file)
    compare(f"written by Python with weights and mapping, normalize {str(normalize).lower()}", made)
sys.exit(1 if failed else 0)
