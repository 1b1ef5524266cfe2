using System.Numerics;
using System.Runtime.CompilerServices;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>Adagrad:  g ← g + λ·w;  s ← s + g²;  w ← w − η/(1 + (t − 1)·γ) · g / (√s + ε).  (Duchi, Hazan, Singer 2011.)</summary>
public readonly record struct AdagradRule(
    float LearningRate, float LearningRateDecay = 0, float WeightDecay = 0, float InitialState = 0, float Epsilon = 1e-10f)
        : IUpdateRule<AdagradRule>
{
    /// <inheritdoc/>
    public static int Slots => 1;

    /// <inheritdoc/>
    public IReadOnlyList<string?> StateNames => ["sum"];

    /// <inheritdoc/>
    public bool MovesWithoutGradient => WeightDecay != 0;

    /// <inheritdoc/>
    public bool Settles => WeightDecay == 0;

    /// <inheritdoc/>
    public AdagradRule At(long step) => this with { LearningRate = (float)(LearningRate / (1 + (step - 1) * (double)LearningRateDecay)) };

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step(V g, ref V w, ref V s, ref V unused, ref V unused2)
    {
        if (WeightDecay != 0) g += WeightDecay * w;
        s += g * g;
        w -= LearningRate * g / (Vector.SquareRoot(s) + new V(Epsilon));
    }

    /// <inheritdoc/>
    public void Rest(long steps, ref V s, ref V unused, ref V unused2) { }
}
