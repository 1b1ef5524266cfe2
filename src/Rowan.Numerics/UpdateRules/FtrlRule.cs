using System.Numerics;
using System.Runtime.CompilerServices;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>
/// FTRL-Proximal:  σ = (√(n + g²) − √n) / η;  z ← z + g − σ·w;  n ← n + g²;
/// w ← 0 where |z| ≤ λ₁, else −(z − sign(z)·λ₁) / ((β + √n) / η + λ₂).  A weight whose gradient is 0 stays as it is.
/// (McMahan et al. 2013.)
/// </summary>
public readonly record struct FtrlRule(float LearningRate, float Beta = 1, float L1 = 0, float L2 = 0, float InitialAccumulator = 0)
    : IUpdateRule<FtrlRule>
{
    /// <inheritdoc/>
    public static int Slots => 2;

    /// <inheritdoc/>
    public IReadOnlyList<string?> StateNames => ["z", "n"];

    /// <inheritdoc/>
    // n begins at the initial accumulator, which Step adds: both values of a fresh weight are 0.
    public float InitialState => 0;

    /// <inheritdoc/>
    public bool MovesWithoutGradient => false;

    /// <inheritdoc/>
    public bool Settles => true;

    /// <inheritdoc/>
    public FtrlRule At(long step) => this;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step(V g, ref V w, ref V z, ref V n, ref V unused)
    {
        V before = n + new V(InitialAccumulator), after = before + g * g, root = Vector.SquareRoot(after);
        V sigma = (root - Vector.SquareRoot(before)) / new V(LearningRate);
        V sum = z + g - sigma * w;
        V next = -(sum - Vector.CopySign(new V(L1), sum)) / ((new V(Beta) + root) / new V(LearningRate) + new V(L2));
        next = Vector.ConditionalSelect(Vector.LessThanOrEqual(Vector.Abs(sum), new V(L1)), V.Zero, next);
        var moves = ~Vector.Equals(g, V.Zero);
        w = Vector.ConditionalSelect(moves, next, w);
        z = Vector.ConditionalSelect(moves, sum, z);
        n += g * g;
    }

    /// <inheritdoc/>
    public void Rest(long steps, ref V z, ref V n, ref V unused) { }
}
