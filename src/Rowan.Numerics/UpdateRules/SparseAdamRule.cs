using System.Numerics;
using System.Runtime.CompilerServices;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>
/// PyTorch's SparseAdam:  m ← m + (1 − β₁)(g − m);  v ← v + (1 − β₂)(g² − v);  w ← w − η·√(1 − β₂ᵗ)/(1 − β₁ᵗ) · m / (√v + ε).
/// </summary>
/// <remarks>ε is added before the bias correction, so it weighs more in early steps than Adam's.</remarks>
public readonly record struct SparseAdamRule(float LearningRate, float Beta1 = 0.9f, float Beta2 = 0.999f, float Epsilon = 1e-8f)
    : IUpdateRule<SparseAdamRule>
{
    float StepSize { get; init; }

    /// <inheritdoc/>
    public static int Slots => 2;

    /// <inheritdoc/>
    public float InitialState => 0;

    /// <inheritdoc/>
    public IReadOnlyList<string?> StateNames => ["exp_avg", "exp_avg_sq"];

    /// <inheritdoc/>
    public bool MovesWithoutGradient => true;

    /// <inheritdoc/>
    public bool Settles => (double)Beta1 * Beta1 < Beta2;

    /// <inheritdoc/>
    public SparseAdamRule At(long step) =>
        this with { StepSize = (float)(LearningRate * Math.Sqrt(1 - Math.Pow(Beta2, step)) / (1 - Math.Pow(Beta1, step))) };

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step(V g, ref V w, ref V m, ref V v, ref V unused)
    {
        m += (1 - Beta1) * (g - m);
        v += (1 - Beta2) * (g * g - v);
        w -= StepSize * m / (Vector.SquareRoot(v) + new V(Epsilon));
    }

    /// <inheritdoc/>
    public void Rest(long steps, ref V m, ref V v, ref V unused)
    {
        m *= (float)Math.Pow(Beta1, steps);
        v *= (float)Math.Pow(Beta2, steps);
    }
}
