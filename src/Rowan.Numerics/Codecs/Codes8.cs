using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Rowan.Numerics;

/// <summary>Codes of 8 bits:  scale = (max − min) / 255,  bias = min,  q = round((x − min) · 255 / (max − min + 10⁻⁸)).</summary>
readonly struct Codes8 : ICodes
{
    public static int Bits => 8;

    public static Affine Fit(float min, float max) => new((max - min) / 255, min, 255 / (max - min + 1e-8f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Codes(Vector256<float> x, Affine line) => IntegerCodes.Round(x, line, 255);

    public static void Store(ulong eight, ref byte into) => Unsafe.WriteUnaligned(ref into, eight);

    public static float Read(ref byte codes, int column) => Unsafe.Add(ref codes, column);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Read8(ref byte codes, int column) => Vector256.ConvertToSingle(Bytes8(ref codes, column));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Read16(ref byte codes, int column) => Vector512.ConvertToSingle(Bytes16(ref codes, column));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static unsafe Vector256<int> Bytes8(ref byte codes, int column)
    {
        ulong eight = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref codes, column));
        if (Avx2.IsSupported) return Avx2.ConvertToVector256Int32(Vector128.CreateScalarUnsafe(eight).AsByte());
        (Vector128<ushort> words, _) = Vector128.Widen(Vector128.CreateScalar(eight).AsByte());
        (Vector128<uint> low, Vector128<uint> high) = Vector128.Widen(words);
        return Vector256.Create(low, high).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<int> Bytes16(ref byte codes, int column) => Avx512F.IsSupported
        ? Avx512F.ConvertToVector512Int32(Vector128.LoadUnsafe(ref codes, (nuint)column))
        : Vector512.Create(Bytes8(ref codes, column), Bytes8(ref codes, column + 8));
}
