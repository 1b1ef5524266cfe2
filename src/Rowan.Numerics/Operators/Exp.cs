using System.Numerics;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>y = eˣ;  dx = g·y.</summary>
public readonly struct Exp : IUnary
{
    /// <inheritdoc/>
    public V Forward(V x) => Vector.Exp(x);

    /// <inheritdoc/>
    public V Backward(V g, V x, V y) => g * y;
}
