using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>z = x + y.</summary>
readonly struct Add : IBinary
{
    /// <inheritdoc/>
    public V Forward(V x, V y) => x + y;
}

/// <summary>z = x − y.</summary>
readonly struct Subtract : IBinary
{
    /// <inheritdoc/>
    public V Forward(V x, V y) => x - y;
}

/// <summary>z = x·y.</summary>
readonly struct Multiply : IBinary
{
    /// <inheritdoc/>
    public V Forward(V x, V y) => x * y;
}

/// <summary>z = x / y.</summary>
readonly struct Divide : IBinary
{
    /// <inheritdoc/>
    public V Forward(V x, V y) => x / y;
}

/// <summary>z = max(x, y); NaN where either is.</summary>
readonly struct Maximum : IBinary
{
    /// <inheritdoc/>
    public V Forward(V x, V y) => System.Numerics.Vector.Max(x, y);
}

/// <summary>z = min(x, y); NaN where either is.</summary>
readonly struct Minimum : IBinary
{
    /// <inheritdoc/>
    public V Forward(V x, V y) => System.Numerics.Vector.Min(x, y);
}
