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

/// <summary>A loop over rows of whole vectors that is generic over its unroll factor.</summary>
interface IUnrolledLoop
{
    /// <summary>Runs the loop.</summary>
    void Run<TWidth>() where TWidth : struct, IUnroll;
}

/// <summary>Chooses the unroll factor of a loop.</summary>
static class Unrolled
{
    /// <summary>Runs a loop with the largest factor that divides the vectors of a row, so that it needs no tail.</summary>
    public static void Run<TLoop>(int vectors, ref TLoop loop) where TLoop : struct, IUnrolledLoop
    {
        if (vectors % 8 == 0) loop.Run<EightVectors>();
        else if (vectors % 4 == 0) loop.Run<FourVectors>();
        else if (vectors % 2 == 0) loop.Run<TwoVectors>();
        else loop.Run<OneVector>();
    }
}
