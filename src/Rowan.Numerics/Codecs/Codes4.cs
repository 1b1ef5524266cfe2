using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Rowan.Numerics;

/// <summary>Codes of 4 bits, column c in byte c/2 at bit 4·(c mod 2); the line is <see cref="IntegerCodes.FitHalf"/>'s.</summary>
readonly struct Codes4 : ICodes
{
    public static int Bits => 4;

    public static Affine Fit(float min, float max) => IntegerCodes.FitHalf(min, max, 15);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Codes(Vector256<float> x, Affine line) => IntegerCodes.Round(x, line, 15);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(ulong eight, ref byte into)
    {
        eight = (eight | eight >> 4) & 0x00FF00FF00FF00FF;
        eight = (eight | eight >> 8) & 0x0000FFFF0000FFFF;
        Unsafe.WriteUnaligned(ref into, (uint)(eight | eight >> 16));
    }

    public static float Read(ref byte codes, int column) => Unsafe.Add(ref codes, column >> 1) >> 4 * (column & 1) & 15;

    // Eight codes are 32 bits: each lane takes all of them and shifts its own down.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Read8(ref byte codes, int column) => Vector256.ConvertToSingle(
        IntegerCodes.ShiftRight(Vector256.Create(Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref codes, column >> 1))),
            Vector256.Create(0u, 4, 8, 12, 16, 20, 24, 28)).AsInt32() & Vector256.Create(15));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Read16(ref byte codes, int column)
    {
        if (!Avx512F.IsSupported) return Vector512.Create(Read8(ref codes, column), Read8(ref codes, column + 8));
        // A byte in each 64 bits: its low half goes to the low lane, its high half, shifted up, to the high one.
        Vector512<ulong> bytes =
            Avx512F.ConvertToVector512UInt64(
            Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref codes, column >> 1))).AsByte());
        return Vector512.ConvertToSingle(((bytes | bytes << 28) & Vector512.Create(0x0000000F0000000Ful)).AsInt32());
    }
}
