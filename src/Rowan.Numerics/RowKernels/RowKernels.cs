using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Rowan.Numerics;

/// <summary>Where the rows of a table lie: for kernels that walk many of them.</summary>
interface IRowSource
{
    /// <summary>The first byte of a row; unchecked.</summary>
    ref byte At(long row);

    /// <summary>Bytes from each row to the next where all lie one after another and stay where they are while a kernel runs, so that kernels may go by addresses; 0 where not.</summary>
    nint Pitch { get; }
}

/// <summary>
/// Sums of whole rows in vectors, the sums in registers while a bag's rows pass, and what copies of rows share with them. Rows of any code are widened on the way into
/// registers. Every value is summed in the order of the entries, so the bits are the same at 512 and 256 bits, and those of the scalar twin.
/// </summary>
static class RowKernels
{
    /// <summary>
    /// How many entries ahead a row is asked for. A miss takes as long as some 20 rows of 64 values; at 32 few machines are slower than at 16, and newer ones
    /// are faster by a fifth. A block of 64 values of 32 rows is 8 KB, a small part of the nearest cache.
    /// </summary>
    public const int Ahead = 32;

    /// <summary>
    /// The same for blocks of so many bytes, at most <see cref="Ahead"/>. Processors without vectors of 512 bits wait for fewer lines at once: on a Zen 3, 16 blocks of four lines come in a tenth to a fifth less
    /// time than 32, and 32 of one line in a quarter less than 16.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int AheadOf(int bytes) => Vector512.IsHardwareAccelerated || bytes < 256 ? Ahead : Ahead / 2;

    /// <summary>Bytes of copies from which on they are written past the caches: what reads them next would not find them there either. At 16 MB, a lookup and a reader of what it wrote took 4 % longer.</summary>
    public const long StreamsFrom = 32L << 20;

