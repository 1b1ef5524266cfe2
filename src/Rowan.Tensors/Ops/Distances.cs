using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

public static partial class Ops
{
    /// <summary>y = (Σ |x|ᵖ)^(1/p) along a dimension;  dx = g·sign(x)·(|x| / y)^(p − 1), 0 where y is 0.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="p">Which norm: positive, or ∞ for the largest magnitude (its derivative goes to the first that is the largest).</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="keepDim">Keep the dimension, with size 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">p is not positive.</exception>
    public static Tensor Norm(this Tensor x, float p = 2, int dim = -1, bool keepDim = false)
    {
        ArgumentNullException.ThrowIfNull(x);
        Require.InRange(p > 0, $"Norm: p {p}; it is positive, or infinite", nameof(p));
        dim = x.Shape.Dim(dim, "Norm");
        if (float.IsPositiveInfinity(p)) return x.Abs().Max(dim, keepDim);
        (int outer, int along, int inner) = x.Shape.Around(dim);
        Tensor y = Tensor.Empty(x.Shape.With(dim, 1));
        for (int o = 0; o < outer; o++)
            for (int i = 0; i < inner; i++)
            {
                double sum = 0;
                for (int a = 0; a < along; a++)
                {
                    double value = Math.Abs(x.Span[(o * along + a) * inner + i]);
                    sum += p == 2 ? value * value : p == 1 ? value : Math.Pow(value, p);
                }
                y.WritableSpan[o * inner + i] = (float)(p == 2 ? Math.Sqrt(sum) : p == 1 ? sum : Math.Pow(sum, 1 / p));
            }
        Tensor shown = keepDim ? y : y.Shaped(x.Shape.Without(dim));
        return Tensor.Record(shown, (x, y: y.Alias(), p, dim), (x, static (g, kept) =>
        {
            Tensor dx = Tensor.Empty(kept.x.Shape);
            (int outer, int along, int inner) = kept.x.Shape.Around(kept.dim);
            for (int at = 0; at < dx.Count; at++)
            {
                int norm = at / (along * inner) * inner + at % inner;
                float value = kept.x.Span[at], y = kept.y.Span[norm];
                dx.WritableSpan[at] = y == 0 || value == 0 ? 0
                    : g.Span[norm] * (kept.p == 2 ? value / y : MathF.Sign(value) * (kept.p == 1 ? 1 : MathF.Pow(MathF.Abs(value) / y, kept.p - 1)));
            }
            return dx;
        }));
    }

    /// <summary>y = x₁·x₂ / (max(|x₁|, ε)·max(|x₂|, ε)) along a dimension; each norm is bounded by itself, as in PyTorch.</summary>
    /// <remarks>As in PyTorch the derivative of a norm passes through its bound: a vector shorter than ε is still pulled as if it had its own length.</remarks>
    /// <param name="x1">[…, n, …].</param>
    /// <param name="x2">The same, or what broadcasts to it.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="epsilon">The smallest norm divided by.</param>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public static Tensor CosineSimilarity(Tensor x1, Tensor x2, int dim = 1, float epsilon = 1e-8f)
    {
        ArgumentNullException.ThrowIfNull(x1);
        ArgumentNullException.ThrowIfNull(x2);
        Shape shape = Broadcast.Common(x1.Shape, x2.Shape, "CosineSimilarity");
        dim = shape.Dim(dim, "CosineSimilarity");
        Tensor Unit(Tensor x)
        {
            Tensor norm = x.Norm(2, dim - shape.Rank, keepDim: true);
            return x / Tensor.Record(norm.Alias().Clamp(low: epsilon), 0, (norm, static (g, _) => g));
        }
        return (Unit(x1) * Unit(x2)).Sum(dim);
    }

    /// <summary>y = (Σ |x₁ − x₂ + ε|ᵖ)^(1/p) along the last dimension.</summary>
    /// <param name="x1">[…, n].</param>
    /// <param name="x2">The same, or what broadcasts to it.</param>
    /// <param name="p">Which norm.</param>
    /// <param name="epsilon">Added to each difference, which keeps the derivative finite.</param>
    /// <param name="keepDim">Keep the dimension, with size 1.</param>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public static Tensor PairwiseDistance(Tensor x1, Tensor x2, float p = 2, float epsilon = 1e-6f, bool keepDim = false)
    {
        ArgumentNullException.ThrowIfNull(x1);
        ArgumentNullException.ThrowIfNull(x2);
        return (x1 - x2 + epsilon).Norm(p, -1, keepDim);
    }
}
