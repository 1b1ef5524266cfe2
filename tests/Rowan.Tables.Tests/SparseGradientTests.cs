using Rowan.Numerics;
using Rowan.Tables;

namespace Rowan.Tests;

public class SparseGradientTests
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

    public static TheoryData<int> Dims => [1, 3, 8, 16, 24, 32, 64, 100, 128, 130];

    /// <summary>Tables of zeros with gradients of one and two parts, scaled or not, and the sums by definition.</summary>
    static IEnumerable<(Func<Table> Table, Dictionary<long, float[]> Sums)> Cases(int dim)
    {
        foreach (int entries in (int[])[1, 90, 700, 20_000])
            foreach (bool scaled in (bool[])[false, true])
                foreach (int parts in (int[])[1, 2])
                {
                    List<Action<Table>> adds = [];
                    var rng = new Rng((ulong)(entries + parts));
                    var all = new List<(long Id, float[] Row, float Scale)>();
                    for (int part = 0; part < parts; part++)
                    {
                        // Gradient rows are shared and lie against the order of the entries; some ids stand often, one so often that it
                        // is hot.
                        int lines = Math.Max(1, entries / 3);
                        var ids = new long[entries];
                        rng.RandInt(ids, 0, entries > 5_000 ? 20 : 300);
                        for (int i = 0; i < entries && entries > 5_000; i += 3) ids[i] = 7;
                        float[] rows = new float[lines * dim], scale = new float[scaled && part == 0 ? entries : 0];
                        rng.Randn(rows);
                        rng.Randn(scale);
                        int[] rowOf = [.. Enumerable.Range(0, entries).Select(i => lines - 1 - i % lines)];
                        adds.Add(table => table.Gradient.Add(ids, rows, rowOf, scale));
                        for (int i = 0; i < entries; i++)
                            all.Add((ids[i], rows[(rowOf[i] * dim)..((rowOf[i] + 1) * dim)], scale.Length == 0 ? 1 : scale[i]));
                    }
                    yield return (Make, Slowly(all, dim));

                    Table Make()
                    {
                        var table = new Table(300, dim);
                        foreach (Action<Table> add in adds) add(table);
                        return table;
                    }
                }
    }

    [Theory]
    [MemberData(nameof(Dims))]
    public void EntriesOfARowAreSummedInInputOrderWhereverTheirGradientsLie(int dim)
    {
        foreach ((Func<Table> table, Dictionary<long, float[]> expected) in Cases(dim))
        {
            (ReadOnlyMemory<long> found, Memory<float> sums) = table().Gradient.Coalesce();
            Assert.Equal(expected.Keys.Order(), found.ToArray());
            for (int i = 0; i < found.Length; i++) Assert.Equal(expected[found.Span[i]], sums.Slice(i * dim, dim).ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Dims))]
    public void RowsStepByTheirSums(int dim)
    {
        foreach ((Func<Table> table, Dictionary<long, float[]> sums) in Cases(dim))
        {
            RowsStep(table(), sums, new SgdRule(0.1f));
            RowsStep(table(), sums, new SgdRule(0.1f, Momentum: 0.9f, WeightDecay: 0.01f));
            RowsStep(table(), sums, new AdamRule(0.1f));
            RowsStep(table(), sums, new AdamRule(0.1f, WeightDecay: 0.01f));
            RowsStep(table(), sums, new AdamRule(0.1f, WeightDecay: 0.01f, AmsGrad: true));
            RowsStep(table(), sums, new RowWiseAdagradRule(0.1f));
        }
    }

    [Fact]
    public void RowsOfSeveralChunksStep()
    {
        // 2³⁰ bytes a chunk, of which only the pages touched cost memory.
        const int Dim = 64;
        const long InChunk = 1L << 22;
        var table = new Table(InChunk + 10, Dim);
        long[] ids = [InChunk + 9, 0, InChunk, InChunk - 1, InChunk + 9];
        float[] rows = [.. Enumerable.Range(0, ids.Length * Dim).Select(i => i / 64f)];
        table.Gradient.Add(ids, rows);
        RowsStep(table, Slowly(ids.Select((id, i) => (id, rows[(i * Dim)..((i + 1) * Dim)], 1f)), Dim), new AdamRule(0.1f),
            [.. ids, 1, InChunk + 1]);
    }

    /// <summary>
    /// Two steps of each row that has a gradient, and none of the others, as one loop over weights and their gradient would do them.
    /// </summary>
    static void RowsStep<TRule>(Table table, Dictionary<long, float[]> sums, TRule rule, params IEnumerable<long> rows) where TRule
        : struct, IUpdateRule<TRule>
    {
        IUpdater<TRule> updater = table.Updater<TRule>(RowUpdates.Lazy);
        for (int step = 1; step <= 2; step++) updater.Step(rule, maximize: step == 2);
        if (!rows.Any()) rows = Enumerable.Range(0, (int)table.Count).Select(row => (long)row);
        foreach (long row in rows)
        {
            var expected = new float[table.Dim];
            if (sums.TryGetValue(row, out float[]? g))
            {
                float[][] slots = [.. Enumerable.Range(0, 3)
                    .Select(s => s < TRule.Slots && rule.StateNames[s] is not null ? new float[table.Dim] : [])];
                float value = 0;
                for (int step = 1; step <= 2; step++)
                    Update.Step(rule.At(step), g, step == 1 ? 1 : -1, expected, new StateSpans(slots[0], slots[1], slots[2]), ref value);
            }
            Assert.Equal(expected, table[row].ToArray());
        }
    }

    [Theory]
    [InlineData(5), InlineData(128), InlineData(129), InlineData(40_000)]
    public void LabelsFollowTheirEntriesThroughTheSort(int count)
    {
        var ids = new long[count];
        new Rng(1).RandInt(ids, 0, 1_000);
        int[] labels = [.. Enumerable.Range(0, count).Select(i => count - i)];
        using var sorted = new RadixSort([new(ids, labels, 10), new(ids, default, 2 * count)], 4 * count + 20, 1_000);
        RadixSort.Keys keys = sorted.All;
        IEnumerable<(long Id, int Label)> entries =
            [.. ids.Select((id, i) => (id, 10 + labels[i])), .. ids.Select((id, i) => (id, 2 * count + i))];
        Assert.Equal([.. entries.OrderBy(entry => entry.Id)], Enumerable.Range(0, 2 * count).Select(i => (keys.Row(i), keys.Label(i))));
    }
}
