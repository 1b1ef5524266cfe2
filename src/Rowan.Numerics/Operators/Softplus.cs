using System.Numerics;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>y = log(1 + eᵇˣ) / b, and x where b·x is above a threshold;  dx = g·σ(b·x), and g there.</summary>
/// <param name="Beta">b.</param>
/// <param name="Threshold">Where y has become x.</param>
readonly record struct Softplus(float Beta, float Threshold) : IUnary
{
    /// <inheritdoc/>
    public V Forward(V x)
    {
        V z = Beta * x;
        V soft = (Vector.Max(z, V.Zero) + LaneMath.LogOnePlus(LaneMath.Exp(-Vector.Abs(z)))) / new V(Beta);
        return Vector.ConditionalSelect(Vector.GreaterThan(z, new V(Threshold)), x, soft);
    }

    /// <inheritdoc/>
    public V Backward(V g, V x, V y) =>
        Vector.ConditionalSelect(Vector.GreaterThan(Beta * x, new V(Threshold)), g, g * default(Sigmoid).Forward(Beta * x));
}
