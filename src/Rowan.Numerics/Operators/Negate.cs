using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>y = −x;  dx = −g.</summary>
readonly struct Negate : IUnary
{
    /// <inheritdoc/>
    public V Forward(V x) => -x;

    /// <inheritdoc/>
    public V Backward(V g, V x, V y) => -g;
}
