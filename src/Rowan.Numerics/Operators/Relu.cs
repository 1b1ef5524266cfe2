using System.Numerics;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>y = max(x, 0);  dx = g where x &gt; 0, else 0.  NaN stays NaN.</summary>
readonly struct Relu : IUnary
{
    /// <inheritdoc/>
    public V Forward(V x) => Vector.ConditionalSelect(Vector.LessThan(x, V.Zero), V.Zero, x);

    /// <inheritdoc/>
    public V Backward(V g, V x, V y) => Vector.ConditionalSelect(Vector.GreaterThan(x, V.Zero), g, V.Zero);
}
