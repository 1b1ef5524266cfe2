using Rowan.Numerics;
using Rowan.Tables;

namespace Rowan.Tests;

public class StorageTests
{
    public static TheoryData<RowStorage> Storages =>
        [RowStorage.Float32, RowStorage.BFloat16, RowStorage.Float16, RowStorage.SplitBFloat16];

    static IEnumerable<int> Dims => [.. Enumerable.Range(1, 33), 64, 130];

    /// <summary>The value that a lookup should see, by way of the framework's own types.</summary>
    static float Kept(RowStorage storage, float value) => storage switch
    {
        RowStorage.Float32 => value,
        RowStorage.Float16 => (float)(Half)value,
        _ => BitConverter.UInt32BitsToSingle(
            (BitConverter.SingleToUInt32Bits(value) + 0x7FFF + ((BitConverter.SingleToUInt32Bits(value) >> 16) & 1)) & 0xFFFF0000),
    };

    [Theory, MemberData(nameof(Storages))]
    public void EveryReadingIsTheSlowObviousWay(RowStorage storage)
    {
        foreach (int dim in Dims)
        {
            const int Count = 50;
            var rng = new Rng(3);
            float[] values = new float[Count * dim], into = new float[40 * dim], back = new float[values.Length];
            rng.Randn(values);
            var table = new Table(Count, dim, "T", storage);
            table.CopyFrom(values);
            float[] kept = [.. values.Select(value => Kept(storage, value))];
            long[] ids = new long[40], starts = [0, 0, 1, 17, 17, 40];
            rng.RandInt(ids, 0, Count);
            float[] scale = new float[40];
            rng.Rand(scale);

            table.Gather(ids, into);
            for (int i = 0; i < ids.Length; i++)
            {
                ReadOnlySpan<float> row = kept.AsSpan((int)ids[i] * dim, dim);
                Assert.Equal(row, into.AsSpan(i * dim, dim));
                Assert.Equal(row, table[ids[i]]);
                Assert.Equal(row, table.ReadRow(ids[i], new float[dim]));
            }
            foreach (bool scaled in (bool[])[false, true])
                foreach (bool mean in (bool[])[false, true])
                {
                    var sums = new float[5 * dim];
                    table.SumBags(ids, starts, scaled ? scale : default, mean, sums);
                    for (int bag = 0; bag < 5; bag++)
                        for (int d = 0; d < dim; d++)
                        {
                            float sum = 0;
                            for (long i = starts[bag]; i < starts[bag + 1]; i++) sum += kept[ids[i] * dim + d] * (scaled ? scale[i] : 1);
                            long entries = starts[bag + 1] - starts[bag];
                            Assert.Equal(mean && entries > 1 ? sum * (1f / entries) : sum, sums[bag * dim + d]);
                        }
                }

            // All bits, by ranges that begin and end anywhere.
            float[] full = storage == RowStorage.SplitBFloat16 ? values : kept;
            for (int start = 0; start < values.Length; start += 37)
                table.ReadValues(start, back.AsSpan(start, Math.Min(37, values.Length - start)));
            Assert.Equal(full, back);
            Array.Reverse(values);
            for (int start = 0; start < values.Length; start += 23)
                table.WriteValues(start, values.AsSpan(start, Math.Min(23, values.Length - start)));
            Assert.Equal(Kept(storage, values[^1]), table[Count - 1][dim - 1]);
            table.Write(7, values.AsSpan(0, dim));
            Assert.Equal(Kept(storage, values[dim / 2]), table[7][dim / 2]);

            table.Grow(Count + 3, (row, fresh) => fresh.Fill(row / 3f));
            Assert.Equal(Kept(storage, (Count + 2) / 3f), table[Count + 2][dim - 1]);
            Assert.Equal(Kept(storage, values[dim / 2]), table[7][dim / 2]);
        }
    }

