using System.Numerics;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>y = 1 / √x;  dx = −g·y³ / 2.</summary>
readonly struct Rsqrt : IUnary
{
    /// <inheritdoc/>
    public V Forward(V x) => V.One / Vector.SquareRoot(x);

    /// <inheritdoc/>
    public V Backward(V g, V x, V y) => g * y * y * y * -0.5f;
}
