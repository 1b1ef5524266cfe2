using System.Numerics;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>y = √x;  dx = g / (2·y).</summary>
readonly struct Sqrt : IUnary
{
    /// <inheritdoc/>
    public V Forward(V x) => Vector.SquareRoot(x);

    /// <inheritdoc/>
    public V Backward(V g, V x, V y) => g / (y + y);
}
