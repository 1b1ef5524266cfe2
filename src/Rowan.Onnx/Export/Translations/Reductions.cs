namespace Rowan.Onnx;

static partial class Translations
{
    static Dictionary<string, Action<OpContext>> Reductions => new()
    {
        ["SumAll"] = Plain("ReduceSum", ("keepdims", 0L)),
        ["MeanAll"] = Plain("ReduceMean", ("keepdims", 0L)),
        ["Sum"] = Reduction("ReduceSum"),
        ["Mean"] = Reduction("ReduceMean"),
        ["Prod"] = Reduction("ReduceProd"),
        ["LogSumExp"] = Reduction("ReduceLogSumExp"),
        ["SumOver"] = Over("ReduceSum"),
        ["MeanOver"] = Over("ReduceMean"),
        ["CumSum"] = op => op.Set(op.Node("CumSum", [op.In(0), op.Graph.Int(op.Int(0))])),
        ["Norm"] = op => op.Set(NormOf(op, op.In(0), op.Int(0), op.Int(1), op.Floats[0])),
        ["Cdist"] = op =>
        {
            string difference = op.Node("Sub",
                [op.Node("Unsqueeze", [op.In(0), op.Ints(-2)]), op.Node("Unsqueeze", [op.In(1), op.Ints(-3)])]);
            op.Set(NormOf(op, difference, -1, 0, op.Floats[0]));
        },
    };

    static Action<OpContext> Over(string type) => op =>
    {
        long[] dims = [.. Enumerable.Range(1, op.Numbers.Length - 1).Select(op.Int)];
        op.Set(op.Node(type, [op.In(0), op.Ints(dims)], ("keepdims", op.Int(0))));
    };

    static string NormOf(OpContext op, string x, long dim, long keep, float p)
    {
        string Reduced(string type, string of) => op.Node(type, [of, op.Ints(dim)], ("keepdims", keep));
        if (p == 2) return Reduced("ReduceL2", x);
        if (p == 1) return Reduced("ReduceL1", x);
        string magnitude = op.Node("Abs", [x]);
        if (float.IsPositiveInfinity(p)) return Reduced("ReduceMax", magnitude);
        return op.Node("Pow", [Reduced("ReduceSum", op.Node("Pow", [magnitude, op.Float(p)])), op.Float(1 / p)]);
    }
}
