using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Rowan.Numerics;

/// <summary>
/// Floats in two halves of 16 bits: high, the nearest bfloat16, and low, the lower half of the float as it is. High alone is the model;
/// both give back the float, bit for bit. (Split SGD: Kalamkar et al. 2020, who cut off where this rounds: the error of a row read by its
/// high halves is half as large, and has no direction.)
/// </summary>
/// <remarks>
/// Where low is 2¹⁵ or more, high was rounded up, so the float's upper half is high − 1. NaN is stored as the quiet NaN; floats beyond
/// the largest bfloat16 have an infinite high half.
/// </remarks>
static class SplitBFloat16Rows
{
    const int Lanes = 8;

    /// <summary>high, low ← x.  All [n].</summary>
    public static void Split(ReadOnlySpan<float> x, Span<ushort> high, Span<ushort> low)
    {
        Require.That(high.Length == x.Length && low.Length == x.Length,
            $"Split: {x.Length} floats into {high.Length} high and {low.Length} low halves", nameof(high));
        ref float from = ref MemoryMarshal.GetReference(x);
        ref ushort h = ref MemoryMarshal.GetReference(high), l = ref MemoryMarshal.GetReference(low);
        int i = 0;
        for (; i + Lanes <= x.Length; i += Lanes)
        {
            Vector256<uint> u = Vector256.LoadUnsafe(ref from, (nuint)i).AsUInt32();
            Vector256<uint> nan = Vector256.GreaterThan((u & Vector256.Create(0x7FFFFFFFu)).AsInt32(), Vector256.Create(0x7F800000))
                .AsUInt32();
            u = Vector256.ConditionalSelect(nan, Vector256.Create(0x7FC00000u), u);
            NarrowRows.Narrow((u + Vector256.Create(0x8000u)) >>> 16).StoreUnsafe(ref h, (nuint)i);
            NarrowRows.Narrow(u).StoreUnsafe(ref l, (nuint)i);
        }
        for (; i < x.Length; i++)
        {
            uint u = float.IsNaN(x[i]) ? 0x7FC00000u : BitConverter.SingleToUInt32Bits(x[i]);
            (high[i], low[i]) = ((ushort)((u + 0x8000) >> 16), (ushort)u);
        }
    }

    /// <summary>x ← high, low.  All [n].</summary>
    public static void Join(ReadOnlySpan<ushort> high, ReadOnlySpan<ushort> low, Span<float> x)
    {
        Require.That(high.Length == x.Length && low.Length == x.Length,
            $"Join: {high.Length} high and {low.Length} low halves into {x.Length} floats", nameof(x));
        ref ushort h = ref MemoryMarshal.GetReference(high), l = ref MemoryMarshal.GetReference(low);
        ref float to = ref MemoryMarshal.GetReference(x);
        int i = 0;
        for (; i + Lanes <= x.Length; i += Lanes)
        {
            Vector256<uint> lower = NarrowRows.Eight(ref Unsafe.Add(ref l, i));
            (((NarrowRows.Eight(ref Unsafe.Add(ref h, i)) - (lower >>> 15)) << 16) | lower).AsSingle().StoreUnsafe(ref to, (nuint)i);
        }
        for (; i < x.Length; i++) x[i] = BitConverter.UInt32BitsToSingle(((uint)(high[i] - (low[i] >> 15)) << 16) | low[i]);
    }
}
