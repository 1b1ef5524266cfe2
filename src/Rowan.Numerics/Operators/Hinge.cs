using System.Numerics;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>y = max(x − m, 0);  dx = g where x &gt; m, else 0.</summary>
/// <param name="Margin">m.</param>
public readonly record struct Hinge(float Margin) : IUnary
{
    /// <inheritdoc/>
    public V Forward(V x) => Vector.Max(x - new V(Margin), V.Zero);

    /// <inheritdoc/>
    public V Backward(V g, V x, V y) => Vector.ConditionalSelect(Vector.GreaterThan(x, new V(Margin)), g, V.Zero);
}

/// <summary>y = s where x &gt; m, else 0;  dx = 0.  With s = g the gradient of <see cref="Hinge"/>.</summary>
/// <param name="Margin">m.</param>
/// <param name="Value">s.</param>
public readonly record struct StepAbove(float Margin, float Value) : IUnary
{
    /// <inheritdoc/>
    public V Forward(V x) => Vector.ConditionalSelect(Vector.GreaterThan(x, new V(Margin)), new V(Value), V.Zero);

    /// <inheritdoc/>
    public V Backward(V g, V x, V y) => V.Zero;
}
