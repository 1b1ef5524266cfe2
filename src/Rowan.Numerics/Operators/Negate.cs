using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>y = −x;  dx = −g.</summary>
public readonly struct Negate : IUnary
{
    /// <inheritdoc/>
    public static V Forward(V x) => -x;

    /// <inheritdoc/>
    public static V Backward(V g, V x, V y) => -g;
}
