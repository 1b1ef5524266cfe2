using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

public sealed partial class Indices
{
    /// <summary>One id, of flat ids.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The ids are not flat, or the index is outside.</exception>
    public long this[long index]
    {
        get
        {
            Require.InRange(Shape.Rank == 1,
                $"Indices: one index for ids of shape {Shape}; ids[{index}, ..] is a part of them, and ids[i, j] one of a matrix",
                nameof(index));
            Require.InRange((ulong)index < (ulong)Count,
                $"Indices: index {index} of {Count} ids; it runs from 0 to {Count - 1}, and ^1 is the last", nameof(index));
            return _ids[index];
        }
    }

    /// <summary>One id, of flat ids.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The ids are not flat, or the index is outside.</exception>
    public long this[int index] => this[(long)index];

    /// <summary>One id, of flat ids, counted from either end.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The ids are not flat, or the index is outside.</exception>
    public long this[Index index] => this[index.IsFromEnd ? Count - index.Value : index.Value];

    /// <summary>One id of a matrix.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The ids are no matrix, or an index is outside.</exception>
    public long this[long row, long column]
    {
        get
        {
            Require.InRange(Shape.Rank == 2 && (ulong)row < (ulong)Shape[0] && (ulong)column < (ulong)Shape[1],
                $"Indices: index [{row}, {column}] of ids of shape {Shape}", nameof(row));
            return _ids[row * Shape[1] + column];
        }
    }

    /// <summary>The part that indices and ranges name, as of a tensor: <c>ids[0..2]</c>, <c>ids[.., 0]</c>, <c>ids[1, ..]</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are more indices than dimensions, or one is outside its dimension.</exception>
    public Indices this[params ReadOnlySpan<TensorIndex> index]
    {
        get
        {
            (Picks picks, Shape shape) = TensorIndex.Of(Shape, index);
            var ids = new long[picks.To.Count];
            picks.Take(Span, ids, 0);
            return TensorIndex.Traced(new Indices(ids, shape), this, Shape, index);
        }
    }

    /// <summary>0, 1, …, count − 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    public static Indices Arange(long count) => Arange(0, count);

    /// <summary>start, start + step, … below end, or above it where the step is negative.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The step leads away from the end, or is 0.</exception>
    public static Indices Arange(long start, long end, long step = 1)
    {
        Require.InRange(step != 0 && (step > 0 ? end >= start : end <= start),
            $"Arange: from {start} to {end} by steps of {step}; the step leads to the end", nameof(step));
        var ids = new long[(end - start + step - Math.Sign(step)) / step];
        for (int i = 0; i < ids.Length; i++) ids[i] = start + i * step;
        return Trace.Op(Create(ids), "Arange", [], [start, end, step]);
    }

