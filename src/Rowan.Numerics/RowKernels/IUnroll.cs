namespace Rowan.Numerics;

/// <summary>Vectors of a row that a loop takes together, known when it is compiled; longer rows are so many blocks of them.</summary>
interface IUnroll
{
    /// <summary>How many.</summary>
    static abstract int Vectors { get; }
}

/// <summary>One.</summary>
readonly struct OneVector : IUnroll
{
    /// <inheritdoc/>
    public static int Vectors => 1;
}

/// <summary>Two.</summary>
readonly struct TwoVectors : IUnroll
{
    /// <inheritdoc/>
    public static int Vectors => 2;
}

/// <summary>Four.</summary>
readonly struct FourVectors : IUnroll
{
    /// <inheritdoc/>
    public static int Vectors => 4;
}

/// <summary>Eight: as many sums as a processor's registers hold beside what they are made of.</summary>
readonly struct EightVectors : IUnroll
{
    /// <inheritdoc/>
    public static int Vectors => 8;
}
