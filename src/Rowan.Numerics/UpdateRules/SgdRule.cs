using System.Runtime.CompilerServices;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>
/// Stochastic gradient descent:  g ← g + λ·w;  b ← μ·b + (1 − d)·g (b = g in the first step);
/// g ← b, or g + μ·b with Nesterov;  w ← w − η·g.
/// </summary>
/// <remarks>The learning rate η stands outside the momentum buffer b, as in PyTorch's <c>SGD</c>.</remarks>
public readonly record struct SgdRule(float LearningRate, float Momentum = 0, float Dampening = 0, float WeightDecay = 0,
    bool Nesterov = false)
    : IUpdateRule<SgdRule>
{
    /// <inheritdoc/>
    public static int Slots => 1;

    /// <inheritdoc/>
    public float InitialState => 0;

    /// <inheritdoc/>
    public IReadOnlyList<string?> StateNames => [Momentum == 0 ? null : "momentum_buffer"];

    /// <inheritdoc/>
    public bool MovesWithoutGradient => Momentum != 0 || WeightDecay != 0;

    /// <inheritdoc/>
    public bool Settles => WeightDecay == 0 && Momentum < 1;

    /// <inheritdoc/>
    public SgdRule At(long step) => this with { Dampening = step == 1 ? 0 : Dampening };

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step(V g, ref V w, ref V b, ref V unused, ref V unused2)
    {
        if (WeightDecay != 0) g += WeightDecay * w;
        if (Momentum != 0)
        {
            b = Momentum * b + (1 - Dampening) * g;
            g = Nesterov ? g + Momentum * b : b;
        }
        w -= LearningRate * g;
    }

    /// <inheritdoc/>
    public void Rest(long steps, ref V b, ref V unused, ref V unused2) => b *= (float)Math.Pow(Momentum, steps);

    /// <inheritdoc/>
    public static void Specialize<TUse>(SgdRule rule, TUse use) where TUse : struct, IStepUse
    {
        if (rule.Momentum == 0 && rule.WeightDecay == 0) use.With(new Plain(rule.LearningRate));
        else use.With(rule);
    }

    /// <summary>w ← w − η·g.</summary>
    readonly struct Plain(float learningRate) : IStep
    {
        public static int Slots => 0;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Step(V g, ref V w, ref V unused, ref V unused2, ref V unused3) => w -= learningRate * g;
    }
}
