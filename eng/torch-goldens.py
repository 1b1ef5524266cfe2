#!/usr/bin/env python3
"""Numbers of layers and optimizers that the other goldens leave out, from PyTorch itself (Debian: apt-get install python3-torch).

    /usr/bin/python3 eng/torch-goldens.py tests/Rowan.Nn.Tests/Goldens/layers_torch.json tests/Rowan.Optim.Tests/Goldens/optim_torch.json

Same schema as the goldens from libtorch: config, inputs, params, outputs, grads; the loss is the sum of outputs times their grad_ inputs. Parameters are
those that torch.manual_seed(0) gives.
"""
import json
import sys

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

DTYPES = {torch.float32: "f32", torch.int64: "i64", torch.bool: "bool"}


def stored(x):
    x = x.detach()
    return {"shape": list(x.shape), "dtype": DTYPES[x.dtype], "data": [int(v) if x.dtype != torch.float32 else v for v in x.reshape(-1).tolist()]}


def rounded(*shape):
    # Three digits read back as the same float everywhere.
    return (torch.randn(shape, generator=DATA) * 1000).round() / 1000


def case(name, config, module, inputs, call):
    leaves = {k: v.clone().requires_grad_() if v.dtype == torch.float32 and "mask" not in k else v for k, v in inputs.items()}
    params = dict(module.named_parameters()) if module is not None else {}
    buffers = {k: v.clone() for k, v in (module.named_buffers() if module is not None else [])}
    outputs = call(leaves)
    upstream = {f"grad_{k}": rounded(*v.shape) for k, v in outputs.items() if v.dtype == torch.float32 and v.requires_grad}
    sum((outputs[k[5:]] * g).sum() for k, g in upstream.items()).backward()
    grads = {k: v.grad for k, v in {**leaves, **params}.items() if v.dtype == torch.float32 and v.grad is not None}
    return {"name": name, "config": config, "inputs": {k: stored(v) for k, v in {**inputs, **{f"buffer.{k}": v for k, v in buffers.items()}, **upstream}.items()},
            "params": {k: stored(v) for k, v in params.items()}, "outputs": {k: stored(v) for k, v in outputs.items()}, "grads": {k: stored(v) for k, v in grads.items()}}


