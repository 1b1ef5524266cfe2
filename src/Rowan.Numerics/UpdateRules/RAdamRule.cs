using System.Numerics;
using System.Runtime.CompilerServices;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>
/// RAdam:  m and v as Adam's;  ρ∞ = 2/(1 − β₂) − 1,  ρ = ρ∞ − 2t·β₂ᵗ/(1 − β₂ᵗ);
/// w ← w − η·r·m/(1 − β₁ᵗ)·√(1 − β₂ᵗ)/(√v + ε) where ρ &gt; 5, r = √((ρ − 4)(ρ − 2)ρ∞ / ((ρ∞ − 4)(ρ∞ − 2)ρ)); w ← w − η·m/(1 − β₁ᵗ)
/// before that. (Liu et al. 2020.)
/// </summary>
public readonly record struct RAdamRule(
    float LearningRate, float Beta1 = 0.9f, float Beta2 = 0.999f, float Epsilon = 1e-8f, float WeightDecay = 0, bool Decoupled = false)
        : IUpdateRule<RAdamRule>
{
    float StepSize { get; init; }
    bool Rectified { get; init; }

    /// <inheritdoc/>
    public static int Slots => 2;

    /// <inheritdoc/>
    public IReadOnlyList<string?> StateNames => ["exp_avg", "exp_avg_sq"];

    /// <inheritdoc/>
    public float InitialState => 0;

    /// <inheritdoc/>
    public bool MovesWithoutGradient => true;

    /// <inheritdoc/>
    // What stands still by m alone, in the first steps, may move when √v begins to divide it.
    public bool Settles => WeightDecay == 0 && Rectified && (double)Beta1 * Beta1 < Beta2;

    /// <inheritdoc/>
    public RAdamRule At(long step)
    {
        double correction1 = 1 - Math.Pow(Beta1, step), power2 = Math.Pow(Beta2, step), correction2 = 1 - power2;
        double limit = 2 / (1 - (double)Beta2) - 1, length = limit - 2 * step * power2 / correction2;
        if (length <= 5) return this with { StepSize = (float)(LearningRate / correction1), Rectified = false };
        double rectification = Math.Sqrt((length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length));
        return this with { StepSize = (float)(LearningRate / correction1 * rectification * Math.Sqrt(correction2)), Rectified = true };
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step(V g, ref V w, ref V m, ref V v, ref V unused)
    {
        if (Decoupled) w *= 1 - LearningRate * WeightDecay;
        else if (WeightDecay != 0) g += WeightDecay * w;
        m += (1 - Beta1) * (g - m);
        v = Beta2 * v + (1 - Beta2) * g * g;
        w -= Rectified ? StepSize * m / (Vector.SquareRoot(v) + new V(Epsilon)) : StepSize * m;
    }

    /// <inheritdoc/>
    public void Rest(long steps, ref V m, ref V v, ref V unused)
    {
        m *= (float)Math.Pow(Beta1, steps);
        v *= (float)Math.Pow(Beta2, steps);
    }
}
