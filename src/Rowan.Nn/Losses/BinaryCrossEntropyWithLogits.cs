using Rowan.Numerics;

namespace Rowan;

public static partial class Losses
{
    /// <summary>
    /// Binary cross entropy of logits:  ℓ = max(x, 0) − x·y + log(1 + e^−|x|);  dx = g·(σ(x) − y).  Finite for every finite logit.
    /// </summary>
    /// <param name="logits">x, of any shape: σ(x) is the probability predicted.</param>
    /// <param name="targets">y, of the same shape: the probability wanted, mostly 0 or 1.</param>
    /// <param name="reduction">Mean, sum, or a loss each.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor BinaryCrossEntropyWithLogits(Tensor logits, Tensor targets, Reduction reduction = Reduction.Mean)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(targets);
        Require.That(logits.Shape.Equals(targets.Shape), $"BinaryCrossEntropyWithLogits: logits {logits.Shape} and targets {targets.Shape} differ in shape", nameof(targets));
        var losses = new float[logits.Count];
        for (int i = 0; i < losses.Length; i++)
        {
            float x = logits.Span[i], y = targets.Span[i];
            losses[i] = MathF.Max(x, 0) - x * y + LogOnePlusExp(-MathF.Abs(x));
        }
        Tensor each = Tensor.Record(Tensor.Over(losses, logits.Shape.Sizes), (logits, targets),
            (logits, static (g, kept) => g * (Ops.Sigmoid(kept.logits) - kept.targets)),
            (targets, static (g, kept) => -(g * kept.logits)));
        return Reduce(each, reduction);
    }

    /// <summary>log(1 + eˣ) for x ≤ 0, without losing small eˣ to the 1.</summary>
    static float LogOnePlusExp(float x)
    {
        double e = Math.Exp(x);
        return (float)(e < 1e-5 ? e - e * e / 2 : Math.Log(1 + e));
    }
}
