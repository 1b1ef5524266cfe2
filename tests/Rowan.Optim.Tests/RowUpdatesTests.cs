using Rowan.Numerics;
using Rowan.TestSupport;

namespace Rowan.Tests;

public class RowUpdatesTests
{
    const int Rows = 40;

    public static TheoryData<string, int> Everything
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (string rule in new[] { "sgd", "momentum", "nesterov", "decay", "momentum-decay", "adagrad", "adagrad-decay", "adam", "adam-decay", "adamw", "sparse-adam" })
                foreach (int dim in new[] { 1, 3, 8, 17, 64, 130 }) data.Add(rule, dim);
            return data;
        }
    }

    /// <summary>Exact mode equals a dense parameter of the same size, rows that were away for long included, and with a schedule.</summary>
    [Theory, MemberData(nameof(Everything))]
    public void ExactIsTheDenseOptimizer(string rule, int dim)
    {
        var rng = new Rng(7);
        Tensor start = Tensor.Randn(rng, Rows, dim);
        var dense = new Parameter(start.Clone());
        var table = new Table(Rows, dim);
        table.CopyFrom(start.Span);
        Optimizer forDense = Make(rule, RowUpdates.Exact, dense), forTable = Make(rule, RowUpdates.Exact, table);
        for (int step = 0; step < 300; step++)
        {
            // A skewed choice: some rows come every few steps, row 39 never, most rest for long. Repeats within a step.
            long[] ids = new long[4];
            rng.RandInt(ids, 0, step % 40 == 0 ? Rows - 1 : 6);
            Tensor g = Tensor.Randn(rng, 4, dim);
            if (step == 100) forDense.LearningRate = forTable.LearningRate = forDense.LearningRate * 2;
            forDense.ZeroGrad();
            forTable.ZeroGrad();
            (Ops.IndexSelect(dense, 0, ids) * g).Sum().Backward();
            table.Gradient.Add(ids, g.Memory);
            forDense.Step();
            forTable.Step();
            if (step % 37 == 0) Golden.Close(dense.Value.Span.Slice(3 * dim, dim), table[3], 1e-4f, $"row 3 after step {step}");
        }
        Golden.Close(dense.Value.Span, table.Values[0].Span, 1e-4f, "table");
    }

    [Theory, MemberData(nameof(Everything))]
    public void LazyMovesRowsLookedUpAndNoOther(string rule, int dim)
    {
        var table = new Table(Rows, dim);
        new Rng(1).Randn(table.Values);
        Optimizer optimizer = Make(rule, RowUpdates.Lazy, table);
        for (int step = 0; step < 5; step++)
        {
            float[] before = table.Values[0].ToArray();
            optimizer.ZeroGrad();
            var g = new float[2 * dim];
            g.AsSpan().Fill(1);
            table.Gradient.Add(new long[] { step, 20 }, g);
            optimizer.Step();
            for (int row = 0; row < Rows; row++)
                Assert.Equal(row == step || row == 20, !table[row].SequenceEqual(before.AsSpan(row * dim, dim)));
        }
    }

    [Theory]
    [InlineData("adam"), InlineData("momentum-decay"), InlineData("adagrad")]
    public void TheSameBitsForAnyNumberOfThreads(string rule)
    {
        float[] one = Run(1), two = Run(2), four = Run(4);
        Assert.Equal(one, two);
        Assert.Equal(one, four);

        float[] Run(int threads)
        {
            int before = Workers.Threads;
            Workers.Threads = threads;
            try
            {
                var table = new Table(5_000, 24);
                var rng = new Rng(3);
                rng.Randn(table.Values);
                Optimizer optimizer = Make(rule, RowUpdates.Exact, table);
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
    public void ATableWithoutGradientIsSkippedAndCountsNoStep()
    {
        var table = new Table(3, 2);
        var optimizer = new Adam(table) { LearningRate = 0.1f };
        optimizer.Step();
        table.Gradient.Add(new long[] { 1 }, new float[] { 1, 1 });
        optimizer.Step();
        Assert.Equal(-0.1f, table[1][0], 1e-6f);
        Assert.Equal(0, table[0][0]);
        table.Frozen = true;
        optimizer.Step();
        Assert.Equal(-0.1f, table[1][0], 1e-6f);
    }

    [Fact]
    public void SettingsOutOfBoundsAreRefused()
    {
        var table = new Table(3, 2);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Sgd(table) { LearningRate = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Adam(table) { Beta1 = 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Adagrad(table) { Epsilon = float.NaN });
        Assert.Throws<ArgumentException>(() => new Sgd());
        var nesterov = new Sgd(table) { Nesterov = true };
        Assert.Throws<InvalidOperationException>(nesterov.Step);
    }

    static Optimizer Make(string rule, RowUpdates rows, ILearnable learnable) => rule switch
    {
        "sgd" => new Sgd(learnable) { Rows = rows, LearningRate = 0.1f },
        "momentum" => new Sgd(learnable) { Rows = rows, LearningRate = 0.01f, Momentum = 0.9f },
        "nesterov" => new Sgd(learnable) { Rows = rows, LearningRate = 0.01f, Momentum = 0.8f, Nesterov = true },
        "decay" => new Sgd(learnable) { Rows = rows, LearningRate = 0.1f, WeightDecay = 0.01f },
        "momentum-decay" => new Sgd(learnable) { Rows = rows, LearningRate = 0.01f, Momentum = 0.9f, Dampening = 0.2f, WeightDecay = 0.05f },
        "adagrad" => new Adagrad(learnable) { Rows = rows, LearningRate = 0.1f, InitialAccumulator = 0.1f },
        "adagrad-decay" => new Adagrad(learnable) { Rows = rows, LearningRate = 0.05f, WeightDecay = 0.01f, LearningRateDecay = 0.01f },
        "adam" => new Adam(learnable) { Rows = rows, LearningRate = 0.01f },
        "adam-decay" => new Adam(learnable) { Rows = rows, LearningRate = 0.01f, WeightDecay = 0.1f },
        "adamw" => new AdamW(learnable) { Rows = rows, LearningRate = 0.01f, WeightDecay = 0.1f },
        "sparse-adam" => new SparseAdam(learnable) { Rows = rows, LearningRate = 0.01f },
        _ => throw new ArgumentException(rule),
    };
}
