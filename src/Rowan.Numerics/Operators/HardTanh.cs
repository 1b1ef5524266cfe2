using System.Numerics;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>y = min(max(x, low), high);  dx = g where low &lt; x &lt; high, else 0: none at either bound.</summary>
/// <param name="Low">The smallest value.</param>
/// <param name="High">The largest value.</param>
readonly record struct HardTanh(float Low, float High) : IUnary
{
    /// <inheritdoc/>
    public V Forward(V x) =>
        Vector.ConditionalSelect(Vector.LessThan(x, new V(Low)), new V(Low),
        Vector.ConditionalSelect(Vector.GreaterThan(x, new V(High)), new V(High), x));

    /// <inheritdoc/>
    public V Backward(V g, V x, V y) =>
        Vector.ConditionalSelect(Vector.GreaterThan(x, new V(Low)) & Vector.LessThan(x, new V(High)), g, V.Zero);
}
