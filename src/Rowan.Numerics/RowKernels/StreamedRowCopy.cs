using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Rowan.Numerics;

/// <summary>
/// Copies of rows with non-temporal stores, for results larger than the cache. An ordinary store reads the line first, a third of all
/// bytes that such a lookup moves. On a Zen 3, lookups of 54 MB take 10 to 25 % less time, and a third less if the table is in cache.
/// </summary>
static unsafe class StreamedRowCopy
{
    const int Lane = 8;

    /// <summary>
    /// Whether copies to a place can be streamed: whole vectors go where they cross no line, and pairs of values before and behind them.
    /// </summary>
    public static bool Reach(float* into, int dim) => Avx.IsSupported && Sse2.X64.IsSupported && dim % Lane == 0
        && (nint)into % sizeof(long) == 0;

    /// <summary>Copies rows; see <see cref="ContiguousBagSum.Copy{TCode}"/>.</summary>
    /// <param name="rows">The first row.</param>
    /// <param name="pitch">Bytes from one row to the next.</param>
    /// <param name="ids">Rows to copy, and then those that will be copied next.</param>
    /// <param name="into">The copies, within <see cref="Reach"/>.</param>
    /// <param name="asking">Copies of which each asks for the row that is <see cref="RowKernels.AheadOf"/> its bytes later.</param>
    /// <param name="count">Copies.</param>
    /// <param name="dim">Values per row.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy<TCode>(byte* rows, nint pitch, long* ids, float* into, int asking, int count, int dim) where TCode : struct,
    IRowCode
    {
        // Rows are whole vectors long, so all copies start as far before a vector's place as the first.
        int head = (int)(-(nint)into / sizeof(float) & Lane - 1), tail = (Lane - head) % Lane, rowBytes = dim * TCode.Bytes,
        ahead = RowKernels.AheadOf(rowBytes);
        for (long* i = ids, end = ids + count, lastAsking = ids + asking; i < end; i++)
        {
            if (i < lastAsking) Ask(rows + i[ahead] * pitch, rowBytes);
            ref byte row = ref *(rows + *i * pitch);
            Vector256<long> edge = TCode.Eight(ref row).AsInt64();
            if (head > 0) Sse2.X64.StoreNonTemporal((long*)into, edge.GetElement(0));
            if (head > 2) Sse2.X64.StoreNonTemporal((long*)into + 1, edge.GetElement(1));
            if (head > 4) Sse2.X64.StoreNonTemporal((long*)into + 2, edge.GetElement(2));
            for (nint d = head; d + Lane <= dim; d += Lane)
                Avx.StoreAlignedNonTemporal(into + d, TCode.Eight(ref Unsafe.Add(ref row, d * TCode.Bytes)));
            into += dim;
            if (tail == 0) continue;
            edge = TCode.Eight(ref Unsafe.Add(ref row, (dim - Lane) * TCode.Bytes)).AsInt64();
            if (tail > 4) Sse2.X64.StoreNonTemporal((long*)into - 3, edge.GetElement(1));
            if (tail > 2) Sse2.X64.StoreNonTemporal((long*)into - 2, edge.GetElement(2));
            Sse2.X64.StoreNonTemporal((long*)into - 1, edge.GetElement(3));
        }
        // Such stores come in any order; those who wait for this thread's work read what it wrote.
        Sse.StoreFence();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Ask(byte* row, int bytes)
    {
        for (; bytes > 0; bytes -= 512, row += 512) RowKernels.Prefetch(row, bytes);
    }
}
