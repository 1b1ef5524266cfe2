using System.Numerics;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>y = 2/√π·∫₀ˣ e^−t² dt, within 3·10⁻⁷;  dx = g·2/√π·e^−x².</summary>
readonly struct Erf : IUnary
{
    const float TwoOverRootPi = 1.128379167f;

    /// <inheritdoc/>
    public V Forward(V x)
    {
        // Near 0 the odd series up to x¹¹, which keeps the digits of small x; beyond, Abramowitz and Stegun 7.1.26, good to 1.5·10⁻⁷.
        V x2 = x * x, a = Vector.Abs(x);
        V series = new V(TwoOverRootPi) * x * (V.One
            - x2 * (new V(1f / 3) - x2 * (new V(1f / 10) - x2 * (new V(1f / 42) - x2 * (new V(1f / 216) - x2 * new V(1f / 1320))))));
        V t = V.One / (V.One + new V(0.3275911f) * a);
        V tail = t * (new V(0.254829592f)
            + t * (new V(-0.284496736f) + t * (new V(1.421413741f) + t * (new V(-1.453152027f) + t * new V(1.061405429f)))));
        V far = Vector.CopySign(V.One - tail * LaneMath.Exp(-x2), x);
        return Vector.ConditionalSelect(Vector.LessThan(a, new V(0.5f)), series, far);
    }

    /// <inheritdoc/>
    public V Backward(V g, V x, V y) => g * (new V(TwoOverRootPi) * LaneMath.Exp(-(x * x)));
}
