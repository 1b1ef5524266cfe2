using System.Numerics;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>y = eˣ;  dx = g·y.</summary>
readonly struct Exp : IUnary
{
    /// <inheritdoc/>
    public V Forward(V x) => LaneMath.Exp(x);

    /// <inheritdoc/>
    public V Backward(V g, V x, V y) => g * y;
}

/// <summary>y = s·eˣ⁻ᵐ;  dx = g·y.  What softmax takes of a score, m the largest.</summary>
/// <param name="Shift">m.</param>
/// <param name="Scale">s.</param>
readonly record struct ShiftedExp(float Shift, float Scale = 1) : IUnary
{
    /// <inheritdoc/>
    public V Forward(V x) => new V(Scale) * LaneMath.Exp(x - new V(Shift));

    /// <inheritdoc/>
    public V Backward(V g, V x, V y) => g * y;
}
