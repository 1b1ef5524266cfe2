using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>y = (x − c)²;  dx = 2·g·(x − c).</summary>
/// <param name="Center">c.</param>
readonly record struct SquareFrom(float Center) : IUnary
{
    /// <inheritdoc/>
    public V Forward(V x) => (x - new V(Center)) * (x - new V(Center));

    /// <inheritdoc/>
    public V Backward(V g, V x, V y) => new V(2) * g * (x - new V(Center));
}
