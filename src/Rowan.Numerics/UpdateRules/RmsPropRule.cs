using System.Numerics;
using System.Runtime.CompilerServices;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>
/// RMSprop:  g ← g + λ·w;  v ← α·v + (1 − α)·g²;  a = √v + ε, or centered √(v − ḡ²) + ε with ḡ ← ḡ + (1 − α)(g − ḡ);
/// w ← w − η·g/a, or with momentum b ← μ·b + g/a, w ← w − η·b.  (Tieleman and Hinton 2012; centered: Graves 2013.)
/// </summary>
public readonly record struct RmsPropRule(float LearningRate, float Alpha = 0.99f, float Epsilon = 1e-8f, float WeightDecay = 0,
    float Momentum = 0, bool Centered = false)
    : IUpdateRule<RmsPropRule>
{
    /// <inheritdoc/>
    public static int Slots => 3;

    /// <inheritdoc/>
    public IReadOnlyList<string?> StateNames => ["square_avg", Centered ? "grad_avg" : null, Momentum == 0 ? null : "momentum_buffer"];

    /// <inheritdoc/>
    public float InitialState => 0;

    /// <inheritdoc/>
    public bool MovesWithoutGradient => true;

    /// <inheritdoc/>
    public bool Settles => WeightDecay == 0 && Momentum < 1;

    /// <inheritdoc/>
    public RmsPropRule At(long step) => this;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step(V g, ref V w, ref V v, ref V mean, ref V b)
    {
        if (WeightDecay != 0) g += WeightDecay * w;
        v = Alpha * v + (1 - Alpha) * g * g;
        V spread = v;
        if (Centered)
        {
            mean += (1 - Alpha) * (g - mean);
            // Never negative but for rounding, of which the root would make NaN.
            spread = Vector.Max(v - mean * mean, V.Zero);
        }
        V step = g / (Vector.SquareRoot(spread) + new V(Epsilon));
        if (Momentum != 0) step = b = Momentum * b + step;
        w -= LearningRate * step;
    }

    /// <inheritdoc/>
    public void Rest(long steps, ref V v, ref V mean, ref V b)
    {
        v *= (float)Math.Pow(Alpha, steps);
        if (Centered) mean *= (float)Math.Pow(Alpha, steps);
        if (Momentum != 0) b *= (float)Math.Pow(Momentum, steps);
    }
}
