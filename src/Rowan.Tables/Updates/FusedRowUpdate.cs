using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Rowan.Numerics;
using V = System.Numerics.Vector<float>;

namespace Rowan.Tables;

/// <summary>
/// Steps of float32 rows whose length is a multiple of the vector width: what <see cref="SparseGradient.ForEachRow"/> and <see
/// cref="Update"/> do for any rows, in one loop. The gradients of a row are summed in registers and applied from there, so only the row
/// and its state are stored. A core commits its stores in order, so storing the sums as well would delay the stores of rows that are
/// not in cache.
/// A step of SGD takes 80 % of the general loop's time (1,000,000 rows × 64) or 75 % (100,000 rows × 64). Sums are taken in the same
/// order, so the bits are the same.
/// </summary>
/// <param name="w">The weights.</param>
/// <param name="s0">State in the first slot; null for none.</param>
/// <param name="s1">In the second.</param>
/// <param name="s2">In the third.</param>
/// <param name="step">The step of one vector.</param>
/// <param name="sign">What gradients are multiplied by.</param>
/// <param name="touched">Brings a row up to date before its step, and tells whether it is frozen; null if neither occurs.</param>
readonly unsafe struct FusedRowUpdate<TStep>(RowMemory<float> w, RowMemory<float>? s0, RowMemory<float>? s1, RowMemory<float>? s2,
    TStep step, float sign, IRowsTouched? touched) : ISortedGradientPass
    where TStep : struct, IStep
{
    readonly TStep _step = step;

    /// <summary>Whether <paramref name="dim"/> is a multiple of the vector width.</summary>
    public static bool Reach(int dim) => dim % V.Count == 0;

    public void Run(DuplicateSums gradients, in HotRows hot, int entry, int end)
    {
        if (gradients.AreIndexed) Run(gradients.Indexed, gradients, in hot, entry, end);
        else Run(gradients.Located, gradients, in hot, entry, end);
    }

    void Run<TEntries>(TEntries entries, DuplicateSums gradients, in HotRows hot, int entry, int end) where TEntries : struct,
    ISortedGradients
    {
        var loop = new Loop<TEntries>(this, entries, gradients, in hot, entry, end);
        Unrolled.Run(w.Dim / V.Count, ref loop);
    }

    readonly struct Loop<TEntries>(FusedRowUpdate<TStep> update, TEntries entries, DuplicateSums gradients, in HotRows hot, int entry,
        int end)
        : IUnrolledLoop where TEntries : struct, ISortedGradients
    {
        readonly HotRows _hot = hot;

        public void Run<TWidth>() where TWidth : struct, IUnroll => update.Run<TEntries, TWidth>(entries, gradients, in _hot, entry, end);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Run<TEntries, TWidth>(TEntries entries, DuplicateSums gradients, in HotRows hot, int entry, int end) where TEntries : struct,
    ISortedGradients where TWidth : struct, IUnroll
    {
        var rows = new Addresses(w, s0, s1, s2);
        TStep step = _step;
        V signs = new(sign);
        nint dim = w.Dim;
        bool farRows = w.ExceedsCache, farGradients = gradients.ExceedsCache;
        while (entry < end)
        {
            long row = entries.Row(entry);
            if (touched is not null && !touched.Touch(row))
            {
                entry = gradients.Keys.EndOfRow(entry);
                continue;
            }
            rows.Find(row, out float* x, out float* m, out float* v, out float* u);
            int first = entry, blockEnd = Math.Min(end, entry + DuplicateSums.BlockLength);
            for (nint d = 0; d < dim; d += TWidth.Vectors * V.Count)
            {
                V g0 = default, g1 = default, g2 = default, g3 = default, g4 = default, g5 = default, g6 = default, g7 = default;
                entry = first;
                do
                {
                    int later = entry + ISortedGradientPass.Ahead;
                    if (later < end)
                    {
                        if (farGradients) Ask<TWidth>(entries.Gradient(later) + d);
                        if (farRows && entries.Row(later) is var next && next != entries.Row(later - 1)) rows.Ask<TWidth>(next, d);
                    }
                    // With a reference, the offset is part of the load instruction; with a pointer it would be a separate instruction.
                    ref float g = ref *(entries.Gradient(entry) + d);
                    float scale = entries.Scale(entry);
                    g0 += scale * Vector.LoadUnsafe(ref g);
                    if (TWidth.Vectors >= 2) g1 += scale * Vector.LoadUnsafe(ref g, (nuint)V.Count);
                    if (TWidth.Vectors >= 4)
                    {
                        g2 += scale * Vector.LoadUnsafe(ref g, 2 * (nuint)V.Count);
                        g3 += scale * Vector.LoadUnsafe(ref g, 3 * (nuint)V.Count);
                    }
                    if (TWidth.Vectors >= 8)
                    {
                        g4 += scale * Vector.LoadUnsafe(ref g, 4 * (nuint)V.Count);
                        g5 += scale * Vector.LoadUnsafe(ref g, 5 * (nuint)V.Count);
                        g6 += scale * Vector.LoadUnsafe(ref g, 6 * (nuint)V.Count);
                        g7 += scale * Vector.LoadUnsafe(ref g, 7 * (nuint)V.Count);
                    }
                }
                while (++entry < blockEnd && entries.Row(entry) == row);
                if (entry == blockEnd && entry < end && entries.Row(entry) == row)
                {
                    entry = StepLong(gradients, in hot, first, row);
                    break;
                }
                Step(ref step, g0 * signs, x, m, v, u, d);
                if (TWidth.Vectors >= 2) Step(ref step, g1 * signs, x, m, v, u, d + V.Count);
                if (TWidth.Vectors >= 4)
                {
                    Step(ref step, g2 * signs, x, m, v, u, d + 2 * V.Count);
                    Step(ref step, g3 * signs, x, m, v, u, d + 3 * V.Count);
                }
                if (TWidth.Vectors >= 8)
                {
                    Step(ref step, g4 * signs, x, m, v, u, d + 4 * V.Count);
                    Step(ref step, g5 * signs, x, m, v, u, d + 5 * V.Count);
                    Step(ref step, g6 * signs, x, m, v, u, d + 6 * V.Count);
                    Step(ref step, g7 * signs, x, m, v, u, d + 7 * V.Count);
                }
            }
        }
    }

    /// <summary>Updates a row with more entries than a block, from the sums of its blocks. Returns the entry after them.</summary>
    int StepLong(DuplicateSums gradients, in HotRows hot, int entry, long row)
    {
        int dim = w.Dim, end = gradients.Keys.EndOfRow(entry);
        float[] rented = ArrayPool<float>.Shared.Rent(2 * dim);
        Span<float> scratch = rented.AsSpan(0, 2 * dim);
        new Addresses(w, s0, s1, s2).Find(row, out float* x, out float* m, out float* v, out float* u);
        fixed (float* g = hot.Exist && hot.Sum(entry, scratch[..dim]) ? scratch : gradients.Sum(entry, end, scratch)) Update.Step(in _step,
            g, sign, x, m, v, u, dim);
        ArrayPool<float>.Shared.Return(rented);
        return end;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Step(ref TStep step, V g, float* x, float* m, float* v, float* u, nint at)
    {
        nuint i = (nuint)at;
        bool first = Has(0, m), second = Has(1, v), third = Has(2, u);
        V w = Vector.LoadUnsafe(ref *x, i), a = first ? Vector.LoadUnsafe(ref *m, i) : default, b = second ? Vector.LoadUnsafe(ref *v, i)
            : default, c = third ? Vector.LoadUnsafe(ref *u, i) : default;
        step.Step(g, ref w, ref a, ref b, ref c);
        w.StoreUnsafe(ref *x, i);
        if (first) a.StoreUnsafe(ref *m, i);
        if (second) b.StoreUnsafe(ref *v, i);
        if (third) c.StoreUnsafe(ref *u, i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool Has(int slot, void* state) => TStep.Slots > slot && (TStep.FillsSlots || state != null);

    /// <summary>Prefetches a block of a row, unrolled.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Ask<TWidth>(float* block) where TWidth : struct, IUnroll
    {
        const int Line = 16;
        if (!Sse.IsSupported) return;
        Sse.Prefetch0(block);
        if (TWidth.Vectors * V.Count > Line) Sse.Prefetch0(block + Line);
        if (TWidth.Vectors * V.Count > 2 * Line)
        {
            Sse.Prefetch0(block + 2 * Line);
            Sse.Prefetch0(block + 3 * Line);
        }
    }

    /// <summary>Chunk addresses of rows and of their state, which are divided in the same way.</summary>
    readonly struct Addresses(RowMemory<float> w, RowMemory<float>? s0, RowMemory<float>? s1, RowMemory<float>? s2)
    {
        readonly float** _w = (float**)w.Addresses, _s0 = (float**)(s0?.Addresses ?? 0), _s1 = (float**)(s1?.Addresses ?? 0),
        _s2 = (float**)(s2?.Addresses ?? 0);
        readonly int _shift = w.ChunkShift;
        readonly long _mask = (1L << w.ChunkShift) - 1;
        readonly nint _dim = w.Dim;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Find(long row, out float* x, out float* m, out float* v, out float* u)
        {
            nint chunk = (nint)(row >> _shift), place = (nint)(row & _mask) * _dim;
            x = _w[chunk] + place;
            m = Has(0, _s0) ? _s0[chunk] + place : null;
            v = Has(1, _s1) ? _s1[chunk] + place : null;
            u = Has(2, _s2) ? _s2[chunk] + place : null;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Ask<TWidth>(long row, nint d) where TWidth : struct, IUnroll
        {
            Find(row, out float* x, out float* m, out float* v, out float* u);
            FusedRowUpdate<TStep>.Ask<TWidth>(x + d);
            if (Has(0, _s0)) FusedRowUpdate<TStep>.Ask<TWidth>(m + d);
            if (Has(1, _s1)) FusedRowUpdate<TStep>.Ask<TWidth>(v + d);
            if (Has(2, _s2)) FusedRowUpdate<TStep>.Ask<TWidth>(u + d);
        }
    }
}

/// <summary>Called for a row before its step.</summary>
interface IRowsTouched
{
    /// <summary>Brings a row up to date as of the previous step; false if it is frozen.</summary>
    bool Touch(long row);
}
