"""Writes files with PyTorch and NumPy, and compares what came back through Rowan. Run by torch-roundtrip.sh."""
import inspect
import sys
from collections import OrderedDict

import numpy as np
import torch

folder = sys.argv[2]
torch.manual_seed(1)


def states():
    matrix = torch.arange(60, dtype=torch.float32).reshape(3, 4, 5)
    nan = torch.tensor([0x7FC12345, 0x7F812345, -0x80000000, 1], dtype=torch.int64).to(torch.int32).view(torch.float32)
    linear = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2)).state_dict()
    types = {str(t)[6:]: torch.arange(-3, 4).to(t) for t in (torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8, torch.bool)}
    types |= {"uint8": torch.arange(250, 256).to(torch.uint8), "transposed": matrix.permute(2, 0, 1), "slice": matrix[1:, ::2, 3], "shared": matrix,
              "nan": nan, "empty": torch.zeros(0, 3), "scalar": torch.tensor(2.5), "large": torch.randn(300, 1000).t()}
    nested = {"model": linear, "epoch": 3, "loss": 0.5, "name": "text", "none": None, "flag": True, "big": 1 << 40,
              "optimizer": {"state": {0: {"step": torch.tensor(7.0), "exp_avg": matrix}}, "param_groups": [{"lr": 0.25, "betas": (0.5, 0.75), "params": [0, 1]}]}}
    parameter = OrderedDict(weight=torch.nn.Parameter(matrix.clone()))
    return {"linear": linear, "types": types, "nested": nested, "parameter": parameter}


def arrays():
    ints = [np.arange(-3, 4).astype(t) for t in ("<i8", "<i4", ">i4", "<i2", ">i2", "i1")] + [np.arange(6).astype(t) for t in ("<u4", "<u2", "u1", "?")]
    floats = [np.linspace(-2, 2, 12).reshape(3, 4).astype(t) for t in ("<f4", ">f4", "<f8", ">f8", "<f2", ">f2")]
    return {f"a.{i}.{a.dtype.str[1:]}": a for i, a in enumerate([*ints, *floats, np.asfortranarray(floats[0]), np.float32(7), np.zeros((0, 2), "<f4"), np.zeros(5000, "<f4")])}


def flat(value, name=""):
    if isinstance(value, dict):
        children = value.items()
    elif isinstance(value, (list, tuple)):
        children = enumerate(value)
    elif value is None or isinstance(value, str):
        return {}
    else:
        value = torch.as_tensor(value).detach()
        return {name[1:]: (value.float() if value.is_floating_point() else value.long()).contiguous().numpy()}
    return {k: v for key, child in children for k, v in flat(child, f"{name}.{key}").items()}


def same(what, expected, found):
    assert list(expected) == list(found), (what, list(expected), list(found))
    for name, array in expected.items():
        assert array.dtype == found[name].dtype and array.shape == found[name].shape, (what, name, array.dtype, found[name].dtype, found[name].shape)
        assert array.tobytes() == np.ascontiguousarray(found[name]).tobytes(), (what, name)
    print(f"{what}: {len(expected)} arrays are the same")


def stored(found):
    return {k: v.detach().numpy() for k, v in found.items()}


if sys.argv[1] == "write":
    for name, state in states().items():
        torch.save(state, f"{folder}/{name}.pt")
    np.savez(f"{folder}/arrays.npz", **arrays())
    np.savez_compressed(f"{folder}/packed.npz", **arrays())
else:
    weights_only = [{}] + ([{"weights_only": True}] if "weights_only" in inspect.signature(torch.load).parameters else [])
    for name, state in states().items():
        for options in weights_only:
            same(f"{name}.pt {options}", flat(state), stored(torch.load(f"{folder}/{name}.out.pt", **options)))
        same(f"{name}.pt to .npz", flat(state), dict(np.load(f"{folder}/{name}.out.npz")))
    wide = {k: np.ascontiguousarray(v.astype("<f4" if v.dtype.kind == "f" else "<i8")).reshape(v.shape) for k, v in arrays().items()}
    for name in ("arrays", "packed"):
        same(f"{name}.npz", wide, dict(np.load(f"{folder}/{name}.out.npz")))
    same("arrays.npz to .pt", wide, stored(torch.load(f"{folder}/arrays.out.pt")))
