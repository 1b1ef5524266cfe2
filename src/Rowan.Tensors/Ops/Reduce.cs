using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

public static partial class Ops
{
    /// <summary>y = Σ x over all values;  dx = g everywhere.</summary>
    public static Tensor Sum(this Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return Tensor.Record((Tensor)Total(x.Span), x.Shape, (x, static (g, shape) => Tensor.Full(g.Item(), shape.Sizes)));
    }

    /// <summary>y = Σ x / n over all values;  dx = g / n.  NaN for an empty tensor.</summary>
    public static Tensor Mean(this Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return Tensor.Record((Tensor)(Total(x.Span) / x.Count), x.Shape, (x, static (g, shape) => Tensor.Full(g.Item() / shape.Count, shape.Sizes)));
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
        return Tensor.Record(y, (x.Shape, dim), (x, static (g, kept) =>
        {
            Tensor dx = Tensor.Empty(kept.Shape);
            ForParts(kept.Shape, kept.dim, new RepeatParts(g, dx, kept.dim));
            return dx;
        }));
    }

    /// <summary>y = Σ x / n along a dimension of size n;  dx = g / n repeated along it.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="keepDim">Keep the dimension, with size 1.</param>
    public static Tensor Mean(this Tensor x, int dim, bool keepDim = false)
    {
        ArgumentNullException.ThrowIfNull(x);
        return Sum(x, dim, keepDim) / x.Shape[x.Shape.Dim(dim, "Mean")];
    }

    /// <summary>y = the largest value;  dx = g at the first that is the largest.</summary>
    /// <exception cref="ArgumentException">There are no values.</exception>
    public static Tensor Max(this Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        Require.That(x.Count > 0, $"Max: shape {x.Shape} has no values", nameof(x));
        return Max(x.Reshape(x.Count), 0);
    }

    /// <summary>y = the largest value along a dimension;  dx = g at the first that is the largest.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="keepDim">Keep the dimension, with size 1.</param>
    /// <exception cref="ArgumentException">The dimension has no values.</exception>
    public static Tensor Max(this Tensor x, int dim, bool keepDim = false)
    {
        ArgumentNullException.ThrowIfNull(x);
        dim = x.Shape.Dim(dim, "Max");
        Require.That(x.Shape[dim] > 0, $"Max: dimension {dim} of shape {x.Shape} has no values", nameof(x));
        (int outer, int along, int inner) = x.Shape.Around(dim);
        Tensor y = Tensor.Empty(keepDim ? x.Shape.With(dim, 1) : x.Shape.Without(dim));
        var winner = new int[y.Count];
        for (int o = 0; o < outer; o++)
            for (int i = 0; i < inner; i++)
            {
                int best = o * along * inner + i;
                for (int a = 1; a < along && !float.IsNaN(x.Span[best]); a++)
                {
                    int at = (o * along + a) * inner + i;
                    if (x.Span[at] > x.Span[best] || float.IsNaN(x.Span[at])) best = at;
                }
                winner[o * inner + i] = best;
                y.WritableSpan[o * inner + i] = x.Span[best];
            }
        return Tensor.Record(y, (x.Shape, winner), (x, static (g, kept) =>
        {
            Tensor dx = Tensor.Zeros(kept.Shape.Sizes);
            for (int i = 0; i < kept.winner.Length; i++) dx.WritableSpan[kept.winner[i]] += g.Span[i];
            return dx;
        }));
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
