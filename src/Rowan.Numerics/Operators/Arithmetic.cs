using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>z = x + y.</summary>
public readonly struct Add : IBinary
{
    /// <inheritdoc/>
    public static V Forward(V x, V y) => x + y;
}

/// <summary>z = x − y.</summary>
public readonly struct Subtract : IBinary
{
    /// <inheritdoc/>
    public static V Forward(V x, V y) => x - y;
}

/// <summary>z = x·y.</summary>
public readonly struct Multiply : IBinary
{
    /// <inheritdoc/>
    public static V Forward(V x, V y) => x * y;
}

/// <summary>z = x / y.</summary>
public readonly struct Divide : IBinary
{
    /// <inheritdoc/>
    public static V Forward(V x, V y) => x / y;
}