def layers():
    out = []

    def add(name, config, make, inputs, call):
        torch.manual_seed(0)
        module = make() if make else None
        out.append(case(name, config, module, inputs, lambda leaves: call(module, leaves)))

    x = rounded(2, 3, 6, 7)
    for ceil in (False, True):
        add(f"MaxPool2d_ceil{ceil}", {"module": "MaxPool2d", "ceil_mode": ceil}, lambda: nn.MaxPool2d((2, 3), (2, 1), (1, 1), (1, 2), True, ceil), {"x": x},
            lambda m, i: dict(zip(("out", "indices"), m(i["x"]))))
    for count, divisor in ((True, None), (False, None), (True, 5)):
        add(f"AvgPool2d_count{count}_divisor{divisor}", {"module": "AvgPool2d", "count_include_pad": count, "divisor_override": divisor},
            lambda: nn.AvgPool2d((2, 3), (2, 2), (1, 1), True, count, divisor), {"x": x}, lambda m, i: {"out": m(i["x"])})
    add("AdaptiveAvgPool2d", {"module": "AdaptiveAvgPool2d"}, lambda: nn.AdaptiveAvgPool2d((4, 3)), {"x": x}, lambda m, i: {"out": m(i["x"])})
    add("AdaptiveMaxPool2d", {"module": "AdaptiveMaxPool2d"}, lambda: nn.AdaptiveMaxPool2d((4, 3), True), {"x": x}, lambda m, i: dict(zip(("out", "indices"), m(i["x"]))))
    for momentum in (0.1, None):
        def twice(m, i):
            m(i["before"].detach())
            return {"out": m(i["x"]), "running_mean_after": m.running_mean.clone(), "running_var_after": m.running_var.clone()}
        add(f"BatchNorm2d_momentum{momentum}", {"module": "BatchNorm2d", "momentum": momentum}, lambda: nn.BatchNorm2d(3, momentum=momentum), {"x": x, "before": rounded(4, 3, 2, 2)}, twice)
    lengths = torch.tensor([3, 5, 2])
    for kind in ("RNN", "LSTM", "GRU"):
        def packed(m, i):
            state = (i["h0"], i["c0"]) if kind == "LSTM" else i["h0"]
            y, last = m(pack_padded_sequence(i["x"], i["lengths"], enforce_sorted=False), state)
            y, _ = pad_packed_sequence(y)
            return {"out": y, "h_n": last[0], "c_n": last[1]} if kind == "LSTM" else {"out": y, "h_n": last}
        inputs = {"x": rounded(5, 3, 4), "lengths": lengths, "h0": rounded(4, 3, 3)} | ({"c0": rounded(4, 3, 3)} if kind == "LSTM" else {})
        add(f"{kind}_packed", {"module": f"{kind}_packed"}, lambda: getattr(nn, kind)(4, 3, 2, bidirectional=True), inputs, packed)
    causal = torch.triu(torch.ones(3, 3, dtype=torch.bool), 1)
    padding = torch.tensor([[False, False, True, False], [False, False, False, False]])
    for first in (False, True):
        def decode(m, i):
            return {"out": m(i["tgt"], i["memory"], tgt_mask=i["tgt_mask"], memory_key_padding_mask=i["memory_mask"])}
        inputs = {"tgt": rounded(3, 2, 8), "memory": rounded(4, 2, 8), "tgt_mask": causal, "memory_mask": padding}
        add(f"TransformerDecoderLayer_first{first}", {"module": "TransformerDecoderLayer", "norm_first": first},
            lambda: nn.TransformerDecoderLayer(8, 2, 6, 0, "gelu", norm_first=first), inputs, decode)
        add(f"TransformerDecoder_first{first}", {"module": "TransformerDecoder", "norm_first": first},
            lambda: nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 6, 0, norm_first=first), 2, nn.LayerNorm(8)), inputs, decode)
    own = torch.tensor([[False, False, True], [False, False, False]])
    add("TransformerEncoder_batch_first", {"module": "TransformerEncoder_batch_first"},
        lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 6, 0, "gelu", batch_first=True, norm_first=True), 2, nn.LayerNorm(8), enable_nested_tensor=False),
        {"src": rounded(2, 3, 8), "mask": causal, "padding_mask": own}, lambda m, i: {"out": m(i["src"], i["mask"], i["padding_mask"])})
    add("MultiheadAttention_batch_first", {"module": "MultiheadAttention_batch_first"}, lambda: nn.MultiheadAttention(8, 2, kdim=5, vdim=6, batch_first=True),
        {"query": rounded(2, 3, 8), "key": rounded(2, 4, 5), "value": rounded(2, 4, 6), "key_mask": padding},
        lambda m, i: dict(zip(("out", "attn_weights"), m(i["query"], i["key"], i["value"], key_padding_mask=i["key_mask"]))))
    add("AdaptiveLogSoftmax", {"module": "AdaptiveLogSoftmax"}, lambda: nn.AdaptiveLogSoftmaxWithLoss(16, 20, [5, 11], 2.0, True),
        {"x": rounded(6, 16), "target": torch.tensor([0, 19, 7, 4, 11, 10])}, lambda m, i: dict(zip(("out", "loss"), m(i["x"], i["target"]))))
    add("PoissonNLL_full", {"module": "PoissonNLL"}, None, {"x": rounded(5), "target": torch.tensor([0., 1., 2., 5., 1.5])},
        lambda m, i: {"out": nn.functional.poisson_nll_loss(i["x"], i["target"].detach(), full=True, reduction="none")})
    return out


def optimizers():
    out = []
    for name, decay in (("RAdam_plain", 0.0), ("RAdam_weight_decay", 0.1)):
        p = nn.Parameter(rounded(4, 3))
        start, grads, after = p.detach().clone(), [], []
        optimizer = torch.optim.RAdam([p], lr=0.05, betas=(0.8, 0.9), eps=1e-6, weight_decay=decay)
        for _ in range(12):
            p.grad = rounded(4, 3)
            grads.append(p.grad.clone())
            optimizer.step()
            after.append(p.detach().clone())
        out.append({"name": name, "config": {"optimizer": "RAdam", "weight_decay": decay}, "inputs": {"grads": stored(torch.stack(grads))}, "params": {"p": stored(start)}, "outputs": {"p_after": stored(torch.stack(after))}, "grads": {}})
    return out


if __name__ == "__main__":
    DATA = torch.Generator().manual_seed(1)
    torch.set_num_threads(1)
    for path, area, cases in ((sys.argv[1], "layers", layers()), (sys.argv[2], "optim", optimizers())):
        with open(path, "w") as file:
            json.dump({"torch": torch.__version__, "area": area, "cases": cases}, file, separators=(",", ":"))
            file.write("\n")
