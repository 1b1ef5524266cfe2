using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

public static partial class Ops
{
    /// <summary>
    /// y = x, with y[ids[i, j], j] += source[i, j] for dim 0, y[i, ids[i, j]] += source[i, j] for dim 1, and so on;  dx = g, dsource[i,
    /// j] = g[ids[i, j], j].
    /// The opposite of <see cref="Gather"/>.
    /// </summary>
    /// <param name="x">Any shape.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="ids">The shape of x but for the dimension.</param>
    /// <param name="source">What is added, of the shape of the ids.</param>
    /// <exception cref="ArgumentException">The shapes do not fit together.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the dimension.</exception>
    public static Tensor ScatterAdd(this Tensor x, int dim, Indices ids, Tensor source)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(source);
        dim = x.Shape.Dim(dim, "ScatterAdd");
        Require.That(ids.Shape.Rank == x.Rank && ids.Shape.With(dim, 0) == x.Shape.With(dim, 0),
            $"ScatterAdd: ids {ids.Shape} and x {x.Shape}; but for dimension {dim} they are the same", nameof(ids));
        Require.That(ids.Shape == source.Shape, $"ScatterAdd: ids {ids.Shape} for a source {source.Shape}; there is one for each value",
            nameof(ids));
        CheckIds(ids, x.Shape[dim], "ScatterAdd", dim);
        (int outer, int along, int inner) = ids.Shape.Around(dim);
        Tensor y = Copied(x);
        Span<float> into = y.WritableSpan;
        for (int at = 0; at < ids.Count; at++)
            into[(at / (along * inner) * (int)x.Shape[dim] + (int)ids.Span[at]) * inner + at % inner] += source.Span[at];
        return Trace.Op(Tensor.Record(y, (ids, dim),
            (x, static (g, _) => g),
            (source, static (g, kept) => g.Gather(kept.dim, kept.ids))), "ScatterAdd", [x, ids, source], [dim]);
    }

    /// <summary>
    /// y = x, with y[…, ids[i], …] += source[…, i, …];  dx = g, dsource[…, i, …] = g[…, ids[i], …].  The opposite of
    /// <see cref="IndexSelect"/>.
    /// </summary>
    /// <param name="x">Any shape.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="ids">Where each slice goes [n]; one may occur several times.</param>
    /// <param name="source">What is added: the shape of x, with n for the dimension.</param>
    /// <exception cref="ArgumentException">The shapes do not fit together.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the dimension.</exception>
    public static Tensor IndexAdd(this Tensor x, int dim, Indices ids, Tensor source)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(source);
        dim = x.Shape.Dim(dim, "IndexAdd");
        Require.That(ids.Shape.Rank == 1 && source.Shape == x.Shape.With(dim, ids.Count),
            $"IndexAdd: ids {ids.Shape} and a source {source.Shape} for x {x.Shape}; ids are flat, and the source has one slice of "
            + $"dimension {dim} for each", nameof(source));
        CheckIds(ids, x.Shape[dim], "IndexAdd", dim);
        (int outer, int along, int inner) = x.Shape.Around(dim);
        int n = (int)ids.Count;
        Tensor y = Copied(x);
        for (int o = 0; o < outer; o++)
            for (int i = 0; i < n; i++)
                RowMath.Add(source.Span.Slice((o * n + i) * inner, inner),
                    y.WritableSpan.Slice((o * along + (int)ids.Span[i]) * inner, inner));
        return Trace.Op(Tensor.Record(y, (ids, dim),
            (x, static (g, _) => g),
            (source, static (g, kept) => g.IndexSelect(kept.dim, kept.ids))), "IndexAdd", [x, ids, source], [dim]);
    }

    static Tensor Copied(Tensor x)
    {
        Tensor y = Tensor.Empty(x.Shape);
        x.Span.CopyTo(y.WritableSpan);
        return y;
    }
}
