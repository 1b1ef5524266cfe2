using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>y = f(x), lane by lane, and how a gradient of y becomes one of x.</summary>
interface IUnary
{
    /// <summary>f(x).</summary>
    V Forward(V x);

    /// <summary>g·f′(x); y = f(x) is given, so that it need not be computed again.</summary>
    V Backward(V g, V x, V y);
}

/// <summary>z = f(x, y), lane by lane, and how a gradient of z becomes one of each.</summary>
interface IBinary
{
    /// <summary>f(x, y).</summary>
    V Forward(V x, V y);
}
