using System.Numerics;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>y = min(max(x / 6 + 1/2, 0), 1);  dx = g / 6 where −3 &lt; x &lt; 3, else 0.</summary>
readonly struct HardSigmoid : IUnary
{
    /// <inheritdoc/>
    public V Forward(V x) => Vector.Min(Vector.Max(x + new V(3), V.Zero), new V(6)) / new V(6);

    /// <inheritdoc/>
    public V Backward(V g, V x, V y) => Vector.ConditionalSelect(Vector.LessThan(Vector.Abs(x), new V(3)), g / new V(6), V.Zero);
}
