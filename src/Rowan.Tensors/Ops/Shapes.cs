using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

public static partial class Ops
{
    /// <summary>The same values in another shape, sharing memory; one size may be −1, and is worked out.</summary>
    /// <exception cref="ArgumentException">The shape has another number of values.</exception>
    public static Tensor Reshape(this Tensor x, params ReadOnlySpan<long> shape)
    {
        ArgumentNullException.ThrowIfNull(x);
        Shape to = x.Shape.Closed(shape, "Reshape");
        return Trace.Op(Tensor.Record(x.Viewed(to), x.Shape, (x, static (g, from) => g.Viewed(from))), "Reshape", [x], to.Sizes);
    }

    /// <summary>Two dimensions exchanged;  dx = g with them exchanged back.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="first">A dimension; negative counts from the end.</param>
    /// <param name="second">Another.</param>
    public static Tensor Transpose(this Tensor x, int first, int second)
    {
        ArgumentNullException.ThrowIfNull(x);
        (first, second) = (x.Shape.Dim(first, "Transpose"), x.Shape.Dim(second, "Transpose"));
        return Trace.Op(Tensor.Record(Exchanged(x, first, second), (first, second),
            (x, static (g, kept) => Exchanged(g, kept.first, kept.second))), "Transpose", [x], [first, second]);
    }

    /// <summary>The dimensions in another order:  y's dimension d is x's dimension order[d];  dx = g with the order undone.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="order">Every dimension once; negative ones count from the end.</param>
    /// <exception cref="ArgumentException">A dimension is missing or named twice.</exception>
    public static Tensor Permute(this Tensor x, params ReadOnlySpan<int> order)
    {
        ArgumentNullException.ThrowIfNull(x);
        var from = new int[order.Length];
        for (int d = 0; d < from.Length; d++) from[d] = x.Shape.Dim(order[d], "Permute");
        Require.That(from.Length == x.Rank && from.Distinct().Count() == from.Length,
            $"Permute: order [{string.Join(", ", from)}] for shape {x.Shape}; it names each of the {x.Rank} dimensions once",
            nameof(order));
        // Cycle by cycle: at most rank − 1 exchanges.
        int[] at = [.. Enumerable.Range(0, x.Rank)];
        for (int d = 0; d < from.Length; d++)
        {
            int where = Array.IndexOf(at, from[d]);
            if (where == d) continue;
            x = x.Transpose(d, where);
            (at[d], at[where]) = (at[where], at[d]);
        }
        return x;
    }

    /// <summary>A dimension of size 1 put in:  [2, 3] with dim 1 is [2, 1, 3].</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="dim">Where it will stand; negative counts from the end of the new shape.</param>
    public static Tensor Unsqueeze(this Tensor x, int dim)
    {
        ArgumentNullException.ThrowIfNull(x);
        int rank = x.Rank + 1;
        Require.InRange(dim >= -rank && dim < rank, $"Unsqueeze: dimension {dim} for shape {x.Shape}; it runs from {-rank} to {rank - 1}",
            nameof(dim));
        int at = dim < 0 ? dim + rank : dim;
        return Trace.Op(x.Reshape([.. x.Shape.Sizes[..at], 1, .. x.Shape.Sizes[at..]]), "Unsqueeze", [x], [at]);
    }

    /// <summary>A dimension of size 1 taken out.</summary>
    /// <exception cref="ArgumentException">Its size is not 1.</exception>
    public static Tensor Squeeze(this Tensor x, int dim)
    {
        ArgumentNullException.ThrowIfNull(x);
        dim = x.Shape.Dim(dim, "Squeeze");
        Require.That(x.Shape[dim] == 1, $"Squeeze: dimension {dim} of shape {x.Shape} has size {x.Shape[dim]}, not 1", nameof(dim));
        return Trace.Op(x.Reshape(x.Shape.Without(dim).Sizes), "Squeeze", [x], [dim]);
    }

