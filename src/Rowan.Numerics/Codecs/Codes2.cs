using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Rowan.Numerics;

/// <summary>Codes of 2 bits, column c in byte c/4 at bit 2·(c mod 4); the line is <see cref="IntegerCodes.FitHalf"/>'s.</summary>
readonly struct Codes2 : ICodes
{
    public static int Bits => 2;

    public static Affine Fit(float min, float max) => IntegerCodes.FitHalf(min, max, 3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Codes(Vector256<float> x, Affine line) => IntegerCodes.Round(x, line, 3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(ulong eight, ref byte into)
    {
        eight = (eight | eight >> 6) & 0x000F000F000F000F;
        eight = (eight | eight >> 12) & 0x000000FF000000FF;
        Unsafe.WriteUnaligned(ref into, (ushort)(eight | eight >> 24));
    }

    public static float Read(ref byte codes, int column) => Unsafe.Add(ref codes, column >> 2) >> 2 * (column & 3) & 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Read8(ref byte codes, int column) => Vector256.ConvertToSingle(
        IntegerCodes.ShiftRight(Vector256.Create((uint)Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref codes, column >> 2))),
            Vector256.Create(0u, 2, 4, 6, 8, 10, 12, 14)).AsInt32() & Vector256.Create(3));

    // Sixteen codes are 32 bits: each lane takes all of them and shifts its own down.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Read16(ref byte codes, int column) => Vector512.ConvertToSingle(
        IntegerCodes.ShiftRight(Vector512.Create(Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref codes, column >> 2))), Shifts)
            .AsInt32() & Vector512.Create(3));

    static Vector512<uint> Shifts => Vector512.Create(0u, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
}
