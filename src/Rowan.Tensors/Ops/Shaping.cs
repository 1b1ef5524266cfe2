using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

/// <summary>Shapes beyond those of one dimension: expanding, cutting into parts, triangles and diagonals.</summary>
public static partial class Ops
{
    /// <summary>x in a shape that it broadcasts to, copied;  dx = the sum over the copies.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="shape">Sizes, new dimensions in front; −1 keeps a size.</param>
    /// <exception cref="ArgumentException">x does not broadcast to the shape.</exception>
    public static Tensor Expand(this Tensor x, params ReadOnlySpan<long> shape)
    {
        ArgumentNullException.ThrowIfNull(x);
        Shape to = Broadcast.Target(x.Shape, shape, "Expand");
        return to == x.Shape ? x : Trace.Op(Tensor.Record(Expanded(x, to), 0, (x, static (g, _) => g)), "Expand", [x], to.Sizes);
    }

    /// <summary>x in the shape of another tensor that it broadcasts to.</summary>
    /// <exception cref="ArgumentException">x does not broadcast to the shape.</exception>
    public static Tensor ExpandAs(this Tensor x, Tensor other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return x.Expand(other.Shape.Sizes);
    }

    /// <summary>All dimensions of size 1 taken out.</summary>
    public static Tensor Squeeze(this Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.Reshape([.. x.Shape.Sizes.ToArray().Where(size => size != 1)]);
    }

    /// <summary>Parts of a size along a dimension, the last one with what is left.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="size">The size of a part.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is not positive.</exception>
    public static Tensor[] Split(this Tensor x, long size, int dim = 0)
    {
        ArgumentNullException.ThrowIfNull(x);
        dim = x.Shape.Dim(dim, "Split");
        Require.InRange(size > 0, $"Split: parts of {size}; the size is positive", nameof(size));
        long all = x.Shape[dim];
        return [.. Enumerable.Range(0, (int)Math.Max(1, (all + size - 1) / size)).Select(i =>
            x.Slice(dim, i * size, Math.Min(size, all - i * size)))];
    }

    /// <summary>Parts of given sizes along a dimension.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="sizes">The size of each part; they sum to that of the dimension.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <exception cref="ArgumentException">The sizes do not sum to that of the dimension.</exception>
    public static Tensor[] Split(this Tensor x, ReadOnlySpan<long> sizes, int dim = 0)
    {
        ArgumentNullException.ThrowIfNull(x);
        dim = x.Shape.Dim(dim, "Split");
        long total = 0;
        foreach (long size in sizes) total += size;
        Require.That(total == x.Shape[dim],
            $"Split: sizes [{string.Join(", ", sizes.ToArray())}] for dimension {dim} of shape {x.Shape}; they sum to {x.Shape[dim]}",
            nameof(sizes));
        var parts = new Tensor[sizes.Length];
        long start = 0;
        for (int i = 0; i < parts.Length; start += sizes[i++]) parts[i] = x.Slice(dim, start, sizes[i]);
        return parts;
    }

    /// <summary>At most so many parts of one size along a dimension, the last one with what is left.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="chunks">Most parts.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive.</exception>
    public static Tensor[] Chunk(this Tensor x, int chunks, int dim = 0)
    {
        ArgumentNullException.ThrowIfNull(x);
        Require.InRange(chunks > 0, $"Chunk: {chunks} parts; the number is positive", nameof(chunks));
        return x.Split(Math.Max(1, (x.Shape[x.Shape.Dim(dim, "Chunk")] + chunks - 1) / chunks), dim);
    }

    /// <summary>Each slice along a dimension, without it.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    public static Tensor[] Unbind(this Tensor x, int dim = 0)
    {
        ArgumentNullException.ThrowIfNull(x);
        dim = x.Shape.Dim(dim, "Unbind");
        return [.. Enumerable.Range(0, (int)x.Shape[dim]).Select(i => x.Slice(dim, i, 1).Squeeze(dim))];
    }

    /// <summary>The lower triangle of each matrix:  y[i, j] = x[i, j] where j ≤ i + diagonal, else 0;  dx = the same of g.</summary>
    /// <param name="x">[…, n, m].</param>
    /// <param name="diagonal">How far above the main diagonal the triangle reaches; negative for below.</param>
    /// <exception cref="ArgumentException">There are fewer than two dimensions.</exception>
    public static Tensor Tril(this Tensor x, int diagonal = 0) => Triangle(x, diagonal, 1, "Tril");

    /// <summary>The upper triangle of each matrix:  y[i, j] = x[i, j] where j ≥ i + diagonal, else 0;  dx = the same of g.</summary>
    /// <param name="x">[…, n, m].</param>
    /// <param name="diagonal">How far above the main diagonal the triangle begins; negative for below.</param>
    /// <exception cref="ArgumentException">There are fewer than two dimensions.</exception>
    public static Tensor Triu(this Tensor x, int diagonal = 0) => Triangle(x, diagonal, -1, "Triu");

    /// <summary>
    /// A diagonal of each matrix of two dimensions, as a new last dimension:  y[…, i] = x[…, i, …, i + offset, …];  dx = g there, 0
    /// elsewhere.
    /// </summary>
    /// <param name="x">Any shape of at least two dimensions.</param>
    /// <param name="offset">How far above the main diagonal; negative for below.</param>
    /// <param name="first">The dimension of rows; negative counts from the end.</param>
    /// <param name="second">The dimension of columns.</param>
    /// <exception cref="ArgumentException">The dimensions are the same.</exception>
    public static Tensor Diagonal(this Tensor x, int offset = 0, int first = 0, int second = 1)
    {
        ArgumentNullException.ThrowIfNull(x);
        (int rows, int columns) = (x.Shape.Dim(first, "Diagonal"), x.Shape.Dim(second, "Diagonal"));
        Require.That(rows != columns, $"Diagonal: dimension {rows} of shape {x.Shape} twice; a diagonal runs through two", nameof(second));
        x = x.Permute([.. Enumerable.Range(0, x.Rank).Where(d => d != rows && d != columns), rows, columns]);
        (int n, int m) = ((int)x.Shape[^2], (int)x.Shape[^1]);
        int start = offset >= 0 ? offset : -offset * m,
            length = Math.Max(0, Math.Min(offset >= 0 ? n : n + offset, offset >= 0 ? m - offset : m));
        var picks = new int[]?[x.Rank - 1];
        picks[^1] = [.. Enumerable.Range(0, length).Select(i => start + i * (m + 1))];
        Tensor flat = x.Reshape([.. x.Shape.Sizes[..^2], (long)n * m]);
        return Trace.IsOn ? flat.IndexSelect(-1, picks[^1]!) : Picked(flat, new Picks(flat.Shape, picks));
    }

    static Tensor Triangle(Tensor x, int diagonal, int side, string operation)
    {
        ArgumentNullException.ThrowIfNull(x);
        Require.That(x.Rank >= 2, $"{operation}: shape {x.Shape}; there are at least two dimensions", nameof(x));
        return Trace.Op(Tensor.Record(Kept(x, diagonal, side), (diagonal, side),
            (x, static (g, kept) => Kept(g, kept.diagonal, kept.side))), "Triangle", [x], [diagonal, side]);

        static Tensor Kept(Tensor x, int diagonal, int side)
        {
            (int n, int m) = ((int)x.Shape[^2], (int)x.Shape[^1]);
            Tensor y = Tensor.Empty(x.Shape);
            for (int at = 0; at < y.Count; at++) y.WritableSpan[at] = side * (at % m - at / m % n - diagonal) <= 0 ? x.Span[at] : 0;
            return y;
        }
    }
}
