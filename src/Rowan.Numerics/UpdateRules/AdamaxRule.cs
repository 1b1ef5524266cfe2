using System.Numerics;
using System.Runtime.CompilerServices;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>
/// Adamax:  g ← g + λ·w;  m ← m + (1 − β₁)(g − m);  u ← max(β₂·u, |g| + ε);  w ← w − η/(1 − β₁ᵗ) · m / u.  (Kingma and Ba 2015; ε within
/// the maximum, as in PyTorch.)
/// </summary>
/// <param name="LearningRate">η.</param>
/// <param name="Beta1">β₁.</param>
/// <param name="Beta2">β₂.</param>
/// <param name="Epsilon">ε, positive.</param>
/// <param name="WeightDecay">λ.</param>
public readonly record struct AdamaxRule(float LearningRate, float Beta1 = 0.9f, float Beta2 = 0.999f, float Epsilon = 1e-8f,
    float WeightDecay = 0) : IUpdateRule<AdamaxRule>
{
    float StepSize { get; init; }

    /// <inheritdoc/>
    public static int Slots => 2;

    /// <inheritdoc/>
    public IReadOnlyList<string?> StateNames => ["exp_avg", "exp_inf"];

    /// <inheritdoc/>
    public float InitialState => 0;

    /// <inheritdoc/>
    public bool MovesWithoutGradient => true;

    /// <inheritdoc/>
    // Without a gradient m shrinks by β₁ per step and u by β₂ at most.
    public bool Settles => WeightDecay == 0 && Beta1 < Beta2;

    /// <inheritdoc/>
    public AdamaxRule At(long step) => this with { StepSize = (float)(LearningRate / (1 - Math.Pow(Beta1, step))) };

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step(V g, ref V w, ref V m, ref V u, ref V unused)
    {
        if (WeightDecay != 0) g += WeightDecay * w;
        m += (1 - Beta1) * (g - m);
        u = Vector.Max(Beta2 * u, Vector.Abs(g) + new V(Epsilon));
        w -= StepSize * m / u;
    }

    /// <inheritdoc/>
    public void Rest(long steps, ref V m, ref V u, ref V unused)
    {
        m *= (float)Math.Pow(Beta1, steps);
        u = Vector.Max((float)Math.Pow(Beta2, steps) * u, new V(Epsilon));
    }
}
