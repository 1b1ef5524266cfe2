using System.Numerics;
using System.Runtime.CompilerServices;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>
/// NAdam:  m and v as Adam's;  μₜ = β₁·(1 − 0.96^(t·ψ) / 2),  Mₜ = μ₁·μ₂·…·μₜ;
/// w ← w − η·((1 − μₜ)·g / (1 − Mₜ) + μₜ₊₁·m / (1 − Mₜ·μₜ₊₁)) / (√v/√(1 − β₂ᵗ) + ε).  (Dozat 2016.)
/// </summary>
/// <param name="LearningRate">η.</param>
/// <param name="Beta1">β₁.</param>
/// <param name="Beta2">β₂.</param>
/// <param name="Epsilon">ε.</param>
/// <param name="WeightDecay">λ: an L2 penalty, added to the gradient; decoupled, the weights shrink by η·λ instead.</param>
/// <param name="MomentumDecay">ψ: how fast μ rises from β₁/2 to β₁.</param>
/// <param name="Decoupled">Whether the decay is decoupled.</param>
public readonly record struct NAdamRule(
    float LearningRate, float Beta1 = 0.9f, float Beta2 = 0.999f, float Epsilon = 1e-8f, float WeightDecay = 0,
        float MomentumDecay = 4e-3f, bool Decoupled = false)
    : IUpdateRule<NAdamRule>
{
    float OfGradient { get; init; }
    float OfMean { get; init; }
    float Floor { get; init; }

    /// <inheritdoc/>
    public static int Slots => 2;

    /// <inheritdoc/>
    public IReadOnlyList<string?> StateNames => ["exp_avg", "exp_avg_sq"];

    /// <inheritdoc/>
    public float InitialState => 0;

    /// <inheritdoc/>
    public bool MovesWithoutGradient => true;

    /// <inheritdoc/>
    // Without a gradient m shrinks by β₁ per step, √v by √β₂, and μ grows by less than 2 − 0.96^ψ: the product must fall.
    public bool Settles => WeightDecay == 0 && Beta1 * (2 - Math.Pow(0.96, MomentumDecay)) < Math.Sqrt(Beta2);

    /// <inheritdoc/>
    public NAdamRule At(long step)
    {
        // M is a product over all steps, and soon so small that 1 − M is 1: then the loop ends.
        double ratio = Math.Pow(0.96, MomentumDecay), power = ratio, product = 1;
        for (long t = 1; t <= step && product > 1e-20; t++, power *= ratio) product *= Beta1 * (1 - power / 2);
        double now = Momentum(step), next = Momentum(step + 1), root = Math.Sqrt(1 - Math.Pow(Beta2, step));
        // Both sides of the quotient times √(1 − β₂ᵗ): one division less for each weight.
        return this with
        {
            OfGradient = (float)(LearningRate * (1 - now) / (1 - product) * root),
            OfMean = (float)(LearningRate * next / (1 - product * next) * root),
            Floor = (float)(Epsilon * root),
        };
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step(V g, ref V w, ref V m, ref V v, ref V unused)
    {
        if (Decoupled) w *= 1 - LearningRate * WeightDecay;
        else if (WeightDecay != 0) g += WeightDecay * w;
        m += (1 - Beta1) * (g - m);
        v = Beta2 * v + (1 - Beta2) * g * g;
        w -= (OfGradient * g + OfMean * m) / (Vector.SquareRoot(v) + new V(Floor));
    }

    /// <inheritdoc/>
    public void Rest(long steps, ref V m, ref V v, ref V unused)
    {
        m *= (float)Math.Pow(Beta1, steps);
        v *= (float)Math.Pow(Beta2, steps);
    }

    double Momentum(long step) => Beta1 * (1 - Math.Pow(0.96, step * (double)MomentumDecay) / 2);
}
