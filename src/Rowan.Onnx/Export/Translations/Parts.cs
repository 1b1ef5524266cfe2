using Rowan.Tensors;

namespace Rowan.Onnx;

static partial class Translations
{
    static Dictionary<string, Action<OpContext>> Parts => new()
    {
        ["Part"] = PartOf,
        ["Select"] = op =>
        {
            string x = op.In(0);
            foreach (Size at in op.Numbers) x = op.Node("Gather", [x, op.Emitter.Formulas.Scalar(at)], ("axis", 0L));
            op.Set(x);
        },
        ["IndexSelect"] = op => op.Set(op.Node("Gather", [op.In(0), op.In(1)], ("axis", op.Int(0)))),
        ["Gather"] = op => op.Set(op.Node("GatherElements", [op.In(0), op.In(1)], ("axis", op.Int(0)))),
        ["ScatterAdd"] = op => op.Set(op.Node("ScatterElements", op.All(), ("axis", op.Int(0)), ("reduction", "add"))),
        ["IndexAdd"] = op =>
        {
            // One index for each value of the source: ids along the dimension, repeated along the others.
            long[] others = [.. Enumerable.Range(0, op.Rank(2)).Where(d => d != op.Int(0)).Select(d => (long)d)];
            string ids = others.Length == 0 ? op.In(1) : op.Node("Unsqueeze", [op.In(1), op.Ints(others)]);
            ids = op.Node("Expand", [ids, op.Node("Shape", [op.In(2)])]);
            op.Set(op.Node("ScatterElements", [op.In(0), ids, op.In(2)], ("axis", op.Int(0)), ("reduction", "add")));
        },
        ["OneHot"] = op =>
        {
            string values = op.Emitter.Floats("one_hot_values", [2], new float[] { 0, 1 });
            op.Set(op.Node("OneHot", [op.In(0), op.Emitter.Formulas.Scalar(op.Numbers[0]), values], ("axis", -1L)));
        },
        ["ArgMax"] = op => op.Set(op.Node(op.Int(1) > 0 ? "ArgMax" : "ArgMin", [op.In(0)], ("axis", op.Int(0)), ("keepdims", 1L))),
        ["TopK"] = op =>
        {
            string[] found = op.Graph.Several("TopK", [op.In(0), op.Emitter.Formulas.Line([op.Numbers[1]])], 2,
                ("axis", op.Int(0)), ("largest", op.Int(2)), ("sorted", 1L));
            op.Set(found[1]);
        },
    };

    static Dictionary<string, Action<OpContext>> Sources => new()
    {
        ["Full"] = op => op.Set(op.Node("Expand", [op.Float(op.Floats[0]), op.Emitter.Formulas.Line(op.Numbers)])),
        ["Arange"] = op =>
        {
            string range = op.Node("Range", [op.Emitter.Formulas.Scalar(op.Numbers[0]), op.Emitter.Formulas.Scalar(op.Numbers[1]),
                op.Emitter.Formulas.Scalar(op.Numbers[2])]);
            op.Set(op.OutputType == OnnxType.Float ? op.Cast(range, OnnxType.Float) : range);
        },
        ["Causal"] = op =>
        {
            string at = op.Node("Range", [op.Graph.Int(0), op.Emitter.Formulas.Scalar(op.Numbers[0]), op.Graph.Int(1)]);
            op.Set(op.Node("Greater", [at, op.Node("Unsqueeze", [at, op.Ints(1)])]));
        },
    };

    /// <summary>A part by index, range or ids: the last dimension first, because an index takes its dimension away.</summary>
    static void PartOf(OpContext op)
    {
        string x = op.In(0);
        for (int d = op.Rank(0) - 1; d >= 0; d--)
        {
            Size start = op.Numbers[3 * d + 1], length = op.Numbers[3 * d + 2];
            x = op.Int(3 * d) switch
            {
                0 => x,
                1 => op.Node("Gather", [x, op.Emitter.Formulas.Scalar(start)], ("axis", (long)d)),
                2 => Sliced(op, x, d, op.Sizes(0)[d], start, length),
                _ => op.Node("Gather", [x, op.In(1 + d)], ("axis", (long)d)),
            };
        }
        op.Set(x);
    }
}
