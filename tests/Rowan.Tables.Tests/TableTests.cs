using Rowan.Numerics;
using Rowan.Tables;

namespace Rowan.Tests;

public class TableTests
{
    [Theory]
    [InlineData(long.MaxValue, 3), InlineData(1L << 40, 64)]
    public void RowsThatDoNotFitSayWhatWould(long count, int dim)
    {
        string message = Assert.Throws<OutOfMemoryException>(() => new Table(count, dim, "Users")).Message;
        Assert.Contains($"Users: {count} rows × {dim} values take {(Int128)count * dim * 4} bytes", message, StringComparison.Ordinal);
        Assert.Contains($"would fit", message, StringComparison.Ordinal);
        var table = new Table(3, dim);
        Assert.Throws<OutOfMemoryException>(() => table.Grow(count));
        Assert.Equal(3, table.Count);
    }

    [Fact]
    public void MoreValuesThanAnArrayHoldsAreReadAndWrittenAtTheirEnd()
    {
        // 2.2 billion values, of which a few pages are touched: what is never written is never there.
        const long Rows = 70_000_000;
        if (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes < 12L << 30) Assert.Skip("less than 12 GiB of memory");
        var table = new Table(Rows, 32);
        table.Gradient.Add(new long[] { Rows - 1, 0, Rows - 1 }, Enumerable.Repeat(1f, 96).ToArray());
        IUpdater<SgdRule> updater = table.Updater<SgdRule>(RowUpdates.Lazy);
        updater.Step(new SgdRule(0.5f), maximize: false);
        var rows = new float[64];
        table.Gather(new long[] { Rows - 1, Rows - 2 }, rows);
        Assert.Equal((-1, -1, 0), (rows[0], rows[31], rows[32]));
        var sum = new float[32];
        table.SumBags(new long[] { Rows - 1, 0, Rows - 1 }, new long[] { 0, 3 }, default, mean: false, sum);
        Assert.Equal((-2.5f, -2.5f), (sum[0], sum[31]));
        Assert.Throws<ArgumentOutOfRangeException>(() => table.Gather(new[] { Rows }, sum));
    }

    [Theory]
    [InlineData(1, 1), InlineData(10, 3), InlineData(5_000, 64), InlineData(300, 130)]
    public void GatherIsTheSlowObviousWay(long rows, int dim)
    {
        Table table = Filled(rows, dim);
        long[] ids = new long[5_000];
        new Rng(1).RandInt(ids, 0, rows);
        var into = new float[ids.Length * dim];
        table.Gather(ids, into);
        for (int i = 0; i < ids.Length; i++) Assert.True(table[ids[i]].SequenceEqual(into.AsSpan(i * dim, dim)));
    }

    public static TheoryData<int, RowStorage> WidthsAndStorages =>
        new(((int[])[1, 5, 16, 32, 64, 70, 128, 4_100]).SelectMany(dim => Enum.GetValues<RowStorage>().Select(storage => (dim, storage))));

    /// <summary>
    /// Bags of none, one and many entries, more than come near at once; all with the same bits for any number of threads.
    /// </summary>
    [Theory, MemberData(nameof(WidthsAndStorages))]
    public void LargestValuesAndProductsAreTheSlowObviousWay(int dim, RowStorage storage)
    {
        const int Bags = 300, Gap = 2;
        var table = new Table(97, dim, storage: storage);
        var values = new float[97 * dim];
        new Rng(3).Randn(values);
        table.WriteValues(0, values);
        var rng = new Rng(4);
        long[] starts = new long[Bags + 1];
        for (int bag = 0; bag < Bags; bag++)
            starts[bag + 1] = starts[bag] + (bag % 7) switch { 0 => 0, 1 => 1, 2 => bag == 9 ? 5_000 : 3, _ => bag % 40 };
        var ids = new long[starts[^1]];
        rng.RandInt(ids, 0, 97);
        float[] vectors = new float[Bags * (dim + Gap) - Gap], largest = new float[Bags * dim], places = new float[Bags * dim],
        products = new float[ids.Length], alone = new float[Bags * dim], row = new float[dim];
        rng.Randn(vectors);
        table.MaxBags(ids, starts, largest, places);
        table.MaxBags(ids, starts, alone);
        table.DotBags(ids, starts, vectors, dim + Gap, products);
        Assert.Equal(largest, alone);
        for (int bag = 0; bag < Bags; bag++)
        {
            if (starts[bag] == starts[bag + 1]) Assert.All(largest[(bag * dim)..((bag + 1) * dim)], value => Assert.Equal(0, value));
            var (most, first) = (new float[dim], new float[dim]);
            for (long i = starts[bag]; i < starts[bag + 1]; i++)
            {
                ReadOnlySpan<float> own = table.ReadRow(ids[i], row);
                double sum = 0, size = 0;
                for (int d = 0; d < dim; d++)
                {
                    if (i == starts[bag] || own[d] > most[d]) (most[d], first[d]) = (own[d], i - starts[bag]);
                    double product = (double)own[d] * vectors[bag * (dim + Gap) + d];
                    (sum, size) = (sum + product, size + Math.Abs(product));
                }
                Assert.Equal(sum, products[i], 1e-6 * (1 + size));
            }
            if (starts[bag] == starts[bag + 1]) continue;
            Assert.True(most.AsSpan().SequenceEqual(largest.AsSpan(bag * dim, dim)));
            Assert.True(first.AsSpan().SequenceEqual(places.AsSpan(bag * dim, dim)));
        }
    }