    /// <summary>into[b·stride + d] ← Σ scale[i]·row(ids[i])[d] over starts[b] ≤ i &lt; starts[b + 1], divided by the entries of the bag for a mean.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="ids">Row of each entry of all bags, checked before.</param>
    /// <param name="starts">Where each bag starts, and where the last one ends [bags + 1].</param>
    /// <param name="scale">What each entry is multiplied by [ids]; empty for 1.</param>
    /// <param name="mean">Divide each sum by the number of its entries.</param>
    /// <param name="into">The sums [bags, stride], the last without what follows it.</param>
    /// <param name="dim">Values per row.</param>
    /// <param name="stride">Values from one sum to the next.</param>
    /// <param name="far">Whether rows mostly miss the caches: each entry then asks for the same block of the row <see cref="Ahead"/> entries later, also across the end of
    /// the bag, because what follows it in <paramref name="ids"/> is what the next bag needs.</param>
    /// <remarks>One loop over bags, blocks and entries without a call inside: a call a bag cost a third more time.</remarks>
    /// <exception cref="ArgumentException">There is no room for the sums, or not a scale for each entry.</exception>
    public static void SumBags<TCode, TRows>(
        TRows rows, ReadOnlySpan<long> ids, ReadOnlySpan<long> starts, ReadOnlySpan<float> scale, bool mean, Span<float> into, int dim, int stride, bool far)
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
        TRows rows, ReadOnlySpan<long> ids, ReadOnlySpan<long> starts, ReadOnlySpan<float> scale, bool mean, Span<float> into, int dim, int stride, bool far)
        where TCode : struct, IRowCode where TRows : struct, IRowSource where TScaling : struct, ContiguousBagSum.IScaling
    {
        fixed (long* id = ids, start = starts)
        fixed (float* scales = scale, sums = into)
        {
            // The last entry that asks is so far from the end that the row it asks for exists.
            long* ask = far ? id + ids.Length - Ahead : id;
            int bag = rows.Pitch == 0 ? 0 : ContiguousBagSum.Sum<TCode, TScaling>(
                (byte*)Unsafe.AsPointer(ref rows.At(0)), rows.Pitch, new ContiguousBagSum.Bags(id, ids.Length, start, scales, mean, sums, stride), starts.Length - 1, dim, far);
            for (; bag < starts.Length - 1; bag++)
            {
                long* first = id + start[bag], end = id + start[bag + 1];
                float factor = mean && end - first > 1 ? 1f / (end - first) : 1;
                float* target = sums + (nint)bag * stride, w = scales + start[bag];
                nint d = 0;
                if (Vector512.IsHardwareAccelerated)
                {
                    for (; d + 128 <= dim; d += 128)
                    {
                        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
                        float* a = w;
                        for (long* i = first; i < end; i++)
                        {
                            if (i < ask) Prefetch((byte*)Unsafe.AsPointer(ref At<TCode, TRows>(rows, i[Ahead], d)), 128 * TCode.Bytes);
                            ref byte row = ref At<TCode, TRows>(rows, *i, d);
                            if (!TScaling.Scales)
                            {
                                (s0, s1, s2, s3) = (s0 + Sixteen<TCode>(ref row, 0), s1 + Sixteen<TCode>(ref row, 16), s2 + Sixteen<TCode>(ref row, 32), s3 + Sixteen<TCode>(ref row, 48));
                                (s4, s5, s6, s7) = (s4 + Sixteen<TCode>(ref row, 64), s5 + Sixteen<TCode>(ref row, 80), s6 + Sixteen<TCode>(ref row, 96), s7 + Sixteen<TCode>(ref row, 112));
                                continue;
                            }
                            var x = Vector512.Create(*a++);
                            (s0, s1, s2, s3) = (s0 + x * Sixteen<TCode>(ref row, 0), s1 + x * Sixteen<TCode>(ref row, 16), s2 + x * Sixteen<TCode>(ref row, 32), s3 + x * Sixteen<TCode>(ref row, 48));
                            (s4, s5, s6, s7) = (s4 + x * Sixteen<TCode>(ref row, 64), s5 + x * Sixteen<TCode>(ref row, 80), s6 + x * Sixteen<TCode>(ref row, 96), s7 + x * Sixteen<TCode>(ref row, 112));
                        }
                        Store(target + d, factor, s0, s1, s2, s3);
                        Store(target + d + 64, factor, s4, s5, s6, s7);
                    }
                    for (; d + 64 <= dim; d += 64)
                    {
                        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
                        float* a = w;
                        for (long* i = first; i < end; i++)
                        {
                            if (i < ask) Prefetch((byte*)Unsafe.AsPointer(ref At<TCode, TRows>(rows, i[Ahead], d)), 64 * TCode.Bytes);
                            ref byte row = ref At<TCode, TRows>(rows, *i, d);
                            if (!TScaling.Scales)
                            {
                                (s0, s1, s2, s3) = (s0 + Sixteen<TCode>(ref row, 0), s1 + Sixteen<TCode>(ref row, 16), s2 + Sixteen<TCode>(ref row, 32), s3 + Sixteen<TCode>(ref row, 48));
                                continue;
                            }
                            var x = Vector512.Create(*a++);
                            (s0, s1, s2, s3) = (s0 + x * Sixteen<TCode>(ref row, 0), s1 + x * Sixteen<TCode>(ref row, 16), s2 + x * Sixteen<TCode>(ref row, 32), s3 + x * Sixteen<TCode>(ref row, 48));
                        }
                        Store(target + d, factor, s0, s1, s2, s3);
                    }
                }
                for (; d + 32 <= dim; d += 32)
                {
                    Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default;
                    float* a = w;
                    for (long* i = first; i < end; i++)
                    {
                        if (i < ask) Prefetch((byte*)Unsafe.AsPointer(ref At<TCode, TRows>(rows, i[Ahead], d)), 32 * TCode.Bytes);
                        ref byte row = ref At<TCode, TRows>(rows, *i, d);
                        if (!TScaling.Scales)
                        {
                            (s0, s1, s2, s3) = (s0 + Eight<TCode>(ref row, 0), s1 + Eight<TCode>(ref row, 8), s2 + Eight<TCode>(ref row, 16), s3 + Eight<TCode>(ref row, 24));
                            continue;
                        }
                        var x = Vector256.Create(*a++);
                        (s0, s1, s2, s3) = (s0 + x * Eight<TCode>(ref row, 0), s1 + x * Eight<TCode>(ref row, 8), s2 + x * Eight<TCode>(ref row, 16), s3 + x * Eight<TCode>(ref row, 24));
                    }
                    float* part = target + d;
                    (s0 * factor).Store(part);
                    (s1 * factor).Store(part + 8);
                    (s2 * factor).Store(part + 16);
                    (s3 * factor).Store(part + 24);
                }
                // The last vector of a row of 8 values or more ends with the row; what it has in common with the one before comes out the same.
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ref byte At<TCode, TRows>(TRows rows, long row, nint d) where TCode : struct, IRowCode where TRows : struct, IRowSource => ref Unsafe.Add(ref rows.At(row), d * TCode.Bytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Sixteen<TCode>(ref byte row, nint d) where TCode : struct, IRowCode => TCode.Sixteen(ref Unsafe.Add(ref row, d * TCode.Bytes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> Eight<TCode>(ref byte row, nint d) where TCode : struct, IRowCode => TCode.Eight(ref Unsafe.Add(ref row, d * TCode.Bytes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static unsafe void Store(float* into, float factor, Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        var f = Vector512.Create(factor);
        (a * f).Store(into);
        (b * f).Store(into + 16);
        (c * f).Store(into + 32);
        (d * f).Store(into + 48);
    }

    /// <summary>
    /// Asks for a block of a row, at most eight lines, straight on: a loop over the lines costs as much as the sum. It comes past the second cache, where it would only drive out what
    /// other loops left there: 2 to 9 % less time, for even and for skewed ids.
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

    /// <summary>Asks for a row before it is needed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void PrefetchRow(ref byte row, int bytes)
    {
        if (!Sse.IsSupported) return;
        // Rows are pinned, so the address stays what it is; a prefetch of a wrong one would do no harm either.
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

    /// <summary>into[i·dim …] ← row(ids[i]), for as many ids as there is room for.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="ids">Rows to copy, checked before; those beyond the room are asked for alone, since they come next.</param>
    /// <param name="into">Copies [n, dim].</param>
    /// <param name="dim">Values per row.</param>
    /// <param name="far">Whether rows mostly miss the caches, and are asked for <see cref="Ahead"/> entries before.</param>
    /// <param name="streams">Whether copies are written past the caches where they can be: for more than caches hold, <see cref="StreamsFrom"/>.</param>
    /// <exception cref="ArgumentException">The room is no number of rows, or for more than there are ids.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe void Gather<TCode, TRows>(TRows rows, ReadOnlySpan<long> ids, Span<float> into, int dim, bool far, bool streams = false) where TCode : struct, IRowCode where TRows : struct, IRowSource
    {
        int count = into.Length / dim, ask = far ? ids.Length - Ahead : 0;
        Require.That(into.Length % dim == 0 && count <= ids.Length, $"Gather: {into.Length} values for {ids.Length} rows × {dim}", nameof(into));
        fixed (long* id = ids)
        fixed (float* start = into)
        {
            int i = rows.Pitch == 0 ? 0 : ContiguousBagSum.Copy<TCode>((byte*)Unsafe.AsPointer(ref rows.At(0)), rows.Pitch, id, ids.Length, start, count, dim, far, streams);
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

    /// <summary>The first place whose id is not in 0 … count − 1, or −1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]   // Ids of a whole batch do not wait for a profile; nor do the loops that sort them.
    public static int FirstOutside(ReadOnlySpan<long> ids, long count)
    {
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            // As unsigned numbers, negative ids are beyond every count.
            var bound = Vector256.Create((ulong)count);
            for (; i + 4 <= ids.Length; i += 4)
                if (Vector256.GreaterThanOrEqualAny(Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(ids), (nuint)i).AsUInt64(), bound)) break;
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

    // Some microseconds' work: twice what it costs to share it.
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
