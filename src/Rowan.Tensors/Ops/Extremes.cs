using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

/// <summary>Largest and smallest values, and orders.</summary>
public static partial class Ops
{
    /// <summary>y = the largest value;  dx = g at the first that is the largest.</summary>
    /// <exception cref="ArgumentException">There are no values.</exception>
    public static Tensor Max(this Tensor x) => Flat(x).Max(0);

    /// <summary>y = the largest value along a dimension;  dx = g at the first that is the largest. NaN counts as the largest.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="keepDim">Keep the dimension, with size 1.</param>
    /// <exception cref="ArgumentException">The dimension has no values.</exception>
    public static Tensor Max(this Tensor x, int dim, bool keepDim = false) => x.MaxWithIndices(dim, keepDim).Values;

    /// <summary>The largest values along a dimension, and the index of the first of each.</summary>
    /// <inheritdoc cref="Max(Tensor, int, bool)"/>
    public static (Tensor Values, Indices Indices) MaxWithIndices(this Tensor x, int dim, bool keepDim = false) =>
        At(x, Extreme(x, dim, 1, "Max"), dim, keepDim);

    /// <summary>y = the smallest value;  dx = g at the first that is the smallest.</summary>
    /// <exception cref="ArgumentException">There are no values.</exception>
    public static Tensor Min(this Tensor x) => Flat(x).Min(0);

    /// <summary>y = the smallest value along a dimension;  dx = g at the first that is the smallest. NaN counts as the smallest.</summary>
    /// <inheritdoc cref="Max(Tensor, int, bool)"/>
    public static Tensor Min(this Tensor x, int dim, bool keepDim = false) => x.MinWithIndices(dim, keepDim).Values;

    /// <summary>The smallest values along a dimension, and the index of the first of each.</summary>
    /// <inheritdoc cref="Max(Tensor, int, bool)"/>
    public static (Tensor Values, Indices Indices) MinWithIndices(this Tensor x, int dim, bool keepDim = false) =>
        At(x, Extreme(x, dim, -1, "Min"), dim, keepDim);

    /// <summary>The flat position of the first largest value.</summary>
    /// <exception cref="ArgumentException">There are no values.</exception>
    public static Indices ArgMax(this Tensor x) => Flat(x).ArgMax(0);

    /// <summary>The index of the first largest value along a dimension.</summary>
    /// <inheritdoc cref="Max(Tensor, int, bool)"/>
    public static Indices ArgMax(this Tensor x, int dim, bool keepDim = false) => Shown(x, Extreme(x, dim, 1, "ArgMax"), dim, keepDim);

    /// <summary>The flat position of the first smallest value.</summary>
    /// <exception cref="ArgumentException">There are no values.</exception>
    public static Indices ArgMin(this Tensor x) => Flat(x).ArgMin(0);

    /// <summary>The index of the first smallest value along a dimension.</summary>
    /// <inheritdoc cref="Max(Tensor, int, bool)"/>
    public static Indices ArgMin(this Tensor x, int dim, bool keepDim = false) => Shown(x, Extreme(x, dim, -1, "ArgMin"), dim, keepDim);

    /// <summary>
    /// The values in order along a dimension;  dx = g where each came from. Equal values keep their order; NaN counts as the largest.
    /// </summary>
    /// <param name="x">Any shape.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="descending">The largest first.</param>
    public static Tensor Sort(this Tensor x, int dim = -1, bool descending = false) => x.SortWithIndices(dim, descending).Values;

    /// <summary>The values in order along a dimension, and the index that each had.</summary>
    /// <inheritdoc cref="Sort"/>
    public static (Tensor Values, Indices Indices) SortWithIndices(this Tensor x, int dim = -1, bool descending = false)
    {
        Indices order = x.ArgSort(dim, descending);
        return (x.Gather(dim, order), order);
    }

    /// <summary>The indices that put a dimension in order.</summary>
    /// <inheritdoc cref="Sort"/>
    public static Indices ArgSort(this Tensor x, int dim = -1, bool descending = false)
    {
        ArgumentNullException.ThrowIfNull(x);
        dim = x.Shape.Dim(dim, "Sort");
        return Ordered(x, dim, (int)x.Shape[dim], descending);
    }

