using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

/// <summary>
/// What stands for one dimension in <c>x[1, 0..2, ^1, ids]</c>: an index (the dimension goes), a range (it stays), or ids (it becomes
/// their dimensions). Converts
/// implicitly from <see cref="int"/>, <see cref="long"/>, <see cref="Index"/>, <see cref="Range"/>, <see cref="Indices"/> and arrays of
/// int. Dimensions left out at the end are taken whole.
/// </summary>
public readonly struct TensorIndex
{
    readonly Range _range;
    readonly long _at;
    readonly bool _single, _fromEnd;
    readonly Indices? _ids;

    TensorIndex(long at, bool fromEnd) => (_at, _fromEnd, _single) = (at, fromEnd, true);

    TensorIndex(Range range) => _range = range;

    TensorIndex(Indices ids) => _ids = ids;

    /// <summary>One index; the dimension goes.</summary>
    public static implicit operator TensorIndex(int index) => new(index, false);

    /// <summary>One index; the dimension goes.</summary>
    public static implicit operator TensorIndex(long index) => new(index, false);

    /// <summary>One index, from either end; the dimension goes.</summary>
    public static implicit operator TensorIndex(Index index) => new(index.Value, index.IsFromEnd);

    /// <summary>A range of indices; <c>..</c> for all.</summary>
    public static implicit operator TensorIndex(Range range) => new(range);

    /// <summary>Indices in any order; one may occur several times.</summary>
    public static implicit operator TensorIndex(Indices ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return new(ids);
    }

    /// <summary>Indices in any order; one may occur several times.</summary>
    public static implicit operator TensorIndex(int[] ids) => new((Indices)ids);

    /// <summary>Indices in any order, whose two dimensions stand for the one.</summary>
    public static implicit operator TensorIndex(int[,] ids) => new((Indices)ids);

    /// <summary>What an index picks from a shape, and the shape of the result once single indices are dropped.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are more indices than dimensions, or one is outside its dimension.</exception>
    internal static (Picks Picks, Shape Shape) Of(Shape shape, ReadOnlySpan<TensorIndex> index)
    {
        Require.InRange(index.Length <= shape.Rank, $"Index: {index.Length} indices for shape {shape}", nameof(index));
        var picks = new int[]?[shape.Rank];
        var sizes = new List<long>();
        for (int d = 0; d < shape.Rank; d++)
        {
            TensorIndex one = d < index.Length ? index[d] : Range.All;
            picks[d] = one.Picks(shape, d);
            if (one._ids is { } ids) sizes.AddRange(ids.Shape.Sizes);
            else if (!one._single) sizes.Add(picks[d]?.Length ?? shape[d]);
        }
        return (new Picks(shape, picks), new Shape([.. sizes]));
    }

    /// <summary>
    /// Names the part to a trace: for each dimension its kind (0 whole, 1 an index, 2 a range, 3 ids), start and length, and its ids.
    /// </summary>
    internal static T Traced<T>(T part, object of, Shape shape, ReadOnlySpan<TensorIndex> index) where T : class
    {
        if (!Trace.IsOn) return part;
        var inputs = new object?[1 + shape.Rank];
        var numbers = new List<long>();
        inputs[0] = of;
        for (int d = 0; d < shape.Rank; d++)
        {
            TensorIndex one = d < index.Length ? index[d] : Range.All;
            (long from, long to) = (Place(one._range.Start, shape[d]), Place(one._range.End, shape[d]));
            inputs[1 + d] = one._ids;
            numbers.AddRange(one._ids is not null ? [3, 0, 0] : one._single ? [1, one._fromEnd ? shape[d] - one._at : one._at, 1]
                : one._range.Equals(Range.All) ? [0, 0, 0] : [2, from, to - from]);
        }
        return Trace.Op(part, "Part", inputs, numbers.ToArray());
    }

    int[]? Picks(Shape shape, int dim)
    {
        long size = shape[dim];
        if (_ids is { } ids)
        {
            foreach (long id in ids.Span) CheckIndex(id, shape, dim);
            return [.. ids.Select(id => (int)id)];
        }
        if (_single)
        {
            long at = _fromEnd ? size - _at : _at;
            CheckIndex(at, shape, dim);
            return [(int)at];
        }
        if (_range.Equals(Range.All)) return null;
        (long from, long to) = (Place(_range.Start, size), Place(_range.End, size));
        Require.InRange(from >= 0 && from <= to && to <= size,
            $"Index: range {_range} of dimension {dim} of shape {shape}; it lies within 0..{size}", "index");
        return [.. Enumerable.Range((int)from, (int)(to - from))];
    }

    static void CheckIndex(long at, Shape shape, int dim) => Require.InRange((ulong)at < (ulong)shape[dim],
        $"Index: {at} of dimension {dim} is outside shape {shape}; it runs from 0 to {shape[dim] - 1}, and ^1 is the last", "index");

    static long Place(Index index, long size) => index.IsFromEnd ? size - index.Value : index.Value;
}
