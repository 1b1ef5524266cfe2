using System.Numerics;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>y = tanh x = 1 − 2 / (e²ˣ + 1);  dx = g·(1 − y²).</summary>
public readonly struct Tanh : IUnary
{
    /// <inheritdoc/>
    public V Forward(V x)
    {
        // Near 0 the difference loses digits; the odd series up to x⁹ is exact to float32 below 0.3.
        V x2 = x * x;
        V series = x * (V.One + x2 * (new V(-1f / 3) + x2 * (new V(2f / 15) + x2 * (new V(-17f / 315) + x2 * new V(62f / 2835)))));
        V direct = V.One - new V(2) / (LaneMath.Exp(x + x) + V.One);
        return Vector.ConditionalSelect(Vector.LessThan(Vector.Abs(x), new V(0.3f)), series, direct);
    }

    /// <inheritdoc/>
    public V Backward(V g, V x, V y) => g * (V.One - y * y);
}
