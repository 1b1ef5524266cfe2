using Rowan.Nn;
using Rowan.Numerics;
using Rowan.TestSupport;

namespace Rowan.Tests;

/// <summary>Any number of threads read a table, also while another trains; the longer run is <c>eng/stress-table.sh</c>.</summary>
public class TableThreadsTests
{
    const int Rows = 20_000, Dim = 32;

    public static TheoryData<string, RowStorage> Optimizers => new(
        ((string[])[nameof(Adam), nameof(AdamW), nameof(RowWiseAdam), nameof(Sgd), nameof(Adafactor), nameof(Lamb)])
        .SelectMany(name => Enum.GetValues<RowStorage>().Select(storage => (name, storage))));

    /// <summary>One step over all rows, then 20 over 64: nearly all rows have deferred updates, of several vectors each.</summary>
    static Embedding Trained(string optimizer, RowStorage storage)
    {
        var layer = new Embedding(Rows, Dim, new() { Storage = storage }, new Rng(1));
        Optimizer steps = EveryOptimizer.Make(optimizer, true, RowUpdates.Exact, layer.Weight);
        for (int step = 0; step < 21; step++) Step(layer, steps, step);
        return layer;
    }

    static void Step(Embedding layer, Optimizer optimizer, int step)
    {
        var rng = new Rng((ulong)step);
        long[] ids = new long[step == 0 ? Rows : 64];
        if (step > 0) rng.RandInt(ids, 0, Rows);
        else
            for (int i = 0; i < ids.Length; i++) ids[i] = i;
        optimizer.ZeroGrad();
        layer.Forward(ids).Backward(Tensor.Randn(rng, ids.Length, Dim));
        optimizer.Step();
    }

    [Theory, MemberData(nameof(Optimizers))]
    public void ReadingAfterTrainingIsRightFromManyThreads(string optimizer, RowStorage storage)
    {
        // What one thread reads after everything was stored up to date.
        Embedding settled = Trained(optimizer, storage), read = Trained(optimizer, storage);
        settled.Eval();
        var right = new float[Rows * Dim];
        for (int row = 0; row < Rows; row++) settled.Weight.ReadRow(row, right.AsSpan(row * Dim, Dim));
        foreach (bool eval in (bool[])[false, true])
        {
            if (eval) read.Eval();
            int wrong = 0;
            Parallel.For(0, 8, thread =>
            {
                using Gradients.Scope off = Gradients.Off();
                var rng = new Rng((ulong)thread);
                long[] ids = new long[1_000];
                rng.RandInt(ids, 0, Rows);
                float[] rows = read.Forward(ids).ToArray(), row = new float[Dim];
                for (int i = 0; i < ids.Length; i++)
                {
                    Span<float> own = right.AsSpan((int)ids[i] * Dim, Dim);
                    if (!own.SequenceEqual(rows.AsSpan(i * Dim, Dim))) Interlocked.Increment(ref wrong);
                    if (!own.SequenceEqual(read.Weight[ids[i]])) Interlocked.Increment(ref wrong);
                    if (!own.SequenceEqual(read.Weight.ReadRow(ids[i], row))) Interlocked.Increment(ref wrong);
                }
            });
            Assert.Equal(0, wrong);
        }
    }

    /// <summary>
    /// Bags, the largest, products and ranges of values: as after all updates were applied, bit for bit, and nothing is stored.
    /// </summary>
    [Theory, MemberData(nameof(Optimizers))]
    public void EveryReadBringsRowsUpToDateWithoutStoringThem(string optimizer, RowStorage storage)
    {
        Embedding settled = Trained(optimizer, storage), read = Trained(optimizer, storage), untouched = Trained(optimizer, storage);
        settled.Weight.ApplyDeferredUpdates();
        float[][] right = Read(settled.Weight), first = Read(read.Weight);
        Assert.All(right, values => Assert.Contains(values, value => value != 0));
        for (int i = 0; i < right.Length; i++) Assert.True(right[i].AsSpan().SequenceEqual(first[i]), $"read {i} differs");
        Optimizer going = EveryOptimizer.Make(optimizer, true, RowUpdates.Exact, read.Weight);
        Optimizer alone = EveryOptimizer.Make(optimizer, true, RowUpdates.Exact, untouched.Weight);
        for (int step = 1; step < 4; step++)
        {
            Step(read, going, step);
            Read(read.Weight);
            Step(untouched, alone, step);
        }
        float[] after = new float[Rows * Dim], expected = new float[Rows * Dim];
        read.Weight.ReadValues(0, after);
        untouched.Weight.ReadValues(0, expected);
        Assert.Equal(expected, after);

        static float[][] Read(Table table)
        {
            long[] ids = new long[3_000], starts = [0, 1, 1, 2_500, 3_000];
            new Rng(7).RandInt(ids, 0, Rows);
            float[] rows = new float[ids.Length * Dim], sums = new float[4 * Dim], means = new float[4 * Dim];
            float[] largest = new float[4 * Dim];
            float[] places = new float[4 * Dim], products = new float[ids.Length], values = new float[7 * Dim + 3];
            float[] many = new float[8 * Dim], scale = new float[ids.Length];
            new Rng(8).Rand(scale);
            table.Gather(ids, rows);
            table.SumBags(ids, starts, scale, mean: false, sums);
            table.SumBags(ids, starts, default, mean: true, means);
            table.MaxBags(ids, starts, largest, places);
            table.DotBags(ids, starts, sums, Dim, products);
            table.ReadValues(5 * Dim - 2, values);
            Tables.BagSums.Run([new(table, ids, starts, scale, false, many, 2 * Dim),
                new(table, ids, starts, default, false, many.AsMemory(Dim), 2 * Dim)]);
            return [rows, sums, means, largest, places, products, values, many];
        }
    }

