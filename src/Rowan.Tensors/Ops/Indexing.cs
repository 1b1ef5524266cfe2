using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

public static partial class Ops
{
    /// <summary>Slices by index along a dimension:  y[…, i, …] = x[…, ids[i], …];  dx[…, ids[i], …] += g[…, i, …].</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="ids">Which slices [n]; one may occur several times.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the dimension.</exception>
    public static Tensor IndexSelect(this Tensor x, int dim, Indices ids)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(ids);
        dim = x.Shape.Dim(dim, "IndexSelect");
        Require.That(ids.Shape.Rank == 1, $"IndexSelect: ids of shape {ids.Shape}; they are flat", nameof(ids));
        CheckIds(ids, x.Shape[dim], "IndexSelect", dim);
        (int outer, int along, int inner) = x.Shape.Around(dim);
        int n = (int)ids.Count;
        Tensor y = Tensor.Empty(x.Shape.With(dim, n));
        for (int o = 0; o < outer; o++)
            for (int i = 0; i < n; i++)
                x.Span.Slice((o * along + (int)ids.Span[i]) * inner, inner).CopyTo(y.WritableSpan[((o * n + i) * inner)..]);
        y = Tensor.Record(y, (x.Shape, ids, dim), (x, static (g, kept) =>
        {
            Tensor dx = Tensor.Zeros(kept.Shape.Sizes);
            (int outer, int along, int inner) = kept.Shape.Around(kept.dim);
            int n = (int)kept.ids.Count;
            for (int o = 0; o < outer; o++)
                for (int i = 0; i < n; i++)
                    RowMath.Add(g.Span.Slice((o * n + i) * inner, inner),
                        dx.WritableSpan.Slice((o * along + (int)kept.ids.Span[i]) * inner, inner));
            return dx;
        }));
        return Trace.Op(y, "IndexSelect", [x, ids], [dim]);
    }

    /// <summary>
    /// One value for each index along a dimension: y[i, j] = x[ids[i, j], j] for dim 0, x[i, ids[i, j]] for dim 1, and so on.
    /// </summary>
    /// <param name="x">Any shape.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="ids">The shape of x but for the dimension.</param>
    /// <exception cref="ArgumentException">The shapes differ beside the dimension.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the dimension.</exception>
    public static Tensor Gather(this Tensor x, int dim, Indices ids)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(ids);
        dim = x.Shape.Dim(dim, "Gather");
        Require.That(ids.Shape.Rank == x.Rank && ids.Shape.With(dim, 0) == x.Shape.With(dim, 0),
            $"Gather: ids {ids.Shape} and x {x.Shape} differ beside dimension {dim}", nameof(ids));
        CheckIds(ids, x.Shape[dim], "Gather", dim);
        (int outer, int along, int inner) = ids.Shape.Around(dim);
        var from = new int[ids.Count];
        for (int o = 0; o < outer; o++)
            for (int a = 0; a < along; a++)
                for (int i = 0; i < inner; i++)
                {
                    int at = (o * along + a) * inner + i;
                    from[at] = (o * (int)x.Shape[dim] + (int)ids.Span[at]) * inner + i;
                }
        Tensor y = Tensor.Empty(ids.Shape);
        for (int i = 0; i < from.Length; i++) y.WritableSpan[i] = x.Span[from[i]];
        y = Tensor.Record(y, (x.Shape, from), (x, static (g, kept) =>
        {
            Tensor dx = Tensor.Zeros(kept.Shape.Sizes);
            for (int i = 0; i < kept.from.Length; i++) dx.WritableSpan[kept.from[i]] += g.Span[i];
            return dx;
        }));
        return Trace.Op(y, "Gather", [x, ids], [dim]);
    }

    /// <summary>The part of x at leading indices:  Select(x, 0, 1) of shape [2, 4, 3] is [3];  dx = g there, 0 elsewhere.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are more indices than dimensions, or one is outside its dimension.</exception>
    public static Tensor Select(Tensor x, params ReadOnlySpan<long> index)
    {
        ArgumentNullException.ThrowIfNull(x);
        Require.InRange(index.Length <= x.Rank, $"Select: {index.Length} indices for shape {x.Shape}", nameof(index));
        var shape = new Shape(x.Shape.Sizes[index.Length..]);
        int start = x.OffsetOf(index), length = (int)shape.Count;
        Tensor y = Tensor.Empty(shape);
        x.Span.Slice(start, length).CopyTo(y.WritableSpan);
        y = Tensor.Record(y, (x.Shape, start), (x, static (g, kept) =>
        {
            Tensor dx = Tensor.Zeros(kept.Shape.Sizes);
            g.Span.CopyTo(dx.WritableSpan[kept.start..]);
            return dx;
        }));
        return Trace.Op(y, "Select", [x], index);
    }

    static void CheckIds(Indices ids, long size, string operation, int dim)
    {
        for (int i = 0; i < ids.Count; i++)
            Require.InRange((ulong)ids.Span[i] < (ulong)size,
                $"{operation}: id {ids.Span[i]} at {ids.Describe(i)} is outside dimension {dim} of size {size}; ids run from 0 to "
                    + $"{size - 1}", nameof(ids));
    }
}
