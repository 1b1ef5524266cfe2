using Rowan.Numerics;
using Rowan.TestSupport;

namespace Rowan.Tests;

/// <summary>Rows whose learning rate has a factor, under every optimizer.</summary>
public class RowRatesTests
{
    const int Rows = 40;
    const float Slow = 0.1f, Half = 0.5f;

    public static TheoryData<string, int, bool> Everything
    {
        get
        {
            var data = new TheoryData<string, int, bool>();
            foreach (string rule in RowUpdatesTests.Rules.Keys.Where(rule => !OverTheWholeTable(rule)))
                foreach (int dim in new[] { 1, 3, 16, 130 })
                    foreach (bool lazy in new[] { false, true }) data.Add(rule, dim, lazy);
            return data;
        }
    }

    /// <summary>
    /// Every third row has the factor 0.1, every third 0.5: each row has the bits of a table that learns with its rate alone. Rows rest for
    /// long, one comes more often than a block of the gradient, and in the middle the learning rate changes and the state is saved and
    /// loaded.
    /// </summary>
    [Theory, MemberData(nameof(Everything))]
    public void ARowWithAFactorMovesAsUnderThatLearningRate(string rule, int dim, bool lazy) =>
        Compare(rule, dim, lazy ? RowUpdates.Lazy : RowUpdates.Exact, RowStorage.Float32);

    [Theory]
    [InlineData("adam", RowStorage.BFloat16), InlineData("adamw", RowStorage.SplitBFloat16)]
    [InlineData("row-wise-adagrad", RowStorage.Float16)]
    public void OtherStorageToo(string rule, RowStorage storage) => Compare(rule, 24, RowUpdates.Exact, storage);

    static void Compare(string rule, int dim, RowUpdates mode, RowStorage storage)
    {
        var rng = new Rng(31);
        float[] start = new float[Rows * dim], factors = [1, Slow, Half];
        rng.Randn(start);
        Table Begun()
        {
            var table = new Table(Rows, dim, "Table", storage);
            table.CopyFrom(start);
            return table;
        }
        Table mixed = Begun();
        Table[] alone = [.. factors.Select(_ => Begun())];
        Optimizer optimizer = Make(mixed);
        Optimizer[] optimizers = [.. factors.Select((factor, i) => Scaled(Make(alone[i]), factor))];
        for (int row = 0; row < Rows; row++) mixed.SetLearningRateFactor(row, row + 1, factors[row % 3]);
        Assert.Equal([1, Slow, Half], [mixed.LearningRateFactor(0), mixed.LearningRateFactor(1), mixed.LearningRateFactor(2)]);
        var drawn = new float[Rows];
        for (int step = 0; step < 60; step++)
        {
            if (step == 30)
            {
                StateDict saved = optimizer.StateDict();
                foreach (Table table in alone) table.ApplyDeferredUpdates();
                optimizer = Make(mixed);
                optimizer.LoadStateDict(saved);
                foreach (Optimizer one in (Optimizer[])[optimizer, .. optimizers]) one.LearningRate *= 2;
            }
            rng.Bernoulli(drawn, 0.08);
            long[] ids = [.. Enumerable.Range(0, Rows - 3).Where(row => drawn[row] == 1).Select(row => (long)row), step % 3];
            if (step == 20) ids = [.. Enumerable.Repeat(4L, 600), .. ids];
            Tensor g = Tensor.Randn(rng, ids.Length, dim);
            foreach ((Table table, Optimizer own) in alone.Zip(optimizers).Append((mixed, optimizer)))
            {
                own.ZeroGrad();
                table.Gradient.Add(ids, g.Memory);
                own.Step();
            }
        }
        foreach (Table table in (Table[])[mixed, .. alone]) table.ApplyDeferredUpdates();
        float[] values = Values(mixed);
        for (int row = 0; row < Rows; row++)
            Assert.Equal(Values(alone[row % 3]).AsSpan(row * dim, dim).ToArray(), values.AsSpan(row * dim, dim).ToArray());
        Assert.NotEqual(Values(alone[0]).AsSpan(dim, dim).ToArray(), values.AsSpan(dim, dim).ToArray());

        Optimizer Make(Table table) => RowUpdatesTests.Rules[rule](table, mode);

        static Optimizer Scaled(Optimizer optimizer, float factor)
        {
            optimizer.LearningRate *= factor;
            return optimizer;
        }

        float[] Values(Table table)
        {
            var all = new float[Rows * dim];
            table.ReadValues(0, all);
            return all;
        }
    }

