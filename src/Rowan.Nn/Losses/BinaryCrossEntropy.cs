using Rowan.Numerics;

namespace Rowan;

public static partial class Losses
{
    /// <summary>
    /// Binary cross entropy of logits:  ℓ = w·((1 − y)·x + (1 + (p − 1)·y)·log(1 + e⁻ˣ)), p the positive weight;
    /// dx = g·w·((1 − y) − (1 + (p − 1)·y)·(1 − σ(x))).  Finite for every finite logit.
    /// </summary>
    /// <param name="logits">x, of any shape: σ(x) is the probability predicted.</param>
    /// <param name="targets">y, of the same shape: the probability wanted, mostly 0 or 1.</param>
    /// <param name="reduction">Mean, sum, or a loss each.</param>
    /// <param name="weight">w: what each loss counts, of a shape that broadcasts; null for 1.</param>
    /// <param name="positiveWeight">p: what a wanted 1 counts more than a wanted 0, of a shape that broadcasts; null for 1.</param>
    /// <exception cref="ArgumentException">The shapes do not fit together.</exception>
    public static Tensor BinaryCrossEntropyWithLogits(Tensor logits, Tensor targets, Reduction reduction = Reduction.Mean,
        Tensor? weight = null, Tensor? positiveWeight = null)
    {
        SameShape(logits, targets, "BinaryCrossEntropyWithLogits", nameof(logits), nameof(targets));
        Tensor losses = Each<LogitLoss>(logits, targets);
        // log(1 + e⁻ˣ) = −log σ(x), which does not overflow.
        if (positiveWeight is not null) losses += (1 - positiveWeight) * targets * logits.LogSigmoid();
        return Reduce(weight is null ? losses : losses * weight, reduction);
    }

    /// <summary>
    /// Binary cross entropy of probabilities:  ℓ = −w·(y·log x + (1 − y)·log(1 − x)), logarithms not below −100;
    /// dx = g·w·(x − y) / max(x·(1 − x), 10⁻¹²).  Prefer <see cref="BinaryCrossEntropyWithLogits"/>, which keeps its digits.
    /// </summary>
    /// <param name="probabilities">x, of any shape, from 0 to 1.</param>
    /// <param name="targets">y, of the same shape: the probability wanted.</param>
    /// <param name="reduction">Mean, sum, or a loss each.</param>
    /// <param name="weight">w: what each loss counts, of a shape that broadcasts; null for 1.</param>
    /// <exception cref="ArgumentException">The shapes do not fit together.</exception>
    /// <exception cref="ArgumentOutOfRangeException">x is not a probability.</exception>
    public static Tensor BinaryCrossEntropy(Tensor probabilities, Tensor targets, Reduction reduction = Reduction.Mean,
        Tensor? weight = null)
    {
        SameShape(probabilities, targets, "BinaryCrossEntropy", nameof(probabilities), nameof(targets));
        foreach (float x in probabilities.Span)
            if (x is not (>= 0 and <= 1)) NoProbability(probabilities.Span);
        Tensor each = Each<ProbabilityLoss>(probabilities, targets);
        return Reduce(weight is null ? each : each * weight, reduction);
    }

    static void NoProbability(ReadOnlySpan<float> x)
    {
        for (int i = 0; i < x.Length; i++)
            Require.InRange(x[i] is >= 0 and <= 1,
                $"BinaryCrossEntropy: probability {x[i]} at flat place {i}; probabilities run from 0 to 1: apply Sigmoid, or give "
                + $"logits to BinaryCrossEntropyWithLogits", "probabilities");
    }

    /// <summary>Many labels an example:  ℓ = −mean over the classes of w·(y·log σ(x) + (1 − y)·log σ(−x)).</summary>
    /// <param name="logits">x [n, classes].</param>
    /// <param name="targets">y [n, classes]: 1 for a label that applies, else 0.</param>
    /// <param name="reduction">Mean, sum, or a loss each [n].</param>
    /// <param name="weight">w [classes]; null for 1.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor MultiLabelSoftMargin(Tensor logits, Tensor targets, Reduction reduction = Reduction.Mean, Tensor? weight = null)
    {
        SameShape(logits, targets, "MultiLabelSoftMargin", nameof(logits), nameof(targets));
        Require.That(logits.Rank >= 1, $"MultiLabelSoftMargin: logits {logits.Shape}; they are [n, classes]", nameof(logits));
        Tensor losses = -(targets * logits.LogSigmoid() + (1 - targets) * (-logits).LogSigmoid());
        return Reduce((weight is null ? losses : losses * weight).Mean(-1), reduction);
    }

    /// <summary>ℓ = log(1 + e^(−y·x)).</summary>
    /// <param name="predictions">x, of any shape.</param>
    /// <param name="targets">y, of the same shape: each 1 or −1.</param>
    /// <param name="reduction">Mean, sum, or a loss each.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A target is neither 1 nor −1.</exception>
    public static Tensor SoftMargin(Tensor predictions, Tensor targets, Reduction reduction = Reduction.Mean)
    {
        SameShape(predictions, targets, "SoftMargin");
        Signs(targets, "SoftMargin");
        return Reduce(-(predictions * targets).LogSigmoid(), reduction);
    }
}