    /// <summary>
    /// The k largest values along a dimension, the largest first, and their indices;  dx = g where each came from. Of equal values the
    /// first come first.
    /// </summary>
    /// <param name="x">Any shape.</param>
    /// <param name="k">How many.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="largest">False for the k smallest, the smallest first.</param>
    /// <exception cref="ArgumentOutOfRangeException">k is negative, or more than the dimension has.</exception>
    public static (Tensor Values, Indices Indices) TopK(this Tensor x, int k, int dim = -1, bool largest = true)
    {
        ArgumentNullException.ThrowIfNull(x);
        dim = x.Shape.Dim(dim, "TopK");
        Require.InRange(k >= 0 && k <= x.Shape[dim], $"TopK: {k} of the {x.Shape[dim]} values of dimension {dim} of shape {x.Shape}",
            nameof(k));
        Indices order = Ordered(x, dim, k, largest);
        return (x.Gather(dim, order), order);
    }

    static Tensor Flat(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.Reshape(x.Count);
    }

    /// <summary>
    /// Along a dimension of each shape kept at 1: the index of the first value that no other exceeds in the direction of a sign; a NaN is
    /// beyond all.
    /// </summary>
    static Indices Extreme(Tensor x, int dim, int sign, string operation)
    {
        ArgumentNullException.ThrowIfNull(x);
        dim = x.Shape.Dim(dim, operation);
        Require.That(x.Shape[dim] > 0, $"{operation}: dimension {dim} of shape {x.Shape} has no values", nameof(x));
        (int outer, int along, int inner) = x.Shape.Around(dim);
        var winners = new long[outer * inner];
        ReadOnlySpan<float> values = x.Span;
        for (int o = 0; o < outer; o++)
            for (int i = 0; i < inner; i++)
            {
                int first = o * along * inner + i, best = 0;
                for (int a = 1; a < along && !float.IsNaN(values[first + best * inner]); a++)
                {
                    float value = values[first + a * inner];
                    if (sign * value > sign * values[first + best * inner] || float.IsNaN(value)) best = a;
                }
                winners[o * inner + i] = best;
            }
        return Trace.Op(Indices.From(winners, x.Shape.With(dim, 1).Sizes), "ArgMax", [x], [dim, sign]);
    }

    static (Tensor, Indices) At(Tensor x, Indices winners, int dim, bool keepDim)
    {
        Tensor values = x.Gather(dim, winners);
        return (keepDim ? values : values.Squeeze(dim), Shown(x, winners, dim, keepDim));
    }

    static Indices Shown(Tensor x, Indices winners, int dim, bool keepDim) =>
        keepDim ? winners : winners.Reshape(x.Shape.Without(x.Shape.Dim(dim, "Max")).Sizes);

    static Indices Ordered(Tensor x, int dim, int k, bool descending)
    {
        (int outer, int along, int inner) = x.Shape.Around(dim);
        var order = new long[outer * k * inner];
        var (keys, at) = (new (float Value, int At)[along], descending ? -1 : 1);
        for (int o = 0; o < outer; o++)
            for (int i = 0; i < inner; i++)
            {
                for (int a = 0; a < along; a++) keys[a] = (x.Span[(o * along + a) * inner + i], a);
                // By value, then by index: so that equal values keep their order. float's own order has NaN first; here it is the largest.
                Array.Sort(keys, (left, right) => at * Compare(left.Value, right.Value) is var by and not 0 ? by : left.At - right.At);
                for (int a = 0; a < k; a++) order[(o * k + a) * inner + i] = keys[a].At;
            }
        return Trace.Op(Indices.From(order, x.Shape.With(dim, k).Sizes), "TopK", [x], [dim, k, descending ? 1 : 0]);

        static int Compare(float left, float right) =>
            float.IsNaN(left) || float.IsNaN(right) ? float.IsNaN(left).CompareTo(float.IsNaN(right)) : left.CompareTo(right);
    }
}
