using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Rowan.Numerics;

/// <summary>
/// FBGEMM's 8-bit floats with 4 bits of exponent and bias 7: sign, e, f: ±2^(e − 7)·(1 + f/8), ±2⁻⁶·f/8 where e is 0. All 256 codes are
/// numbers, up to ±480; written are those up to ±240, beyond which values are cut, and others are rounded half to even.
/// </summary>
readonly struct Float8 : ICodes
{
    const float Largest = 240, SmallestNormal = 1f / 64;
    const int Fraction = 20;                // the bits that float32 has more

    // 2¹²⁰ and its inverse: exponents of float32 begin 120 lower.
    const float Up = 1.329227995784916e36f, Down = 1 / Up;

    public static int Bits => 8;

    public static Affine Fit(float min, float max) => new(1, 0, 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Codes(Vector256<float> x, Affine line)
    {
        Vector256<float> size = Vector256.MinNative(Vector256.Abs(x), Vector256.Create(Largest));
        // Beside a power of two that is 2²⁰ times its own, or the smallest normal's, a number keeps three bits of fraction.
        Vector256<uint> power = Vector256.Max(size.AsUInt32() & Vector256.Create(0x7F800000u), Vector256.Create(SmallestNormal).AsUInt32());
        Vector256<float> coarse = (power + Vector256.Create((uint)Fraction << 23)).AsSingle();
        Vector256<uint> code = (((size + coarse - coarse) * Down).AsUInt32() >> Fraction)
            | ((x.AsUInt32() & Vector256.Create(0x80000000u)) >> 24);
        Vector128<ushort> narrow = Vector128.Narrow(code.GetLower(), code.GetUpper());
        return Vector128.Narrow(narrow, narrow).AsUInt64().ToScalar();
    }

    public static void Store(ulong eight, ref byte into) => Unsafe.WriteUnaligned(ref into, eight);

    public static float Read(ref byte codes, int column)
    {
        int code = Unsafe.Add(ref codes, column);
        float size = BitConverter.Int32BitsToSingle((code & 0x7F) << Fraction) * Up;
        return code < 128 ? size : -size;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Read8(ref byte codes, int column)
    {
        Vector256<int> code = Codes8.Bytes8(ref codes, column);
        return ((((code & Vector256.Create(0x7F)) << Fraction).AsSingle() * Up).AsInt32() | (code << 24 & Vector256.Create(int.MinValue)))
            .AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Read16(ref byte codes, int column)
    {
        Vector512<int> code = Codes8.Bytes16(ref codes, column);
        return ((((code & Vector512.Create(0x7F)) << Fraction).AsSingle() * Up).AsInt32() | (code << 24 & Vector512.Create(int.MinValue)))
            .AsSingle();
    }
}
