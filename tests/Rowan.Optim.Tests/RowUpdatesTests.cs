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
            foreach (string rule in Rules.Keys)
                foreach (int dim in new[] { 1, 3, 8, 17, 64, 130 }) data.Add(rule, dim);
            return data;
        }
    }

    [Fact]
    public void EveryOptimizerIsHere()
    {
        Type[] tested = [.. Rules.Values.Select(make => make(new Parameter(Tensor.Zeros(1, 1)), RowUpdates.Exact).GetType()).Distinct(),
            typeof(OptimizerGroup)];
        Assert.Empty(typeof(Optimizer).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Optimizer)) && !type.IsAbstract)
            .Except(tested));
    }

    /// <summary>
    /// 200 steps in which each row comes with probability 1/20, saved and loaded in the middle, against the same rule applied densely.
    /// </summary>
    [Theory, MemberData(nameof(Everything))]
    public void ExactIsTheDenseRuleAlsoAfterSavingAndLoading(string rule, int dim)
    {
        var rng = new Rng(21);
        Tensor start = Tensor.Randn(rng, Rows, dim);
        var dense = new Parameter(start.Clone());
        var table = new Table(Rows, dim);
        table.CopyFrom(start.Span);
        Optimizer forDense = Make(rule, RowUpdates.Exact, dense), forTable = Make(rule, RowUpdates.Exact, table);
        var drawn = new float[Rows];
        for (int step = 0; step < 200; step++)
        {
            if (step == 100)
            {
                StateDict saved = forTable.StateDict();
                var again = new Table(Rows, dim);
                again.CopyFrom(table.Values[0].Span);
                Optimizer resumed = Make(rule, RowUpdates.Exact, again);
                resumed.LoadStateDict(saved);
                (table, forTable) = (again, resumed);
            }
            rng.Bernoulli(drawn, 0.05);
            long[] ids = [.. Enumerable.Range(0, Rows).Where(row => drawn[row] == 1).Select(row => (long)row)];
            if (ids.Length == 0) ids = [step % Rows];
            Tensor g = Tensor.Randn(rng, ids.Length, dim);
            forDense.ZeroGrad();
            forTable.ZeroGrad();
            (Ops.IndexSelect(dense, 0, ids) * g).Sum().Backward();
            table.Gradient.Add(ids, g.Memory);
            forDense.Step();
            forTable.Step();
        }
        Golden.Close(dense.Value.Span, table.Values[0].Span, 1e-5f, "table");
    }

    /// <summary>A parameter saved in the middle goes on to the same bits; a state that does not fit changes nothing.</summary>
    [Theory, MemberData(nameof(Names))]
    public void ADenseParameterResumesToTheSameBits(string rule)
    {
        var rng = new Rng(4);
        Tensor[] gradients = [.. Enumerable.Range(0, 12).Select(_ => Tensor.Randn(rng, 5, 3))];
        var straight = new Parameter(Tensor.Ones(5, 3));
        Optimizer optimizer = Make(rule, RowUpdates.Exact, straight);
        Parameter? second = null;
        Optimizer? resumed = null;
        for (int step = 0; step < 12; step++)
        {
            if (step == 6)
            {
                second = new Parameter(straight.Value.Detach().Clone());
                resumed = Make(rule, RowUpdates.Exact, second);
                resumed.LoadStateDict(optimizer.StateDict());
            }
            Take(optimizer, straight, gradients[step]);
            if (resumed is not null) Take(resumed, second!, gradients[step]);
        }
        Assert.Equal(straight.Value.ToArray(), second!.Value.ToArray());

        var other = new Parameter(Tensor.Ones(4, 3));
        Optimizer small = Make(rule, RowUpdates.Exact, other);
        if (optimizer.StateDict().Count > 2)
            Assert.Contains("should be", Assert.Throws<ArgumentException>(() => small.LoadStateDict(optimizer.StateDict())).Message,
                StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => small.LoadStateDict(new StateDict()));

        static void Take(Optimizer optimizer, Parameter parameter, Tensor g)
        {
            optimizer.ZeroGrad();
            (parameter.Value * g).Sum().Backward();
            optimizer.Step();
        }
    }

    public static TheoryData<string> Names => [.. Rules.Keys];

    [Theory, MemberData(nameof(Names))]
    public void MaximizeIsTheOtherSign(string rule)
    {
        var rng = new Rng(8);
        Parameter up = new(Tensor.Ones(4, 5)), down = new(Tensor.Ones(4, 5));
        Optimizer climbs = Make(rule, RowUpdates.Exact, up), falls = Make(rule, RowUpdates.Exact, down);
        climbs.Maximize = true;
        for (int step = 0; step < 5; step++)
        {
            Tensor g = Tensor.Randn(rng, 4, 5);
            climbs.ZeroGrad();
            falls.ZeroGrad();
            (up.Value * -g).Sum().Backward();
            (down.Value * g).Sum().Backward();
            climbs.Step();
            falls.Step();
        }
        Assert.Equal(down.Value.ToArray(), up.Value.ToArray());
    }

    /// <summary>Frozen rows stay, with their state; new rows begin fresh; the others go on as if nothing had happened.</summary>
    [Theory, MemberData(nameof(Names))]
    public void RowsFreezeThawAndGrow(string rule)
    {
        var rng = new Rng(6);
        Table table = new(6, 4), plain = new(6, 4);
        rng.Randn(table.Values);
        plain.CopyFrom(table.Values[0].Span);
        Optimizer optimizer = Make(rule, RowUpdates.Exact, table), reference = Make(rule, RowUpdates.Exact, plain);
        bool byRow = rule != "adafactor" && rule != "adafactor-decay";
        Step(3);
        table.FreezeRows(0, 2);
        float[] frozen = [.. table[0], .. table[1]];
        Step(4);
        Assert.Equal(frozen, (float[])[.. table[0], .. table[1]]);
        if (byRow) Assert.Equal(plain[3].ToArray(), table[3].ToArray());
        table.ThawRows(1, 2);
        Step(1);
        Assert.Equal(frozen[..4], table[0].ToArray());
        Assert.NotEqual(frozen[4..], table[1].ToArray());

        float[] before = table[4].ToArray();
        table.Grow(9, (row, values) => values.Fill(row));
        Assert.Equal(before, table[4].ToArray());
        Assert.Equal([8, 8, 8, 8], table[8].ToArray());
        table.Gradient.Add(new long[] { 8, 4 }, new float[] { 1, 1, 1, 1, 1, 1, 1, 1 });
        optimizer.Step();
        Assert.NotEqual([8, 8, 8, 8], table[8].ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => table.Grow(3));

        void Step(int count)
        {
            for (int i = 0; i < count; i++)
            {
                Tensor g = Tensor.Randn(rng, 6, 4);
                foreach ((Table moved, Optimizer mover) in ((Table, Optimizer)[])[(table, optimizer), (plain, reference)])
                {
                    mover.ZeroGrad();
                    moved.Gradient.Add(new long[] { 0, 1, 2, 3, 4, 3 }, g.Memory);
                    mover.Step();
                }
            }
            optimizer.ZeroGrad();
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
    public void ALearningRateAndListsOfModulesAreConstructorArguments()
    {
        Parameter a = new(Tensor.Ones(2)), b = new(Tensor.Ones(3));
        Assert.Equal(0.5f, new Adam([a, b], learningRate: 0.5f).LearningRate);
        var sgd = new Sgd([a, b], 0.5f, momentum: 0.9f, weightDecay: 0.1f);
        Assert.Equal((0.5f, 0.9f, 0.1f), (sgd.LearningRate, sgd.Momentum, sgd.WeightDecay));
        Assert.Equal(1e-2f, new AdamW([a], 0.1f).WeightDecay);
        Assert.Equal([a, b], new Sgd([new Source(a), new Source(b)]).Learnables);
        Assert.Equal((1e-3f, 0.5f), (new Sgd([new Source(a)]).LearningRate, new Sgd([new Source(a)], 0.5f).LearningRate));
        // Every optimizer has both, found by reflection; a rate given is the rate.
        foreach (Type type in typeof(Optimizer).Assembly.GetTypes().Where(type =>
            type.IsSubclassOf(typeof(Optimizer)) && !type.IsAbstract && type != typeof(OptimizerGroup)))
        {
            System.Reflection.ConstructorInfo withRate = Assert.Single(type.GetConstructors(), c =>
                c.GetParameters() is [var first, { Name: "learningRate" }, ..] && first.ParameterType == typeof(IEnumerable<ILearnable>));
            object?[] arguments = [new ILearnable[] { a }, 0.25f,
                .. withRate.GetParameters()[2..].Select(parameter => parameter.DefaultValue)];
            Assert.Equal(0.25f, ((Optimizer)withRate.Invoke(arguments)).LearningRate);
            Assert.Equal(0.25f, ((Optimizer)type.GetConstructor([typeof(IEnumerable<IParameterSource>),
                typeof(float?)])!.Invoke([new[] { new Source(b) }, 0.25f])).LearningRate);
        }
    }

    sealed class Source(params ILearnable[] parameters) : IParameterSource
    {
        public IEnumerable<ILearnable> Parameters() => parameters;
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

    static Optimizer Make(string rule, RowUpdates rows, ILearnable learnable) => Rules[rule](learnable, rows);

    internal static readonly Dictionary<string, Func<ILearnable, RowUpdates, Optimizer>> Rules = new()
    {
        ["sgd"] = (p, rows) => new Sgd(p) { Rows = rows, LearningRate = 0.1f },
        ["momentum"] = (p, rows) => new Sgd(p) { Rows = rows, LearningRate = 0.01f, Momentum = 0.9f },
        ["nesterov"] = (p, rows) => new Sgd(p) { Rows = rows, LearningRate = 0.01f, Momentum = 0.8f, Nesterov = true },
        ["decay"] = (p, rows) => new Sgd(p) { Rows = rows, LearningRate = 0.1f, WeightDecay = 0.01f },
        ["momentum-decay"] = (p, rows) =>
            new Sgd(p) { Rows = rows, LearningRate = 0.01f, Momentum = 0.9f, Dampening = 0.2f, WeightDecay = 0.05f },
        ["adagrad"] = (p, rows) => new Adagrad(p) { Rows = rows, LearningRate = 0.1f, InitialAccumulator = 0.1f },
        ["adagrad-decay"] = (p, rows) =>
            new Adagrad(p) { Rows = rows, LearningRate = 0.05f, WeightDecay = 0.01f, LearningRateDecay = 0.01f },
        ["adam"] = (p, rows) => new Adam(p) { Rows = rows, LearningRate = 0.01f },
        ["adam-decay"] = (p, rows) => new Adam(p) { Rows = rows, LearningRate = 0.01f, WeightDecay = 0.1f },
        ["amsgrad"] = (p, rows) => new Adam(p) { Rows = rows, LearningRate = 0.01f, Beta2 = 0.9f, AmsGrad = true },
        ["adamw"] = (p, rows) => new AdamW(p) { Rows = rows, LearningRate = 0.01f, WeightDecay = 0.1f },
        ["adamw-amsgrad"] = (p, rows) => new AdamW(p) { Rows = rows, LearningRate = 0.01f, Beta2 = 0.9f, AmsGrad = true },
        ["sparse-adam"] = (p, rows) => new SparseAdam(p) { Rows = rows, LearningRate = 0.01f },
        ["rmsprop"] = (p, rows) => new RmsProp(p) { Rows = rows, LearningRate = 0.01f },
        ["rmsprop-all"] = (p, rows) =>
            new RmsProp(p) { Rows = rows, LearningRate = 0.01f, Alpha = 0.9f, Momentum = 0.7f, Centered = true, WeightDecay = 0.01f },
        ["adadelta"] = (p, rows) => new Adadelta(p) { Rows = rows },
        ["adadelta-decay"] = (p, rows) => new Adadelta(p) { Rows = rows, LearningRate = 0.5f, Rho = 0.95f, WeightDecay = 0.01f },
        ["radam"] = (p, rows) => new RAdam(p) { Rows = rows, LearningRate = 0.01f },
        ["radam-decay"] = (p, rows) => new RAdam(p) { Rows = rows, LearningRate = 0.01f, WeightDecay = 0.1f, DecoupledWeightDecay = true },
        ["nadam"] = (p, rows) => new NAdam(p) { Rows = rows, LearningRate = 0.01f },
        ["nadam-decay"] = (p, rows) => new NAdam(p) { Rows = rows, LearningRate = 0.01f, WeightDecay = 0.1f, MomentumDecay = 0.02f },
        ["nadam-decoupled"] = (p, rows) =>
            new NAdam(p) { Rows = rows, LearningRate = 0.01f, WeightDecay = 0.1f, DecoupledWeightDecay = true },
        ["adamax"] = (p, rows) => new Adamax(p) { Rows = rows, LearningRate = 0.01f },
        ["adamax-decay"] = (p, rows) => new Adamax(p) { Rows = rows, LearningRate = 0.01f, Beta2 = 0.9f, WeightDecay = 0.1f },
        ["row-wise-adagrad"] = (p, rows) => new RowWiseAdagrad(p) { Rows = rows, LearningRate = 0.1f, InitialAccumulator = 0.1f },
        ["row-wise-adagrad-decay"] = (p, rows) => new RowWiseAdagrad(p) { Rows = rows, LearningRate = 0.1f, WeightDecay = 0.01f },
        ["row-wise-adam"] = (p, rows) => new RowWiseAdam(p) { Rows = rows, LearningRate = 0.01f, WeightDecay = 0.1f },
        ["lamb"] = (p, rows) => new Lamb(p) { Rows = rows, LearningRate = 0.01f, WeightDecay = 0.01f, ByRow = true },
        ["ftrl"] = (p, rows) => new Ftrl(p) { Rows = rows, LearningRate = 0.1f, L1 = 0.1f, L2 = 0.1f, InitialAccumulator = 0.1f },
        ["adafactor"] = (p, rows) => new Adafactor(p) { Rows = rows, LearningRate = 0.05f },
        ["adafactor-decay"] = (p, rows) => new Adafactor(p) { Rows = rows, LearningRate = 0.05f, WeightDecay = 0.1f },
    };
}
