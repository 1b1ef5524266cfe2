using Rowan.Numerics;

namespace Rowan.Tests;

public class HotRowsTests
{
    /// <summary>
    /// One row fills a third of the batch, another is hot by a little, and parts, scales and shared gradient rows are mixed.
    /// </summary>
    static float[] Step(int threads, int dim, bool scaled)
    {
        int before = Workers.Threads;
        try
        {
            Workers.Threads = threads;
            var table = new Table(50, dim);
            var rng = new Rng(3);
            IUpdater<AdamRule> updater = table.Updater<AdamRule>(RowUpdates.Exact);
            for (int step = 0; step < 2; step++)
            {
                table.ZeroGrad();
                foreach (int entries in (int[])[20_000, 7, 4_500])
                {
                    var ids = new long[entries];
                    rng.RandInt(ids, 0, 50);
                    if (entries > 7) ids.AsSpan(entries / 3, entries / 3).Fill(17);
                    if (entries == 4_500) ids.AsSpan().Fill(3);
                    var rows = new float[64 * dim];
                    rng.Randn(rows);
                    int[] rowOf = [.. Enumerable.Range(0, entries).Select(i => i % 64)];
                    table.Gradient.Add(ids, rows, rowOf, scaled ? rowOf.Select(i => 0.5f + i).ToArray() : default);
                }
                var dense = new float[50 * dim];
                table.Gradient.AddTo(dense);
                updater.Step(new AdamRule(0.1f), maximize: false);
                (ReadOnlyMemory<long> found, Memory<float> sums) = table.Gradient.Coalesce();
                for (int i = 0; i < found.Length; i++)
                    for (int d = 0; d < dim; d++)
                        Assert.Equal(dense[found.Span[i] * dim + d], sums.Span[i * dim + d],
                            1e-3f * (1 + Math.Abs(dense[found.Span[i] * dim + d])));
            }
            return [.. table.Values.SelectMany(piece => piece.ToArray())];
        }
        finally { Workers.Threads = before; }
    }

    [Theory]
    [InlineData(1), InlineData(7), InlineData(64), InlineData(130)]
    public void RowsThatFillABatchAreSummedToTheSameBitsByAnyNumberOfThreads(int dim)
    {
        foreach (bool scaled in (bool[])[false, true])
        {
            float[] one = Step(1, dim, scaled);
            Assert.Contains(one, value => value != 0);
            foreach (int threads in (int[])[2, 3, 8]) Assert.Equal(one, Step(threads, dim, scaled));
        }
    }
}
