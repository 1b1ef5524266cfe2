using System.Numerics;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>y = x / (1 + |x|);  dx = g / (1 + |x|)².</summary>
readonly struct Softsign : IUnary
{
    /// <inheritdoc/>
    public V Forward(V x) => x / (V.One + Vector.Abs(x));

    /// <inheritdoc/>
    public V Backward(V g, V x, V y) => g / ((V.One + Vector.Abs(x)) * (V.One + Vector.Abs(x)));
}
