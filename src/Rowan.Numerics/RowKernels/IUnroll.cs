namespace Rowan.Numerics;

/// <summary>Unroll factor: vectors of a row that one iteration handles. A type parameter, so that the JIT unrolls the loop.</summary>
interface IUnroll
{
    /// <summary>Vectors per iteration.</summary>
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

/// <summary>Eight, the most accumulators that fit into the registers along with their operands.</summary>
readonly struct EightVectors : IUnroll
{
    /// <inheritdoc/>
    public static int Vectors => 8;
}
