namespace Rowan.Numerics;

/// <summary>
/// Adafactor:  β = 1 − t^d;  of a matrix r ← β·r + (1 − β)·row means of g², c ← β·c + (1 − β)·column means of g²,
/// v = r·cᵀ / mean(r); of a vector v ← β·v + (1 − β)·g²;  u = g/√v;
/// w ← (1 − η·λ)·w, then w ← w − max(ε₂, RMS(w))·min(η, 1/√t) · u / max(1, RMS(u)/δ). (Shazeer and Stern 2018; PyTorch's form, without
/// momentum.)
/// </summary>
/// <param name="LearningRate">η.</param>
/// <param name="Beta2Decay">d: how fast the means become long.</param>
/// <param name="Epsilon1">Keeps v away from 0.</param>
/// <param name="Epsilon2">The smallest size of weights that steps are measured by.</param>
/// <param name="ClipThreshold">δ: how large the root mean square of a step may be.</param>
/// <param name="WeightDecay">λ.</param>
public readonly record struct AdafactorRule(
    float LearningRate, float Beta2Decay = -0.8f, float Epsilon1 = 1.1920929e-7f, float Epsilon2 = 1e-3f, float ClipThreshold = 1,
    float WeightDecay = 0)
{
    /// <summary>β at a step, counted from 1: 0 at the first.</summary>
    public double Beta(long step) => 1 - Math.Pow(step, Beta2Decay);

    /// <summary>How far weights of a given root mean square go at a step, before the step's own size is clipped.</summary>
    public double Alpha(long step, double rootMeanSquare) =>
        Math.Max(Epsilon2, rootMeanSquare) * Math.Min(LearningRate, 1 / Math.Sqrt(step));

    /// <summary>What the step is divided by, from the sum of u² over n values.</summary>
    public double Clip(double sumOfSquares, double n) => Math.Max(1, Math.Sqrt(sumOfSquares / n) / ClipThreshold);

    /// <summary>1/√v.</summary>
    public float RootOf(double v) => (float)(1 / Math.Sqrt(Math.Max(v, (double)Epsilon1 * Epsilon1)));
}
