using System.Runtime.CompilerServices;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>
/// Row-wise Adagrad:  g ← g + λ·w;  s ← s + mean(g²) over the row;  w ← w − η·g / (√s + ε).  One state value a row instead of one a weight.
/// (FBGEMM's EXACT_ROWWISE_ADAGRAD; Naumov et al. 2019.)
/// </summary>
public readonly record struct RowWiseAdagradRule(float LearningRate, float WeightDecay = 0, float InitialState = 0, float Epsilon = 1e-8f)
    : IUpdateRule<RowWiseAdagradRule>
{
    float Scale { get; init; }

    /// <inheritdoc/>
    public static int Slots => 0;

    /// <inheritdoc/>
    public static bool ByRow => true;

    /// <inheritdoc/>
    public IReadOnlyList<string?> StateNames => ["sum"];

    /// <inheritdoc/>
    public bool MovesWithoutGradient => WeightDecay != 0;

    /// <inheritdoc/>
    public bool Settles => WeightDecay == 0;

    /// <inheritdoc/>
    public RowWiseAdagradRule At(long step) => this;

    /// <inheritdoc/>
    public static RowWiseAdagradRule ForRow(RowWiseAdagradRule rule, ReadOnlySpan<float> g, float sign, ReadOnlySpan<float> w,
        StateSpans state, ref float value)
    {
        value += RowSums.MeanSquare(g, sign, w, rule.WeightDecay);
        return rule with { Scale = rule.LearningRate / (MathF.Sqrt(value) + rule.Epsilon) };
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step(V g, ref V w, ref V unused, ref V unused2, ref V unused3)
    {
        if (WeightDecay != 0) g += WeightDecay * w;
        w -= Scale * g;
    }

    /// <inheritdoc/>
    public void Rest(long steps, ref V unused, ref V unused2, ref V unused3) { }
}