    [Fact]
    public void LargestValuesAndProductsWithoutRoomAreRefused()
    {
        Table table = Filled(4, 3);
        long[] ids = [0, 1], starts = [0, 2];
        Assert.Contains("1 bags of 'table' with dim 3 need 3 values",
            Assert.Throws<ArgumentException>(() => table.MaxBags(ids, starts, new float[4])).Message.Replace(table.Name, "table",
            StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => table.MaxBags(ids, starts, new float[3], new float[2]));
        Assert.Throws<ArgumentException>(() => table.DotBags(ids, starts, new float[2], 3, new float[2]));
        Assert.Throws<ArgumentException>(() => table.DotBags(ids, starts, new float[3], 2, new float[2]));
        Assert.Throws<ArgumentException>(() => table.DotBags(ids, starts, new float[3], 3, new float[3]));
        ids[1] = 4;
        var into = new float[3];
        Assert.Contains("id 4 at [1]", Assert.Throws<ArgumentOutOfRangeException>(() => table.MaxBags(ids, starts, into)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => table.DotBags(ids, starts, into, 3, new float[2]));
        Assert.Equal([0, 0, 0], into);
    }

    [Fact]
    public void BagsAreSumsOfRows()
    {
        Table table = Filled(50, 7);
        long[] ids = [3, 3, 49, 0, 12], starts = [0, 2, 2, 5];
        float[] scale = [1, 2, 3, 4, 5], sums = new float[21], means = new float[21];
        table.SumBags(ids, starts, scale, mean: false, sums);
        table.SumBags(ids, starts, default, mean: true, means);
        for (int d = 0; d < 7; d++)
        {
            Assert.Equal(3 * table[3][d], sums[d], 1e-5f);
            Assert.Equal(0, sums[7 + d]);
            Assert.Equal(3 * table[49][d] + 4 * table[0][d] + 5 * table[12][d], sums[14 + d], 1e-4f);
            Assert.Equal(table[3][d], means[d], 1e-6f);
            Assert.Equal((table[49][d] + table[0][d] + table[12][d]) / 3, means[14 + d], 1e-5f);
        }
    }

    [Fact]
    public void OutsideIdsAreNamedAndNothingIsWritten()
    {
        Table table = Filled(10, 2);
        var into = new float[6];
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => table.Gather(new long[] { 1, 10, 2 }, into));
        foreach (string part in new[] { "id 10", "[1]", "10 rows", "0 to 9" })
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.All(into, value => Assert.Equal(0, value));
        Assert.Throws<ArgumentOutOfRangeException>(() => table[-1].Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => table.Write(10, [1, 2]));
        Assert.Throws<ArgumentException>(() => table.Write(0, [1]));
        Assert.Throws<ArgumentException>(() => table.CopyFrom([1]));
        Assert.Throws<ArgumentException>(() => table.Gather(new long[] { 1 }, into));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Table(0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Table(1, 0));
    }

    [Fact]
    public void RowsBeyondOneChunkAreReached()
    {
        // 2³⁰ bytes a chunk: three chunks of one-value rows, of which only the pages touched cost memory.
        var rows = new RowMemory<byte>((1L << 31) + 5, 1);
        Assert.Equal(3, rows.Chunks);
        foreach (long row in (long[])[0, (1L << 30) - 1, 1L << 30, 1L << 31, (1L << 31) + 4])
        {
            rows[row][0] = 7;
            Assert.Equal(7, rows.At(row));
        }
        Assert.Equal(0, rows[5][0]);
    }

    /// <summary>
    /// The nearest cache tells lines apart by a hash of bits of their addresses: weights and states of a row differ in it wherever the
    /// arrays lie, every row begins on a line, and keeps its values when the memory grows.
    /// </summary>
    [Fact]
    public unsafe void LargeMemoriesOfTheSameRowsLieApart()
    {
        const int Rows = 150_000, Dim = 32;
        static nuint Address(RowMemory<float> memory, long row) =>
            (nuint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref memory.At(row));
        static nuint PlaceIn(RowMemory<float> memory) => memory.TryArray(0, out ArraySegment<float> array)
            ? Address(memory, 0) - (nuint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref array.Array![0])
            : throw new InvalidOperationException();
        static nuint Hash(nuint address) => ((address >> 15) ^ (address >> 20)) & 3;

        RowMemory<float>[] memories = [.. Enumerable.Range(0, 4).Select(beside => new RowMemory<float>(Rows, Dim, beside))];
        for (int m = 0; m < memories.Length; m++)
        {
            for (int row = 0; row < Rows; row++) memories[m][row].Fill(m * Rows + row);
            Assert.Equal(0u, Address(memories[m], 1) % 64);
            memories[m].Grow(Rows + 10_000, -1);
            for (int row = 0; row < Rows + 10_000; row++)
                if (memories[m].Chunk(0).Span.Slice(row * Dim, Dim).ContainsAnyExcept(row < Rows ? m * Rows + row : -1))
                    Assert.Fail($"memory {m}, row {row}: {memories[m][row][0]}");
        }
        int same = 0;
        for (int m = 1; m < memories.Length; m++)
            for (int other = 0; other < m; other++)
                for (int row = 0; row < Rows; row++)
                    if (Hash(PlaceIn(memories[m]) + (nuint)row * Dim * sizeof(float)) == Hash(PlaceIn(memories[other])
                        + (nuint)row * Dim * sizeof(float))) same++;
        Assert.InRange(same, 0, 6 * Rows / 10);
        Assert.InRange((long)PlaceIn(new RowMemory<float>(10, 1, 3)), 0, 63);
    }

    [Fact]
    public void AGradientIsItsEntriesUnsummed()
    {
        var table = new Table(6, 2);
        Assert.False(table.Gradient.Exists);
        table.Gradient.Add(new long[] { 4, 1, 4 }, new float[] { 1, 2, 3, 4, 5, 6 });
        table.Gradient.Add(new long[] { 1, 0 }, new float[] { 10, 20 }, rowOf: new[] { 0, 0 }, scale: new[] { 0.5f, 2f });
        Assert.Equal([4, 1, 4, 1, 0], table.Gradient.Ids);
        Assert.Equal([0, 1, 4], table.Gradient.Rows);
        Assert.Equal([6, 8], table.Gradient[4]);
        Assert.Equal([8, 14], table.Gradient[1]);
        Assert.Equal([20, 40], table.Gradient[0]);
        Assert.Equal([0, 0], table.Gradient[5]);
        var dense = new float[12];
        table.Gradient.AddTo(dense);
        Assert.Equal([20, 40, 8, 14, 0, 0, 0, 0, 6, 8, 0, 0], dense);
        Assert.Throws<ArgumentException>(() => table.Gradient.Add(new long[] { 1 }, new float[] { 1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => table.Gradient[6]);
        table.ZeroGrad();
        Assert.False(table.Gradient.Exists);
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(2_049), InlineData(1L << 23), InlineData(1L << 44)]
    public void SortingIsStable(long rows)
    {
        foreach (int count in (int[])[0, 1, 2, 511, 512, 513, 3_000, 100_000])
        {
            long[] ids = new long[count];
            new Rng(2).RandInt(ids, 0, rows);
            if (rows > 9 && count > 600) ids.AsSpan(100, 500).Fill(7);
            using var sorted = new RadixSort(ids, rows);
            RadixSort.Keys keys = sorted.All;
            int[] expected = [.. Enumerable.Range(0, count).OrderBy(i => ids[i]).ThenBy(i => i)];
            Assert.Equal(expected, Enumerable.Range(0, count).Select(keys.Label));
            Assert.Equal(ids.Order(), Enumerable.Range(0, count).Select(keys.Row));
        }
    }

    [Fact]
    public void FrequenciesCountEachIdInTheCall()
    {
        var counts = new long[5];
        new Table(10, 1).Frequencies([3, 9, 3, 0, 3], counts);
        Assert.Equal([3, 1, 3, 1, 3], counts);
    }

    [Fact]
    public void RenormalizeShrinksEachLongRowOnce()
    {
        var table = new Table(3, 2);
        table.CopyFrom([3, 4, 0.3f, 0.4f, 6, 8]);
        table.Renormalize([0, 1, 0], 1, 2);
        Assert.Equal([0.6f, 0.8f], table[0].ToArray());
        Assert.Equal([0.3f, 0.4f], table[1].ToArray());
        Assert.Equal([6, 8], table[2].ToArray());
    }

    static Table Filled(long rows, int dim)
    {
        var table = new Table(rows, dim);
        new Rng(0).Randn(table.Values);
        return table;
    }

    /// <summary>Ranges of rows against a set of numbers, and scattered rows that all thaw.</summary>
    [Fact]
    public void RowsFreezeAndThawInAnyOrder()
    {
        var rng = new Rng(4);
        var table = new Table(40, 1);
        var frozen = new HashSet<long>();
        for (int change = 0; change < 400; change++)
        {
            long from = rng.NextUInt32() % 40, to = from + rng.NextUInt32() % (uint)(41 - from);
            bool freezes = rng.NextUInt32() % 2 == 0;
            if (freezes) table.FreezeRows(from, to);
            else table.ThawRows(from, to);
            for (long row = from; row < to; row++)
                if (freezes) frozen.Add(row);
                else frozen.Remove(row);
            Assert.Equal(frozen.Order(), Enumerable.Range(0, 40).Select(row => (long)row).Where(table.FrozenRows.Contains));
            Assert.Equal(frozen.Count, table.FrozenRows.Count);
        }
        for (long row = 0; row < 40; row += 2) table.FreezeRows(row, row + 1);
        table.ThawRows(0, 40);
        Assert.Equal(0, table.FrozenRows.Count);
        Assert.Empty(table.FrozenRows.Ranges);
    }
}
