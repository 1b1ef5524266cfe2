using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Rowan.Numerics;

/// <summary>
/// Sums of bags and copies for rows that lie one after another and fill one, two, four or eight vectors of 512 bits: what <see cref="RowBlocks"/> does for any rows, by plain addresses
/// and with nothing in the loop that can be known before it. Rows that miss the nearest caches arrive while others are summed, so many as the processor has instructions of at once; fewer of
/// them a row are a tenth of the time (100,000 × 64) to a quarter (rows of 32 values). The order of the sums is the same, and so are the bits.
/// </summary>
static unsafe class StraightRows
{
    /// <summary>Sums bags as <see cref="RowBlocks.SumBags{TCode, TRows}"/> describes them, from the first on, and says how many; those at the end that ask for rows past the last entry are left.</summary>
    /// <param name="rows">The first row.</param>
    /// <param name="pitch">Bytes from one row to the next.</param>
    /// <param name="bags">Where the first bag starts, and the entries of all.</param>
    /// <param name="count">Bags.</param>
    /// <param name="dim">Values a row.</param>
    /// <param name="far">Whether each entry asks for the row <see cref="RowBlocks.Ahead"/> entries later.</param>
    public static int Sum<TCode, TScaling>(byte* rows, nint pitch, in Bags bags, int count, int dim, bool far) where TCode : struct, IRowCode where TScaling : struct, IScaling
    {
        if (!Vector512.IsHardwareAccelerated || !Sse.IsSupported) return 0;
        return dim switch
        {
            16 => Sum<TCode, TScaling, One>(rows, pitch, bags, count, far),
            32 => Sum<TCode, TScaling, Two>(rows, pitch, bags, count, far),
            64 => Sum<TCode, TScaling, Four>(rows, pitch, bags, count, far),
            128 => Sum<TCode, TScaling, Eight>(rows, pitch, bags, count, far),
            _ => 0,
        };
    }

