using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

/// <summary>Reductions over several dimensions, variances, products and running sums.</summary>
public static partial class Ops
{
    /// <summary>y = Σ x along several dimensions;  dx = g repeated along them.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="dims">The dimensions, each once; negative ones count from the end.</param>
    /// <param name="keepDim">Keep the dimensions, with size 1.</param>
    /// <exception cref="ArgumentException">A dimension is named twice.</exception>
    public static Tensor Sum(this Tensor x, ReadOnlySpan<int> dims, bool keepDim = false)
    {
        ArgumentNullException.ThrowIfNull(x);
        int[] over = Dims(x, dims, "Sum");
        Tensor y = x;
        foreach (int dim in over) y = y.Sum(dim, keepDim: true);
        y = keepDim ? y : y.Reshape(Left(x.Shape, over));
        return Trace.IsOn ? Trace.Op(y, "SumOver", [x], [keepDim ? 1 : 0, .. over.Select(dim => (long)dim)]) : y;
    }

    /// <summary>y = Σ x / n along several dimensions with n values together;  dx = g / n repeated along them.</summary>
    /// <inheritdoc cref="Sum(Tensor, ReadOnlySpan{int}, bool)"/>
    public static Tensor Mean(this Tensor x, ReadOnlySpan<int> dims, bool keepDim = false)
    {
        Tensor sum = Sum(x, dims, keepDim);
        int[] over = Dims(x, dims, "Mean");
        Tensor y = sum / Along(x, over);
        return Trace.IsOn ? Trace.Op(y, "MeanOver", [x], [keepDim ? 1 : 0, .. over.Select(dim => (long)dim)]) : y;
    }

    /// <summary>y = Σ x / n along two or more dimensions: <c>x.Mean(0, 1)</c>.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="first">A dimension; negative counts from the end.</param>
    /// <param name="second">Another.</param>
    /// <param name="more">And more.</param>
    /// <exception cref="ArgumentException">A dimension is named twice.</exception>
    public static Tensor Mean(this Tensor x, int first, int second, params ReadOnlySpan<int> more) => Mean(x, [first, second, .. more]);

    /// <summary>y = Σ x along two or more dimensions: <c>x.Sum(0, 1)</c>.</summary>
    /// <inheritdoc cref="Mean(Tensor, int, int, ReadOnlySpan{int})"/>
    public static Tensor Sum(this Tensor x, int first, int second, params ReadOnlySpan<int> more) => Sum(x, [first, second, .. more]);

    /// <summary>σ² = Σ (x − μ)² / (n − c) over all n values;  dx = 2·g·(x − μ) / (n − c).</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="correction">c: 1 for the unbiased variance of a sample, as PyTorch's default is; 0 for that of a population.</param>
    /// <exception cref="ArgumentException">There are not more than c values.</exception>
    public static Tensor Var(this Tensor x, double correction = 1) => Flat(x).Var(0, correction: correction);

    /// <summary>σ² = Σ (x − μ)² / (n − c) along a dimension of n values;  dx = 2·g·(x − μ) / (n − c).</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="keepDim">Keep the dimension, with size 1.</param>
    /// <param name="correction">c: 1 for the unbiased variance of a sample, as PyTorch's default is; 0 for that of a population.</param>
    /// <exception cref="ArgumentException">The dimension has not more than c values.</exception>
    public static Tensor Var(this Tensor x, int dim, bool keepDim = false, double correction = 1)
    {
        ArgumentNullException.ThrowIfNull(x);
        dim = x.Shape.Dim(dim, "Var");
        double n = x.Shape[dim] - correction;
        Require.That(n > 0, $"Var: {x.Shape[dim]} values along dimension {dim} of shape {x.Shape} with correction {correction} "
            + $"leave nothing to divide by; pass correction: 0", nameof(x));
        Tensor centered = x - x.Mean(dim, keepDim: true);
        return centered.Square().Sum(dim, keepDim) * (float)(1 / n);
    }

    /// <summary>σ, the root of the variance over all values;  dx = g·(x − μ) / ((n − c)·σ).</summary>
    /// <inheritdoc cref="Var(Tensor, double)"/>
    public static Tensor Std(this Tensor x, double correction = 1) => Var(x, correction).Sqrt();

    /// <summary>σ, the root of the variance along a dimension;  dx = g·(x − μ) / ((n − c)·σ).</summary>
    /// <inheritdoc cref="Var(Tensor, int, bool, double)"/>
    public static Tensor Std(this Tensor x, int dim, bool keepDim = false, double correction = 1) =>
        Var(x, dim, keepDim, correction).Sqrt();

