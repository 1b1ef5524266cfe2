namespace Rowan.Onnx;

static partial class Translations
{
    static Dictionary<string, Action<OpContext>> Pools => new()
    {
        ["MaxPool2d"] = MaxPoolOf,
        ["AveragePool2d"] = AveragePoolOf,
        ["AdaptiveAveragePool2d"] = op =>
        {
            // A mean over parts is a product with the parts' weights, along the width and then along the height.
            string y = op.Node("MatMul", [op.In(0), Transposed(op, MeansOfParts(op, -1, op.Int(1)), 2)]);
            op.Set(op.Node("MatMul", [MeansOfParts(op, -2, op.Int(0)), y]));
        },
        ["AdaptiveMaxPool2d"] = op =>
        {
            op.Set(LargestOfParts(op, LargestOfParts(op, op.In(0), -1, op.Int(1)), -2, op.Int(0)));
            op.Missing(1, "the positions of an adaptive maximum have no ONNX form; export its values");
        },
    };

    /// <summary>Five numbers of each window: kernel, stride, padding, dilation, whether the last window may be cut.</summary>
    static long[] WindowOf(OpContext op, int part) => [op.Int(part), op.Int(5 + part)];

    /// <summary>x as [n, channels, height, width], as pools of ONNX take it.</summary>
    static string AsPlanes(OpContext op, string x, int rank) => rank == 4 ? x
        : rank < 4 ? op.Node("Unsqueeze", [x, op.Ints([.. Enumerable.Range(0, 4 - rank).Select(d => (long)d)])])
        : op.Node("Reshape", [x, op.Node("Concat", [op.Ints(-1, 1), op.Node("Shape", [x], ("start", -2L))], ("axis", 0L))]);

    /// <summary>The planes of y in the leading dimensions of x.</summary>
    static string FromPlanes(OpContext op, string y, int rank) => rank == 4 ? y
        : rank < 4 ? op.Node("Squeeze", [y, op.Ints([.. Enumerable.Range(0, 4 - rank).Select(d => (long)d)])])
        : op.Node("Reshape", [y, op.Node("Concat",
            [op.Node("Shape", [op.In(0)], ("end", -2L)), op.Node("Shape", [y], ("start", -2L))], ("axis", 0L))]);

    static void MaxPoolOf(OpContext op)
    {
        int rank = op.Rank(0);
        long[] padding = WindowOf(op, 2);
        string[] y = op.Graph.Several("MaxPool", [AsPlanes(op, op.In(0), rank)], 2, ("kernel_shape", WindowOf(op, 0)),
            ("strides", WindowOf(op, 1)), ("pads", new[] { padding[0], padding[1], padding[0], padding[1] }),
            ("dilations", WindowOf(op, 3)), ("ceil_mode", Math.Max(op.Int(4), op.Int(9))));
        RequireOneCeiling(op);
        op.Set(FromPlanes(op, y[0], rank));
        // Positions count from the first plane in ONNX, and from the start of their own plane here.
        string plane = op.Node("ReduceProd", [op.Node("Shape", [op.In(0)], ("start", -2L))], ("keepdims", 0L));
        op.Set(FromPlanes(op, op.Node("Mod", [y[1], plane]), rank), 1);
    }

    static void AveragePoolOf(OpContext op)
    {
        int rank = op.Rank(0);
        RequireOneCeiling(op);
        long divisor = op.Int(11);
        long[] padding = WindowOf(op, 2), kernel = WindowOf(op, 0);
        bool countsPadding = op.Flag(10) || divisor != 0;
        long ceiling = Math.Max(op.Int(4), op.Int(9));
        if (divisor != 0 && ceiling != 0)
            throw new NotSupportedException("ExportOnnx: an average with a divisor of its own and a last window that may be cut has no "
                + $"ONNX form; leave ceilMode or divisorOverride out");
        string y = op.Node("AveragePool", [AsPlanes(op, op.In(0), rank)], ("kernel_shape", kernel), ("strides", WindowOf(op, 1)),
            ("pads", new[] { padding[0], padding[1], padding[0], padding[1] }), ("ceil_mode", ceiling),
            ("count_include_pad", countsPadding ? 1L : 0L));
        if (divisor != 0) y = op.Node("Mul", [y, op.Float(kernel[0] * kernel[1] / (float)divisor)]);
        op.Set(FromPlanes(op, y, rank));
    }

    /// <summary>ONNX has one setting for both dimensions; a dimension of one value does not care.</summary>
    static void RequireOneCeiling(OpContext op)
    {
        if (op.Int(4) != op.Int(9) && WindowOf(op, 0).Min() != 1)
            throw new NotSupportedException("ExportOnnx: pooling whose last window may be cut in one dimension alone has no ONNX form");
    }

    /// <summary>
    /// Whether index i belongs to part p [parts, n]: start ≤ i &lt; end, start = ⌊p·n / parts⌋, end = ⌈(p + 1)·n / parts⌉.
    /// </summary>
    static string InPart(OpContext op, long dim, long parts)
    {
        string n = op.Node("Squeeze", [op.Node("Shape", [op.In(0)], ("start", dim), dim == -1 ? ("end", long.MaxValue) : ("end", dim + 1)),
            op.Ints(0)]);
        string part = op.Graph.Add(OnnxData.Ints(op.Graph.Unique("parts"), [parts, 1],
            (long[])[.. Enumerable.Range(0, (int)parts).Select(p => (long)p)]));
        string start = op.Node("Div", [op.Node("Mul", [part, n]), op.Graph.Int(parts)]);
        string after = op.Node("Add", [op.Node("Mul", [op.Node("Add", [part, op.Graph.Int(1)]), n]), op.Graph.Int(parts - 1)]);
        string end = op.Node("Div", [after, op.Graph.Int(parts)]);
        string at = op.Node("Range", [op.Graph.Int(0), n, op.Graph.Int(1)]);
        return op.Node("And", [op.Node("GreaterOrEqual", [at, start]), op.Node("Less", [at, end])]);
    }

    static string MeansOfParts(OpContext op, long dim, long parts)
    {
        string isIn = op.Cast(InPart(op, dim, parts), OnnxType.Float);
        return op.Node("Div", [isIn, op.Node("ReduceSum", [isIn, op.Ints(1)], ("keepdims", 1L))]);
    }

    static string LargestOfParts(OpContext op, string x, long dim, long parts)
    {
        // x with a dimension for the parts before the one that is reduced.
        string isIn = InPart(op, dim, parts);
        if (dim == -2) isIn = op.Node("Unsqueeze", [isIn, op.Ints(2)]);
        string wide = op.Node("Where", [isIn, op.Node("Unsqueeze", [x, op.Ints(dim - 1)]), op.Float(float.NegativeInfinity)]);
        return op.Node("ReduceMax", [wide, op.Ints(dim)], ("keepdims", 0L));
    }
}
