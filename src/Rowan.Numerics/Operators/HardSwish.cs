using System.Numerics;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>y = x·min(max(x + 3, 0), 6) / 6;  dx = 0 where x ≤ −3, g where x ≥ 3, between them g·(x / 3 + 1/2).</summary>
readonly struct HardSwish : IUnary
{
    /// <inheritdoc/>
    public V Forward(V x) => x * Vector.Min(Vector.Max(x + new V(3), V.Zero), new V(6)) / new V(6);

    /// <inheritdoc/>
    public V Backward(V g, V x, V y) => Vector.ConditionalSelect(Vector.LessThanOrEqual(x, new V(-3)), V.Zero,
        Vector.ConditionalSelect(Vector.LessThan(x, new V(3)), g * (x / new V(3) + new V(0.5f)), g));
}
