using System.Numerics;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>y = x/2·(1 + t), t = tanh(√(2/π)·(x + 0.044715·x³));  dx = g·((1 + t)/2 + x/2·(1 − t²)·√(2/π)·(1 + 0.134145·x²)).</summary>
/// <remarks>The approximation of <see cref="Gelu"/> that PyTorch calls <c>tanh</c>.</remarks>
readonly struct GeluTanh : IUnary
{
    const float RootTwoOverPi = 0.797884561f, Cubic = 0.044715f;

    /// <inheritdoc/>
    public V Forward(V x) => new V(0.5f) * x * (V.One + T(x));

    /// <inheritdoc/>
    public V Backward(V g, V x, V y)
    {
        V t = T(x);
        V slope = new V(RootTwoOverPi) * (V.One + new V(3 * Cubic) * x * x);
        return g * new V(0.5f) * (V.One + t + x * (V.One - t * t) * slope);
    }

    static V T(V x) => default(Tanh).Forward(new V(RootTwoOverPi) * (x + new V(Cubic) * x * x * x));
}
