using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

public static partial class Ops
{
    /// <summary>
    /// The part that an index names, as <c>x[1, 0..2, ^1]</c> does;  dx = g there, 0 elsewhere, summed where ids occur several times.
    /// </summary>
    /// <param name="x">Any shape.</param>
    /// <param name="index">For each dimension, first to last, an index, a range or ids; dimensions left out are taken whole.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are more indices than dimensions, or one is outside its dimension.</exception>
    public static Tensor Part(Tensor x, params ReadOnlySpan<TensorIndex> index)
    {
        ArgumentNullException.ThrowIfNull(x);
        (Picks picks, Shape shape) = TensorIndex.Of(x.Shape, index);
        return TensorIndex.Traced(Picked(x, picks, shape), x, x.Shape, index);
    }

    /// <summary>y[…, i, …] = x[…, n − 1 − i, …] along each of some dimensions;  dx = g flipped back.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="dims">The dimensions; negative ones count from the end.</param>
    public static Tensor Flip(this Tensor x, params ReadOnlySpan<int> dims)
    {
        ArgumentNullException.ThrowIfNull(x);
        var picks = new int[]?[x.Rank];
        foreach (int dim in dims)
        {
            int d = x.Shape.Dim(dim, "Flip");
            Require.That(picks[d] is null, $"Flip: dimension {d} of shape {x.Shape} is named twice", nameof(dims));
            picks[d] = [.. Enumerable.Range(0, (int)x.Shape[d]).Reverse()];
        }
        Tensor y = Picked(x, new Picks(x.Shape, picks));
        return Trace.IsOn ? Trace.Op(y, "Flip", [x], [.. dims.ToArray().Select(dim => (long)x.Shape.Dim(dim, "Flip"))]) : y;
    }

    /// <summary>x again and again along each dimension;  dx = the sum of its copies' gradients.  (numpy's tile.)</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="times">How often, for each dimension; at least as many numbers as x has dimensions. More put new dimensions in
    /// front.</param>
    /// <exception cref="ArgumentException">There are fewer numbers than dimensions.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    public static Tensor Repeat(this Tensor x, params ReadOnlySpan<int> times)
    {
        ArgumentNullException.ThrowIfNull(x);
        Require.That(times.Length >= x.Rank, $"Repeat: {times.Length} numbers for shape {x.Shape}; there is one for each dimension",
            nameof(times));
        x = x.Reshape([.. Enumerable.Repeat(1L, times.Length - x.Rank), .. x.Shape.Sizes]);
        var picks = new int[]?[x.Rank];
        for (int d = 0; d < x.Rank; d++)
        {
            int size = (int)x.Shape[d], repeats = times[d];
            Require.InRange(repeats >= 0, $"Repeat: {repeats} times in dimension {d}; the number is not negative", nameof(times));
            if (repeats != 1) picks[d] = [.. Enumerable.Range(0, checked(size * repeats)).Select(i => i % size)];
        }
        Tensor y = Picked(x, new Picks(x.Shape, picks));
        return Trace.IsOn ? Trace.Op(y, "Tile", [x], [.. times.ToArray().Select(time => (long)time)]) : y;
    }

    /// <summary>As <see cref="Repeat"/>, with 1 for leading dimensions that no number is given for.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="times">How often, for the last dimensions, or for more than there are.</param>
    public static Tensor Tile(this Tensor x, params ReadOnlySpan<int> times)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.Repeat([.. Enumerable.Repeat(1, Math.Max(0, x.Rank - times.Length)), .. times]);
    }

    /// <summary>
    /// Each slice several times in a row along a dimension:  y[…, i, …] = x[…, ⌊i / times⌋, …];  dx = the sum over its copies.
    /// </summary>
    /// <param name="x">Any shape.</param>
    /// <param name="times">How often.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public static Tensor RepeatInterleave(this Tensor x, int times, int dim)
    {
        ArgumentNullException.ThrowIfNull(x);
        Require.InRange(times >= 0, $"RepeatInterleave: {times} times; the number is not negative", nameof(times));
        dim = x.Shape.Dim(dim, "RepeatInterleave");
        var picks = new int[]?[x.Rank];
        picks[dim] = Picks.Each(x.Shape[dim], times);
        return Trace.Op(Picked(x, new Picks(x.Shape, picks)), "RepeatInterleave", [x], [dim, times]);
    }

    /// <summary>Zeros before and after the last dimensions;  dx = g without them.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="widths">Zeros before and after the last dimension, then before and after the one before it, and so on, as in PyTorch;
    /// negative ones cut off.</param>
    /// <exception cref="ArgumentException">The number of widths is odd, or that of more dimensions than there are.</exception>
    public static Tensor Pad(this Tensor x, params ReadOnlySpan<int> widths) => Pad(x, widths, 0);

    /// <summary>A value before and after the last dimensions;  dx = g without them.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="widths">How many before and after the last dimension, then before and after the one before it, and so on, as in
    /// PyTorch; negative ones cut off.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentException">The number of widths is odd, or that of more dimensions than there are.</exception>
    /// <exception cref="ArgumentOutOfRangeException">More is cut off than there is.</exception>
    public static Tensor Pad(this Tensor x, ReadOnlySpan<int> widths, float value)
    {
        ArgumentNullException.ThrowIfNull(x);
        Require.That(widths.Length % 2 == 0 && widths.Length / 2 <= x.Rank,
            $"Pad: {widths.Length} widths for shape {x.Shape}; there are two for each dimension padded, the last dimension first",
                nameof(widths));
        var picks = new int[]?[x.Rank];
        for (int i = 0; i < widths.Length; i += 2)
        {
            int d = x.Rank - 1 - i / 2, size = (int)x.Shape[d], before = widths[i], length = checked(before + size + widths[i + 1]);
            Require.InRange(length >= 0,
                $"Pad: widths {before} and {widths[i + 1]} cut more off dimension {d} of shape {x.Shape} than its {size}", nameof(widths));
            picks[d] = [.. Enumerable.Range(-before, length).Select(at => (uint)at < (uint)size ? at : Picks.None)];
        }
        Tensor y = Picked(x, new Picks(x.Shape, picks), fill: value);
        return Trace.IsOn ? Trace.Op(y, "Pad", [x], [.. widths.ToArray().Select(width => (long)width)], [value]) : y;
    }

    static Tensor Picked(Tensor x, Picks picks, Shape? shape = null, float fill = 0)
    {
        Tensor y = Tensor.Empty(picks.To);
        picks.Take(x.Span, y.WritableSpan, fill);
        if (shape is { } other && other != picks.To) y = y.Shaped(other);
        return Tensor.Record(y, picks, (x, static (g, picks) =>
        {
            Tensor dx = Tensor.Zeros(picks.From.Sizes);
            picks.AddTo(g.Span, dx.WritableSpan);
            return dx;
        }));
    }
}
