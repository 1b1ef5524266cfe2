using System.Numerics;
using System.Runtime.CompilerServices;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>
/// Adam:  g ← g + λ·w;  m ← m + (1 − β₁)(g − m);  v ← β₂·v + (1 − β₂)·g²;
/// w ← w − η/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε).  (Kingma and Ba 2015; ε after the bias correction, as in PyTorch.)
/// Decoupled, the decay is no part of the gradient:  w ← (1 − η·λ)·w comes first.  (AdamW: Loshchilov and Hutter 2019.)
/// With AMSGrad the largest v so far stands for v.  (Reddi, Kale, Kumar 2018; the maximum of uncorrected values, as in PyTorch.)
/// </summary>
public readonly record struct AdamRule(
    float LearningRate, float Beta1 = 0.9f, float Beta2 = 0.999f, float Epsilon = 1e-8f, float WeightDecay = 0, bool Decoupled = false,
    bool AmsGrad = false)
    : IUpdateRule<AdamRule>
{
    float StepSize { get; init; }
    float Floor { get; init; }

    /// <inheritdoc/>
    public static int Slots => 3;

    /// <inheritdoc/>
    public IReadOnlyList<string?> StateNames => ["exp_avg", "exp_avg_sq", AmsGrad ? "max_exp_avg_sq" : null];

    /// <inheritdoc/>
    public float InitialState => 0;

    /// <inheritdoc/>
    public bool MovesWithoutGradient => true;

    /// <inheritdoc/>
    // Without a gradient m shrinks by β₁ per step and √v by √β₂: the quotient falls as long as β₁ is the smaller. The largest v does not
    // shrink at all.
    public bool Settles => WeightDecay == 0 && (AmsGrad || (double)Beta1 * Beta1 < Beta2);

    /// <inheritdoc/>
    public AdamRule At(long step) => this with
    {
        // Both sides of the quotient times √(1 − β₂ᵗ): one division less for each weight.
        StepSize = (float)(LearningRate / (1 - Math.Pow(Beta1, step)) * Math.Sqrt(1 - Math.Pow(Beta2, step))),
        Floor = (float)(Epsilon * Math.Sqrt(1 - Math.Pow(Beta2, step))),
    };

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step(V g, ref V w, ref V m, ref V v, ref V largest)
    {
        if (Decoupled) w *= 1 - LearningRate * WeightDecay;
        else if (WeightDecay != 0) g += WeightDecay * w;
        m += (1 - Beta1) * (g - m);
        v = Beta2 * v + (1 - Beta2) * g * g;
        V square = v;
        if (AmsGrad) square = largest = Vector.Max(largest, v);
        w -= StepSize * m / (Vector.SquareRoot(square) + new V(Floor));
    }

    /// <inheritdoc/>
    public void Rest(long steps, ref V m, ref V v, ref V largest)
    {
        m *= (float)Math.Pow(Beta1, steps);
        v *= (float)Math.Pow(Beta2, steps);
    }

    /// <inheritdoc/>
    public static void Specialize<TUse>(AdamRule rule, TUse use) where TUse : struct, IStepUse
    {
        if (rule.WeightDecay == 0 && !rule.AmsGrad) use.With(new Plain(rule.Beta1, rule.Beta2, rule.StepSize, rule.Floor));
        else use.With(rule);
    }

    /// <summary>m ← m + (1 − β₁)(g − m);  v ← β₂·v + (1 − β₂)·g²;  w ← w − stepSize · m / (√v + floor).</summary>
    readonly struct Plain(float beta1, float beta2, float stepSize, float floor) : IStep
    {
        public static int Slots => 2;

        public static bool FillsSlots => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Step(V g, ref V w, ref V m, ref V v, ref V unused)
        {
            m += (1 - beta1) * (g - m);
            v = beta2 * v + (1 - beta2) * g * g;
            w -= stepSize * m / (Vector.SquareRoot(v) + new V(floor));
        }
    }
}
