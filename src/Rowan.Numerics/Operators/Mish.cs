using System.Numerics;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>y = x·t, t = tanh(log(1 + eˣ));  dx = g·(t + x·σ(x)·(1 − t²)).  (Misra 2019.)</summary>
readonly struct Mish : IUnary
{
    /// <inheritdoc/>
    public V Forward(V x) => x * T(x);

    /// <inheritdoc/>
    public V Backward(V g, V x, V y)
    {
        V t = T(x);
        return g * (t + x * default(Sigmoid).Forward(x) * (V.One - t * t));
    }

    static V T(V x) => default(Tanh).Forward(new Softplus(1, 20).Forward(x));
}
