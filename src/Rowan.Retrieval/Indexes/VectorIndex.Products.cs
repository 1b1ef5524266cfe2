using Rowan.Numerics;

namespace Rowan.Retrieval;

public sealed partial class VectorIndex
{
    const int ManyQueries = 8, ProductRows = 2_048;

    /// <summary>Compares many queries with every row: a matrix product per block of rows, whose best are kept.</summary>
    void Products(PreparedQuery[] queries, int count, Span<SearchResult> results)
    {
        long used = _store.Used;
        int kept = IndexScan.Kept((int)Math.Min(count, Math.Max(1, used)));
        var values = new float[queries.Length * Dim];
        for (int q = 0; q < queries.Length; q++) queries[q].Values.CopyTo(values.AsSpan(q * Dim));
        var best = new BestRows[queries.Length];
        for (int q = 0; q < best.Length; q++) best[q] = new BestRows(kept);
        var body = new ProductRange(_store, queries.Length, values, best, kept);
        Workers.For((used + ProductRows - 1) / ProductRows, 1, body);
        var slots = new List<uint>();
        for (int q = 0; q < queries.Length; q++)
        {
            slots.Clear();
            best[q].CopySlots(slots);
            results[q] = Rescored(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(slots), queries[q], count, SearchPath.Flat,
                used);
        }
    }

    readonly unsafe struct ProductRange(SlotStore store, int queries, float[] values, BestRows[] best, int kept) : IRangeBody
    {
        public void Run(long from, long to)
        {
            int dim = store.Dim;
            var own = new BestRows[queries];
            for (int q = 0; q < queries; q++) own[q] = new BestRows(kept);
            var scores = new float[queries * ProductRows];
            bool isFloat = store.Options.Precision == RowPrecision.Float32;
            float[] scratch = isFloat ? [] : new float[ProductRows * dim];
            for (long block = from; block < to; block++)
            {
                long first = block * ProductRows;
                int rows = (int)Math.Min(ProductRows, store.Used - first);
                ReadOnlySpan<float> values32 = isFloat ? new ReadOnlySpan<float>(store.At(Column.Rows, first), rows * dim) : scratch;
                if (!isFloat)
                    for (int i = 0; i < rows; i++) store.Read(first + i, scratch.AsSpan(i * dim, dim));
                MatMul.Multiply(values, false, values32, true, scores, queries, rows, dim);
                fixed (float* all = scores)
                    for (int q = 0; q < queries; q++)
                    {
                        float* of = all + q * rows;
                        if (store.Options.Metric == IndexMetric.Cosine) IndexScan.Multiply(of, store.Norms + first, rows);
                        IndexScan.Offer(store, null, of, first, rows, own[q]);
                    }
            }
            lock (best)
                for (int q = 0; q < queries; q++) best[q].Offer(own[q]);
        }
    }
}
