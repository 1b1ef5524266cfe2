using System.Numerics;
using System.Runtime.CompilerServices;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>
/// LAMB:  m and v as Adam's, corrected;  u = m̂ / (√v̂ + ε) + λ·w;  w ← w − η·(|w| / |u|)·u, the ratio 1 where either is 0.
/// (You et al. 2020.)  The norms are those of a whole dense parameter, and of each row of a table (as FBGEMM's LAMB has them).
/// </summary>
public readonly record struct LambRule(float LearningRate, float Beta1 = 0.9f, float Beta2 = 0.999f, float Epsilon = 1e-6f,
    float WeightDecay = 0, bool WholeParameter = true) : IUpdateRule<LambRule>
{
    float Correction1 { get; init; }
    float RootCorrection { get; init; }
    float Scale { get; init; }

    /// <inheritdoc/>
    public static int Slots => 2;

    /// <inheritdoc/>
    public static bool ByRow => true;

    /// <inheritdoc/>
    public IReadOnlyList<string?> StateNames => ["exp_avg", "exp_avg_sq", null];

    /// <inheritdoc/>
    public float InitialState => 0;

    /// <inheritdoc/>
    public bool MovesWithoutGradient => true;

    /// <inheritdoc/>
    // The ratio of norms cancels the decay of m: without a gradient, a row keeps moving by the same share of its length until m is 0.
    public bool Settles => false;

    /// <inheritdoc/>
    public LambRule At(long step) => this with
    {
        Correction1 = (float)(1 / (1 - Math.Pow(Beta1, step))),
        RootCorrection = (float)(1 / Math.Sqrt(1 - Math.Pow(Beta2, step))),
    };

    /// <inheritdoc/>
    public static LambRule ForRow(LambRule rule, ReadOnlySpan<float> g, float sign, ReadOnlySpan<float> w, StateSpans state,
        ref float value)
    {
        double weights = 0, updates = 0;
        for (int i = 0; i < w.Length; i++)
        {
            float gradient = g.IsEmpty ? 0 : sign * g[i], m = state.S0[i] + (1 - rule.Beta1) * (gradient - state.S0[i]),
            v = rule.Beta2 * state.S1[i] + (1 - rule.Beta2) * gradient * gradient;
            float u = m * rule.Correction1 / (MathF.Sqrt(v) * rule.RootCorrection + rule.Epsilon) + rule.WeightDecay * w[i];
            weights += (double)w[i] * w[i];
            updates += (double)u * u;
        }
        return rule with { Scale = rule.LearningRate * (weights > 0 && updates > 0 ? (float)Math.Sqrt(weights / updates) : 1) };
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step(V g, ref V w, ref V m, ref V v, ref V unused)
    {
        m += (1 - Beta1) * (g - m);
        v = Beta2 * v + (1 - Beta2) * g * g;
        w -= Scale * (m * Correction1 / (Vector.SquareRoot(v) * RootCorrection + new V(Epsilon)) + WeightDecay * w);
    }

    /// <inheritdoc/>
    public void Rest(long steps, ref V m, ref V v, ref V unused)
    {
        m *= (float)Math.Pow(Beta1, steps);
        v *= (float)Math.Pow(Beta2, steps);
    }
}
