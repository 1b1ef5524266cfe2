namespace Rowan.Onnx;

static partial class Translations
{
    static Dictionary<string, Action<OpContext>> Products => new()
    {
        ["MatMul"] = Plain("MatMul"),
        ["MatMulTransposed"] = op => op.Set(op.Node("MatMul", [op.In(0), Transposed(op, op.In(1), op.Rank(1))])),
        ["Affine"] = op =>
        {
            if (op.Rank(0) == 2)
            {
                op.Set(op.Node("Gemm", op.Has(2) ? op.All() : [op.In(0), op.In(1)], ("transB", 1L)));
                return;
            }
            string product = op.Node("MatMul", [op.In(0), Transposed(op, op.In(1), 2)]);
            op.Set(op.Has(2) ? op.Node("Add", [product, op.In(2)]) : product);
        },
        ["Conv2d"] = op => op.Set(op.Node("Conv", op.Has(2) ? op.All() : [op.In(0), op.In(1)],
            ("strides", new[] { op.Int(0), op.Int(1) }), ("pads", new[] { op.Int(2), op.Int(3), op.Int(2), op.Int(3) }),
            ("dilations", new[] { op.Int(4), op.Int(5) }), ("group", op.Int(6)))),
    };

    /// <summary>The last two dimensions exchanged.</summary>
    static string Transposed(OpContext op, string x, int rank)
    {
        long[] order = [.. Enumerable.Range(0, rank).Select(d => (long)d)];
        (order[^1], order[^2]) = (order[^2], order[^1]);
        return op.Node("Transpose", [x], ("perm", order));
    }
}