    /// <summary>Ids in a matrix, where all arrays are of one length.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static Indices From(IReadOnlyList<IReadOnlyList<long>> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        int columns = rows.Count == 0 ? 0 : rows[0].Count;
        for (int r = 0; r < rows.Count; r++)
            Require.That(rows[r].Count == columns,
                $"Indices: row {r} has {rows[r].Count} ids and row 0 {columns}; pad them with Indices.Pad, or give bags to an "
                + $"EmbeddingBag as JaggedIndices", nameof(rows));
        return new([.. rows.SelectMany(row => row)], new Shape(rows.Count, columns));
    }

    /// <summary>Rows of ids of different lengths as a matrix, filled up with an id.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="padding">The id that fills; that of a padding row, mostly 0.</param>
    /// <param name="length">The length of all rows; null for that of the longest.</param>
    /// <param name="left">Fill at the left, so that each row ends in its last id.</param>
    /// <exception cref="ArgumentException">A row is longer than the length.</exception>
    public static Indices Pad(IReadOnlyList<IReadOnlyList<long>> rows, long padding = 0, int? length = null, bool left = false)
    {
        ArgumentNullException.ThrowIfNull(rows);
        int columns = length ?? (rows.Count == 0 ? 0 : rows.Max(row => row.Count));
        var ids = new long[checked(rows.Count * columns)];
        ids.AsSpan().Fill(padding);
        for (int r = 0; r < rows.Count; r++)
        {
            Require.That(rows[r].Count <= columns, $"Pad: row {r} has {rows[r].Count} ids, more than the length {columns}; cut it first",
                nameof(length));
            for (int i = 0, at = r * columns + (left ? columns - rows[r].Count : 0); i < rows[r].Count; i++) ids[at + i] = rows[r][i];
        }
        return new(ids, new Shape(rows.Count, columns));
    }

    /// <inheritdoc cref="Pad(IReadOnlyList{IReadOnlyList{long}}, long, int?, bool)"/>
    public static Indices Pad(IReadOnlyList<IReadOnlyList<int>> rows, long padding = 0, int? length = null, bool left = false)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return Pad([.. rows.Select(Widened)], padding, length, left);
    }

    /// <summary>Ids one after another along a dimension.</summary>
    /// <exception cref="ArgumentException">There are none, or their other sizes differ.</exception>
    public static Indices Concat(IReadOnlyList<Indices> parts, int dim = 0)
    {
        ArgumentNullException.ThrowIfNull(parts);
        Require.That(parts.Count > 0, $"Concat: no ids were given", nameof(parts));
        Shape first = parts[0].Shape;
        dim = first.Dim(dim, "Concat");
        foreach (Indices part in parts)
            Require.That(part.Shape.Rank == first.Rank && part.Shape.With(dim, 0) == first.With(dim, 0),
                $"Concat: ids of shapes {first} and {part.Shape}; but for dimension {dim} they are the same", nameof(parts));
        Shape shape = first.With(dim, parts.Sum(part => part.Shape[dim]));
        var ids = new long[shape.Count];
        (int outer, int along, int inner) = shape.Around(dim);
        int start = 0;
        foreach (Indices part in parts)
        {
            int width = (int)part.Shape[dim] * inner;
            for (int o = 0; o < outer; o++) part.Span.Slice(o * width, width).CopyTo(ids.AsSpan(o * along * inner + start));
            start += width;
        }
        return Trace.IsOn ? Trace.Op(new Indices(ids, shape), "Concat", [.. parts], [dim]) : new(ids, shape);
    }

    /// <summary>These ids and others after them, along the first dimension.</summary>
    /// <exception cref="ArgumentException">Their other sizes differ.</exception>
    public Indices Concat(Indices other) => Concat([this, other]);

    /// <summary>Ids start ≤ i &lt; start + length along a dimension.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The part is not within the dimension.</exception>
    public Indices Slice(int dim, long start, long length)
    {
        dim = Shape.Dim(dim, "Slice");
        Require.InRange(start >= 0 && length >= 0 && start + length <= Shape[dim],
            $"Slice: {start} to {start + length} of dimension {dim} of shape {Shape}; it runs from 0 to {Shape[dim]}", nameof(start));
        var index = new TensorIndex[dim + 1];
        index.AsSpan().Fill(Range.All);
        index[dim] = new Range((int)start, (int)(start + length));
        return this[index];
    }

    /// <summary>The ids as numbers.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is beyond 2²⁴, from where on a float holds not every integer.</exception>
    public Tensor ToTensor()
    {
        Tensor values = Tensor.Empty(Shape);
        for (int i = 0; i < _ids.Length; i++)
        {
            Require.InRange(Math.Abs(_ids[i]) <= 1 << 24,
                $"ToTensor: id {_ids[i]} at {Describe(i)} is beyond {1 << 24}, from where on a float holds not every integer",
                nameof(Span));
            values.WritableSpan[i] = _ids[i];
        }
        return Trace.Op(values, "ToTensor", [this]);
    }

    /// <summary>For each id a row of zeros with a 1 at the id: shape […, classes].</summary>
    /// <param name="classes">How many different ids there are; null for the largest and one.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative or not below the number.</exception>
    public Tensor OneHot(long? classes = null)
    {
        long count = classes ?? (_ids.Length == 0 ? 0 : _ids.Max() + 1);
        for (int i = 0; i < _ids.Length; i++)
            Require.InRange((ulong)_ids[i] < (ulong)count,
                $"OneHot: id {_ids[i]} at {Describe(i)} is outside {count} classes; ids run from 0 to {count - 1}", nameof(classes));
        Tensor rows = Tensor.Zeros([.. Shape.Sizes, count]);
        for (int i = 0; i < _ids.Length; i++) rows.WritableSpan[(int)(i * count + _ids[i])] = 1;
        return Trace.Op(rows, "OneHot", [this], [count]);
    }

    /// <summary>Where the ids are equal to others, broadcast: <c>ids.Equal(0)</c> is a padding mask.</summary>
    public Mask Equal(Indices other) => Compared("EqualTo", this, other, static (x, y) => x == y);

    /// <summary>Where the ids differ from others, broadcast.</summary>
    public Mask NotEqual(Indices other) => Compared("NotEqualTo", this, other, static (x, y) => x != y);

    /// <summary>Where x &gt; y, broadcast.</summary>
    public static Mask operator >(Indices x, Indices y) => Compared("GreaterThan", x, y, static (x, y) => x > y);

    /// <summary>Where x &lt; y, broadcast.</summary>
    public static Mask operator <(Indices x, Indices y) => Compared("LessThan", x, y, static (x, y) => x < y);

    /// <summary>Where x ≥ y, broadcast.</summary>
    public static Mask operator >=(Indices x, Indices y) => Compared("GreaterThanOrEqual", x, y, static (x, y) => x >= y);

    /// <summary>Where x ≤ y, broadcast.</summary>
    public static Mask operator <=(Indices x, Indices y) => Compared("LessThanOrEqual", x, y, static (x, y) => x <= y);

    /// <summary>x + y, broadcast: <c>ids + 1</c>.</summary>
    public static Indices operator +(Indices x, Indices y) => Zip("Add", x, y, static (x, y) => checked(x + y));

    /// <summary>x − y, broadcast.</summary>
    public static Indices operator -(Indices x, Indices y) => Zip("Subtract", x, y, static (x, y) => checked(x - y));

    /// <summary>x·y, broadcast.</summary>
    public static Indices operator *(Indices x, Indices y) => Zip("Multiply", x, y, static (x, y) => checked(x * y));

    /// <summary>x / y without the rest, toward zero as C# divides, broadcast.</summary>
    public static Indices operator /(Indices x, Indices y) => Zip("Divide", x, y, static (x, y) => x / y);

    /// <summary>The rest of x / y, with the sign of x as in C#, broadcast.</summary>
    public static Indices operator %(Indices x, Indices y) => Zip("Remainder", x, y, static (x, y) => x % y);

    /// <summary>A matrix of ids, where all arrays are of one length.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static implicit operator Indices(int[][] rows) => From([.. rows.Select(Widened)]);

    /// <summary>A matrix of ids, where all arrays are of one length.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static implicit operator Indices(long[][] rows) => From((IReadOnlyList<IReadOnlyList<long>>)rows);

    /// <summary>Flat ids.</summary>
    public static implicit operator Indices(List<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return Create(Widened(ids));
    }

    /// <summary>Flat ids.</summary>
    public static implicit operator Indices(List<long> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return Create([.. ids]);
    }

    static long[] Widened(IReadOnlyList<int> ids) => [.. ids.Select(id => (long)id)];

    static Mask Compared(string name, Indices x, Indices y, Func<long, long, bool> holds)
    {
        (Shape shape, long[] a, long[] b) = Alike(x, y);
        var flags = new bool[a.Length];
        for (int i = 0; i < flags.Length; i++) flags[i] = holds(a[i], b[i]);
        return Trace.Op(Mask.Over(flags, shape), name, [x, y]);
    }

    static Indices Zip(string name, Indices x, Indices y, Func<long, long, long> op)
    {
        (Shape shape, long[] a, long[] b) = Alike(x, y);
        var ids = new long[a.Length];
        for (int i = 0; i < ids.Length; i++) ids[i] = op(a[i], b[i]);
        return Trace.Op(new Indices(ids, shape), name, [x, y]);
    }

    static (Shape Shape, long[] X, long[] Y) Alike(Indices x, Indices y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        Shape shape = Broadcast.Common(x.Shape, y.Shape, "Indices");
        return (shape, x.Expanded(shape), y.Expanded(shape));
    }

    long[] Expanded(Shape to)
    {
        if (to == Shape) return _ids;
        var from = new Shape([.. Enumerable.Repeat(1L, to.Rank - Shape.Rank), .. Shape.Sizes]);
        var picks = new int[]?[to.Rank];
        for (int d = 0; d < to.Rank; d++)
            if (from[d] != to[d]) picks[d] = new int[to[d]];
        var ids = new long[to.Count];
        new Picks(from, picks).Take(Span, ids, 0);
        return ids;
    }
}
