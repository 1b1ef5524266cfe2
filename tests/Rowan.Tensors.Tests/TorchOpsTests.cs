using Rowan.Numerics;
using Rowan.TestSupport;

namespace Rowan.Tests;

/// <summary>Operations against PyTorch itself (numbers made by eng/torch-goldens.py): values, and gradients of all inputs.</summary>
public class TorchOpsTests
{
    static readonly Dictionary<string, Func<Golden, Dictionary<string, Tensor>, Tensor>> _ops = new()
    {
        ["var"] = (_, i) => i["x"].Var(1), ["std"] = (_, i) => i["x"].Std(0, keepDim: true), ["logsumexp"] = (_, i) =>
            i["x"].LogSumExp(1), ["prod"] = (_, i) => i["x"].Prod(0),
        ["cumsum"] = (_, i) => i["x"].CumSum(1), ["sum_two"] = (_, i) => i["x"].Sum([0, 2]), ["norm"] = (_, i) => i["x"].Norm(),
        ["sort"] = (_, i) => i["x"].Sort(1, descending: true), ["topk"] = (_, i) => i["x"].TopK(2, 1).Values, ["max"] = (_, i) =>
            i["x"].Max(1), ["min"] = (_, i) => i["x"].Min(0),
        ["where"] = (_, i) => Ops.Where(i["x"] > i["y"], i["x"], i["y"]),
        ["scatter_add"] = (golden, i) => i["x"].ScatterAdd(1, Ids(golden), i["source"]), ["index_add"] = (golden, i) =>
            i["x"].IndexAdd(0, Ids(golden), i["source"]),
        ["pad"] = (_, i) => i["x"].Pad([1, 2, -1, 1], 0.5f), ["flip"] = (_, i) => i["x"].Flip(0, 1), ["repeat"] = (_, i) =>
            i["x"].Repeat(2, 1, 3),
        ["repeat_interleave"] = (_, i) => i["x"].RepeatInterleave(2, 0), ["tril"] = (_, i) => i["x"].Tril(1), ["diagonal"] = (_, i) =>
            i["x"].Diagonal(1, 1, 2),
        ["cdist"] = (_, i) => Ops.Cdist(i["x"], i["y"]), ["cdist_1"] = (_, i) => Ops.Cdist(i["x"], i["y"], 1),
        ["einsum"] = (_, i) => Ops.Einsum("bij,kjb,i->kb", i["x"], i["y"], i["z"]), ["matmul"] = (_, i) => i["x"].MatMul(i["y"]),
        ["prelu"] = (_, i) => i["x"].PRelu(i["weight"]), ["index"] = (golden, i) => i["x"][Ids(golden), 1..3, ^1],
    };

    public static TheoryData<string> Cases => [.. Golden.Read("ops_torch.json").Select(golden => golden.Name)];

    [Theory, MemberData(nameof(Cases))]
    public void ValuesAndGradientsArePyTorchs(string name)
    {
        Golden golden = Golden.Read("ops_torch.json", name);
        var inputs = golden.Names("inputs").Where(input => input != "grad_out" && golden.IsFloat("inputs", input)).ToDictionary(input =>
            input, input => golden.Tensor("inputs", input));
        foreach (Tensor input in inputs.Values) input.RequiresGrad = true;
        Tensor y = _ops[name](golden, inputs);
        Assert.Equal(golden.Shape("outputs", "out"), y.Shape.Sizes.ToArray());
        Golden.Near(golden.Floats("outputs", "out"), y.Span, "value");
        y.Backward(golden.Tensor("inputs", "grad_out"));
        foreach ((string input, Tensor x) in inputs) Golden.Near(golden.Floats("grads", input), x.Gradient!.Span, $"gradient of {input}");
    }

    static Indices Ids(Golden golden) => Indices.From(golden.Longs("inputs", "ids"), golden.Shape("inputs", "ids"));
}
