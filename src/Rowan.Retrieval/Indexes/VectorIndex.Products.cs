using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Rowan.Numerics;

namespace Rowan.Retrieval;

public sealed partial class VectorIndex
{
    const int ManyQueries = 8;

    // 1,024 rows of 64 values, and their scores with 64 queries, fit a level-2 cache.
    const int ProductRows = 1_024, ProductQueries = 64;

    /// <summary>Compares many queries with every row: a matrix product per block of rows, whose best are kept.</summary>
    void Products(PreparedQuery[] queries, int count, Span<SearchResult> results)
    {
        long used = _store.Used;
        int kept = IndexScan.Kept((int)Math.Min(count, Math.Max(1, used)));
        var slots = new List<uint>();
        for (int from = 0; from < queries.Length; from += ProductQueries)
        {
            PreparedQuery[] some = queries[from..Math.Min(from + ProductQueries, queries.Length)];
            var values = new float[some.Length * Dim];
            for (int q = 0; q < some.Length; q++) some[q].Values.CopyTo(values.AsSpan(q * Dim));
            var best = new BestRows[some.Length];
            for (int q = 0; q < best.Length; q++) best[q] = new BestRows(kept);
            Workers.For((used + ProductRows - 1) / ProductRows, 1, new ProductRange(_store, values, best, kept));
            for (int q = 0; q < some.Length; q++)
            {
                slots.Clear();
                best[q].CopySlots(slots);
                results[from + q] = Rescored(CollectionsMarshal.AsSpan(slots), some[q], count, SearchPath.Flat, used);
            }
        }
    }

    readonly unsafe struct ProductRange(SlotStore store, float[] values, BestRows[] best, int kept) : IRangeBody
    {
        public void Run(long from, long to)
        {
            int dim = store.Dim, queries = best.Length;
            var own = new BestRows[queries];
            for (int q = 0; q < queries; q++) own[q] = new BestRows(kept);
            float[] scores = new float[queries * ProductRows], least = new float[queries];
            least.AsSpan().Fill(float.NegativeInfinity);
            bool isFloat = store.Options.Precision == RowPrecision.Float32;
            float[] scratch = isFloat ? [] : new float[ProductRows * dim];
            for (long block = from; block < to; block++)
            {
                long first = block * ProductRows;
                int rows = (int)Math.Min(ProductRows, store.Used - first);
                ReadOnlySpan<float> floats = isFloat ? new ReadOnlySpan<float>(store.At(Column.Rows, first), rows * dim) : scratch;
                if (!isFloat)
                    for (int i = 0; i < rows; i++) store.Read(first + i, scratch.AsSpan(i * dim, dim));
                // A row of scores per row, so that the few queries are the operand that is packed.
                MatMul.Multiply(floats, false, values, true, scores, rows, queries, dim);
                fixed (float* all = scores, bounds = least)
                    for (int i = 0; i < rows; i++) Offer(first + i, all + i * queries, bounds, own);
            }
            lock (best)
                for (int q = 0; q < queries; q++) best[q].Offer(own[q]);
        }

        /// <summary>Offers a row to the queries of whose best it may be.</summary>
        void Offer(long slot, float* scores, float* least, BestRows[] own)
        {
            float norm = store.Options.Metric == IndexMetric.Cosine ? store.Norms[slot] : 1;
            int q = 0;
            if (Vector512.IsHardwareAccelerated)
                for (; q + 16 <= own.Length; q += 16)
                    if (Vector512.GreaterThanOrEqualAny(Vector512.Load(scores + q) * norm, Vector512.Load(least + q)))
                        for (int j = q; j < q + 16; j++) OfferOne(slot, scores[j] * norm, ref least[j], own[j]);
            for (; q + 8 <= own.Length; q += 8)
                if (Vector256.GreaterThanOrEqualAny(Vector256.Load(scores + q) * norm, Vector256.Load(least + q)))
                    for (int j = q; j < q + 8; j++) OfferOne(slot, scores[j] * norm, ref least[j], own[j]);
            for (; q < own.Length; q++) OfferOne(slot, scores[q] * norm, ref least[q], own[q]);
        }

        void OfferOne(long slot, float score, ref float least, BestRows best)
        {
            if (!(score >= least) || store.Live[slot] == 0) return;
            best.Offer(score, store.Ids[slot], (uint)slot);
            least = best.Least;
        }
    }
}
