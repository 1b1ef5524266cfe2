using Rowan.Numerics;

namespace Rowan;

public static partial class Losses
{
    /// <summary>
    /// Cosine contrastive loss:  ℓᵢ = 1 − cᵢ⁺ + w/k·Σⱼ max(0, cᵢⱼ⁻ − m), over the k drawn things;  dc⁺ = −g, dc⁻ = g·w/k where c⁻ &gt; m.
    /// With hundreds of drawn things and a large w, only the ones that are close count. (Mao et al. 2021, SimpleX.)
    /// </summary>
    /// <param name="positive">c⁺ [n]: the cosine of each query and its own thing.</param>
    /// <param name="negative">c⁻ [n, k]: the cosines of each query and the drawn things.</param>
    /// <param name="margin">m, from −1 to 1: a drawn thing with a lower cosine is far enough.</param>
    /// <param name="weight">w: what the mean over the drawn things counts.</param>
    /// <param name="excluded">
    /// Flat indices into <paramref name="negative"/> of things that are no negatives of their query; null for none.
    /// </param>
    /// <param name="reduction">Mean, sum, or a loss each [n].</param>
    /// <exception cref="ArgumentException">The shapes do not fit together.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The margin is no cosine, the weight is negative, or an index is outside.</exception>
    public static Tensor CosineContrastive(
        Tensor positive, Tensor negative, float margin = 0.8f, float weight = 300, Indices? excluded = null,
        Reduction reduction = Reduction.Mean)
    {
        ArgumentNullException.ThrowIfNull(positive);
        ArgumentNullException.ThrowIfNull(negative);
        Require.That(positive.Rank == 1 && negative.Rank == 2 && positive.Shape[0] == negative.Shape[0] && negative.Shape[1] > 0,
            $"CosineContrastive: positive {positive.Shape} and negative {negative.Shape}; they are [n] and [n, k], k at least 1",
            nameof(negative));
        Require.InRange(margin is >= -1 and <= 1, $"CosineContrastive: margin {margin}; it is a cosine, from -1 to 1", nameof(margin));
        Require.InRange(weight >= 0, $"CosineContrastive: weight {weight}; it is not negative", nameof(weight));
        CheckExcluded(excluded, negative.Count, "CosineContrastive");
        float each = weight / negative.Shape[1];
        Tensor hinges = Tensor.Empty(negative.Shape[0]);
        Workers.For(hinges.Count, RowGrain(negative), new HingeRows(negative, margin, each, hinges));
        foreach (long at in excluded is null ? [] : excluded.Span)
            hinges.WritableSpan[(int)(at / negative.Shape[1])] -= each * MathF.Max(0, negative.Span[(int)at] - margin);
        Tensor far = Tensor.Record(hinges, (negative, margin, each, excluded), (negative, static (g, kept) =>
        {
            Tensor dx = Tensor.Empty(kept.negative.Shape.Sizes);
            Workers.For(g.Count, RowGrain(dx), new HingeGradient(g, kept.negative, kept.margin, kept.each, dx));
            Clear(dx, kept.excluded);
            return dx;
        }));
        return Reduce(1 - positive + far, reduction);
    }

    static void CheckExcluded(Indices? excluded, long count, string operation)
    {
        if (excluded is null) return;
        for (int i = 0; i < excluded.Count; i++)
            Require.InRange((ulong)excluded.Span[i] < (ulong)count,
                $"{operation}: excluded index {excluded.Span[i]} at {i} is outside the {count} scores; indices run from 0 to {count - 1}",
                nameof(excluded));
    }

    static void Clear(Tensor x, Indices? at)
    {
        if (at is null) return;
        Span<float> values = x.WritableSpan;
        foreach (long index in at.Span) values[(int)index] = 0;
    }

    /// <summary>Rows that are worth a thread.</summary>
    static long RowGrain(Tensor x) => 16_384 / Math.Max(1, x.Shape[1]) + 1;

    static ReadOnlySpan<float> RowOf(Tensor x, long row) => x.Span.Slice((int)(row * x.Shape[1]), (int)x.Shape[1]);

    readonly struct HingeRows(Tensor x, float margin, float each, Tensor sums) : IRangeBody
    {
        public void Run(long from, long to)
        {
            Span<float> into = sums.WritableMemory.Span;
            for (long row = from; row < to; row++) into[(int)row] = each * Lanes.Sum(new Hinge(margin), RowOf(x, row));
        }
    }

    readonly struct HingeGradient(Tensor g, Tensor x, float margin, float each, Tensor dx) : IRangeBody
    {
        public void Run(long from, long to)
        {
            int width = (int)x.Shape[1];
            for (long row = from; row < to; row++)
                Lanes.Map(
                    new StepAbove(margin, g.Span[(int)row] * each), RowOf(x, row), dx.WritableMemory.Span.Slice((int)row * width, width));
        }
    }
}