    /// <summary>Narrow rows are cut toward zero, so that the bound holds to the last bit and a row is shrunk once.</summary>
    [Theory, InlineData(RowStorage.BFloat16), InlineData(RowStorage.Float16)]
    public void ShrunkRowsStayWithinTheirNormAndComeToRest(RowStorage storage)
    {
        foreach (int dim in Dims)
        {
            var table = new Table(9, dim, "T", storage);
            var rng = new Rng(8);
            for (int row = 0; row < 9; row++)
            {
                var values = new float[dim];
                rng.Randn(values);
                table.Write(row, values);
            }
            long[] ids = [3, 3, 5, 0];
            float[] one = table[1].ToArray();
            table.Renormalize(ids, 0.5f, 2);
            foreach (long id in ids) Assert.InRange(RowMath.Norm(table[id], 2), 0, 0.5f);
            var split = new Table(1, dim, "T", RowStorage.SplitBFloat16);
            split.Write(0, Enumerable.Repeat(3f, dim).ToArray());
            split.Renormalize([0], 0.5f, 2);
            Assert.Equal(0.5f, RowMath.Norm(All(split), 2), 1e-6f);
            float[] first = All(table);
            table.Renormalize(ids, 0.5f, 2);
            Assert.Equal(first, All(table));
            Assert.Equal(one, table[1].ToArray());
        }
    }

    [Fact]
    public void WhatNarrowRowsCannotGiveIsRefusedWithTheRemedy()
    {
        var table = new Table(4, 3, "Words", RowStorage.Float16);
        foreach (Action refused in (Action[])[() => _ = table.Values, () => table.AsArray()])
        {
            string message = Assert.Throws<InvalidOperationException>(refused).Message;
            foreach (string part in (string[])["'Words'", "Float16", "ReadValues"])
                Assert.Contains(part, message, StringComparison.Ordinal);
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => new Table(4, 3, "Words", (RowStorage)9));
        Assert.Throws<ArgumentException>(() => table.ReadRow(0, new float[2]).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => table.ReadValues(10, new float[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => table.WriteValues(-1, new float[3]));
        // Of all values the first that is too large is named, and nothing was written.
        var values = new float[12];
        Array.Fill(values, 1);
        values[7] = -70_000;
        string large = Assert.Throws<ArgumentException>(() => table.CopyFrom(values)).Message;
        foreach (string part in (string[])["-70000", "[2, 1]", "'Words'", "Float16"])
            Assert.Contains(part, large, StringComparison.Ordinal);
        Assert.All(All(table), value => Assert.Equal(0, value));
        Assert.Throws<ArgumentException>(() => table.Write(0, [1, float.MaxValue, 1]));
        table.Write(0, [65_504, float.NegativeInfinity, float.NaN]);
        Assert.Equal([65_504, float.NegativeInfinity, float.NaN], table[0].ToArray());
    }

    [Fact]
    public void StateThatDoesNotFitBesideTheRowsIsRefused()
    {
        // Pages that are never written are never there: the table costs nothing, and the state is refused before it is asked for.
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, rows = available / 2 / 64;
        var table = new Table(rows, 32, "Items", RowStorage.BFloat16);
        table.Gradient.Add(new long[] { rows - 1 }, Enumerable.Repeat(1f, 32).ToArray());
        string message = Assert.Throws<OutOfMemoryException>(() => table.Updater<AdamRule>(RowUpdates.Lazy)
            .Step(new AdamRule(0.1f), maximize: false)).Message;
        foreach (string part in (string[])["Items", "AdamRule", $"{rows * 256} bytes", "RowWiseAdagrad"])
            Assert.Contains(part, message, StringComparison.Ordinal);
        Assert.Equal(0, table[rows - 1][0]);
        table.Updater<SgdRule>(RowUpdates.Lazy).Step(new SgdRule(0.5f), maximize: false);
        Assert.Equal(-0.5f, table[rows - 1][31]);
    }

    /// <summary>
    /// A step far below half a bit: rounded to the nearest, a weight would never move; stochastically, the mean of many does as it
    /// should.
    /// </summary>
    [Theory, InlineData(RowStorage.BFloat16), InlineData(RowStorage.Float16)]
    public void SmallStepsAddUp(RowStorage storage)
    {
        const int Rows = 64, Dim = 32, Steps = 200;
        var table = new Table(Rows, Dim, "T", storage);
        var ones = new float[Rows * Dim];
        Array.Fill(ones, 1);
        table.CopyFrom(ones);
        IUpdater<SgdRule> updater = table.Updater<SgdRule>(RowUpdates.Lazy);
        long[] ids = [.. Enumerable.Range(0, Rows).Select(row => (long)row)];
        for (int step = 0; step < Steps; step++)
        {
            table.ZeroGrad();
            table.Gradient.Add(ids, ones);
            updater.Step(new SgdRule(1e-5f), maximize: false);
        }
        Assert.Equal(1 - Steps * 1e-5, All(table).Average(value => (double)value), 2e-4);
    }

    internal static float[] All(Table table)
    {
        var all = new float[table.Count * table.Dim];
        table.ReadValues(0, all);
        return all;
    }
}
