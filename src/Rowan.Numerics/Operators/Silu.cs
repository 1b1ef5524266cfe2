using System.Numerics;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>y = x·σ(x);  dx = g·σ·(1 + x·(1 − σ)).</summary>
readonly struct Silu : IUnary
{
    /// <inheritdoc/>
    public V Forward(V x) => x / (V.One + LaneMath.Exp(-x));

    /// <inheritdoc/>
    public V Backward(V g, V x, V y) => g * default(Sigmoid).Forward(x) * (V.One + x * (V.One - default(Sigmoid).Forward(x)));
}
