using System.Numerics;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>y = sin x;  dx = g·cos x.</summary>
readonly struct Sin : IUnary
{
    /// <inheritdoc/>
    public V Forward(V x) => Vector.Sin(x);

    /// <inheritdoc/>
    public V Backward(V g, V x, V y) => g * Vector.Cos(x);
}

/// <summary>y = cos x;  dx = −g·sin x.</summary>
readonly struct Cos : IUnary
{
    /// <inheritdoc/>
    public V Forward(V x) => Vector.Cos(x);

    /// <inheritdoc/>
    public V Backward(V g, V x, V y) => -g * Vector.Sin(x);
}
