namespace Rowan.Onnx;

static partial class Translations
{
    static Dictionary<string, Action<OpContext>> Shapes => new()
    {
        ["Reshape"] = op => op.Set(Reshaped(op, op.In(0), op.Sizes(0), op.Numbers)),
        ["Transpose"] = op =>
        {
            long[] order = [.. Enumerable.Range(0, op.Rank(0)).Select(d => (long)d)];
            (order[op.Int(0)], order[op.Int(1)]) = (op.Int(1), op.Int(0));
            op.Set(op.Node("Transpose", [op.In(0)], ("perm", order)));
        },
        ["Unsqueeze"] = op => op.Set(op.Node("Unsqueeze", [op.In(0), op.Ints(op.Int(0))])),
        ["Squeeze"] = op => op.Set(op.Node("Squeeze", [op.In(0), op.Ints(op.Int(0))])),
        ["Slice"] = op => op.Set(Sliced(op, op.In(0), (int)op.Int(0), op.Sizes(0)[op.Int(0)], op.Numbers[1], op.Numbers[2])),
        ["Concat"] = op => op.Set(op.Node("Concat", op.All(), ("axis", op.Int(0)))),
        ["Expand"] = op => op.Set(Expanded(op, op.In(0), op.Sizes(0), op.Numbers)),
        ["Tile"] = op => op.Set(op.Node("Tile", [op.In(0), op.Emitter.Formulas.Line(op.Numbers)])),
        ["Triangle"] = op => op.Set(op.Node("Trilu", [op.In(0), op.Graph.Int(op.Int(0))], ("upper", op.Int(1) < 0 ? 1L : 0L))),
        ["Pad"] = op =>
        {
            int rank = op.Rank(0);
            var widths = new Size[2 * rank];
            for (int d = 0; d < rank; d++)
            {
                int at = 2 * (rank - 1 - d);
                bool given = at < op.Numbers.Length;
                (widths[d], widths[rank + d]) = (given ? op.Numbers[at] : Number(op, 0), given ? op.Numbers[at + 1] : Number(op, 0));
            }
            op.Set(op.Node("Pad", [op.In(0), op.Emitter.Formulas.Line(widths), op.Float(op.Floats[0])]));
        },
        ["Flip"] = op =>
        {
            long[] dims = [.. Enumerable.Range(0, op.Numbers.Length).Select(op.Int)];
            if (dims.Length == 0) op.Set(op.In(0));
            else
                op.Set(op.Node("Slice", [op.In(0), op.Ints([.. dims.Select(_ => -1L)]), op.Ints([.. dims.Select(_ => long.MinValue)]),
                    op.Ints(dims), op.Ints([.. dims.Select(_ => -1L)])]));
        },
        ["RepeatInterleave"] = op =>
        {
            // Index i of the result is index i / times of x.
            int dim = (int)op.Int(0);
            Size times = op.Numbers[1], size = op.OutputSizes()[dim];
            string at = op.Node("Div", [op.Node("Range", [op.Graph.Int(0), op.Emitter.Formulas.Scalar(size), op.Graph.Int(1)]),
                op.Emitter.Formulas.Scalar(times)]);
            op.Set(op.Node("Gather", [op.In(0), at], ("axis", (long)dim)));
        },
    };

    /// <summary>A number that is the same in all traces.</summary>
    static Size Number(OpContext op, long value) => new([.. Enumerable.Repeat(value, op.Traces)]);

    /// <summary>x in another shape: sizes that stay are copied, one other may be worked out, the rest are formulas.</summary>
    static string Reshaped(OpContext op, string x, Size[] from, ReadOnlySpan<Size> to)
    {
        var sizes = new long[to.Length];
        int open = -1;
        bool plain = true;
        for (int d = 0; d < to.Length; d++)
        {
            if (to[d].IsFixed && to[d].First != 0) sizes[d] = to[d].First;
            else if (d < from.Length && to[d].Same(from[d])) sizes[d] = 0;
            else if (open < 0) (sizes[d], open) = (-1, d);
            else plain = false;
        }
        if (plain) return op.Node("Reshape", [x, op.Ints(sizes)]);
        var lines = new Size[to.Length];
        for (int d = 0; d < to.Length; d++)
            lines[d] = d == open ? Number(op, -1) : d < from.Length && to[d].Same(from[d]) ? Number(op, 0) : to[d];
        return op.Node("Reshape", [x, op.Emitter.Formulas.Line(lines)]);
    }

    /// <summary>x in a shape that it broadcasts to: only sizes that grow are needed.</summary>
    static string Expanded(OpContext op, string x, Size[] from, ReadOnlySpan<Size> to)
    {
        var sizes = new Size[to.Length];
        for (int d = 0; d < to.Length; d++)
        {
            int at = d - (to.Length - from.Length);
            sizes[d] = at >= 0 && from[at].Same(to[d]) ? Number(op, 1) : to[d];
        }
        return op.Node("Expand", [x, op.Emitter.Formulas.Line(sizes)]);
    }

    /// <summary>Values start ≤ i &lt; start + length along a dimension.</summary>
    static string Sliced(OpContext op, string x, int dim, Size all, Size start, Size length)
    {
        bool toEnd = start.Each.Zip(length.Each, (from, count) => from + count).SequenceEqual(all.Each);
        var end = new Size([.. start.Each.Zip(length.Each, (from, count) => from + count)]);
        return op.Node("Slice", [x, op.Emitter.Formulas.Line([start]), toEnd ? op.Ints(long.MaxValue) : op.Emitter.Formulas.Line([end]),
            op.Ints(dim)]);
    }
}
