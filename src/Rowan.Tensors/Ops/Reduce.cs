using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

public static partial class Ops
{
    /// <summary>y = Σ x over all values;  dx = g everywhere.</summary>
    public static Tensor Sum(this Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return Trace.Op(Tensor.Record((Tensor)Total(x.Span), x.Shape, (x, static (g, shape) => Tensor.Full(g.Item(), shape.Sizes))),
            "SumAll", [x]);
    }

    /// <summary>y = Σ x / n over all values;  dx = g / n.  NaN for an empty tensor.</summary>
    public static Tensor Mean(this Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return Trace.Op(Tensor.Record((Tensor)(Total(x.Span) / x.Count), x.Shape,
            (x, static (g, shape) => Tensor.Full(g.Item() / shape.Count, shape.Sizes))), "MeanAll", [x]);
    }

    /// <summary>y = Σ x along a dimension;  dx = g repeated along it.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="keepDim">Keep the dimension, with size 1.</param>
    public static Tensor Sum(this Tensor x, int dim, bool keepDim = false)
    {
        ArgumentNullException.ThrowIfNull(x);
        dim = x.Shape.Dim(dim, "Sum");
        Tensor y = Tensor.Empty(x.Shape.With(dim, 1));
        ForParts(x.Shape, dim, new SumParts(x, y, dim));
        y = keepDim ? y : y.Shaped(x.Shape.Without(dim));
        y = Tensor.Record(y, (x.Shape, dim), (x, static (g, kept) =>
        {
            Tensor dx = Tensor.Empty(kept.Shape);
            ForParts(kept.Shape, kept.dim, new RepeatParts(g, dx, kept.dim));
            return dx;
        }));
        return Trace.Op(y, "Sum", [x], [dim, keepDim ? 1 : 0]);
    }

    /// <summary>y = Σ x / n along a dimension of size n;  dx = g / n repeated along it.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="keepDim">Keep the dimension, with size 1.</param>
    public static Tensor Mean(this Tensor x, int dim, bool keepDim = false)
    {
        ArgumentNullException.ThrowIfNull(x);
        dim = x.Shape.Dim(dim, "Mean");
        return Trace.Op(Sum(x, dim, keepDim) / x.Shape[dim], "Mean", [x], [dim, keepDim ? 1 : 0]);
    }

    // Partial sums of 4,096 values, added in double: small errors at any size, and one order for any number of threads.
    static float Total(ReadOnlySpan<float> x)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i += 4_096) sum += Lanes.Sum(x.Slice(i, Math.Min(4_096, x.Length - i)));
        return (float)sum;
    }

    /// <summary>Runs over the parts of a shape that lie before a dimension.</summary>
    static void ForParts<TBody>(Shape shape, int dim, TBody body) where TBody : struct, IRangeBody
    {
        (int outer, int along, int inner) = shape.Around(dim);
        Workers.For(outer, Math.Max(1, ElementGrain / Math.Max(1, (long)along * inner)), body);
    }

    readonly struct SumParts(Tensor x, Tensor y, int dim) : IRangeBody
    {
        public void Run(long from, long to)
        {
            (_, int along, int inner) = x.Shape.Around(dim);
            ReadOnlySpan<float> values = x.Span;
            Span<float> sums = y.WritableMemory.Span;
            for (int o = (int)from; o < to; o++)
                if (inner == 1) sums[o] = Lanes.Sum(values.Slice(o * along, along));
                else
                {
                    Span<float> into = sums.Slice(o * inner, inner);
                    into.Clear();
                    for (int a = 0; a < along; a++) RowMath.Add(values.Slice((o * along + a) * inner, inner), into);
                }
        }
    }

    readonly struct RepeatParts(Tensor g, Tensor dx, int dim) : IRangeBody
    {
        public void Run(long from, long to)
        {
            (_, int along, int inner) = dx.Shape.Around(dim);
            ReadOnlySpan<float> values = g.Span;
            Span<float> into = dx.WritableMemory.Span;
            for (int o = (int)from; o < to; o++)
                if (inner == 1) into.Slice(o * along, along).Fill(values[o]);
                else
                    for (int a = 0; a < along; a++) values.Slice(o * inner, inner).CopyTo(into[((o * along + a) * inner)..]);
        }
    }
}
