using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Rowan.Numerics;

/// <summary>
/// A row of floats to a row of 16-bit codes and back: whole vectors, the tail on a padded copy. The bits are the same at every vector
/// width.
/// </summary>
static class NarrowRows
{
    const int Lanes = 8;

    /// <summary>y = the floats of x.  Both [n].</summary>
    public static void Widen<TCode>(ReadOnlySpan<ushort> x, Span<float> y) where TCode : struct, INarrowFloat
    {
        Require.That(y.Length == x.Length, $"Widen: {x.Length} codes into {y.Length} floats", nameof(y));
        if (x.Length > 0) Widen<TCode>(ref MemoryMarshal.GetReference(x), ref MemoryMarshal.GetReference(y), x.Length);
    }

    /// <summary>The same by address, unchecked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Widen<TCode>(ref ushort from, ref float to, int n) where TCode : struct, INarrowFloat
    {
        int i = 0;
        if (Vector512.IsHardwareAccelerated)
            for (; i + 16 <= n; i += 16) TCode.Widen(Sixteen(ref Unsafe.Add(ref from, i))).StoreUnsafe(ref to, (nuint)i);
        for (; i + Lanes <= n; i += Lanes) TCode.Widen(Eight(ref Unsafe.Add(ref from, i))).StoreUnsafe(ref to, (nuint)i);
        for (; i < n; i++) Unsafe.Add(ref to, i) = TCode.Widen(Unsafe.Add(ref from, i));
    }

    /// <summary>y = the codes nearest to x.  Both [n].</summary>
    public static void Nearest<TCode>(ReadOnlySpan<float> x, Span<ushort> y) where TCode : struct, INarrowFloat
    {
        Require.That(y.Length == x.Length, $"Nearest: {x.Length} floats into {y.Length} codes", nameof(y));
        ref float from = ref MemoryMarshal.GetReference(x);
        ref ushort to = ref MemoryMarshal.GetReference(y);
        int i = 0;
        for (; i + Lanes <= x.Length; i += Lanes)
            Narrow(TCode.Nearest(Vector256.LoadUnsafe(ref from, (nuint)i))).StoreUnsafe(ref to, (nuint)i);
        if (i < x.Length) Tail(TCode.Nearest(Padded(x[i..])), y[i..]);
    }

    /// <summary>y = codes around x, rounded by random bits (<see cref="INarrowFloat.Rounded"/>).  Both [n].</summary>
    /// <param name="x">Floats.</param>
    /// <param name="random">Random words, <see cref="Words"/> many; of codes that take 16 bits two share a word.</param>
    /// <param name="y">Codes.</param>
    public static void Rounded<TCode>(ReadOnlySpan<float> x, ReadOnlySpan<uint> random, Span<ushort> y) where TCode : struct, INarrowFloat
    {
        Require.That(y.Length == x.Length, $"Rounded: {x.Length} floats into {y.Length} codes", nameof(y));
        Require.That(random.Length >= Words<TCode>(x.Length),
            $"Rounded: {random.Length} random words for {x.Length} values; {Words<TCode>(x.Length)} are needed", nameof(random));
        ref float from = ref MemoryMarshal.GetReference(x);
        ref uint bits = ref MemoryMarshal.GetReference(random);
        ref ushort to = ref MemoryMarshal.GetReference(y);
        int i = 0;
        for (; i + Lanes <= x.Length; i += Lanes)
            Narrow(TCode.Rounded(Vector256.LoadUnsafe(ref from, (nuint)i), Random<TCode>(ref bits, i))).StoreUnsafe(ref to, (nuint)i);
        if (i < x.Length) Tail(TCode.Rounded(Padded(x[i..]), Random<TCode>(ref bits, i)), y[i..]);
    }

    /// <summary>y = the codes next to x toward zero.  Both [n].</summary>
    public static void TowardZero<TCode>(ReadOnlySpan<float> x, Span<ushort> y) where TCode : struct, INarrowFloat
    {
        Require.That(y.Length == x.Length, $"TowardZero: {x.Length} floats into {y.Length} codes", nameof(y));
        ref float from = ref MemoryMarshal.GetReference(x);
        ref ushort to = ref MemoryMarshal.GetReference(y);
        int i = 0;
        for (; i + Lanes <= x.Length; i += Lanes)
            Narrow(TCode.Rounded(Vector256.LoadUnsafe(ref from, (nuint)i), default)).StoreUnsafe(ref to, (nuint)i);
        if (i < x.Length) Tail(TCode.Rounded(Padded(x[i..]), default), y[i..]);
    }

    /// <summary>Random words for n values, in whole groups of <see cref="Philox"/>.</summary>
    public static int Words<TCode>(int n) where TCode : struct, INarrowFloat =>
        (int)(((long)n * TCode.RandomBits + 32 * Philox.Group - 1) / (32 * Philox.Group) * Philox.Group);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<uint> Eight(ref ushort codes) => Vector256.WidenLower(Vector128.LoadUnsafe(ref codes).ToVector256Unsafe());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<uint> Sixteen(ref ushort codes) => Vector512.WidenLower(Vector256.LoadUnsafe(ref codes).ToVector512Unsafe());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<ushort> Narrow(Vector256<uint> codes) => Vector128.Narrow(codes.GetLower(), codes.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<uint> Random<TCode>(ref uint words, int at) where TCode : struct, INarrowFloat =>
        TCode.RandomBits == 32 ? Vector256.LoadUnsafe(ref words, (nuint)at)
            : Eight(ref Unsafe.Add(ref Unsafe.As<uint, ushort>(ref words), at));

    static Vector256<float> Padded(ReadOnlySpan<float> x)
    {
        Span<float> lanes = stackalloc float[Lanes];
        lanes.Clear();
        x.CopyTo(lanes);
        return Vector256.Create<float>(lanes);
    }

    static void Tail(Vector256<uint> codes, Span<ushort> into)
    {
        for (int i = 0; i < into.Length; i++) into[i] = (ushort)codes[i];
    }
}
