namespace Rowan.Onnx;

static partial class Translations
{
    static Dictionary<string, Action<OpContext>> Attentions => new()
    {
        ["Attention"] = op => AttentionOf(op, op.In(0), op.In(1), op.In(2), 3, op.Fixed(op.Sizes(0)[2])),
        ["PackedAttention"] = op =>
        {
            long width = op.Int(3);
            string[] parts = op.Graph.Several("Split", [op.In(0), op.Ints(width, width, width)], 3, ("axis", 2L));
            AttentionOf(op, parts[0], parts[1], parts[2], 1, width);
        },
    };

    /// <summary>
    /// softmax(Q·Kᵀ / √d + M)·V for each example and head. Numbers: heads, whether n comes first, whether weights are dropped.
    /// </summary>
    static void AttentionOf(OpContext op, string q, string k, string v, int added, long width)
    {
        if (op.Flag(2)) throw new NotSupportedException(
            "ExportOnnx: Attention drops weights; an exported model computes in evaluation: pass dropout 0");
        long heads = op.Int(0), d = width / heads;
        bool batchFirst = op.Flag(1);
        // [n, heads, length, d], and keys as [n, heads, d, length].
        string Cut(string x, params long[] order) =>
            op.Node("Transpose", [op.Node("Reshape", [x, op.Ints(0, 0, heads, d)])], ("perm", order));
        string queries = op.Node("Mul", [batchFirst ? Cut(q, 0, 2, 1, 3) : Cut(q, 1, 2, 0, 3), op.Float(1 / MathF.Sqrt(d))]);
        string scores = op.Node("MatMul", [queries, batchFirst ? Cut(k, 0, 2, 3, 1) : Cut(k, 1, 2, 3, 0)]);
        string weights = op.Has(added)
            ? MaskedSoftmax(op, op.Node("Add", [scores, op.In(added)])) : op.Node("Softmax", [scores], ("axis", -1L));
        string attended = op.Node("MatMul", [weights, batchFirst ? Cut(v, 0, 2, 1, 3) : Cut(v, 1, 2, 0, 3)]);
        long[] back = batchFirst ? [0, 2, 1, 3] : [2, 0, 1, 3];
        op.Set(op.Node("Reshape", [op.Node("Transpose", [attended], ("perm", back)), op.Ints(0, 0, width)]));
    }
}