    static int Sum<TCode, TScaling, TWidth>(byte* rows, nint pitch, in Bags bags, int count, bool far) where TCode : struct, IRowCode where TScaling : struct, IScaling where TWidth : struct, IWidth
    {
        if (!far) return Sum<TCode, TScaling, TWidth, Near>(rows, pitch, bags.Ids, bags.Starts, count, bags.Scales, bags.Mean, bags.Sums, bags.Stride);
        while (count > 0 && bags.Starts[count] > bags.Entries - RowBlocks.Ahead) count--;
        return Sum<TCode, TScaling, TWidth, Far>(rows, pitch, bags.Ids, bags.Starts, count, bags.Scales, bags.Mean, bags.Sums, bags.Stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static int Sum<TCode, TScaling, TWidth, TDistance>(byte* rows, nint pitch, long* ids, long* starts, int count, float* scales, bool mean, float* into, nint stride)
        where TCode : struct, IRowCode where TScaling : struct, IScaling where TWidth : struct, IWidth where TDistance : struct, IDistance
    {
        long* i = ids + *starts;
        float* scale = scales + *starts;
        for (int bag = 0; bag < count; bag++, into += stride)
        {
            starts++;
            long* first = i, end = ids + *starts;
            Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default, x = default;
            for (; i < end; i++)
            {
                if (TDistance.Asks) RowBlocks.Prefetch(rows + i[RowBlocks.Ahead] * pitch, 16 * TWidth.Vectors * TCode.Bytes);
                // Offsets from a reference become parts of the instructions that load; from a pointer they are instructions of their own.
                ref byte row = ref *(rows + *i * pitch);
                if (TScaling.Scales) x = Vector512.Create(*scale++);
                s0 += Term<TCode, TScaling>(ref row, 0, x);
                if (TWidth.Vectors >= 2) s1 += Term<TCode, TScaling>(ref row, 1, x);
                if (TWidth.Vectors >= 4)
                {
                    s2 += Term<TCode, TScaling>(ref row, 2, x);
                    s3 += Term<TCode, TScaling>(ref row, 3, x);
                }
                if (TWidth.Vectors >= 8)
                {
                    s4 += Term<TCode, TScaling>(ref row, 4, x);
                    s5 += Term<TCode, TScaling>(ref row, 5, x);
                    s6 += Term<TCode, TScaling>(ref row, 6, x);
                    s7 += Term<TCode, TScaling>(ref row, 7, x);
                }
            }
            var factor = Vector512.Create(mean && end - first > 1 ? 1f / (end - first) : 1);
            (s0 * factor).Store(into);
            if (TWidth.Vectors >= 2) (s1 * factor).Store(into + 16);
            if (TWidth.Vectors >= 4)
            {
                (s2 * factor).Store(into + 32);
                (s3 * factor).Store(into + 48);
            }
            if (TWidth.Vectors >= 8)
            {
                (s4 * factor).Store(into + 64);
                (s5 * factor).Store(into + 80);
                (s6 * factor).Store(into + 96);
                (s7 * factor).Store(into + 112);
            }
        }
        return count;
    }

    /// <summary>Copies rows, from the first id on, and says how many: all, or none of rows of other lengths.</summary>
    /// <param name="rows">The first row.</param>
    /// <param name="pitch">Bytes from one row to the next.</param>
    /// <param name="ids">Rows to copy, and then those that will be copied next.</param>
    /// <param name="known">Ids.</param>
    /// <param name="into">The copies.</param>
    /// <param name="count">Copies.</param>
    /// <param name="dim">Values a row.</param>
    /// <param name="far">Whether each entry asks for the row <see cref="RowBlocks.Ahead"/> entries later.</param>
    public static int Copy<TCode>(byte* rows, nint pitch, long* ids, int known, float* into, int count, int dim, bool far) where TCode : struct, IRowCode
    {
        if (!Vector512.IsHardwareAccelerated || !Sse.IsSupported) return 0;
        int asking = far ? Math.Clamp(known - RowBlocks.Ahead, 0, count) : 0;
        return dim switch
        {
            16 => Copy<TCode, One>(rows, pitch, ids, into, asking, count),
            32 => Copy<TCode, Two>(rows, pitch, ids, into, asking, count),
            64 => Copy<TCode, Four>(rows, pitch, ids, into, asking, count),
            128 => Copy<TCode, Eight>(rows, pitch, ids, into, asking, count),
            _ => 0,
        };
    }

    static int Copy<TCode, TWidth>(byte* rows, nint pitch, long* ids, float* into, int asking, int count) where TCode : struct, IRowCode where TWidth : struct, IWidth
    {
        Copy<TCode, TWidth, Far>(rows, pitch, ids, into, asking);
        Copy<TCode, TWidth, Near>(rows, pitch, ids + asking, into + (nint)asking * 16 * TWidth.Vectors, count - asking);
        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Copy<TCode, TWidth, TDistance>(byte* rows, nint pitch, long* ids, float* into, int count) where TCode : struct, IRowCode where TWidth : struct, IWidth where TDistance : struct, IDistance
    {
        for (long* i = ids, end = ids + count; i < end; i++, into += 16 * TWidth.Vectors)
        {
            if (TDistance.Asks) RowBlocks.Prefetch(rows + i[RowBlocks.Ahead] * pitch, 16 * TWidth.Vectors * TCode.Bytes);
            ref byte row = ref *(rows + *i * pitch);
            Sixteen<TCode>(ref row, 0).Store(into);
            if (TWidth.Vectors >= 2) Sixteen<TCode>(ref row, 1).Store(into + 16);
            if (TWidth.Vectors >= 4)
            {
                Sixteen<TCode>(ref row, 2).Store(into + 32);
                Sixteen<TCode>(ref row, 3).Store(into + 48);
            }
            if (TWidth.Vectors >= 8)
            {
                Sixteen<TCode>(ref row, 4).Store(into + 64);
                Sixteen<TCode>(ref row, 5).Store(into + 80);
                Sixteen<TCode>(ref row, 6).Store(into + 96);
                Sixteen<TCode>(ref row, 7).Store(into + 112);
            }
        }
    }

    // Without a local between: a value that is loaded for itself is an instruction more.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Term<TCode, TScaling>(ref byte row, int vector, Vector512<float> scale) where TCode : struct, IRowCode where TScaling : struct, IScaling =>
        TScaling.Scales ? scale * Sixteen<TCode>(ref row, vector) : Sixteen<TCode>(ref row, vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Sixteen<TCode>(ref byte row, int vector) where TCode : struct, IRowCode => TCode.Sixteen(ref Unsafe.Add(ref row, 16 * vector * TCode.Bytes));

    /// <summary>Bags whose entries and sums are pinned.</summary>
    /// <param name="ids">Row of each entry.</param>
    /// <param name="entries">Entries.</param>
    /// <param name="starts">Where each bag starts, and where the last one ends.</param>
    /// <param name="scales">What each entry is multiplied by.</param>
    /// <param name="mean">Divide each sum by the number of its entries.</param>
    /// <param name="sums">The first sum.</param>
    /// <param name="stride">Values from one sum to the next.</param>
    public readonly struct Bags(long* ids, long entries, long* starts, float* scales, bool mean, float* sums, int stride)
    {
        public readonly long* Ids = ids, Starts = starts;
        public readonly long Entries = entries;
        public readonly float* Scales = scales, Sums = sums;
        public readonly bool Mean = mean;
        public readonly int Stride = stride;
    }

    /// <summary>Whether entries have scales: known when a loop is compiled, since a test in it costs a tenth.</summary>
    public interface IScaling
    {
        static abstract bool Scales { get; }
    }

    interface IDistance
    {
        static abstract bool Asks { get; }
    }

    readonly struct Near : IDistance
    {
        public static bool Asks => false;
    }

    readonly struct Far : IDistance
    {
        public static bool Asks => true;
    }

    /// <summary>Vectors of sixteen values a row.</summary>
    interface IWidth
    {
        static abstract int Vectors { get; }
    }

    readonly struct One : IWidth
    {
        public static int Vectors => 1;
    }

    readonly struct Two : IWidth
    {
        public static int Vectors => 2;
    }

    readonly struct Four : IWidth
    {
        public static int Vectors => 4;
    }

    readonly struct Eight : IWidth
    {
        public static int Vectors => 8;
    }
}
