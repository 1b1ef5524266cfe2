using System.Runtime.CompilerServices;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>
/// Row-wise Adam:  w ← (1 − η·λ)·w;  m ← m + (1 − β₁)(g − m);  v ← β₂·v + (1 − β₂)·mean(g²) over the row;
/// w ← w − η/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε).  One v per row instead of one per weight.  (FBGEMM's PARTIAL_ROWWISE_ADAM.)
/// </summary>
public readonly record struct RowWiseAdamRule(float LearningRate, float Beta1 = 0.9f, float Beta2 = 0.999f, float Epsilon = 1e-8f,
    float WeightDecay = 0) : IUpdateRule<RowWiseAdamRule>
{
    float StepSize { get; init; }
    float RootCorrection { get; init; }
    float Scale { get; init; }

    /// <inheritdoc/>
    public static int Slots => 1;

    /// <inheritdoc/>
    public static bool ByRow => true;

    /// <inheritdoc/>
    public IReadOnlyList<string?> StateNames => ["exp_avg", "exp_avg_sq"];

    /// <inheritdoc/>
    public float InitialState => 0;

    /// <inheritdoc/>
    public bool MovesWithoutGradient => true;

    /// <inheritdoc/>
    // The closed form covers the state of the weights but not the row's own value, so every step without a gradient is replayed.
    public bool Settles => false;

    /// <inheritdoc/>
    public RowWiseAdamRule At(long step) => this with
    {
        StepSize = (float)(LearningRate / (1 - Math.Pow(Beta1, step))),
        RootCorrection = (float)Math.Sqrt(1 - Math.Pow(Beta2, step)),
    };

    /// <inheritdoc/>
    public static RowWiseAdamRule ForRow(RowWiseAdamRule rule, ReadOnlySpan<float> g, float sign, ReadOnlySpan<float> w, StateSpans state,
        ref float value)
    {
        value = rule.Beta2 * value + (1 - rule.Beta2) * RowSums.MeanSquare(g, sign, w, 0);
        return rule with { Scale = rule.StepSize / (MathF.Sqrt(value) / rule.RootCorrection + rule.Epsilon) };
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step(V g, ref V w, ref V m, ref V unused, ref V unused2)
    {
        if (WeightDecay != 0) w *= 1 - LearningRate * WeightDecay;
        m += (1 - Beta1) * (g - m);
        w -= Scale * m;
    }

    /// <inheritdoc/>
    public void Rest(long steps, ref V m, ref V unused, ref V unused2) => m *= (float)Math.Pow(Beta1, steps);
}

static class RowSums
{
    /// <summary>Mean of (±g + λ·w)² over a row; g empty for zeros.</summary>
    public static float MeanSquare(ReadOnlySpan<float> g, float sign, ReadOnlySpan<float> w, float decay)
    {
        if (decay == 0) return g.IsEmpty ? 0 : RowMath.Dot(g, g) / g.Length;
        double sum = 0;
        for (int i = 0; i < w.Length; i++)
        {
            float value = (g.IsEmpty ? 0 : sign * g[i]) + decay * w[i];
            sum += (double)value * value;
        }
        return (float)(sum / w.Length);
    }
}
