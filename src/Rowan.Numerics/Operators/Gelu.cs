using System.Numerics;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>y = x·Φ(x), Φ the distribution of N(0, 1);  dx = g·(Φ(x) + x·φ(x)).  (Hendrycks and Gimpel 2016.)</summary>
readonly struct Gelu : IUnary
{
    /// <inheritdoc/>
    public V Forward(V x) => x * Phi(x);

    /// <inheritdoc/>
    public V Backward(V g, V x, V y) => g * (Phi(x) + x * (new V(0.398942280f) * LaneMath.Exp(new V(-0.5f) * x * x)));

    static V Phi(V x) => new V(0.5f) * (V.One + default(Erf).Forward(x * new V(0.707106781f)));
}