    /// <summary>
    /// Adafactor measures the whole table, so each step is that of two dense matrices of the same weights, one under each rate, of which
    /// each row takes its own.
    /// </summary>
    [Theory]
    [InlineData("adafactor"), InlineData("adafactor-decay")]
    public void AdafactorTakesTheStepOfEachRowFromItsOwnRate(string rule)
    {
        const int Dim = 5;
        var rng = new Rng(9);
        Tensor start = Tensor.Randn(rng, Rows, Dim);
        var table = new Table(Rows, Dim);
        table.CopyFrom(start.Span);
        Parameter[] dense = [new(start.Clone()), new(start.Clone())];
        Optimizer forTable = RowUpdatesTests.Rules[rule](table, RowUpdates.Exact);
        Optimizer[] forDense = [.. dense.Select(one => RowUpdatesTests.Rules[rule](one, RowUpdates.Exact))];
        forDense[1].LearningRate *= Slow;
        var mixed = new float[Rows * Dim];
        start.Span.CopyTo(mixed);
        int slow = 10;
        table.SetLearningRateFactor(0, slow, Slow);
        for (int step = 0; step < 120; step++)
        {
            if (step == 60) table.SetLearningRateFactor(0, slow = 30, Slow);
            long[] ids = new long[5];
            rng.RandInt(ids, 0, step % 20 == 0 ? Rows - 1 : 14);
            Tensor g = Tensor.Randn(rng, 5, Dim);
            forTable.ZeroGrad();
            table.Gradient.Add(ids, g.Memory);
            forTable.Step();
            for (int i = 0; i < 2; i++)
            {
                dense[i].WriteValues(0, mixed);
                forDense[i].ZeroGrad();
                (Ops.IndexSelect(dense[i], 0, ids) * g).Sum().Backward();
                forDense[i].Step();
            }
            for (int row = 0; row < Rows; row++)
                dense[row < slow ? 1 : 0].Value.Span.Slice(row * Dim, Dim).CopyTo(mixed.AsSpan(row * Dim));
            if (step % 7 == 0) Golden.Close(mixed.AsSpan(3 * Dim, Dim), table[3], 1e-4f, $"row 3 after step {step}");
        }
        Golden.Close(mixed, table.Values[0].Span, 1e-4f, "table");
    }

    [Fact]
    public void AFactorMayChangeAndFrozenRowsStayFrozen()
    {
        Table table = new(4, 3), whole = new(4, 3);
        Optimizer optimizer = new Adam(table) { LearningRate = 0.1f }, reference = new Adam(whole) { LearningRate = 0.1f };
        table.SetLearningRateFactor(0, 3, Slow);
        table.FreezeRows(2, 3);
        reference.LearningRate *= Slow;
        Step(5);
        Assert.Equal(whole[0].ToArray(), table[0].ToArray());
        Assert.Equal([0, 0, 0], table[2].ToArray());
        // From here on the whole rate: the state that row 0 has so far is that of the reference.
        table.SetLearningRateFactor(0, 1, 1);
        whole.ApplyDeferredUpdates();
        reference.LearningRate = 0.1f;
        Step(5);
        Assert.Equal(whole[0].ToArray(), table[0].ToArray());
        Assert.NotEqual(whole[1].ToArray(), table[1].ToArray());
        Assert.Equal([1, Slow, Slow, 1],
            [table.LearningRateFactor(0), table.LearningRateFactor(1), table.LearningRateFactor(2), table.LearningRateFactor(3)]);
        table.Grow(6);
        Assert.Equal(1, table.LearningRateFactor(5));
        Step(1);

        void Step(int count)
        {
            for (int i = 0; i < count; i++)
                foreach ((Table moved, Optimizer mover) in ((Table, Optimizer)[])[(table, optimizer), (whole, reference)])
                {
                    mover.ZeroGrad();
                    moved.Gradient.Add(new long[] { 0, 1, 2, 3 }, Tensor.Ones(4, 3).Memory);
                    mover.Step();
                }
        }
    }

