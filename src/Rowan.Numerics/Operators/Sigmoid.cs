using System.Numerics;
using System.Runtime.CompilerServices;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>y = 1 / (1 + e⁻ˣ);  dx = g·y·(1 − y).</summary>
readonly struct Sigmoid : IUnary
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Forward(V x) => V.One / (V.One + LaneMath.Exp(-x));

    /// <inheritdoc/>
    public V Backward(V g, V x, V y) => g * y * (V.One - y);
}
