using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Rowan.Numerics;

/// <summary>What integer codes have in common.</summary>
static class IntegerCodes
{
    // A float of 2²³ or more has no fraction bits: adding 2²³ rounds to an integer, half to even, and leaves it in the low bits.
    const float Whole = 1 << 23;

    /// <summary>q = round((x − bias)·inverse), half to even, within 0 … top; eight bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Round(Vector256<float> x, Affine line, float top)
    {
        Vector256<float> q = Vector256.MinNative(
            Vector256.MaxNative((x - Vector256.Create(line.Bias)) * line.Inverse, Vector256<float>.Zero), Vector256.Create(top));
        Vector256<uint> whole = (q + Vector256.Create(Whole)).AsUInt32() & Vector256.Create(0xFFu);
        Vector128<ushort> narrow = Vector128.Narrow(whole.GetLower(), whole.GetUpper());
        return Vector128.Narrow(narrow, narrow).AsUInt64().ToScalar();
    }

    /// <summary>
    /// bias = min in float16, scale = (max − bias) / (2ᵇ − 1) in float16; the scale is 1 where the range is 0, and where float16 has no
    /// number for it, or none for its inverse.
    /// </summary>
    public static Affine FitHalf(float min, float max, int levels)
    {
        float bias = (float)(Half)min, range = max - bias;
        float scale = (float)(Half)(range == 0 ? 1 : range / levels);
        if (scale == 0 || float.IsInfinity(1 / scale)) scale = 1;
        return new(scale, bias, 1 / scale);
    }

    /// <summary>Each lane shifted by its own number of bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> ShiftRight(Vector256<uint> x, Vector256<uint> by) => Avx2.IsSupported
        ? Avx2.ShiftRightLogicalVariable(x, by)
        : Vector256.Create(x[0] >> (int)by[0], x[1] >> (int)by[1], x[2] >> (int)by[2], x[3] >> (int)by[3], x[4] >> (int)by[4],
            x[5] >> (int)by[5], x[6] >> (int)by[6], x[7] >> (int)by[7]);

    /// <summary>Each lane shifted by its own number of bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> ShiftRight(Vector512<uint> x, Vector512<uint> by) => Avx512F.IsSupported
        ? Avx512F.ShiftRightLogicalVariable(x, by)
        : Vector512.Create(ShiftRight(x.GetLower(), by.GetLower()), ShiftRight(x.GetUpper(), by.GetUpper()));
}
