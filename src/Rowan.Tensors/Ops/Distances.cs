using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

public static partial class Ops
{
    /// <summary>y = (Σ |x|ᵖ)^(1/p) over all values, or along a dimension;  dx = g·sign(x)·(|x| / y)^(p − 1), 0 where y is 0.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="p">Which norm: positive, or ∞ for the largest magnitude (its derivative goes to the first that is the largest).</param>
    /// <param name="dim">The dimension; negative counts from the end. Null for one norm of all values.</param>
    /// <param name="keepDim">Keep the dimension, with size 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">p is not positive.</exception>
    public static Tensor Norm(this Tensor x, float p = 2, int? dim = null, bool keepDim = false)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (dim is { } along) return NormAlong(x, p, x.Shape.Dim(along, "Norm"), keepDim);
        Tensor norm = NormAlong(Flat(x), p, 0, false);
        return keepDim ? norm.Reshape([.. Enumerable.Repeat(1L, x.Rank)]) : norm;
    }

    static Tensor NormAlong(Tensor x, float p, int dim, bool keepDim)
    {
        Require.InRange(p > 0, $"Norm: p {p}; it is positive, or infinite", nameof(p));
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
        shown = Tensor.Record(shown, (x, y: y.Alias(), p, dim), (x, static (g, kept) =>
        {
            Tensor dx = Tensor.Empty(kept.x.Shape);
            (int outer, int along, int inner) = kept.x.Shape.Around(kept.dim);
            for (int at = 0; at < dx.Count; at++)
            {
                int norm = at / (along * inner) * inner + at % inner;
                float value = kept.x.Span[at], y = kept.y.Span[norm];
                dx.WritableSpan[at] = y == 0 || value == 0 ? 0
                    : g.Span[norm] * (kept.p == 2
                        ? value / y : MathF.Sign(value) * (kept.p == 1 ? 1 : MathF.Pow(MathF.Abs(value) / y, kept.p - 1)));
            }
            return dx;
        }));
        return Trace.Op(shown, "Norm", [x], [dim, keepDim ? 1 : 0], [p]);
    }

    /// <summary>y = x₁·x₂ / (max(|x₁|, ε)·max(|x₂|, ε)) along a dimension; each norm is bounded by itself, as in PyTorch.</summary>
    /// <remarks>
    /// As in PyTorch the derivative of a norm passes through its bound: a vector shorter than ε is still pulled as if it had its own
    /// length.
    /// </remarks>
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

    /// <summary>
    /// dᵢⱼ = (Σ |xᵢ − yⱼ|ᵖ)^(1/p) of each row of x with each row of y;  dxᵢ = Σⱼ gᵢⱼ·sign(δ)·(|δ| / dᵢⱼ)^(p − 1), δ = xᵢ − yⱼ, 0 where
    /// dᵢⱼ is 0;  dyⱼ the opposite.
    /// </summary>
    /// <param name="x">[b…, m, n].</param>
    /// <param name="y">[b…, k, n], leading sizes broadcast.</param>
    /// <param name="p">Which norm: positive, or ∞.</param>
    /// <returns>[b…, m, k].</returns>
    /// <exception cref="ArgumentException">The shapes do not fit together.</exception>
    /// <exception cref="ArgumentOutOfRangeException">p is not positive.</exception>
    public static Tensor Cdist(Tensor x, Tensor y, float p = 2)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        Require.That(x.Rank >= 2 && y.Rank >= 2 && x.Shape[^1] == y.Shape[^1],
            $"Cdist: rows of {x.Shape} and {y.Shape}; both are matrices, or batches of them, with rows of one length", nameof(y));
        Require.InRange(p > 0, $"Cdist: p {p}; it is positive, or infinite", nameof(p));
        Shape batch = Broadcast.Common(new Shape(x.Shape.Sizes[..^2]), new Shape(y.Shape.Sizes[..^2]), "Cdist");
        (x, y) = (x.Expand([.. batch.Sizes, .. x.Shape.Sizes[^2..]]), y.Expand([.. batch.Sizes, .. y.Shape.Sizes[^2..]]));
        Tensor d = Tensor.Empty([.. batch.Sizes, x.Shape[^2], y.Shape[^2]]);
        ForPairs(x, y, (at, i, j, a, b) => d.WritableSpan[at] = DistanceOf(a.Span, b.Span, p));
        return Trace.Op(Tensor.Record(d, (x, y, d: d.Alias(), p),
            (x, static (g, kept) => PullDistances(g, kept.x, kept.y, kept.d, kept.p, ofFirst: true)),
            (y, static (g, kept) => PullDistances(g, kept.x, kept.y, kept.d, kept.p, ofFirst: false))), "Cdist", [x, y], default, [p]);
    }

    static float DistanceOf(ReadOnlySpan<float> a, ReadOnlySpan<float> b, float p)
    {
        double sum = 0;
        for (int c = 0; c < a.Length; c++)
        {
            double value = Math.Abs((double)a[c] - b[c]);
            sum = float.IsPositiveInfinity(p) ? Math.Max(sum, value) : sum
                + (p == 2 ? value * value : p == 1 ? value : Math.Pow(value, p));
        }
        return (float)(p == 2 ? Math.Sqrt(sum) : p == 1 || float.IsPositiveInfinity(p) ? sum : Math.Pow(sum, 1 / p));
    }

    static Tensor PullDistances(Tensor g, Tensor x, Tensor y, Tensor d, float p, bool ofFirst)
    {
        Tensor into = Tensor.Zeros((ofFirst ? x : y).Shape.Sizes);
        int n = (int)x.Shape[^1];
        ForPairs(x, y, (at, i, j, a, b) =>
        {
            float distance = d.Span[at], upstream = ofFirst ? g.Span[at] : -g.Span[at];
            Span<float> row = into.WritableSpan.Slice((ofFirst ? i : j) * n, n);
            bool won = false;
            for (int c = 0; c < n && distance != 0; c++)
            {
                float delta = a.Span[c] - b.Span[c];
                if (!float.IsPositiveInfinity(p))
                    row[c] += upstream * (p == 2 ? delta / distance : delta == 0 ? 0
                        : MathF.Sign(delta) * (p == 1 ? 1 : MathF.Pow(MathF.Abs(delta) / distance, p - 1)));
                else if (!won && MathF.Abs(delta) >= distance) (won, row[c]) = (true, row[c] + upstream * MathF.Sign(delta));
            }
        });
        return into;
    }

    /// <summary>
    /// Calls a body for each pair of a row of x and a row of y of the same batch, with the flat index of the pair and of each row.
    /// </summary>
    static void ForPairs(Tensor x, Tensor y, Action<int, int, int, ReadOnlyMemory<float>, ReadOnlyMemory<float>> body)
    {
        (int m, int k, int n) = ((int)x.Shape[^2], (int)y.Shape[^2], (int)x.Shape[^1]);
        int batch = (int)new Shape(x.Shape.Sizes[..^2]).Count;
        for (int b = 0; b < batch; b++)
            for (int i = b * m; i < (b + 1) * m; i++)
                for (int j = b * k; j < (b + 1) * k; j++) body(i * k + j - b * k, i, j, x.Memory.Slice(i * n, n),
                    y.Memory.Slice(j * n, n));
    }
}
