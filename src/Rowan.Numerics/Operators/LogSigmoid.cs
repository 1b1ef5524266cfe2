using System.Numerics;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>y = log σ(x) = min(x, 0) − log(1 + e^−|x|);  dx = g·σ(−x).</summary>
readonly struct LogSigmoid : IUnary
{
    /// <inheritdoc/>
    public V Forward(V x) => Vector.Min(x, V.Zero) - LaneMath.LogOnePlus(LaneMath.Exp(-Vector.Abs(x)));

    /// <inheritdoc/>
    public V Backward(V g, V x, V y) => g * default(Sigmoid).Forward(-x);
}
