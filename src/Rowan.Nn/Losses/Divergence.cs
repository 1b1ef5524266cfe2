using Rowan.Numerics;

namespace Rowan;

public static partial class Losses
{
    /// <summary>
    /// Kullback–Leibler divergence: ℓ = t·(log t − x), 0 where t is 0; or eᵗ·(t − x) for targets given as logarithms; dx = −g·t, or
    /// −g·eᵗ.
    /// </summary>
    /// <remarks>
    /// With <see cref="Reduction.Mean"/> the sum is divided by the number of values; <see cref="Reduction.BatchMean"/> is the
    /// divergence's own mean.
    /// </remarks>
    /// <param name="logProbabilities">x, of any shape: log-probabilities predicted.</param>
    /// <param name="targets">t, of the same shape: probabilities wanted, or their logarithms.</param>
    /// <param name="reduction">Mean, sum, a loss each, or a mean over the examples.</param>
    /// <param name="logTarget">Whether targets are logarithms.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A probability is negative.</exception>
    public static Tensor KullbackLeibler(Tensor logProbabilities, Tensor targets, Reduction reduction = Reduction.Mean,
        bool logTarget = false)
    {
        SameShape(logProbabilities, targets, "KullbackLeibler", nameof(logProbabilities), nameof(targets));
        if (logTarget) return Reduce(targets.Exp() * (targets - logProbabilities), reduction);
        Tensor entropy = Tensor.Empty(targets.Shape.Sizes);
        for (int i = 0; i < targets.Count; i++)
        {
            float t = targets.Span[i];
            Require.InRange(t >= 0, $"KullbackLeibler: probability {t} at flat place {i}; probabilities are not negative", nameof(targets));
            entropy.WritableSpan[i] = t == 0 ? 0 : t * MathF.Log(t);
        }
        // The derivative of t·log t is log t + 1.
        Tensor own = Tensor.Record(entropy, targets, (targets, static (g, t) => g * (t.Alias().Log() + 1)));
        return Reduce(own - targets * logProbabilities, reduction);
    }
}