    /// <summary>Dimensions first to last as one.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="first">The first of them; negative counts from the end.</param>
    /// <param name="last">The last of them; negative counts from the end.</param>
    public static Tensor Flatten(this Tensor x, int first = 0, int last = -1)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.Rank == 0) return x.Reshape(1);
        (first, last) = (x.Shape.Dim(first, "Flatten"), x.Shape.Dim(last, "Flatten"));
        Require.That(first <= last, $"Flatten: dimensions {first} to {last} of shape {x.Shape}; the first comes first", nameof(first));
        ReadOnlySpan<long> sizes = x.Shape.Sizes;
        return x.Reshape([.. sizes[..first], new Shape(sizes[first..(last + 1)]).Count, .. sizes[(last + 1)..]]);
    }

    /// <summary>Values start ≤ i &lt; start + length along a dimension;  dx = g there, 0 elsewhere.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The part is not within the dimension.</exception>
    public static Tensor Slice(this Tensor x, int dim, long start, long length)
    {
        ArgumentNullException.ThrowIfNull(x);
        dim = x.Shape.Dim(dim, "Slice");
        Require.InRange(start >= 0 && length >= 0 && start + length <= x.Shape[dim],
            $"Slice: {start} to {start + length} of dimension {dim} of shape {x.Shape}; it runs from 0 to {x.Shape[dim]}", nameof(start));
        Tensor y = Tensor.Empty(x.Shape.With(dim, length));
        (int outer, int along, int inner) = x.Shape.Around(dim);
        int from = (int)start * inner, width = (int)length * inner;
        for (int o = 0; o < outer; o++) x.Span.Slice(o * along * inner + from, width).CopyTo(y.WritableSpan[(o * width)..]);
        y = Tensor.Record(y, (x.Shape, outer, stride: along * inner, from, width), (x, static (g, kept) =>
        {
            Tensor dx = Tensor.Zeros(kept.Shape.Sizes);
            for (int o = 0; o < kept.outer; o++)
                g.Span.Slice(o * kept.width, kept.width).CopyTo(dx.WritableSpan[(o * kept.stride + kept.from)..]);
            return dx;
        }));
        return Trace.Op(y, "Slice", [x], [dim, start, length]);
    }

    /// <summary>Tensors one after another along a dimension;  each dx = its part of g.</summary>
    /// <exception cref="ArgumentException">There are none, or their other sizes differ.</exception>
    public static Tensor Concat(IReadOnlyList<Tensor> tensors, int dim = 0)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        Require.That(tensors.Count > 0, $"Concat: no tensors were given", nameof(tensors));
        Shape first = tensors[0].Shape;
        dim = first.Dim(dim, "Concat");
        long total = 0;
        foreach (Tensor tensor in tensors)
        {
            Require.That(tensor.Rank == first.Rank && tensor.Shape.With(dim, 0) == first.With(dim, 0),
                $"Concat: shapes {first} and {tensor.Shape} differ beside dimension {dim}", nameof(tensors));
            total += tensor.Shape[dim];
        }
        Tensor y = Tensor.Empty(first.With(dim, total));
        (int outer, int along, int inner) = y.Shape.Around(dim);
        var edges = new (Tensor, Pull<int>)[tensors.Count];
        long start = 0;
        for (int t = 0; t < edges.Length; t++)
        {
            Tensor part = tensors[t];
            int width = (int)part.Shape[dim] * inner;
            for (int o = 0; o < outer; o++)
                part.Span.Slice(o * width, width).CopyTo(y.WritableSpan[(o * along * inner + (int)start * inner)..]);
            (long at, long length) = (start, part.Shape[dim]);
            edges[t] = (part, (g, d) => Slice(g, d, at, length));
            start += length;
        }
        y = Tensor.Record(y, dim, edges);
        return Trace.IsOn ? Trace.Op(y, "Concat", [.. tensors], [dim]) : y;
    }

    /// <summary>Tensors of one shape side by side along a new dimension.</summary>
    /// <exception cref="ArgumentException">There are none, or their shapes differ.</exception>
    public static Tensor Stack(IReadOnlyList<Tensor> tensors, int dim = 0)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        Require.That(tensors.Count > 0, $"Stack: no tensors were given", nameof(tensors));
        int rank = tensors[0].Rank + 1;
        Require.InRange(dim >= -rank && dim < rank,
            $"Stack: dimension {dim} of tensors of shape {tensors[0].Shape}; it runs from {-rank} to {rank - 1}", nameof(dim));
        int at = dim < 0 ? dim + rank : dim;
        return Concat([.. tensors.Select(tensor => tensor.Reshape([.. tensor.Shape.Sizes[..at], 1, .. tensor.Shape.Sizes[at..]]))], at);
    }

    static Tensor Exchanged(Tensor x, int first, int second)
    {
        if (first == second) return x.Viewed(x.Shape);
        if (first > second) (first, second) = (second, first);
        long[] sizes = x.Shape.Sizes.ToArray();
        (sizes[first], sizes[second]) = (sizes[second], sizes[first]);
        Tensor y = Tensor.Empty(new Shape(sizes));
        (int outer, int a, _) = x.Shape.Around(first);
        (_, int b, int inner) = x.Shape.Around(second);
        int between = x.Count == 0 ? 0 : (int)(x.Count / ((long)outer * a * b * inner));
        ReadOnlySpan<float> from = x.Span;
        Span<float> to = y.WritableSpan;
        for (int o = 0; o < outer; o++)
            for (int i = 0; i < a; i++)
                for (int m = 0; m < between; m++)
                    for (int j = 0; j < b; j++)
                        if (inner == 1) to[((o * b + j) * between + m) * a + i] = from[((o * a + i) * between + m) * b + j];
                        else from.Slice((((o * a + i) * between + m) * b + j) * inner, inner)
                            .CopyTo(to[((((o * b + j) * between + m) * a + i) * inner)..]);
        return y;
    }
}
