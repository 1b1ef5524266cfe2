using System.Numerics;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>y = x where x &gt; 0, else a·x;  dx = g where x &gt; 0, else a·g.</summary>
/// <param name="Slope">a.</param>
readonly record struct LeakyRelu(float Slope) : IUnary
{
    /// <inheritdoc/>
    public V Forward(V x) => Vector.ConditionalSelect(Vector.GreaterThan(x, V.Zero), x, x * Slope);

    /// <inheritdoc/>
    public V Backward(V g, V x, V y) => Vector.ConditionalSelect(Vector.GreaterThan(x, V.Zero), g, g * Slope);
}
