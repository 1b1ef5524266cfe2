namespace Rowan.Onnx;

static partial class Translations
{
    static Dictionary<string, Action<OpContext>> Norms => new()
    {
        ["Softmax"] = Plain("Softmax", ("axis", -1L)),
        ["LogSoftmax"] = Plain("LogSoftmax", ("axis", -1L)),
        ["MaskedSoftmax"] = op => op.Set(MaskedSoftmax(op, op.In(0))),
        ["Normalize"] = op =>
        {
            string norm = op.Node("ReduceL2", [op.In(0), op.Ints(-1)], ("keepdims", 1L));
            op.Set(op.Node("Div", [op.In(0), op.Node("Max", [norm, op.Float(op.Floats[0])])]));
        },
        ["LayerNorm"] = op =>
        {
            long rank = op.Int(0);
            if (op.Has(1))
            {
                op.Set(op.Node("LayerNormalization", op.Has(2) ? op.All() : [op.In(0), op.In(1)], ("axis", -rank),
                    ("epsilon", op.Floats[0])));
                return;
            }
            long[] dims = [.. Enumerable.Range(1, (int)rank).Select(d => (long)-d)];
            string normal = Normalized(op, dims, op.Floats[0]);
            op.Set(op.Has(2) ? op.Node("Add", [normal, op.In(2)]) : normal);
        },
        ["BatchNorm"] = BatchNormOf,
    };

    /// <summary>(x − μ) / √(σ² + ε) with mean and variance over some dimensions.</summary>
    static string Normalized(OpContext op, long[] dims, float epsilon)
    {
        string centered = op.Node("Sub", [op.In(0), op.Node("ReduceMean", [op.In(0), op.Ints(dims)], ("keepdims", 1L))]);
        string variance = op.Node("ReduceMean", [op.Node("Mul", [centered, centered]), op.Ints(dims)], ("keepdims", 1L));
        return op.Node("Div", [centered, op.Node("Sqrt", [op.Node("Add", [variance, op.Float(epsilon)])])]);
    }

    static void BatchNormOf(OpContext op)
    {
        int rank = op.Rank(0), channels = (int)op.Fixed(op.Sizes(0)[1]);
        if (op.Has(3))
        {
            string Filled(string name, float value) =>
                op.Emitter.Floats(name, [channels], Enumerable.Repeat(value, channels).ToArray());
            op.Set(op.Node("BatchNormalization",
                [op.In(0), op.Has(1) ? op.In(1) : Filled("ones", 1), op.Has(2) ? op.In(2) : Filled("zeros", 0),
                op.In(3), op.In(4)], ("epsilon", op.Floats[0])));
            return;
        }
        // The batch's own statistics: by channel, over all other dimensions.
        long[] dims = [.. Enumerable.Range(0, rank).Where(d => d != 1).Select(d => (long)d)];
        string y = Normalized(op, dims, op.Floats[0]);
        string ByChannel(int input) => rank == 2 ? op.In(input)
            : op.Node("Unsqueeze", [op.In(input), op.Ints([.. Enumerable.Range(1, rank - 2).Select(d => (long)d)])]);
        if (op.Has(1)) y = op.Node("Mul", [y, ByChannel(1)]);
        op.Set(op.Has(2) ? op.Node("Add", [y, ByChannel(2)]) : y);
    }

    /// <summary>Softmax along the last dimension, 0 in rows that are −∞ everywhere.</summary>
    static string MaskedSoftmax(OpContext op, string x)
    {
        string dead = op.Node("Equal",
            [op.Node("ReduceMax", [x, op.Ints(-1)], ("keepdims", 1L)), op.Float(float.NegativeInfinity)]);
        string y = op.Node("Softmax", [op.Node("Where", [dead, op.Float(0), x])], ("axis", -1L));
        return op.Node("Where", [dead, op.Float(0), y]);
    }
}
