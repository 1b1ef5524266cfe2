using System.Numerics;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>y = 1 where x &gt; 0, −1 where x &lt; 0, else x: 0 at 0, and NaN of NaN;  dx = 0.</summary>
readonly struct Sign : IUnary
{
    /// <inheritdoc/>
    public V Forward(V x) =>
        Vector.ConditionalSelect(Vector.GreaterThan(x, V.Zero), V.One, Vector.ConditionalSelect(Vector.LessThan(x, V.Zero), -V.One, x));

    /// <inheritdoc/>
    public V Backward(V g, V x, V y) => V.Zero;
}
