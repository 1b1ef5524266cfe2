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
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentNullException.ThrowIfNull(targets);
        Require.That(predictions.Shape.Equals(targets.Shape), $"MeanSquaredError: predictions {predictions.Shape} and targets {targets.Shape} differ in shape", nameof(targets));
        Tensor difference = predictions - targets;
        return Reduce(difference * difference, reduction);
    }
}
