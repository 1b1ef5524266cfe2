using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Rowan.Numerics;

/// <summary>
/// Bag sums and copies of contiguous rows whose length is a multiple of the vector width. The general loops are in
/// <see cref="RowKernels"/>; these work by address and keep everything constant out of the loop. A processor overlaps as many cache
/// misses as instructions fit in its reorder buffer, so fewer instructions per row save 10 % (100,000 × 64) to 25 % (rows of 32 values).
/// Sums are taken in the same order, so the bits are the same.
/// </summary>
static unsafe class ContiguousBagSum
{
    /// <summary>
    /// Sums bags as <see cref="RowKernels.SumBags{TCode, TRows}"/> does, from the first on, and returns how many it did. It stops at the
    /// bags whose prefetches would read ids past the last entry.
    /// </summary>
    /// <param name="rows">The first row.</param>
    /// <param name="pitch">Bytes from one row to the next.</param>
    /// <param name="bags">Where the first bag starts, and the entries of all.</param>
    /// <param name="count">Bags.</param>
    /// <param name="dim">Values per row.</param>
    /// <param name="far">Whether to prefetch the row that is <see cref="RowKernels.AheadOf"/> entries later.</param>
    public static int Sum<TCode, TScaling>(byte* rows, nint pitch, in Bags bags, int count, int dim, bool far) where TCode : struct,
    IRowCode where TScaling : struct, IScaling
    {
        if (!Sse.IsSupported) return 0;
        if (Vector512.IsHardwareAccelerated && dim % Lanes16.Count == 0)
            return Sum<TCode, TScaling, Lanes16, Vector512<float>>(rows, pitch, bags, count, dim, far);
        return Vector256.IsHardwareAccelerated && dim % Lanes8.Count == 0 ? Sum<TCode, TScaling, Lanes8,
        Vector256<float>>(rows, pitch, bags, count, dim, far) : 0;
    }

    static int Sum<TCode, TScaling, TLane, TVector>(byte* rows, nint pitch, in Bags bags, int count, int dim, bool far)
        where TCode : struct, IRowCode where TScaling : struct, IScaling where TLane : struct, IRowLane<TVector> where TVector : struct
    {
        var loop = new SumLoop<TCode, TScaling, TLane, TVector>(rows, pitch, in bags, count, dim, far);
        Unrolled.Run(dim / TLane.Count, ref loop);
        return loop.Done;
    }

    struct SumLoop<TCode, TScaling, TLane, TVector>(byte* rows, nint pitch, in Bags bags, int count, int dim, bool far) : IUnrolledLoop
        where TCode : struct, IRowCode where TScaling : struct, IScaling where TLane : struct, IRowLane<TVector> where TVector : struct
    {
        readonly Bags _bags = bags;

        public int Done;

        public void Run<TWidth>() where TWidth : struct, IUnroll =>
            Done = Sum<TCode, TScaling, TLane, TVector, TWidth>(rows, pitch, in _bags, count, dim, far);
    }