    [Theory]
    [InlineData(nameof(Adam), RowStorage.Float32, false), InlineData(nameof(Sgd), RowStorage.BFloat16, false)]
    [InlineData(nameof(AdamW), RowStorage.SplitBFloat16, false), InlineData(nameof(Adafactor), RowStorage.Float32, false)]
    [InlineData(nameof(AdamW), RowStorage.Float32, true), InlineData(nameof(Sgd), RowStorage.Float32, true)]
    public void ReadersNextToTrainingSeeWholeRowsAndChangeNothing(string optimizer, RowStorage storage, bool saveAndGrow)
    {
        var stress = new TableStress(storage, table => EveryOptimizer.Make(optimizer, true, RowUpdates.Exact, table), saveAndGrow);
        IReadOnlyList<string> faults = stress.Run(TimeSpan.FromMilliseconds(300), readers: 6);
        Assert.Empty(faults);
        Assert.True(stress is { Steps: >= 50, Reads: > 0 });
    }

    [Fact]
    public void SharedMemoryIsReadUnderALockThatKeepsWritersOut()
    {
        var table = new Table(100, 8, "shared");
        var row = new float[8];
        var writer = new Thread(() => table.Write(3, [1, 1, 1, 1, 1, 1, 1, 1]));
        using (table.LockForReading())
        {
            // Lookups of this and other threads go on, also while a writer waits.
            writer.Start();
            Assert.False(writer.Join(50));
            table.ReadRow(3, row);
            Assert.All(row, value => Assert.Equal(0, value));
            using (table.LockForReading()) Assert.Equal(0, table.Values[0].Span[3 * 8]);
            var error = Assert.Throws<InvalidOperationException>(() => table.Write(3, row));
            Assert.Contains("'shared' within LockForReading", error.Message, StringComparison.Ordinal);
        }
        writer.Join();
        table.ReadRow(3, row);
        Assert.All(row, value => Assert.Equal(1, value));
    }

    [Fact]
    public void CollectionsThatShareTablesInAnyOrderDoNotWaitForEachOther()
    {
        Table[] tables = [.. Enumerable.Range(0, 4).Select(i => new Table(50, 4, $"table{i}"))];
        var stop = new ManualResetEventSlim();
        Thread[] readers = [.. Enumerable.Range(0, 3).Select(order => new Thread(() =>
        {
            Table[] own = [.. order == 0 ? tables : order == 1 ? tables.Reverse() : [tables[2], tables[0], tables[2]]];
            var sums = new float[own.Length * 4];
            while (!stop.IsSet)
                Tables.BagSums.Run([.. own.Select(Sum)]);

            Tables.BagSum Sum(Table table, int t) =>
                new(table, new long[] { 1, 2 }, new long[] { 0, 2 }, default, false, sums.AsMemory(t * 4), own.Length * 4);
        }))];
        Thread[] writers = [.. Enumerable.Range(0, 2).Select(t => new Thread(() =>
        {
            for (int i = 0; i < 2_000; i++) tables[(t + i) % 4].Write(1, [i, i, i, i]);
        }))];
        foreach (Thread thread in (Thread[])[.. readers, .. writers])
        {
            thread.IsBackground = true;
            thread.Start();
        }
        foreach (Thread writer in writers) Assert.True(writer.Join(TimeSpan.FromMinutes(2)));
        stop.Set();
        foreach (Thread reader in readers) Assert.True(reader.Join(TimeSpan.FromMinutes(2)));
    }

    [Fact]
    public void RowsThatAreFilledShowOnlyWhenTheyAreComplete()
    {
        var table = new Table(10, 4);
        Assert.Throws<InvalidOperationException>(() => table.Grow(30, (row, values) =>
        {
            values.Fill(2);
            Assert.Equal(10, table.Count);
            if (row == 20) throw new InvalidOperationException("no more");
        }));
        Assert.Equal(10, table.Count);
        table.Grow(30);
        Assert.All(table.Values[0].ToArray(), value => Assert.Equal(0, value));
    }
}
