using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Rowan.Numerics;

/// <summary>
/// IEEE half: 5 bits of exponent, 11 of mantissa, subnormal below 2⁻¹⁴. Beyond 65,504 lies infinity, as in IEEE 754: a weight that grows
/// so far shows in the loss and is not held back in silence.
/// </summary>
/// <remarks>
/// .NET 10 has no instruction for it (F16C) and does not vectorise <see cref="Half"/>, so the bits are moved by hand: about 7
/// instructions for 16 lanes. Stochastic rounding adds 13 random bits under the mantissa; a subnormal is counted in units of 2⁻²⁴ and its
/// fraction compared with 31 bits, because there more than 13 are cut off.
/// </remarks>
readonly struct Float16Code : INarrowFloat
{
    const uint Sign = 0x8000, Infinity = 0x7C00, QuietNaN = 0x7E00;
    const float TwoTo112 = 5.192296858534828e33f;
    const uint Rebias = unchecked((uint)((15 - 127) << 23));
    const int FirstNormal = (127 - 14) << 23, FirstTooLarge = (127 + 16) << 23, FloatInfinity = 0x7F800000;

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
    public static int RandomBits => 32;

    /// <inheritdoc/>
    public static float Largest => 65519.996f;

    /// <inheritdoc/>
    public static float Widen(ushort code) => (float)BitConverter.UInt16BitsToHalf(code);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Widen(Vector256<uint> codes)
    {
        // As a float the exponent is 112 too small, of subnormals too: one exact product puts both right.
        Vector256<uint> magnitude = codes & Vector256.Create(0x7FFFu);
        Vector256<uint> x = ((magnitude << 13).AsSingle() * Vector256.Create(TwoTo112)).AsUInt32();
        x |= Vector256.GreaterThan(magnitude.AsInt32(), Vector256.Create((int)Infinity - 1))
            .AsUInt32() & Vector256.Create((uint)FloatInfinity);
        return (x | ((codes & Vector256.Create(Sign)) << 16)).AsSingle();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Widen(Vector512<uint> codes)
    {
        Vector512<uint> magnitude = codes & Vector512.Create(0x7FFFu);
        Vector512<uint> x = ((magnitude << 13).AsSingle() * Vector512.Create(TwoTo112)).AsUInt32();
        x |= Vector512.GreaterThan(magnitude.AsInt32(), Vector512.Create((int)Infinity - 1))
            .AsUInt32() & Vector512.Create((uint)FloatInfinity);
        return (x | ((codes & Vector512.Create(Sign)) << 16)).AsSingle();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> Nearest(Vector256<float> x)
    {
        Vector256<uint> a = Vector256.Abs(x).AsUInt32();
        Vector256<uint> normal = (a + Vector256.Create(Rebias + 0xFFF) + ((a >>> 13) & Vector256<uint>.One)) >>> 13;
        // The last bit of a half as float is worth 2⁻²⁴, which is what a subnormal half counts in: the sum rounds to it.
        Vector256<uint> subnormal = (a.AsSingle() + Vector256.Create(0.5f)).AsUInt32() - Vector256.Create(0.5f).AsUInt32();
        return Choose(x, a, normal, subnormal);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> Rounded(Vector256<float> x, Vector256<uint> random)
    {
        Vector256<uint> a = Vector256.Abs(x).AsUInt32();
        Vector256<uint> normal = (a + Vector256.Create(Rebias) + (random & Vector256.Create(0x1FFFu))) >>> 13;
        Vector256<float> units = a.AsSingle() * Vector256.Create(16_777_216f);
        Vector256<int> whole = Vector256.ConvertToInt32Native(units);
        Vector256<int> fraction =
            Vector256.ConvertToInt32Native((units - Vector256.ConvertToSingle(whole)) * Vector256.Create(2_147_483_648f));
        Vector256<uint> subnormal = whole.AsUInt32() + ((fraction.AsUInt32() + (random >>> 1)) >>> 31);
        return Choose(x, a, normal, subnormal);
    }

    /// <summary>What a magnitude is: subnormal, normal, infinite or NaN; and the sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<uint> Choose(Vector256<float> x, Vector256<uint> a, Vector256<uint> normal, Vector256<uint> subnormal)
    {
        Vector256<int> size = a.AsInt32();
        Vector256<uint> code = Vector256.ConditionalSelect(Vector256.LessThan(size, Vector256.Create(FirstNormal)).AsUInt32(), subnormal,
            normal);
        Vector256<uint> large = Vector256.ConditionalSelect(Vector256.GreaterThan(size, Vector256.Create(FloatInfinity)).AsUInt32(),
            Vector256.Create(QuietNaN), Vector256.Create(Infinity));
        code = Vector256.ConditionalSelect(Vector256.GreaterThan(size, Vector256.Create(FirstTooLarge - 1)).AsUInt32(), large, code);
        return code | ((x.AsUInt32() >>> 16) & Vector256.Create(Sign));
    }
}