    static int Sum<TCode, TScaling, TLane, TVector, TWidth>(byte* rows, nint pitch, in Bags bags, int count, int dim, bool far)
        where TCode : struct, IRowCode where TScaling : struct, IScaling where TLane : struct, IRowLane<TVector> where TVector : struct
            where TWidth : struct, IUnroll
    {
        if (!far) return Sum<TCode, TScaling, TLane, TVector, TWidth,
        Near>(rows, pitch, bags.Ids, bags.Starts, count, dim, bags.Scales, bags.Mean, bags.Sums, bags.Stride);
        while (count > 0 && bags.Starts[count] > bags.Entries - RowKernels.Ahead) count--;
        return Sum<TCode, TScaling, TLane, TVector, TWidth,
        Far>(rows, pitch, bags.Ids, bags.Starts, count, dim, bags.Scales, bags.Mean, bags.Sums, bags.Stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static int Sum<TCode, TScaling, TLane, TVector, TWidth,
    TDistance>(byte* rows, nint pitch, long* ids, long* starts, int count, int dim, float* scales, bool mean, float* sums, nint stride)
        where TCode : struct, IRowCode where TScaling : struct, IScaling where TLane : struct, IRowLane<TVector> where TVector : struct
            where TWidth : struct, IUnroll where TDistance : struct, IDistance
    {
        int block = TWidth.Vectors * TLane.Count;
        for (int bag = 0; bag < count; bag++, starts++, sums += stride)
        {
            long* first = ids + *starts, end = ids + starts[1];
            TVector factor = TLane.Of(mean && end - first > 1 ? 1f / (end - first) : 1);
            byte* column = rows;
            float* into = sums;
            for (int d = 0; d < dim; d += block, into += block, column += block * TCode.Bytes)
            {
                TVector s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default,
                x = default;
                float* scale = scales + *starts;
                for (long* i = first; i < end; i++)
                {
                    if (TDistance.Asks) RowKernels.Prefetch(column + i[RowKernels.AheadOf(block * TCode.Bytes)] * pitch,
                        block * TCode.Bytes);
                    // With a reference, the offset is part of the load instruction; with a pointer it would be a separate instruction.
                    ref byte row = ref *(column + *i * pitch);
                    if (TScaling.Scales) x = TLane.Of(*scale++);
                    VectorSums.Add<TCode, TScaling, TLane, TVector, TWidth>(ref row, x, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5,
                        ref s6, ref s7);
                }
                VectorSums.Store<TLane, TVector, TWidth>(into, factor, s0, s1, s2, s3, s4, s5, s6, s7);
            }
        }
        return count;
    }

    /// <summary>Copies rows and returns how many: all, or none if the row length is not a multiple of the vector width.</summary>
    /// <param name="rows">The first row.</param>
    /// <param name="pitch">Bytes from one row to the next.</param>
    /// <param name="ids">Rows to copy, and then those that will be copied next.</param>
    /// <param name="known">Ids.</param>
    /// <param name="into">The copies.</param>
    /// <param name="count">Copies.</param>
    /// <param name="dim">Values per row.</param>
    /// <param name="far">Whether to prefetch the row that is <see cref="RowKernels.AheadOf"/> entries later.</param>
    /// <param name="streams">Whether to use non-temporal stores where alignment permits.</param>
    public static int Copy<TCode>(byte* rows, nint pitch, long* ids, int known, float* into, int count, int dim, bool far, bool streams)
        where TCode : struct, IRowCode
    {
        if (!Sse.IsSupported) return 0;
        int asking = far ? Math.Clamp(known - RowKernels.Ahead, 0, count) : 0;
        if (streams && StreamedRowCopy.Reach(into, dim))
        {
            StreamedRowCopy.Copy<TCode>(rows, pitch, ids, into, asking, count, dim);
            return count;
        }
        if (Vector512.IsHardwareAccelerated && dim % Lanes16.Count == 0)
            return Copy<TCode, Lanes16, Vector512<float>>(rows, pitch, ids, into, asking, count, dim);
        return Vector256.IsHardwareAccelerated && dim % Lanes8.Count == 0 ? Copy<TCode, Lanes8,
        Vector256<float>>(rows, pitch, ids, into, asking, count, dim) : 0;
    }

    static int Copy<TCode, TLane, TVector>(byte* rows, nint pitch, long* ids, float* into, int asking, int count, int dim)
        where TCode : struct, IRowCode where TLane : struct, IRowLane<TVector> where TVector : struct
    {
        var loop = new CopyLoop<TCode, TLane, TVector>(rows, pitch, ids, into, asking, count, dim);
        Unrolled.Run(dim / TLane.Count, ref loop);
        return count;
    }

    readonly struct CopyLoop<TCode, TLane, TVector>(byte* rows, nint pitch, long* ids, float* into, int asking, int count, int dim)
        : IUnrolledLoop where TCode : struct, IRowCode where TLane : struct, IRowLane<TVector> where TVector : struct
    {
        public void Run<TWidth>() where TWidth : struct, IUnroll =>
            Copy<TCode, TLane, TVector, TWidth>(rows, pitch, ids, into, asking, count, dim);
    }

    static void Copy<TCode, TLane, TVector, TWidth>(byte* rows, nint pitch, long* ids, float* into, int asking, int count, int dim)
        where TCode : struct, IRowCode where TLane : struct, IRowLane<TVector> where TVector : struct where TWidth : struct, IUnroll
    {
        Copy<TCode, TLane, TVector, TWidth, Far>(rows, pitch, ids, into, asking, dim);
        Copy<TCode, TLane, TVector, TWidth, Near>(rows, pitch, ids + asking, into + (nint)asking * dim, count - asking, dim);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Copy<TCode, TLane, TVector, TWidth, TDistance>(byte* rows, nint pitch, long* ids, float* into, int count, int dim)
        where TCode : struct, IRowCode where TLane : struct, IRowLane<TVector> where TVector : struct where TWidth : struct, IUnroll
            where TDistance : struct, IDistance
    {
        int block = TWidth.Vectors * TLane.Count;
        for (long* i = ids, end = ids + count; i < end; i++)
        {
            nint later = TDistance.Asks ? (nint)(i[RowKernels.AheadOf(block * TCode.Bytes)] - *i) * pitch : 0;
            byte* at = rows + *i * pitch;
            for (float* last = into + dim; into < last; into += block, at += block * TCode.Bytes)
            {
                if (TDistance.Asks) RowKernels.Prefetch(at + later, block * TCode.Bytes);
                ref byte row = ref *at;
                VectorSums.Copy<TCode, TLane, TVector, TWidth>(ref row, into);
            }
        }
    }

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

    /// <summary>Whether entries have scales. A type parameter, because a test inside the loop costs 10 %.</summary>
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
}
