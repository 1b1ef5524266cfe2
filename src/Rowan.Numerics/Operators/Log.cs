using System.Numerics;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>y = ln x;  dx = g / x.</summary>
readonly struct Log : IUnary
{
    /// <inheritdoc/>
    public V Forward(V x) => Vector.Log(x);

    /// <inheritdoc/>
    public V Backward(V g, V x, V y) => g / x;
}
