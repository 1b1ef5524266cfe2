using System.Numerics;
using System.Runtime.InteropServices;
using Rowan.Numerics;
using V = System.Numerics.Vector<float>;

namespace Rowan.Retrieval;

/// <summary>
/// The k nearest rows of every row by cosine, every pair compared, a row itself left out: the higher cosine first, then the lower row. A
/// row of zeros has cosine 0 with all.
/// </summary>
/// <remarks>
/// Time n²·dim/2 multiplications a core and vector width; 50,000 rows of 64 take some seconds on two cores. Memory: one normalised copy
/// of the rows, n·k answers, and a block of scores.
/// </remarks>
public sealed class NearestRows
{
    const int QueryBlock = 256, RowBlock = 1_024;

    NearestRows(long rows, int count) =>
        (Rows, Count, Ids, Cosines) = (rows, count, new int[checked((int)(rows * count))], new float[checked((int)(rows * count))]);

    /// <summary>Rows that were asked about.</summary>
    public long Rows { get; }

    /// <summary>Neighbours of each: k, or one less than the rows where these are fewer.</summary>
    public int Count { get; }

    int[] Ids { get; }

    float[] Cosines { get; }

    /// <summary>The nearest rows of a row, the nearest first [k].</summary>
    public ReadOnlySpan<int> Of(long row) => Ids.AsSpan((int)row * Count, Count);

    /// <summary>Their cosines [k].</summary>
    public ReadOnlySpan<float> CosinesOf(long row) => Cosines.AsSpan((int)row * Count, Count);

    /// <summary>Compares every row with every other.</summary>
    /// <param name="rows">Rows [n, dim], finite.</param>
    /// <param name="dim">Values a row.</param>
    /// <param name="count">k.</param>
    /// <param name="stop">Gives up between blocks.</param>
    /// <exception cref="ArgumentException">The values are not whole rows.</exception>
    /// <exception cref="OperationCanceledException">A stop was asked for.</exception>
    public static NearestRows AmongAll(ReadOnlyMemory<float> rows, int dim, int count, CancellationToken stop = default)
    {
        Require.That(dim > 0 && rows.Length % dim == 0, $"NearestRows: {rows.Length} values are not whole rows of {dim}", nameof(rows));
        int n = rows.Length / dim;
        var every = new int[n];
        for (int row = 0; row < n; row++) every[row] = row;
        return Among(rows, dim, every, count, stop);
    }

    /// <summary>Compares some rows with every other.</summary>
    /// <param name="rows">Rows [n, dim], finite.</param>
    /// <param name="dim">Values a row.</param>
    /// <param name="queries">The rows whose neighbours are sought [q]; answers are in this order.</param>
    /// <param name="count">k.</param>
    /// <param name="stop">Gives up between blocks.</param>
    /// <exception cref="ArgumentException">The values are not whole rows.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A query is no row, or fewer than one neighbour is asked for.</exception>
    /// <exception cref="OperationCanceledException">A stop was asked for.</exception>
    public static NearestRows Among(ReadOnlyMemory<float> rows, int dim, ReadOnlySpan<int> queries, int count,
        CancellationToken stop = default)
    {
        Require.That(dim > 0 && rows.Length % dim == 0, $"NearestRows: {rows.Length} values are not whole rows of {dim}", nameof(rows));
        Require.InRange(count >= 1, $"NearestRows: {count} neighbours; there is at least one", nameof(count));
        int n = rows.Length / dim;
        foreach (int query in queries) Require.InRange((uint)query < (uint)n, $"NearestRows: query {query} of {n} rows", nameof(queries));
        var found = new NearestRows(queries.Length, Math.Max(0, Math.Min(count, n - 1)));
        if (found.Count == 0) return found;
        float[] unit = Normalised(rows.Span, dim);
        float[] block = new float[QueryBlock * dim], scores = new float[QueryBlock * RowBlock];
        int[] asked = queries.ToArray();
        found.Cosines.AsSpan().Fill(float.NegativeInfinity);
        for (int from = 0; from < asked.Length; from += QueryBlock)
        {
            int size = Math.Min(QueryBlock, asked.Length - from);
            for (int q = 0; q < size; q++) unit.AsSpan(asked[from + q] * dim, dim).CopyTo(block.AsSpan(q * dim));
            for (int first = 0; first < n; first += RowBlock)
            {
                stop.ThrowIfCancellationRequested();
                int width = Math.Min(RowBlock, n - first);
                MatMul.Multiply(block, false, unit.AsSpan(first * dim), true, scores, size, width, dim);
                Workers.For(size, 16, new Merge(found, scores, asked, from, first, width));
            }
        }
        return found;
    }

    static float[] Normalised(ReadOnlySpan<float> rows, int dim)
    {
        float[] unit = rows.ToArray();
        for (int at = 0; at < unit.Length; at += dim)
        {
            Span<float> row = unit.AsSpan(at, dim);
            // By the largest value first: squares of tiny or huge values would be lost.
            float largest = RowMath.Norm(row, float.PositiveInfinity);
            if (largest == 0) continue;
            RowMath.Scale(row, 1 / largest);
            RowMath.Scale(row, 1 / RowMath.Norm(row, 2));
        }
        return unit;
    }

    /// <summary>Puts a block of scores of one query among its best so far.</summary>
    readonly struct Merge(NearestRows found, float[] scores, int[] asked, int from, int first, int width) : IRangeBody
    {
        public void Run(long begin, long end)
        {
            for (int q = (int)begin; q < end; q++)
            {
                int self = asked[from + q] - first, at = (from + q) * found.Count;
                Span<int> ids = found.Ids.AsSpan(at, found.Count);
                Span<float> best = found.Cosines.AsSpan(at, found.Count);
                ReadOnlySpan<float> row = scores.AsSpan(q * width, width);
                ReadOnlySpan<V> lanes = MemoryMarshal.Cast<float, V>(row);
                for (int lane = 0; lane < lanes.Length; lane++)
                {
                    if (!Vector.GreaterThanAny(lanes[lane], new V(best[^1]))) continue;
                    for (int i = lane * V.Count; i < (lane + 1) * V.Count; i++)
                        if (i != self) Insert(ids, best, first + i, row[i]);
                }
                for (int i = lanes.Length * V.Count; i < width; i++)
                    if (i != self) Insert(ids, best, first + i, row[i]);
            }
        }

        // Rows come in order, so of equal cosines the lower row stays in front.
        static void Insert(Span<int> ids, Span<float> best, int id, float score)
        {
            if (!(score > best[^1])) return;
            int place = best.Length - 1;
            for (; place > 0 && score > best[place - 1]; place--) (best[place], ids[place]) = (best[place - 1], ids[place - 1]);
            (best[place], ids[place]) = (score, id);
        }
    }
}
