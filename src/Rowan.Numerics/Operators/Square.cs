using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>y = x²;  dx = 2·g·x.</summary>
readonly struct Square : IUnary
{
    /// <inheritdoc/>
    public V Forward(V x) => x * x;

    /// <inheritdoc/>
    public V Backward(V g, V x, V y) => g * (x + x);
}
