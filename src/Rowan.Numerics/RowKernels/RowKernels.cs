using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Rowan.Numerics;

/// <summary>Addresses of the rows of a table, for kernels that visit many of them.</summary>
interface IRowSource
{
    /// <summary>The first byte of a row; unchecked.</summary>
    ref byte At(long row);

    /// <summary>Bytes from each row to the next, if rows are contiguous and pinned; otherwise 0.</summary>
    nint Pitch { get; }
}

/// <summary>
/// Bag sums and copies of rows in any code. Sums stay in registers while the rows of a bag are added; rows are decoded while they are
/// loaded. Each value is summed in the order of the entries, so 512-bit, 256-bit and scalar code give the same bits.
/// </summary>
static class RowKernels
{
    /// <summary>
    /// Prefetch distance in entries. A cache miss takes as long as summing about 20 rows of 64 values. 32 is rarely slower than 16 and 20 %
    /// faster on newer machines; 32 blocks of 64 values are 8 KB, a small part of the L1 cache.
    /// </summary>
    public const int Ahead = 32;

    /// <summary>
    /// Prefetch distance for blocks of a given size, at most <see cref="Ahead"/>. Processors without 512-bit vectors have fewer outstanding
    /// cache misses: on a Zen 3, distance 16 is 10 to 20 % faster than 32 for blocks of four lines, and 32 is 25 % faster than 16 for one
    /// line.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int AheadOf(int bytes) => Vector512.IsHardwareAccelerated || bytes < 256 ? Ahead : Ahead / 2;

    /// <summary>
    /// Copies of at least this many bytes use non-temporal stores: they would not stay in cache anyway. With 16 MB, a lookup followed by a
    /// reader of its result took 4 % longer.
    /// </summary>
    public const long StreamsFrom = 32L << 20;

    /// <summary>
    /// into[b·stride + d] ← Σ scale[i]·row(ids[i])[d] over starts[b] ≤ i &lt; starts[b + 1], divided by the entries of the bag for a
    /// mean.
    /// </summary>
    /// <param name="rows">The rows.</param>
    /// <param name="ids">Row of each entry of all bags, checked before.</param>
    /// <param name="starts">Bag offsets, non-decreasing, with the end of the last bag [bags + 1].</param>
    /// <param name="scale">What each entry is multiplied by [ids]; empty for 1.</param>
    /// <param name="mean">Divide each sum by the number of its entries.</param>
    /// <param name="into">The sums [bags, stride], the last without what follows it.</param>
    /// <param name="dim">Values per row.</param>
    /// <param name="stride">Values from one sum to the next.</param>
    /// <param name="far">Whether the rows are larger than the cache. Each entry then prefetches the same block of the row
    /// <see cref="Ahead"/> entries later, also across the end of the bag, because the next bag follows in <paramref name="ids"/>.</param>
    /// <remarks>One loop over bags, blocks and entries without a call inside: a call per bag took a third more time.</remarks>
    /// <exception cref="ArgumentException">The destination is too small, or the number of scales differs from the number of
    /// entries.</exception>
    public static void SumBags<TCode, TRows>(
        TRows rows, ReadOnlySpan<long> ids, ReadOnlySpan<long> starts, ReadOnlySpan<float> scale, bool mean, Span<float> into, int dim,
        int stride, bool far)
        where TCode : struct, IRowCode where TRows : struct, IRowSource
    {
        int bags = starts.Length - 1;
        Require.That((bags <= 0 || into.Length >= (bags - 1L) * stride + dim) && (scale.IsEmpty || scale.Length >= ids.Length),
            $"SumBags: {into.Length} values and {scale.Length} scales for {bags} bags of {ids.Length} entries × {dim}", nameof(into));
        if (bags <= 0) return;
        if (scale.IsEmpty) SumBags<TCode, TRows, Plain>(rows, ids, starts, default, mean, into, dim, stride, far);
        else SumBags<TCode, TRows, Scaled>(rows, ids, starts, scale, mean, into, dim, stride, far);
    }

    readonly struct Plain : ContiguousBagSum.IScaling
    {
        public static bool Scales => false;
    }

