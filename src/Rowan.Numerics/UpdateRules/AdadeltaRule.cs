using System.Numerics;
using System.Runtime.CompilerServices;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>
/// Adadelta:  g ← g + λ·w;  v ← ρ·v + (1 − ρ)·g²;  δ = √(u + ε) / √(v + ε) · g;  u ← ρ·u + (1 − ρ)·δ²;  w ← w − η·δ.  (Zeiler 2012.)
/// </summary>
public readonly record struct AdadeltaRule(float LearningRate, float Rho = 0.9f, float Epsilon = 1e-6f, float WeightDecay = 0)
    : IUpdateRule<AdadeltaRule>
{
    /// <inheritdoc/>
    public static int Slots => 2;

    /// <inheritdoc/>
    public IReadOnlyList<string?> StateNames => ["square_avg", "acc_delta"];

    /// <inheritdoc/>
    public float InitialState => 0;

    /// <inheritdoc/>
    public bool MovesWithoutGradient => true;

    /// <inheritdoc/>
    public bool Settles => WeightDecay == 0;

    /// <inheritdoc/>
    public AdadeltaRule At(long step) => this;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step(V g, ref V w, ref V v, ref V u, ref V unused)
    {
        if (WeightDecay != 0) g += WeightDecay * w;
        v = Rho * v + (1 - Rho) * g * g;
        V delta = Vector.SquareRoot(u + new V(Epsilon)) / Vector.SquareRoot(v + new V(Epsilon)) * g;
        u = Rho * u + (1 - Rho) * delta * delta;
        w -= LearningRate * delta;
    }

    /// <inheritdoc/>
    public void Rest(long steps, ref V v, ref V u, ref V unused)
    {
        var decay = new V((float)Math.Pow(Rho, steps));
        v *= decay;
        u *= decay;
    }
}
