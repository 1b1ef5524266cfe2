using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Rowan.Numerics;

/// <summary>Where the rows of a table lie: for kernels that walk many of them.</summary>
public interface IRowSource
{
    /// <summary>The first value of a row; unchecked.</summary>
    ref float At(long row);
}

/// <summary>
/// Sums and copies of whole rows in vectors of one width, the sums in registers while a bag's rows pass. The loops are written once for 256 and for
/// 512 bits; every value is summed in the order of the entries, so the bits are the same for either width, and those of the scalar twin in the tail.
/// </summary>
public static class RowBlocks
{
    /// <summary>How many entries ahead a row is asked for: the time of a miss over the time of a row.</summary>
    public const int Ahead = 16;

    /// <summary>into ← Σ scale[i]·row(ids[i]) over first ≤ i &lt; end, times a factor.  Values of a row: dim.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="ids">Row of each entry, checked before.</param>
    /// <param name="first">First entry.</param>
    /// <param name="end">After the last entry.</param>
    /// <param name="scale">What each entry is multiplied by [ids]; empty for 1.</param>
    /// <param name="factor">What the sum is multiplied by.</param>
    /// <param name="into">The sum [dim].</param>
    /// <param name="far">Whether rows mostly miss the caches: each entry then asks for the row <see cref="Ahead"/> entries later, one at a time, because more than
    /// a core has buffers for would wait for each other.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sum<TRows>(TRows rows, ReadOnlySpan<long> ids, int first, int end, ReadOnlySpan<float> scale, float factor, Span<float> into, bool far = false) where TRows : struct, IRowSource
    {
        int d = 0, dim = into.Length;
        // Only the first block of values asks; it asks for whole rows.
        int ask = far ? ids.Length - Ahead : 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; d + 64 <= dim; d += 64)
            {
                Vector512<float> a = default, b = default, c = default, e = default;
                for (int i = first; i < end; i++)
                {
                    if (i < ask) Prefetch(ref rows.At(ids[i + Ahead]), dim);
                    ref float row = ref Unsafe.Add(ref rows.At(ids[i]), d);
                    Vector512<float> x = Vector512.LoadUnsafe(ref row), y = Vector512.LoadUnsafe(ref row, 16), z = Vector512.LoadUnsafe(ref row, 32), w = Vector512.LoadUnsafe(ref row, 48);
                    if (!scale.IsEmpty)
                    {
                        var s = Vector512.Create(scale[i]);
                        (x, y, z, w) = (x * s, y * s, z * s, w * s);
                    }
                    (a, b, c, e) = (a + x, b + y, c + z, e + w);
                }
                var f = Vector512.Create(factor);
                ref float target = ref into[d];
                (a * f).StoreUnsafe(ref target);
                (b * f).StoreUnsafe(ref target, 16);
                (c * f).StoreUnsafe(ref target, 32);
                (e * f).StoreUnsafe(ref target, 48);
                ask = 0;
            }
        }
        for (; d + 32 <= dim; d += 32)
        {
            Vector256<float> a = default, b = default, c = default, e = default;
            for (int i = first; i < end; i++)
            {
                if (i < ask) Prefetch(ref rows.At(ids[i + Ahead]), dim);
                ref float row = ref Unsafe.Add(ref rows.At(ids[i]), d);
                Vector256<float> x = Vector256.LoadUnsafe(ref row), y = Vector256.LoadUnsafe(ref row, 8), z = Vector256.LoadUnsafe(ref row, 16), w = Vector256.LoadUnsafe(ref row, 24);
                if (!scale.IsEmpty)
                {
                    var s = Vector256.Create(scale[i]);
                    (x, y, z, w) = (x * s, y * s, z * s, w * s);
                }
                (a, b, c, e) = (a + x, b + y, c + z, e + w);
            }
            var f = Vector256.Create(factor);
            ref float target = ref into[d];
            (a * f).StoreUnsafe(ref target);
            (b * f).StoreUnsafe(ref target, 8);
            (c * f).StoreUnsafe(ref target, 16);
            (e * f).StoreUnsafe(ref target, 24);
            ask = 0;
        }
        for (; d + 8 <= dim; d += 8)
        {
            Vector256<float> a = default;
            for (int i = first; i < end; i++)
            {
                Vector256<float> x = Vector256.LoadUnsafe(ref rows.At(ids[i]), (nuint)d);
                a += scale.IsEmpty ? x : x * scale[i];
            }
            (a * factor).StoreUnsafe(ref into[d]);
        }
        for (; d < dim; d++)
        {
            float a = 0;
            for (int i = first; i < end; i++)
            {
                float x = Unsafe.Add(ref rows.At(ids[i]), d);
                a += scale.IsEmpty ? x : x * scale[i];
            }
            into[d] = a * factor;
        }
    }

    /// <summary>Asks for a row [dim] before it is needed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Prefetch(ref float row, int dim)
    {
        if (!Sse.IsSupported) return;
        // Rows are pinned, so the address stays what it is; a prefetch of a wrong one would do no harm either.
        byte* first = (byte*)Unsafe.AsPointer(ref row);
        for (int line = 0; line < dim * sizeof(float); line += 64) Sse.Prefetch0(first + line);
    }

    /// <summary>Copies one row [dim].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(ref float from, ref float to, int dim)
    {
        int d = 0;
        if (Vector512.IsHardwareAccelerated)
            for (; d + 16 <= dim; d += 16) Vector512.LoadUnsafe(ref from, (nuint)d).StoreUnsafe(ref to, (nuint)d);
        for (; d + 8 <= dim; d += 8) Vector256.LoadUnsafe(ref from, (nuint)d).StoreUnsafe(ref to, (nuint)d);
        for (; d < dim; d++) Unsafe.Add(ref to, d) = Unsafe.Add(ref from, d);
    }

    /// <summary>The first place whose id is not in 0 … count − 1, or −1.</summary>
    public static int FirstOutside(ReadOnlySpan<long> ids, long count)
    {
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            // As unsigned numbers, negative ids are beyond every count.
            var bound = Vector256.Create((ulong)count);
            for (; i + 4 <= ids.Length; i += 4)
                if (Vector256.GreaterThanOrEqualAny(Vector256.LoadUnsafe(ref System.Runtime.InteropServices.MemoryMarshal.GetReference(ids), (nuint)i).AsUInt64(), bound)) break;
        }
        for (; i < ids.Length; i++)
            if ((ulong)ids[i] >= (ulong)count) return i;
        return -1;
    }
}
