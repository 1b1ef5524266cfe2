using Rowan.Numerics;

namespace Rowan.Tensors;

/// <summary>Two shapes as one: sizes are aligned at the last dimension, and a size of 1 stands for any.</summary>
static class Broadcast
{
    const long Grain = 65_536;

    /// <summary>z = f(x, y) in the shape that both broadcast to.</summary>
    public static Tensor Zip<TOp>(Tensor x, Tensor y, string operation) where TOp : struct, IBinary
    {
        Shape shape = x.Shape == y.Shape ? x.Shape : Common(x.Shape, y.Shape, operation);
        Tensor z = Tensor.Empty(shape);
        if (z.Count > 0 && x.Count == z.Count && y.Count == z.Count) Workers.For(z.Count, Grain, new Flat<TOp>(x, y, z));
        else if (z.Count > 0) Rows<TOp>(x, y, z);
        if (Trace.IsOn) Trace.Op(z, typeof(TOp).Name, [x, y]);
        return z;
    }

    /// <summary>Sums a gradient over the dimensions in which an input was broadcast, in the order of the values.</summary>
    public static Tensor SumTo(Tensor g, Shape shape)
    {
        if (g.Shape == shape) return g;
        if (g.Count == shape.Count) return g.Viewed(shape);
        Tensor sum = Tensor.Zeros(shape.Sizes);
        if (shape.Count > 1 && g.Shape.Sizes[^shape.Rank..].SequenceEqual(shape.Sizes))
        {
            // Rows of one length, as of a bias: each thread sums some of the columns.
            int columns = (int)shape.Count;
            Workers.For(columns, Math.Max(16, Grain * columns / g.Count), new SumOfRows(g, sum, columns));
            return sum;
        }
        Span<float> into = sum.WritableSpan;
        int width = (int)g.Shape[^1];
        long[] strides = Strides(shape, g.Shape);
        for (int row = 0; row * (long)width < g.Count; row++)
        {
            ReadOnlySpan<float> values = g.Span.Slice(row * width, width);
            int at = (int)Offset(row, g.Shape, strides);
            if (strides[^1] == 1) RowMath.Add(values, into.Slice(at, width));
            else into[at] += Lanes.Sum(values);
        }
        return sum;
    }

    /// <summary>The shape both broadcast to.</summary>
    /// <exception cref="ArgumentException">Two sizes differ, and neither is 1.</exception>
    public static Shape Common(Shape x, Shape y, string operation)
    {
        var sizes = new long[Math.Max(x.Rank, y.Rank)];
        for (int d = 1; d <= sizes.Length; d++)
        {
            long a = d <= x.Rank ? x.Sizes[^d] : 1, b = d <= y.Rank ? y.Sizes[^d] : 1;
            Require.That(a == b || a == 1 || b == 1,
                $"{operation}: shapes {x} and {y} do not broadcast: sizes {a} and {b} of dimension −{d} differ, and neither is 1");
            sizes[^d] = a == 1 ? b : a;
        }
        return new Shape(sizes);
    }

    /// <summary>A shape that another broadcasts to; a size of −1 stands for the other's.</summary>
    /// <exception cref="ArgumentException">The shape does not broadcast to it.</exception>
    public static Shape Target(Shape from, ReadOnlySpan<long> sizes, string operation)
    {
        long[] to = sizes.ToArray();
        bool fits = to.Length >= from.Rank;
        for (int d = 1; d <= to.Length && fits; d++)
        {
            long size = d <= from.Rank ? from.Sizes[^d] : 1;
            if (to[^d] == -1 && d <= from.Rank) to[^d] = size;
            fits = to[^d] >= 0 && (to[^d] == size || size == 1);
        }
        Require.That(fits, $"{operation}: shape {from} to [{string.Join(", ", sizes.ToArray())}]; sizes other than 1 stay, and −1 "
            + $"keeps a size", nameof(sizes));
        return new Shape(to);
    }

    static void Rows<TOp>(Tensor x, Tensor y, Tensor z) where TOp : struct, IBinary
    {
        Shape shape = z.Shape;
        int width = shape.Rank == 0 ? 1 : (int)shape[^1];
        long[] forX = Strides(x.Shape, shape), forY = Strides(y.Shape, shape);
        int widthX = forX.Length > 0 && forX[^1] == 0 ? 1 : width, widthY = forY.Length > 0 && forY[^1] == 0 ? 1 : width;
        for (int row = 0; row * (long)width < z.Count; row++)
            Lanes.Zip<TOp>(x.Span.Slice((int)Offset(row, shape, forX), widthX), y.Span.Slice((int)Offset(row, shape, forY), widthY),
                z.WritableSpan.Slice(row * width, width));
    }

    /// <summary>How far an operand moves with each dimension of the result: 0 where it is broadcast.</summary>
    static long[] Strides(Shape operand, Shape result)
    {
        var strides = new long[result.Rank];
        long step = 1;
        for (int d = 1; d <= operand.Rank; d++)
        {
            long size = operand.Sizes[^d];
            strides[^d] = size == 1 ? 0 : step;
            step *= size;
        }
        return strides;
    }

    /// <summary>Where a row of the result (its last dimension) starts in an operand.</summary>
    static long Offset(long row, Shape result, long[] strides)
    {
        long offset = 0;
        for (int d = result.Rank - 2; d >= 0; d--)
        {
            (row, long at) = Math.DivRem(row, result.Sizes[d]);
            offset += at * strides[d];
        }
        return offset;
    }

    readonly struct SumOfRows(Tensor g, Tensor sum, int columns) : IRangeBody
    {
        public void Run(long from, long to)
        {
            int length = (int)(to - from);
            Span<float> into = sum.WritableMemory.Span.Slice((int)from, length);
            for (long at = from; at < g.Count; at += columns) RowMath.Add(g.Span.Slice((int)at, length), into);
        }
    }

    readonly struct Flat<TOp>(Tensor x, Tensor y, Tensor z) : IRangeBody where TOp : struct, IBinary
    {
        public void Run(long from, long to)
        {
            int start = (int)from, length = (int)(to - from);
            Lanes.Zip<TOp>(x.Span.Slice(start, length), y.Span.Slice(start, length), z.WritableSpan.Slice(start, length));
        }
    }
}
