using Rowan.Numerics;

namespace Rowan;

public static partial class Losses
{
    /// <summary>Squared error:  ℓ = (x − y)²;  dx = 2·g·(x − y).</summary>
    /// <param name="predictions">x, of any shape.</param>
    /// <param name="targets">y, of the same shape.</param>
    /// <param name="reduction">Mean, sum, or a loss each.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor MeanSquaredError(Tensor predictions, Tensor targets, Reduction reduction = Reduction.Mean)
    {
        SameShape(predictions, targets, "MeanSquaredError");
        return Reduce(Each<SquaredError>(predictions, targets), reduction);
    }

    /// <summary>Absolute error:  ℓ = |x − y|;  dx = g·sign(x − y), 0 where they are equal.  (PyTorch's <c>L1Loss</c>.)</summary>
    /// <inheritdoc cref="MeanSquaredError"/>
    public static Tensor MeanAbsoluteError(Tensor predictions, Tensor targets, Reduction reduction = Reduction.Mean)
    {
        SameShape(predictions, targets, "MeanAbsoluteError");
        return Reduce((predictions - targets).Abs(), reduction);
    }

    /// <summary>With d = x − y:  ℓ = d²/2 where |d| ≤ δ, else δ·(|d| − δ/2);  dx = g·min(max(d, −δ), δ).  (Huber 1964.)</summary>
    /// <param name="predictions">x, of any shape.</param>
    /// <param name="targets">y, of the same shape.</param>
    /// <param name="reduction">Mean, sum, or a loss each.</param>
    /// <param name="delta">δ: where the square becomes a line.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">δ is not positive.</exception>
    public static Tensor Huber(Tensor predictions, Tensor targets, Reduction reduction = Reduction.Mean, float delta = 1)
    {
        SameShape(predictions, targets, "Huber");
        Require.InRange(delta > 0, $"Huber: delta {delta}; it is positive", nameof(delta));
        return Reduce(HuberOf(predictions - targets, delta), reduction);
    }

    /// <summary>
    /// With d = x − y: ℓ = d²/(2β) where |d| &lt; β, else |d| − β/2; dx = g·min(max(d/β, −1), 1). Huber's loss over β; the absolute error
    /// for β = 0.
    /// </summary>
    /// <param name="predictions">x, of any shape.</param>
    /// <param name="targets">y, of the same shape.</param>
    /// <param name="reduction">Mean, sum, or a loss each.</param>
    /// <param name="beta">β: where the square becomes a line.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">β is negative.</exception>
    public static Tensor SmoothL1(Tensor predictions, Tensor targets, Reduction reduction = Reduction.Mean, float beta = 1)
    {
        SameShape(predictions, targets, "SmoothL1");
        Require.InRange(beta >= 0, $"SmoothL1: beta {beta}; it is not negative", nameof(beta));
        return beta == 0 ? MeanAbsoluteError(predictions, targets, reduction)
            : Reduce(HuberOf(predictions - targets, beta) / beta, reduction);
    }

    /// <summary>
    /// Counts: ℓ = eˣ − y·x, or x − y·log(x + ε) where x is the rate itself; in full with Stirling's y·log y − y + log(2πy)/2 for y &gt;
    /// 1.
    /// </summary>
    /// <param name="predictions">x: the logarithm of the rate, or the rate; of any shape.</param>
    /// <param name="targets">y: what was counted, of the same shape.</param>
    /// <param name="reduction">Mean, sum, or a loss each.</param>
    /// <param name="logInput">Whether x is the logarithm of the rate.</param>
    /// <param name="full">Whether Stirling's approximation of log y! is added.</param>
    /// <param name="epsilon">ε.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor PoissonNegativeLogLikelihood(Tensor predictions, Tensor targets, Reduction reduction = Reduction.Mean,
        bool logInput = true, bool full = false, float epsilon = 1e-8f)
    {
        SameShape(predictions, targets, "PoissonNegativeLogLikelihood");
        Tensor losses = logInput ? predictions.Exp() - targets * predictions : predictions - targets * (predictions + epsilon).Log();
        if (!full) return Reduce(losses, reduction);
        Tensor stirling = Tensor.Zeros(targets.Shape.Sizes);
        for (int i = 0; i < targets.Count; i++)
        {
            double y = targets.Span[i];
            if (y > 1) stirling.WritableSpan[i] = (float)(y * Math.Log(y) - y + 0.5 * Math.Log(2 * Math.PI * y));
        }
        return Reduce(losses + stirling, reduction);
    }

    /// <summary>d²/2 where |d| ≤ δ, else δ·(|d| − δ/2).</summary>
    static Tensor HuberOf(Tensor difference, float delta)
    {
        Tensor losses = Tensor.Empty(difference.Shape.Sizes);
        for (int i = 0; i < losses.Count; i++)
        {
            float d = MathF.Abs(difference.Span[i]);
            losses.WritableSpan[i] = d <= delta ? d * d / 2 : delta * (d - delta / 2);
        }
        return Tensor.Record(losses, (difference, delta),
            (difference, static (g, kept) => g * kept.difference.Alias().Clamp(-kept.delta, kept.delta)));
    }
}
