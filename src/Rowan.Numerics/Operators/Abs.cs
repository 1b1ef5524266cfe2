using System.Numerics;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>y = |x|;  dx = g·sign(x), 0 at 0.</summary>
readonly struct Abs : IUnary
{
    /// <inheritdoc/>
    public V Forward(V x) => Vector.Abs(x);

    /// <inheritdoc/>
    public V Backward(V g, V x, V y) =>
        Vector.ConditionalSelect(Vector.GreaterThan(x, V.Zero), g, Vector.ConditionalSelect(Vector.LessThan(x, V.Zero), -g, V.Zero));
}
