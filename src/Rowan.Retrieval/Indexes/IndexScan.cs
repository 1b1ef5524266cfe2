using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Rowan.Numerics;

namespace Rowan.Retrieval;

/// <summary>Compares a query with every row of a range of slots.</summary>
static unsafe class IndexScan
{
    const int Block = 1_024;

    // The last bits of fast sums differ from those of the returned scores, so a few rows more than wanted are scored again.
    const int Margin = 16;

    /// <summary>Rows that a search keeps until they are scored for return.</summary>
    public static int Kept(int count) => count > int.MaxValue - Margin ? count : count + Margin;

    /// <summary>The best rows by their stored values.</summary>
    public static void Flat(SlotStore store, PreparedQuery query, SearchFilter? filter, long from, long to, BestRows best)
    {
        float* scores = stackalloc float[Block];
        for (long first = from; first < to; first += Block)
        {
            int count = (int)Math.Min(Block, to - first);
            Sums(store, query, first, count, scores);
            if (query.Metric == IndexMetric.Cosine) Multiply(scores, store.Norms + first, count);
            else if (query.Metric == IndexMetric.L2) Negate(scores, count);
            Offer(store, filter, scores, first, count, best);
        }
    }

    static void Sums(SlotStore store, PreparedQuery query, long first, int count, float* sums)
    {
        byte* rows = store.At(Column.Rows, first);
        switch (query.Metric == IndexMetric.L2, store.Options.Precision == RowPrecision.BFloat16)
        {
            case (false, false):
                FloatDots.Rows<ProductSum, Float32Code>(query.Address, rows, store.Dim, count, sums);
                break;
            case (false, true):
                FloatDots.Rows<ProductSum, BFloat16Code>(query.Address, rows, store.Dim, count, sums);
                break;
            case (true, false):
                FloatDots.Rows<SquareSum, Float32Code>(query.Address, rows, store.Dim, count, sums);
                break;
            default:
                FloatDots.Rows<SquareSum, BFloat16Code>(query.Address, rows, store.Dim, count, sums);
                break;
        }
    }

    /// <summary>Offers those of a block of scores that may be among the best, are live, and pass the filter.</summary>
    static void Offer(SlotStore store, SearchFilter? filter, float* scores, long first, int count, BestRows best)
    {
        int width = Vector256<float>.Count, i = 0;
        for (; i + width <= count; i += width)
        {
            if (!Vector256.GreaterThanOrEqualAny(Vector256.Load(scores + i), Vector256.Create(best.Least))) continue;
            for (int j = i; j < i + width; j++) OfferOne(store, filter, scores[j], first + j, best);
        }
        for (; i < count; i++) OfferOne(store, filter, scores[i], first + i, best);
    }

    static void OfferOne(SlotStore store, SearchFilter? filter, float score, long slot, BestRows best)
    {
        if (!(score >= best.Least) || store.Live[slot] == 0) return;
        long id = store.Ids[slot];
        if (filter is null || filter.Passes(id)) best.Offer(score, id, (uint)slot);
    }

    /// <summary>
    /// Rows that may be among the k best by their codes: those whose score, raised by the most that codes can be wrong, reaches the k-th
    /// best of the lowered scores. The true best are among them.
    /// </summary>
    /// <param name="store">The rows.</param>
    /// <param name="query">The query.</param>
    /// <param name="filter">Rows that may be returned.</param>
    /// <param name="from">The first slot.</param>
    /// <param name="to">The slot after the last.</param>
    /// <param name="lower">Receives the k best of the lowered scores.</param>
    /// <param name="candidates">Receives rows with their raised scores; those below the final bound are to be left out.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Int8(SlotStore store, PreparedQuery query, SearchFilter? filter, long from, long to, BestRows lower,
        List<(float Upper, uint Slot)> candidates)
    {
        int* sums = stackalloc int[Block];
        float* upper = stackalloc float[Block], error = stackalloc float[Block];
        for (long first = from; first < to; first += Block)
        {
            int count = (int)Math.Min(Block, to - first), whole = count & -8;
            Int8Dots.Rows(query.Codes, store.Codes + first * store.CodeLength, store.CodeLength, count, sums);
            Bounds(store, query, first, count, sums, upper, error);
            for (int i = 0; i < count; i += 8)
            {
                if (i < whole && !Vector256.GreaterThanOrEqualAny(Vector256.Load(upper + i), Vector256.Create(lower.Least))) continue;
                for (int j = i; j < Math.Min(count, i + 8); j++)
                {
                    long slot = first + j;
                    if (!(upper[j] >= lower.Least) || store.Live[slot] == 0) continue;
                    long id = store.Ids[slot];
                    if (filter is not null && !filter.Passes(id)) continue;
                    lower.Offer(upper[j] - 2 * error[j], id, (uint)slot);
                    candidates.Add((upper[j], (uint)slot));
                }
            }
        }
    }

    /// <summary>
    /// upper = score + error, with score = scale·Σ q·c, for L2 less |r|², and error = |q|·residual + |q − q̂|·|r|, and a little for the
    /// rounding of floats.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Bounds(SlotStore store, PreparedQuery query, long first, int count, int* sums, float* upper, float* error)
    {
        float* scales = store.Scales + first, residuals = store.Residuals + first;
        float* offsets = store.Offsets is null ? null : store.Offsets + first;
        bool isL2 = query.Metric == IndexMetric.L2;
        float ofRow = query.CodeError + 4e-7f * query.Norm;
        Vector256<float> scale = Vector256.Create(query.CodeScale), norm = Vector256.Create(query.Norm * (1 + 1e-6f)),
            perNorm = Vector256.Create(ofRow), factor = Vector256.Create(isL2 ? 2f : 1), small = Vector256.Create(1e-6f);
        int i = 0;
        for (; i + 8 <= count; i += 8)
        {
            Vector256<float> score = Vector256.ConvertToSingle(Vector256.Load(sums + i)) * scale * Vector256.Load(scales + i);
            Vector256<float> residual = Vector256.Load(residuals + i), e = norm * residual;
            if (offsets is null) e += perNorm * (Vector256<float>.One + residual);
            else
            {
                Vector256<float> squares = Vector256.Load(offsets + i);
                e += perNorm * (factor * Vector256.Sqrt(squares) + residual);
                if (isL2)
                {
                    score -= squares;
                    e += small * squares;
                }
            }
            (score + e).Store(upper + i);
            e.Store(error + i);
        }
        for (; i < count; i++)
        {
            float score = sums[i] * query.CodeScale * scales[i], e = query.Norm * (1 + 1e-6f) * residuals[i];
            if (offsets is null) e += ofRow * (1 + residuals[i]);
            else
            {
                e += ofRow * ((isL2 ? 2 : 1) * MathF.Sqrt(offsets[i]) + residuals[i]);
                if (isL2)
                {
                    score -= offsets[i];
                    e += 1e-6f * offsets[i];
                }
            }
            (upper[i], error[i]) = (score + e, e);
        }
    }

    static void Multiply(float* scores, float* factors, int count)
    {
        int i = 0;
        for (; i + 8 <= count; i += 8) (Vector256.Load(scores + i) * Vector256.Load(factors + i)).Store(scores + i);
        for (; i < count; i++) scores[i] *= factors[i];
    }

    static void Negate(float* scores, int count)
    {
        int i = 0;
        for (; i + 8 <= count; i += 8) (-Vector256.Load(scores + i)).Store(scores + i);
        for (; i < count; i++) scores[i] = -scores[i];
    }
}
