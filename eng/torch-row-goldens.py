#!/usr/bin/env python3
"""Rows in PyTorch's quantized formats, from PyTorch itself (Debian: apt-get install python3-torch).

    /usr/bin/python3 eng/torch-row-goldens.py > tests/Rowan.Numerics.Tests/Goldens/row_codecs.json
"""
import json, numpy as np, torch
q = torch.ops.quantized
rng = np.random.default_rng(7)
cases = []
def case(name, rows):
    x = torch.tensor(np.asarray(rows, dtype=np.float32))
    cases.append({"name": name, "dim": x.shape[1], "values": x.numpy().tobytes().hex(),
        **{str(b): getattr(q, f"embedding_bag_{n}_prepack")(x).numpy().tobytes().hex() for b, n in ((8, "byte"), (4, "4bit"), (2, "2bit"))},
        **{f"unpacked{b}": getattr(q, f"embedding_bag_{n}_unpack")(getattr(q, f"embedding_bag_{n}_prepack")(x)).numpy().tobytes().hex() for b, n in ((8, "byte"), (4, "4bit"), (2, "2bit"))}})
for dim in (4, 8, 12, 16, 20, 36, 64): case(f"normal rows of {dim}", rng.standard_normal((3, dim)))
case("all equal: the minimum in float16 lies below, or above, so that the scale is negative", [[v] * 8 for v in (0.1, 0.3, -0.7, 1.0, 0.0, -0.0)])
case("small: float16 has a subnormal scale, or none", [np.arange(8) * s for s in (1e-6, 1e-7, 1e-8, 3e-5)])
case("large ranges", [[-60000, 60000, 0, 1, 2, 3, 4, 5], [65504, 65503, 1, -65504, 0, 0, 0, 0]])
case("zeros of either sign first", [[-0.0, 0.0, 1, 2], [0.0, -0.0, 1, 2], [-0.0, 0.0, 0.0, -0.0], [-1, -0.0, 0.0, -2]])
case("halves: ties go to even", [[0, 0.5, 1.5, 2.5, 3.5, 127.5, 254.5, 255], [0, 0.5, 1.5, 2.5, 3.5, 14.5, 13.5, 15], [0, .5, 1.5, 2.5, 3, 1, 2, 0]])
print(json.dumps({"source": f"PyTorch {torch.__version__} (Debian), torch.ops.quantized.embedding_bag_{{byte,4bit,2bit}}_{{prepack,unpack}}; float32 and rows as bytes in hexadecimal", "cases": cases}, indent=0))
