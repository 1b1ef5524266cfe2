using System.Numerics;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>
/// y = s·x where x &gt; 0, else s·a·(eᵇˣ − 1);  dx = s·g where x &gt; 0, else b·g·(y + s·a).  One form for three: ELU (s = b = 1; Clevert,
/// Unterthiner, Hochreiter 2016), CELU (s = 1, b = 1/a) and SELU (b = 1; Klambauer et al. 2017).
/// </summary>
/// <param name="Alpha">a.</param>
/// <param name="Scale">s.</param>
/// <param name="InputScale">b.</param>
readonly record struct Elu(float Alpha, float Scale = 1, float InputScale = 1) : IUnary
{
    /// <inheritdoc/>
    public V Forward(V x) => Vector.ConditionalSelect(Vector.GreaterThan(x, V.Zero),
        Scale * x, Scale * Alpha * (LaneMath.Exp(InputScale * Vector.Min(x, V.Zero)) - V.One));

    /// <inheritdoc/>
    public V Backward(V g, V x, V y) => Vector.ConditionalSelect(Vector.GreaterThan(x, V.Zero),
        Scale * g, InputScale * g * (y + new V(Scale * Alpha)));
}
