using Rowan.Numerics;

namespace Rowan;

public static partial class Losses
{
    /// <summary>
    /// ℓ = 1 − cos(x₁, x₂) for a pair that belongs together (y = 1), max(0, cos(x₁, x₂) − m) for one that does not (y = −1).
    /// </summary>
    /// <param name="x1">[n, dim], or [dim].</param>
    /// <param name="x2">The same.</param>
    /// <param name="targets">y [n], or a single one: each 1 or −1.</param>
    /// <param name="margin">m, from −1 to 1.</param>
    /// <param name="reduction">Mean, sum, or a loss each.</param>
    /// <exception cref="ArgumentException">The shapes do not fit together.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A target is neither 1 nor −1, or the margin no cosine.</exception>
    public static Tensor CosineEmbedding(Tensor x1, Tensor x2, Tensor targets, float margin = 0, Reduction reduction = Reduction.Mean)
    {
        SameShape(x1, x2, "CosineEmbedding", nameof(x1), nameof(x2));
        ArgumentNullException.ThrowIfNull(targets);
        Require.That(x1.Rank is 1 or 2 && targets.Shape == x1.Shape.Without(x1.Rank - 1),
            $"CosineEmbedding: targets {targets.Shape} for vectors {x1.Shape}; there is one for each", nameof(targets));
        Require.InRange(margin is >= -1 and <= 1, $"CosineEmbedding: margin {margin}; it runs from −1 to 1", nameof(margin));
        Signs(targets, "CosineEmbedding");
        const float Epsilon = 1e-12f;
        Tensor cosine = (x1 * x2).Sum(-1) / (((x1 * x1).Sum(-1) + Epsilon) * ((x2 * x2).Sum(-1) + Epsilon)).Sqrt();
        return Reduce(Either(targets, 1 - cosine, (cosine - margin).Clamp(low: 0)), reduction);
    }

    /// <summary>
    /// ℓ = max(0, d(a, p) − d(a, n) + m), d the p-norm of the difference. (Schroff, Kalenichenko, Philbin 2015; swap: Balntas et al.
    /// 2016.)
    /// </summary>
    /// <param name="anchor">a [n, dim].</param>
    /// <param name="positive">p [n, dim]: what belongs to it.</param>
    /// <param name="negative">n [n, dim]: what does not.</param>
    /// <param name="margin">m: how much farther the negative should be.</param>
    /// <param name="p">Which norm.</param>
    /// <param name="epsilon">Added to each difference.</param>
    /// <param name="swap">Take the distance of positive and negative where it is the smaller.</param>
    /// <param name="reduction">Mean, sum, or a loss each.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The margin or p is not positive.</exception>
    public static Tensor TripletMargin(Tensor anchor, Tensor positive, Tensor negative, float margin = 1, float p = 2,
        float epsilon = 1e-6f, bool swap = false, Reduction reduction = Reduction.Mean)
    {
        SameShape(anchor, positive, "TripletMargin", nameof(anchor), nameof(positive));
        SameShape(anchor, negative, "TripletMargin", nameof(anchor), nameof(negative));
        Require.InRange(margin > 0, $"TripletMargin: margin {margin}; it is positive", nameof(margin));
        Tensor near = Ops.PairwiseDistance(anchor, positive, p, epsilon), far = Ops.PairwiseDistance(anchor, negative, p, epsilon);
        if (swap) far = Ops.Minimum(far, Ops.PairwiseDistance(positive, negative, p, epsilon));
        return Reduce((near - far + margin).Clamp(low: 0), reduction);
    }

    /// <summary>ℓ = max(0, −y·(x₁ − x₂) + m): x₁ should be the larger for y = 1, the smaller for y = −1.</summary>
    /// <param name="x1">Any shape.</param>
    /// <param name="x2">The same.</param>
    /// <param name="targets">y, of the same shape: each 1 or −1.</param>
    /// <param name="margin">m.</param>
    /// <param name="reduction">Mean, sum, or a loss each.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A target is neither 1 nor −1.</exception>
    public static Tensor MarginRanking(Tensor x1, Tensor x2, Tensor targets, float margin = 0, Reduction reduction = Reduction.Mean)
    {
        SameShape(x1, x2, "MarginRanking", nameof(x1), nameof(x2));
        SameShape(x1, targets, "MarginRanking", nameof(x1), nameof(targets));
        Signs(targets, "MarginRanking");
        return Reduce((-targets * (x1 - x2) + margin).Clamp(low: 0), reduction);
    }

    /// <summary>ℓ = x for y = 1, max(0, m − x) for y = −1: x a distance that should be small, or large.</summary>
    /// <param name="predictions">x, of any shape.</param>
    /// <param name="targets">y, of the same shape: each 1 or −1.</param>
    /// <param name="margin">m.</param>
    /// <param name="reduction">Mean, sum, or a loss each.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A target is neither 1 nor −1.</exception>
    public static Tensor HingeEmbedding(Tensor predictions, Tensor targets, float margin = 1, Reduction reduction = Reduction.Mean)
    {
        SameShape(predictions, targets, "HingeEmbedding");
        Signs(targets, "HingeEmbedding");
        return Reduce(Either(targets, predictions, (margin - predictions).Clamp(low: 0)), reduction);
    }

    /// <summary>ℓ = 1/C·Σ w[y]·max(0, m − x[y] + x[c])ᵖ over the classes c ≠ y.</summary>
    /// <param name="logits">x [n, classes], or [classes].</param>
    /// <param name="targets">y [n], or a single one.</param>
    /// <param name="p">1 or 2.</param>
    /// <param name="margin">m.</param>
    /// <param name="weight">w [classes]; null for 1. It does not learn.</param>
    /// <param name="reduction">Mean, sum, or a loss each.</param>
    /// <exception cref="ArgumentException">The shapes do not fit together.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A target is not a class, or p neither 1 nor 2.</exception>
    public static Tensor MultiMargin(Tensor logits, Indices targets, int p = 1, float margin = 1, Tensor? weight = null,
        Reduction reduction = Reduction.Mean)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(targets);
        Require.InRange(p is 1 or 2, $"MultiMargin: p {p}; it is 1 or 2", nameof(p));
        var plan = new ClassTargets("MultiMargin", logits.Shape, targets, long.MinValue, weight, 0, Reduction.None);
        Require.That(logits.Rank <= 2, $"MultiMargin: logits {logits.Shape}; they are [n, classes]", nameof(logits));
        Tensor rows = ClassesLast(logits), own = rows.Gather(1, targets.Reshape(plan.Count, 1));
        Tensor over = (margin - own + rows).Clamp(low: 0);
        if (p == 2) over *= over;
        // The class itself is always the margin off, and takes no part.
        Tensor others = Tensor.Ones(plan.Count, plan.Classes);
        for (int i = 0; i < plan.Count; i++) others.WritableSpan[i * plan.Classes + (int)targets.Span[i]] = 0;
        Tensor losses = (over * others).Sum(1) / plan.Classes;
        if (weight is not null) losses *= Tensor.Over([.. Enumerable.Range(0, plan.Count).Select(i => plan.WeightOf(i)!.Value)],
            plan.Count);
        return Reduce(logits.Rank == 1 ? losses.Reshape() : losses, reduction);
    }

    /// <summary>The first where the target is 1, the second where it is −1.</summary>
    static Tensor Either(Tensor targets, Tensor together, Tensor apart) => together * ((targets + 1) / 2) + apart * ((1 - targets) / 2);
}
