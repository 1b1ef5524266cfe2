using System.Numerics;
using System.Runtime.CompilerServices;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>y = tanh x = u / (u + 2), u = e²ˣ − 1;  dx = g·(1 − y²).</summary>
readonly struct Tanh : IUnary
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Forward(V x)
    {
        V u = LaneMath.ExpMinusOne(x + x);
        return u / (u + new V(2));
    }

    /// <inheritdoc/>
    public V Backward(V g, V x, V y) => g * (V.One - y * y);
}