    /// <summary>y = log Σ eˣ along a dimension, the largest x taken off first;  dx = g·eˣ⁻ʸ.  −∞ where all x are.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="keepDim">Keep the dimension, with size 1.</param>
    public static Tensor LogSumExp(this Tensor x, int dim, bool keepDim = false)
    {
        ArgumentNullException.ThrowIfNull(x);
        dim = x.Shape.Dim(dim, "LogSumExp");
        (int outer, int along, int inner) = x.Shape.Around(dim);
        Tensor y = Tensor.Empty(x.Shape.With(dim, 1));
        for (int o = 0; o < outer; o++)
            for (int i = 0; i < inner; i++)
            {
                float largest = float.NegativeInfinity;
                for (int a = 0; a < along; a++) largest = MathF.Max(largest, x.Span[(o * along + a) * inner + i]);
                double sum = 0;
                for (int a = 0; a < along && float.IsFinite(largest); a++) sum += Math.Exp(x.Span[(o * along + a) * inner + i] - largest);
                y.WritableSpan[o * inner + i] = float.IsFinite(largest) ? (float)(largest + Math.Log(sum)) : largest;
            }
        Tensor shown = keepDim ? y : y.Shaped(x.Shape.Without(dim));
        shown = Tensor.Record(shown, (x, y: y.Alias(), dim), (x, static (g, kept) =>
        {
            (int outer, int along, int inner) = kept.x.Shape.Around(kept.dim);
            Tensor dx = Tensor.Empty(kept.x.Shape);
            for (int at = 0; at < dx.Count; at++)
            {
                int sum = at / (along * inner) * inner + at % inner;
                float y = kept.y.Span[sum];
                dx.WritableSpan[at] = float.IsNegativeInfinity(y) ? 0 : g.Span[sum] * MathF.Exp(kept.x.Span[at] - y);
            }
            return dx;
        }));
        return Trace.Op(shown, "LogSumExp", [x], [dim, keepDim ? 1 : 0]);
    }

    /// <summary>y = Π x over all values;  dxᵢ = g·Π xⱼ over j ≠ i.</summary>
    public static Tensor Prod(this Tensor x) => Flat(x).Prod(0);

    /// <summary>y = Π x along a dimension;  dxᵢ = g·Π xⱼ over j ≠ i, right also where values are 0.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="keepDim">Keep the dimension, with size 1.</param>
    public static Tensor Prod(this Tensor x, int dim, bool keepDim = false)
    {
        ArgumentNullException.ThrowIfNull(x);
        dim = x.Shape.Dim(dim, "Prod");
        (int outer, int along, int inner) = x.Shape.Around(dim);
        Tensor y = Tensor.Empty(keepDim ? x.Shape.With(dim, 1) : x.Shape.Without(dim));
        for (int o = 0; o < outer; o++)
            for (int i = 0; i < inner; i++)
            {
                double product = 1;
                for (int a = 0; a < along; a++) product *= x.Span[(o * along + a) * inner + i];
                y.WritableSpan[o * inner + i] = (float)product;
            }
        y = Tensor.Record(y, (x, dim), (x, static (g, kept) =>
        {
            (int outer, int along, int inner) = kept.x.Shape.Around(kept.dim);
            Tensor dx = Tensor.Empty(kept.x.Shape);
            var before = new double[along];
            for (int o = 0; o < outer; o++)
                for (int i = 0; i < inner; i++)
                {
                    // Products of the values before each, then of those after it.
                    double product = 1, after = g.Span[o * inner + i];
                    for (int a = 0; a < along; a++) (before[a], product) = (product, product * kept.x.Span[(o * along + a) * inner + i]);
                    for (int a = along - 1; a >= 0; a--)
                    {
                        int at = (o * along + a) * inner + i;
                        dx.WritableSpan[at] = (float)(before[a] * after);
                        after *= kept.x.Span[at];
                    }
                }
            return dx;
        }));
        return Trace.Op(y, "Prod", [x], [dim, keepDim ? 1 : 0]);
    }

    /// <summary>yᵢ = x₀ + x₁ + … + xᵢ along a dimension;  dxᵢ = gᵢ + gᵢ₊₁ + … .</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    public static Tensor CumSum(this Tensor x, int dim)
    {
        ArgumentNullException.ThrowIfNull(x);
        dim = x.Shape.Dim(dim, "CumSum");
        return Trace.Op(Tensor.Record(RunningSums(x, dim, false), dim, (x, static (g, dim) => RunningSums(g, dim, true))), "CumSum", [x],
            [dim]);
    }

    static Tensor RunningSums(Tensor x, int dim, bool fromEnd)
    {
        (int outer, int along, int inner) = x.Shape.Around(dim);
        Tensor y = Tensor.Empty(x.Shape);
        for (int o = 0; o < outer; o++)
            for (int i = 0; i < inner; i++)
            {
                double sum = 0;
                for (int a = 0; a < along; a++)
                {
                    int at = (o * along + (fromEnd ? along - 1 - a : a)) * inner + i;
                    y.WritableSpan[at] = (float)(sum += x.Span[at]);
                }
            }
        return y;
    }

    static int[] Dims(Tensor x, ReadOnlySpan<int> dims, string operation)
    {
        Require.That(dims.Length > 0,
            $"{operation}: no dimensions of shape {x.Shape} were given; {operation}() without an argument goes over all values",
            nameof(dims));
        var over = new int[dims.Length];
        for (int i = 0; i < over.Length; i++) over[i] = x.Shape.Dim(dims[i], operation);
        Require.That(over.Distinct().Count() == over.Length,
            $"{operation}: dimensions [{string.Join(", ", over)}] of shape {x.Shape}; each is named once", nameof(dims));
        return over;
    }

    static long[] Left(Shape shape, int[] without) => [.. shape.Sizes.ToArray().Where((_, dim) => !without.Contains(dim))];

    static long Along(Tensor x, int[] dims) => dims.Aggregate(1L, (count, dim) => count * x.Shape[dim]);
}
