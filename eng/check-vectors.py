"""Compares rowan's vectors with those of gensim and fastText; see check-vectors.sh."""
import glob
import json
import os
import subprocess
import sys
import warnings

warnings.filterwarnings("ignore")
import fasttext
import numpy
from gensim.models import KeyedVectors
from gensim.models.fasttext import load_facebook_vectors

fasttext.FastText.eprint = lambda _: None
rowan, folder, more = sys.argv[1:4]
UNKNOWN = ["embeddding", "überraschung", "печки", "日本語", "x", "tablestables", "résumé"]
BOUND = 1e-6
# gensim gives the end of a sentence n-grams; fastText does not, and rowan follows fastText.
END = "</s>"
failed = 0


def run(*arguments):
    done = subprocess.run([rowan, *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"rowan {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def path(name):
    return os.path.join(folder, name)


def report(what, count, difference):
    global failed
    good = difference <= BOUND
    failed += not good
    print(f"{'ok  ' if good else 'FAIL'} {what}: {count} vectors, largest difference {difference:.1e}")


def same(what, words, ours, theirs):
    pairs = [(numpy.asarray(ours(word), dtype=numpy.float64), numpy.asarray(theirs(word), dtype=numpy.float64)) for word in words]
    report(what, len(pairs), max(float(abs(a - b).max()) for a, b in pairs))


def table(source, *options):
    """All vectors of a file as rowan reads it, by way of npy and a file of names."""
    out = path("read.npy")
    run("convert", source, out, *options)
    names = open(path("read.names.txt"), encoding="utf-8").read().split("\n")[:-1]
    values = numpy.load(out)
    assert len(names) == len(values), f"{source}: {len(names)} names, {len(values)} rows"
    return dict(zip(names, values))


def unknown(source, word):
    return json.loads(run("view", source, "--neighbors", word, "-n", "1", "--json"))["vector"]


def check_model(source, model, skip=()):
    """A fastText model: words, unknown words, and the copies that rowan writes."""
    name = os.path.basename(source)
    read = table(source, *skip)
    known = [word for word in model.get_words(on_unicode_error="replace") if word in read]
    same(f"{name}: words, fastText", known, read.get, model.get_word_vector)
    copied = path("copy.ftbin")
    run("convert", source, copied, *skip)
    copy = fasttext.load_model(copied)
    same(f"{name}: copied by rowan, read by fastText", known, copy.get_word_vector, model.get_word_vector)
    if model.f.getArgs().maxn > 0:
        words = [word for word in UNKNOWN if numpy.abs(model.get_word_vector(word)).max() > 0]
        same(f"{name}: unknown words, fastText", words, lambda word: unknown(source, word), model.get_word_vector)
        same(f"{name}: unknown words of the copy", words, copy.get_word_vector, model.get_word_vector)


def check_tables(source, vectors, *options):
    """Vectors that rowan writes, as gensim reads them."""
    name = os.path.basename(source)
    for ending, binary in [(".vec", False), (".bin", True)]:
        out = path("written" + ending)
        run("convert", source, out, *options)
        read = KeyedVectors.load_word2vec_format(out, binary=binary)
        same(f"{name}: written as {ending}, read by gensim", list(vectors), read.get_vector, vectors.get)
    out = path("written.ftbin")
    run("convert", source, out, "--skip-bad", *[option for option in options if option != "--skip-bad"])
    read = fasttext.load_model(out)
    same(f"{name}: written as a fastText model, read by fastText", list(vectors), read.get_word_vector, vectors.get)
    read = load_facebook_vectors(out)
    same(f"{name}: written as a fastText model, read by gensim", list(vectors), read.get_vector, vectors.get)


def trained():
    text = path("text.txt")
    for name, options in [("skipgram", dict(model="skipgram", dim=20, minn=2, maxn=5, bucket=5_000)),
                          ("cbow", dict(model="cbow", dim=7, minn=3, maxn=6, bucket=1_000)),
                          ("whole", dict(model="skipgram", dim=9, minn=0, maxn=0))]:
        model = fasttext.train_unsupervised(text, epoch=1, minCount=2, thread=1, verbose=0, **options)
        model.save_model(path(name + ".bin"))
        yield path(name + ".bin"), model
    labelled = path("labelled.txt")
    lines = open(text, encoding="utf-8").read().split("\n")
    with open(labelled, "w", encoding="utf-8") as out:
        for number, line in enumerate(lines):
            out.write(f"__label__{'even' if number % 2 == 0 else 'odd'} {line}\n")
    for name, options in [("supervised", dict()), ("supervised-ngrams", dict(minn=2, maxn=4, wordNgrams=2, bucket=3_000, loss="ova"))]:
        model = fasttext.train_supervised(labelled, epoch=1, dim=12, thread=1, verbose=0, **options)
        model.save_model(path(name + ".bin"))
        yield path(name + ".bin"), model


for source, model in trained():
    check_model(source, model)
    if "supervised" in source:
        labels = table(source, "--labels")
        output = dict(zip(model.get_labels(), model.get_output_matrix()))
        same(f"{os.path.basename(source)}: labels", list(output), labels.get, output.get)
    else:
        vectors = load_facebook_vectors(source)
        read = table(source)
        words = [word for word in vectors.key_to_index if word != END or not model.f.getArgs().maxn]
        same(f"{os.path.basename(source)}: words, gensim", words, read.get, vectors.get_vector)
        vectors.save_word2vec_format(path("gensim.vec"))
        vectors.save_word2vec_format(path("gensim.bin"), binary=True)
        vectors.save_word2vec_format(path("gensim.txt"), write_header=False)
        for ending in [".vec", ".bin", ".txt"]:
            read = table(path("gensim" + ending))
            same(f"written by gensim as {ending}", list(vectors.key_to_index), read.get, vectors.get_vector)
        check_tables(source, {word: vectors.get_vector(word) for word in words})

quantized = path("quantized.ftz")
model = fasttext.train_supervised(path("labelled.txt"), epoch=1, dim=12, thread=1, verbose=0)
model.quantize(path("labelled.txt"), qnorm=True, cutoff=500, retrain=False)
model.save_model(quantized)
refused = subprocess.run([rowan, "view", quantized], capture_output=True, text=True)
good = refused.returncode == 1 and "quantized fastText model" in refused.stderr
failed += not good
print(f"{'ok  ' if good else 'FAIL'} a quantized model is refused: {refused.stderr.strip()[:90]}")

for source in sorted(glob.glob(os.path.join(more, "*")) if more else []):
    name = os.path.basename(source)
    start = open(source, "rb").read(64)
    if source.endswith(".bin") and start[:4] == bytes.fromhex("ba164f2f"):
        check_model(source, fasttext.load_model(source), ["--skip-bad"])
    elif source.endswith(".bin") and not start[0:1].isdigit():
        vectors = load_facebook_vectors(source)
        read = table(source)
        same(f"{name}: words, gensim", [word for word in vectors.key_to_index if word != END], read.get, vectors.get_vector)
        same(f"{name}: unknown words, gensim", UNKNOWN[:4], lambda word: unknown(source, word), vectors.get_vector)
    elif source.endswith((".vec", ".bin", ".txt")) and "\t" not in open(source, "rb").readline().decode("utf-8", "replace"):
        header = len(open(source, "rb").readline().split()) == 2
        vectors = KeyedVectors.load_word2vec_format(source, binary=source.endswith(".bin"), no_header=not header, unicode_errors="replace")
        read = table(source, "--skip-bad")
        words = [word for word in vectors.key_to_index if word in read]
        same(f"{name}: gensim", words, read.get, vectors.get_vector)
        check_tables(source, {word: vectors.get_vector(word) for word in words}, "--skip-bad")

print("failed" if failed else "all the same")
sys.exit(1 if failed else 0)
