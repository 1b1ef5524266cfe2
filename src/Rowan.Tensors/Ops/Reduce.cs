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
        (int outer, int along, int inner) = x.Shape.Around(dim);
        Tensor y = Tensor.Zeros(x.Shape.With(dim, 1).Sizes);
        for (int o = 0; o < outer; o++)
            if (inner == 1) y.WritableSpan[o] = Lanes.Sum(x.Span.Slice(o * along, along));
            else
                for (int a = 0; a < along; a++) RowMath.Add(x.Span.Slice((o * along + a) * inner, inner), y.WritableSpan.Slice(o * inner, inner));
        y = keepDim ? y : y.Shaped(x.Shape.Without(dim));
        return Tensor.Record(y, (x.Shape, dim), (x, static (g, kept) =>
            Broadcast.Zip<Add>(g.Viewed(kept.Shape.With(kept.dim, 1)), Tensor.Zeros(kept.Shape.Sizes), "Sum")));
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
}