    readonly struct Scaled : ContiguousBagSum.IScaling
    {
        public static bool Scales => true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void SumBags<TCode, TRows, TScaling>(
        TRows rows, ReadOnlySpan<long> ids, ReadOnlySpan<long> starts, ReadOnlySpan<float> scale, bool mean, Span<float> into, int dim,
        int stride, bool far)
        where TCode : struct, IRowCode where TRows : struct, IRowSource where TScaling : struct, ContiguousBagSum.IScaling
    {
        fixed (long* id = ids, start = starts)
        fixed (float* scales = scale, sums = into)
        {
            // Entries from here on do not prefetch: the row they would prefetch is past the end.
            long* ask = far ? id + ids.Length - Ahead : id;
            int bag = rows.Pitch == 0 ? 0 : ContiguousBagSum.Sum<TCode, TScaling>(
                (byte*)Unsafe.AsPointer(ref rows.At(0)), rows.Pitch,
                new ContiguousBagSum.Bags(id, ids.Length, start, scales, mean, sums, stride), starts.Length - 1, dim, far);
            for (; bag < starts.Length - 1; bag++)
            {
                long* first = id + start[bag], end = id + start[bag + 1];
                float factor = mean && end - first > 1 ? 1f / (end - first) : 1;
                float* target = sums + (nint)bag * stride, w = scales + start[bag];
                nint d = 0;
                var entries = new Entries(first, end, ask, w);
                if (Vector512.IsHardwareAccelerated)
                {
                    d = Sum<TCode, TRows, TScaling, Lanes16, Vector512<float>, EightVectors>(rows, in entries, factor, target, d, dim);
                    d = Sum<TCode, TRows, TScaling, Lanes16, Vector512<float>, FourVectors>(rows, in entries, factor, target, d, dim);
                }
                d = Sum<TCode, TRows, TScaling, Lanes8, Vector256<float>, FourVectors>(rows, in entries, factor, target, d, dim);
                // The last vector ends with the row and overlaps the one before; both compute the same values there.
                for (; dim >= 8 && d < dim; d += 8)
                {
                    d = Math.Min(d, dim - 8);
                    Vector256<float> sum = default;
                    float* a = w;
                    for (long* i = first; i < end; i++)
                    {
                        if (i < ask) Prefetch((byte*)Unsafe.AsPointer(ref At<TCode, TRows>(rows, i[Ahead], d)), 8 * TCode.Bytes);
                        Vector256<float> x = TCode.Eight(ref At<TCode, TRows>(rows, *i, d));
                        sum += TScaling.Scales ? x * *a++ : x;
                    }
                    (sum * factor).Store(target + d);
                }
                for (; d < dim; d++)
                {
                    float sum = 0;
                    float* a = w;
                    for (long* i = first; i < end; i++)
                    {
                        float x = TCode.One(ref At<TCode, TRows>(rows, *i, d));
                        sum += TScaling.Scales ? x * *a++ : x;
                    }
                    target[d] = sum * factor;
                }
            }
        }
    }

    /// <summary>The entries of a bag, those that prefetch a later row, and their scales.</summary>
    readonly unsafe struct Entries(long* first, long* end, long* ask, float* scales)
    {
        public readonly long* First = first, End = end, Ask = ask;
        public readonly float* Scales = scales;
    }

    /// <summary>Sums of a bag in blocks of whole vectors, from a column on. Returns the column after them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static unsafe nint Sum<TCode, TRows, TScaling, TLane, TVector,
    TWidth>(TRows rows, in Entries entries, float factor, float* into, nint d,
        int dim)
        where TCode : struct, IRowCode where TRows : struct, IRowSource where TScaling : struct, ContiguousBagSum.IScaling
        where TLane : struct, IRowLane<TVector> where TVector : struct where TWidth : struct, IUnroll
    {
        int block = TWidth.Vectors * TLane.Count;
        for (; d + block <= dim; d += block)
        {
            TVector s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default,
            x = default;
            float* scale = entries.Scales;
            for (long* i = entries.First; i < entries.End; i++)
            {
                if (i < entries.Ask) Prefetch((byte*)Unsafe.AsPointer(ref At<TCode, TRows>(rows, i[Ahead], d)), block * TCode.Bytes);
                ref byte row = ref At<TCode, TRows>(rows, *i, d);
                if (TScaling.Scales) x = TLane.Of(*scale++);
                VectorSums.Add<TCode, TScaling, TLane, TVector, TWidth>(ref row, x, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6,
                    ref s7);
            }
            VectorSums.Store<TLane, TVector, TWidth>(into + d, TLane.Of(factor), s0, s1, s2, s3, s4, s5, s6, s7);
        }
        return d;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ref byte At<TCode, TRows>(TRows rows, long row, nint d) where TCode : struct, IRowCode where TRows : struct, IRowSource =>
        ref Unsafe.Add(ref rows.At(row), d * TCode.Bytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Sixteen<TCode>(ref byte row, nint d) where TCode : struct, IRowCode =>
        TCode.Sixteen(ref Unsafe.Add(ref row, d * TCode.Bytes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> Eight<TCode>(ref byte row, nint d) where TCode : struct, IRowCode =>
        TCode.Eight(ref Unsafe.Add(ref row, d * TCode.Bytes));

    /// <summary>
    /// Prefetches a block of a row, at most eight lines, unrolled: a loop over the lines costs as much as the sum. Non-temporal, so that it
    /// does not evict other data from the L2 cache: 2 to 9 % less time, for uniform and for skewed ids.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static unsafe void Prefetch(byte* block, int bytes)
    {
        if (!Sse.IsSupported) return;
        Sse.PrefetchNonTemporal(block);
        if (bytes > 64) Sse.PrefetchNonTemporal(block + 64);
        if (bytes > 128)
        {
            Sse.PrefetchNonTemporal(block + 128);
            Sse.PrefetchNonTemporal(block + 192);
        }
        if (bytes > 256)
        {
            Sse.PrefetchNonTemporal(block + 256);
            Sse.PrefetchNonTemporal(block + 320);
            Sse.PrefetchNonTemporal(block + 384);
            Sse.PrefetchNonTemporal(block + 448);
        }
    }

    /// <summary>Prefetches a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void PrefetchRow(ref byte row, int bytes)
    {
        if (!Sse.IsSupported) return;
        // Rows are pinned, so the address stays valid; prefetching a wrong address is harmless.
        byte* line = (byte*)Unsafe.AsPointer(ref row), end = line + bytes;
        for (; line + 256 <= end; line += 256)
        {
            Sse.Prefetch0(line);
            Sse.Prefetch0(line + 64);
            Sse.Prefetch0(line + 128);
            Sse.Prefetch0(line + 192);
        }
        for (; line < end; line += 64) Sse.Prefetch0(line);
    }

    /// <summary>into[i·dim …] ← row(ids[i]), for as many ids as the destination holds.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="ids">Rows to copy, checked before; those beyond the destination are only prefetched, because they are copied
    /// next.</param>
    /// <param name="into">Copies [n, dim].</param>
    /// <param name="dim">Values per row.</param>
    /// <param name="far">Whether rows are larger than the cache, and are prefetched <see cref="Ahead"/> entries before.</param>
    /// <param name="streams">Whether to use non-temporal stores where alignment permits: for copies from <see cref="StreamsFrom"/>
    /// on.</param>
    /// <exception cref="ArgumentException">The length of the destination is not a multiple of the row length, or it holds more rows than
    /// there are ids.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe void Gather<TCode,
    TRows>(TRows rows, ReadOnlySpan<long> ids, Span<float> into, int dim, bool far, bool streams = false) where TCode : struct, IRowCode
    where TRows : struct, IRowSource
    {
        int count = into.Length / dim, ask = far ? ids.Length - Ahead : 0;
        Require.That(into.Length % dim == 0 && count <= ids.Length, $"Gather: {into.Length} values for {ids.Length} rows × {dim}",
            nameof(into));
        fixed (long* id = ids)
        fixed (float* start = into)
        {
            int i = rows.Pitch == 0 ? 0
                : ContiguousBagSum.Copy<TCode>((byte*)Unsafe.AsPointer(ref rows.At(0)), rows.Pitch, id, ids.Length, start, count, dim, far,
                streams);
            float* target = start;
            for (; i < count; i++, target += dim)
            {
                if (i < ask) PrefetchRow(ref rows.At(id[i + Ahead]), dim * TCode.Bytes);
                ref byte row = ref rows.At(id[i]);
                int d = 0;
                if (Vector512.IsHardwareAccelerated)
                    for (; d + 16 <= dim; d += 16) Sixteen<TCode>(ref row, d).Store(target + d);
                for (; d + 8 <= dim; d += 8) Eight<TCode>(ref row, d).Store(target + d);
                for (; d < dim; d++) target[d] = TCode.One(ref Unsafe.Add(ref row, (nint)d * TCode.Bytes));
            }
        }
    }

    /// <summary>Position of the first id outside 0 … count − 1, or −1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]   // Skips tiered compilation: a first batch should not run slow code.
    public static int FirstOutside(ReadOnlySpan<long> ids, long count)
    {
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            // As unsigned numbers, negative ids are larger than any count.
            var bound = Vector256.Create((ulong)count);
            for (; i + 4 <= ids.Length; i += 4)
                if (Vector256.GreaterThanOrEqualAny(Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(ids), (nuint)i).AsUInt64(), bound))
                    break;
        }
        for (; i < ids.Length; i++)
            if ((ulong)ids[i] >= (ulong)count) return i;
        return -1;
    }

    /// <summary>The same, on all threads where there are many ids.</summary>
    public static int FirstOutside(ReadOnlyMemory<long> ids, long count)
    {
        if (ids.Length < 2 * OutsideGrain) return FirstOutside(ids.Span, count);
        var first = new FirstPlace();
        Workers.For(ids.Length, OutsideGrain, new Outside(ids, count, first));
        return (int)(first.Place ?? -1);
    }

    // A few microseconds of work, twice the cost of starting threads.
    const int OutsideGrain = 1 << 15;

    readonly struct Outside(ReadOnlyMemory<long> ids, long count, FirstPlace first) : IRangeBody
    {
        public void Run(long from, long to)
        {
            int at = FirstOutside(ids.Span[(int)from..(int)to], count);
            if (at >= 0) first.Offer(from + at);
        }
    }
}
