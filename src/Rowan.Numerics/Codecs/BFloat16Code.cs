using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Rowan.Numerics;

/// <summary>
/// bfloat16: the upper half of a float, 8 bits of mantissa. Stochastic rounding adds 16 random bits to the lower half and cuts it off:
/// exact for every float, subnormal ones too. What rounds up beyond the largest becomes infinite.
/// </summary>
readonly struct BFloat16Code : INarrowFloat
{
    /// <inheritdoc/>
    public static int Bytes => sizeof(ushort);

    /// <inheritdoc/>
    public static float One(ref byte at) => Widen(Unsafe.ReadUnaligned<ushort>(ref at));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Eight(ref byte at) => Widen(NarrowRows.Eight(ref Unsafe.As<byte, ushort>(ref at)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sixteen(ref byte at) => Widen(NarrowRows.Sixteen(ref Unsafe.As<byte, ushort>(ref at)));

    /// <inheritdoc/>
    public static int RandomBits => 16;

    /// <inheritdoc/>
    public static float Largest => BitConverter.UInt32BitsToSingle(0x7F7F7FFF);

    /// <inheritdoc/>
    public static float Widen(ushort code) => BitConverter.UInt32BitsToSingle((uint)code << 16);

    /// <inheritdoc/>
    public static Vector256<float> Widen(Vector256<uint> codes) => (codes << 16).AsSingle();

    /// <inheritdoc/>
    public static Vector512<float> Widen(Vector512<uint> codes) => (codes << 16).AsSingle();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> Nearest(Vector256<float> x)
    {
        Vector256<uint> u = x.AsUInt32();
        return OrNaN(u, (u + Vector256.Create(0x7FFFu) + ((u >>> 16) & Vector256<uint>.One)) >>> 16);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> Rounded(Vector256<float> x, Vector256<uint> random) =>
        OrNaN(x.AsUInt32(), (x.AsUInt32() + random) >>> 16);

    /// <summary>A NaN whose upper half would be infinity keeps a bit of its own.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<uint> OrNaN(Vector256<uint> u, Vector256<uint> codes) => Vector256.ConditionalSelect(
        Vector256.GreaterThan((u & Vector256.Create(0x7FFFFFFFu)).AsInt32(), Vector256.Create(0x7F800000)).AsUInt32(), (u >>> 16)
            | Vector256.Create(0x40u), codes);
}
