using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Rowan.Numerics;

/// <summary>A way of storing each value of a row in bytes of its own: how it becomes floats in registers. All unchecked.</summary>
interface IRowCode
{
    /// <summary>Bytes a value.</summary>
    static abstract int Bytes { get; }

    /// <summary>The float stored at a place.</summary>
    static abstract float One(ref byte at);

    /// <summary>The eight floats stored from a place on.</summary>
    static abstract Vector256<float> Eight(ref byte at);

    /// <summary>The sixteen floats stored from a place on.</summary>
    static abstract Vector512<float> Sixteen(ref byte at);
}

/// <summary>Floats as they are.</summary>
readonly struct Float32Code : IRowCode
{
    /// <inheritdoc/>
    public static int Bytes => sizeof(float);

    /// <inheritdoc/>
    public static float One(ref byte at) => Unsafe.ReadUnaligned<float>(ref at);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Eight(ref byte at) => Unsafe.ReadUnaligned<Vector256<float>>(ref at);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sixteen(ref byte at) => Unsafe.ReadUnaligned<Vector512<float>>(ref at);
}