    /// <summary>Without the optimizer's next step, a row that is behind reads as its own rate says.</summary>
    [Fact]
    public void ARowThatIsBehindReadsWithItsRate()
    {
        Table table = new(3, 2), slow = new(3, 2);
        Optimizer optimizer = new Sgd(table) { LearningRate = 0.1f, Momentum = 0.9f },
            reference = new Sgd(slow) { LearningRate = 0.1f * Slow, Momentum = 0.9f };
        table.SetLearningRateFactor(1, 2, Slow);
        for (int step = 0; step < 6; step++)
            foreach ((Table moved, Optimizer mover) in ((Table, Optimizer)[])[(table, optimizer), (slow, reference)])
            {
                mover.ZeroGrad();
                moved.Gradient.Add(new long[] { step == 0 ? 1 : 0 }, new float[] { 1, 2 });
                mover.Step();
            }
        float[] read = new float[2], expected = new float[2];
        table.ReadRow(1, read);
        slow.ReadRow(1, expected);
        Assert.Equal(expected, read);
        Assert.True(read[0] < -0.03f, $"{read[0]} after one step of 0.01 and five of momentum");
    }

    [Fact]
    public void TheSameBitsForAnyNumberOfThreads()
    {
        float[] one = Run(1), two = Run(2), four = Run(4);
        Assert.Equal(one, two);
        Assert.Equal(one, four);

        static float[] Run(int threads)
        {
            int before = Workers.Threads;
            Workers.Threads = threads;
            try
            {
                var table = new Table(5_000, 24);
                var rng = new Rng(3);
                rng.Randn(table.Values);
                for (int row = 0; row < 5_000; row += 3) table.SetLearningRateFactor(row, row + 1, Slow);
                var optimizer = new Adam(table) { LearningRate = 0.01f };
                for (int step = 0; step < 6; step++)
                {
                    long[] ids = new long[3_000];
                    rng.RandInt(ids, 0, step % 2 == 0 ? 5_000 : 50);
                    optimizer.ZeroGrad();
                    table.Gradient.Add(ids, Tensor.Randn(rng, 3_000, 24).Memory);
                    optimizer.Step();
                }
                return table.Values[0].ToArray();
            }
            finally { Workers.Threads = before; }
        }
    }

    [Fact]
    public void WhatIsNoFactorIsRefused()
    {
        var table = new Table(20, 2);
        foreach (float factor in new[] { 0, -1, float.NaN, float.PositiveInfinity })
            Assert.Contains("it must be positive and finite", Assert.Throws<ArgumentOutOfRangeException>(
                () => table.SetLearningRateFactor(0, 1, factor)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => table.SetLearningRateFactor(5, 21, 0.5f));
        Assert.Throws<ArgumentOutOfRangeException>(() => table.LearningRateFactor(20));
        for (int row = 0; row < 16; row++) table.SetLearningRateFactor(row, row + 1, 1f / (row + 2));
        Assert.Contains("use fewer distinct factors", Assert.Throws<ArgumentOutOfRangeException>(
            () => table.SetLearningRateFactor(16, 17, 0.9f)).Message, StringComparison.Ordinal);
        Assert.Equal(1, table.LearningRateFactor(16));
        // A factor that no row has any more makes place for another.
        table.SetLearningRateFactor(0, 1, 1);
        table.SetLearningRateFactor(16, 17, 0.9f);
        Assert.Equal([1, 0.9f, 0.25f], [table.LearningRateFactor(0), table.LearningRateFactor(16), table.LearningRateFactor(2)]);
    }

    static bool OverTheWholeTable(string rule) => rule.StartsWith("adafactor", StringComparison.Ordinal);
}
