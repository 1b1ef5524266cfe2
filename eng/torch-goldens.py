#!/usr/bin/env python3
"""Numbers of layers, optimizers and operations that the other goldens leave out, from PyTorch itself (Debian: apt-get install python3-torch).

    /usr/bin/python3 eng/torch-goldens.py tests/Rowan.Nn.Tests/Goldens/layers_torch.json tests/Rowan.Optim.Tests/Goldens/optim_torch.json \
        tests/Rowan.Tensors.Tests/Goldens/ops_torch.json

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
    add("GroupNorm", {"module": "GroupNorm"}, lambda: nn.GroupNorm(2, 6), {"x": rounded(2, 6, 3, 2)}, lambda m, i: {"out": m(i["x"])})
    add("PReLU", {"module": "PReLU"}, lambda: nn.PReLU(3), {"x": rounded(2, 3, 4)}, lambda m, i: {"out": m(i["x"])})
    for kind in ("RNN", "LSTM", "GRU"):
        def step(m, i):
            y = m(i["x"], (i["h0"], i["c0"])) if kind == "LSTM" else m(i["x"], i["h0"])
            return {"h": y[0], "c": y[1]} if kind == "LSTM" else {"h": y}
        inputs = {"x": rounded(3, 4), "h0": rounded(3, 5)} | ({"c0": rounded(3, 5)} if kind == "LSTM" else {})
        add(f"{kind}Cell", {"module": f"{kind}Cell"}, lambda: getattr(nn, f"{kind}Cell")(4, 5), inputs, step)
    for padding in ("same", "valid"):
        add(f"Conv1d_{padding}", {"module": "Conv1d_padding", "padding": padding}, lambda: nn.Conv1d(2, 3, 4, padding=padding), {"x": rounded(2, 2, 7)},
            lambda m, i: {"out": m(i["x"])})
    add("Conv2d_same", {"module": "Conv2d_same"}, lambda: nn.Conv2d(2, 3, (2, 3), padding="same", dilation=(1, 2)), {"x": rounded(1, 2, 4, 5)},
        lambda m, i: {"out": m(i["x"])})
    add("Transformer", {"module": "Transformer"}, lambda: nn.Transformer(8, 2, 2, 1, 6, 0), {"src": rounded(4, 2, 8), "tgt": rounded(3, 2, 8), "tgt_mask": causal},
        lambda m, i: {"out": m(i["src"], i["tgt"], tgt_mask=i["tgt_mask"])})
    add("CTC", {"module": "CTC"}, None, {"x": rounded(6, 2, 4), "target": torch.tensor([[1, 2, 3], [3, 1, 1]]), "steps": torch.tensor([6, 4]), "lengths": torch.tensor([3, 2])},
        lambda m, i: {"out": nn.functional.ctc_loss(i["x"].log_softmax(-1), i["target"], i["steps"], i["lengths"])})
    return out


def ops():
    out = []

    def add(name, inputs, call):
        out.append(case(name, {"op": name}, None, inputs, lambda leaves: {"out": call(leaves)}))

    x = rounded(3, 4)
    add("var", {"x": x}, lambda i: i["x"].var(1))
    add("std", {"x": x}, lambda i: i["x"].std(0, keepdim=True))
    add("logsumexp", {"x": x}, lambda i: torch.logsumexp(i["x"], 1))
    add("prod", {"x": x}, lambda i: i["x"].prod(0))
    add("cumsum", {"x": x}, lambda i: i["x"].cumsum(1))
    add("sum_two", {"x": rounded(2, 3, 4)}, lambda i: i["x"].sum((0, 2)))
    add("norm", {"x": x}, lambda i: i["x"].norm())
    add("sort", {"x": x}, lambda i: i["x"].sort(1, descending=True)[0])
    add("topk", {"x": x}, lambda i: i["x"].topk(2, 1)[0])
    add("max", {"x": x}, lambda i: i["x"].max(1)[0])
    add("min", {"x": x}, lambda i: i["x"].min(0)[0])
    add("where", {"x": x, "y": rounded(4)}, lambda i: torch.where(i["x"] > i["y"], i["x"], i["y"]))
    add("scatter_add", {"x": x, "source": rounded(3, 2), "ids": torch.tensor([[3, 0], [1, 1], [2, 0]])}, lambda i: i["x"].scatter_add(1, i["ids"], i["source"]))
    add("index_add", {"x": x, "source": rounded(2, 4), "ids": torch.tensor([2, 2])}, lambda i: i["x"].index_add(0, i["ids"], i["source"]))
    add("pad", {"x": x}, lambda i: nn.functional.pad(i["x"], (1, 2, -1, 1), value=0.5))
    add("flip", {"x": x}, lambda i: i["x"].flip(0, 1))
    add("repeat", {"x": x}, lambda i: i["x"].repeat(2, 1, 3))
    add("repeat_interleave", {"x": x}, lambda i: i["x"].repeat_interleave(2, 0))
    add("tril", {"x": rounded(2, 3, 4)}, lambda i: i["x"].tril(1))
    add("diagonal", {"x": rounded(2, 3, 4)}, lambda i: i["x"].diagonal(1, 1, 2))
    add("cdist", {"x": rounded(2, 3, 4), "y": rounded(2, 5, 4)}, lambda i: torch.cdist(i["x"], i["y"]))
    add("cdist_1", {"x": rounded(3, 4), "y": rounded(5, 4)}, lambda i: torch.cdist(i["x"], i["y"], p=1.0))
    add("einsum", {"x": rounded(2, 3, 4), "y": rounded(5, 4, 2), "z": rounded(3)}, lambda i: torch.einsum("bij,kjb,i->kb", i["x"], i["y"], i["z"]))
    add("matmul", {"x": rounded(2, 1, 3, 4), "y": rounded(5, 4, 2)}, lambda i: i["x"] @ i["y"])
    add("prelu", {"x": rounded(2, 3, 2), "weight": rounded(3)}, lambda i: nn.functional.prelu(i["x"], i["weight"]))
    add("index", {"x": rounded(3, 4, 2), "ids": torch.tensor([2, 0, 2])}, lambda i: i["x"][i["ids"], 1:3, -1])
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
    # No NAdam: version 1.13 multiplies the product of momenta by the current one twice, which its documentation and later versions do not.
    for kind, name, settings in (("Adamax", "Adamax_plain", {}), ("Adamax", "Adamax_decay", {"weight_decay": 0.1})):
        p = nn.Parameter(rounded(4, 3))
        start, grads, after = p.detach().clone(), [], []
        optimizer = getattr(torch.optim, kind)([p], lr=0.05, betas=(0.8, 0.9), eps=1e-6, **settings)
        for _ in range(12):
            p.grad = rounded(4, 3)
            grads.append(p.grad.clone())
            optimizer.step()
            after.append(p.detach().clone())
        out.append({"name": name, "config": {"optimizer": kind} | settings, "inputs": {"grads": stored(torch.stack(grads))}, "params": {"p": stored(start)},
                    "outputs": {"p_after": stored(torch.stack(after))}, "grads": {}})
    return out


if __name__ == "__main__":
    DATA = torch.Generator().manual_seed(1)
    torch.set_num_threads(1)
    for path, area, cases in ((sys.argv[1], "layers", layers()), (sys.argv[2], "optim", optimizers()), (sys.argv[3], "ops", ops())):
        with open(path, "w") as file:
            json.dump({"torch": torch.__version__, "area": area, "cases": cases}, file, separators=(",", ":"))
            file.write("\n")
