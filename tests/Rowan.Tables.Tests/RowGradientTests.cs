using Rowan.Numerics;
using Rowan.Tables;

namespace Rowan.Tests;

public class RowGradientTests
{
    const int Block = 512;

    /// <summary>The definition: entries of a row in input order, in blocks of 512 whose sums are added in order.</summary>
    static Dictionary<long, float[]> Slowly(IEnumerable<(long Id, float[] Row, float Scale)> entries, int dim)
    {
        var sums = new Dictionary<long, float[]>();
        foreach (var row in entries.GroupBy(entry => entry.Id))
        {
            float[]? sum = null;
            foreach (var block in row.Chunk(Block))
            {
                var part = new float[dim];
                foreach ((_, float[] gradient, float scale) in block)
                    for (int d = 0; d < dim; d++) part[d] += gradient[d] * scale;
                for (int d = 0; d < dim && sum is not null; d++) sum[d] += part[d];
                sum ??= part;
            }
            sums[row.Key] = sum!;
        }
        return sums;
    }

    [Theory]
    [InlineData(1), InlineData(3), InlineData(8), InlineData(16), InlineData(24), InlineData(64), InlineData(100), InlineData(128), InlineData(130)]
    public void EntriesOfARowAreSummedInInputOrderWhereverTheirGradientsLie(int dim)
    {
        foreach (int entries in (int[])[1, 90, 700, 20_000])
            foreach (bool scaled in (bool[])[false, true])
                foreach (int parts in (int[])[1, 2])
                {
                    var table = new Table(300, dim);
                    var rng = new Rng((ulong)(entries + parts));
                    var all = new List<(long Id, float[] Row, float Scale)>();
                    for (int part = 0; part < parts; part++)
                    {
                        // Gradient rows are shared and lie against the order of the entries; some ids stand often.
                        int lines = Math.Max(1, entries / 3);
                        var ids = new long[entries];
                        rng.RandInt(ids, 0, entries > 5_000 ? 20 : 300);
                        float[] rows = new float[lines * dim], scale = new float[scaled && part == 0 ? entries : 0];
                        rng.Randn(rows);
                        rng.Randn(scale);
                        int[] rowOf = [.. Enumerable.Range(0, entries).Select(i => lines - 1 - i % lines)];
                        table.Gradient.Add(ids, rows, rowOf, scale);
                        for (int i = 0; i < entries; i++) all.Add((ids[i], rows[(rowOf[i] * dim)..((rowOf[i] + 1) * dim)], scale.Length == 0 ? 1 : scale[i]));
                    }
                    Dictionary<long, float[]> expected = Slowly(all, dim);
                    (ReadOnlyMemory<long> found, Memory<float> sums) = table.Gradient.Coalesce();
                    Assert.Equal(expected.Keys.Order(), found.ToArray());
                    for (int i = 0; i < found.Length; i++) Assert.Equal(expected[found.Span[i]], sums.Slice(i * dim, dim).ToArray());
                }
    }

    [Theory]
    [InlineData(5), InlineData(128), InlineData(129), InlineData(40_000)]
    public void LabelsFollowTheirEntriesThroughTheSort(int count)
    {
        var ids = new long[count];
        new Rng(1).RandInt(ids, 0, 1_000);
        int[] labels = [.. Enumerable.Range(0, count).Select(i => count - i)];
        using var sorted = new SortedRows([new(ids, labels, 10), new(ids, default, 2 * count)], 4 * count + 20, 1_000);
        SortedRows.Keys keys = sorted.All;
        IEnumerable<(long Id, int Label)> entries = [.. ids.Select((id, i) => (id, 10 + labels[i])), .. ids.Select((id, i) => (id, 2 * count + i))];
        Assert.Equal([.. entries.OrderBy(entry => entry.Id)], Enumerable.Range(0, 2 * count).Select(i => (keys.Row(i), keys.Label(i))));
    }
}
