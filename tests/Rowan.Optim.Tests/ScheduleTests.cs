using Rowan.TestSupport;

namespace Rowan.Tests;

public class ScheduleTests
{
    public static TheoryData<string> Cases =>
        [.. Golden.Read("optim.json").Where(golden => golden.Name.StartsWith("lr_", StringComparison.Ordinal))
        .Select(golden => golden.Name)];

    [Theory, MemberData(nameof(Cases))]
    public void RatesArePyTorchs(string name)
    {
        Golden golden = Golden.Read("optim.json", name);
        Sgd optimizer = Over((float)golden.Setting("base_lr")!);
        if (golden.Text("scheduler") == "ReduceLROnPlateau")
        {
            var plateau = new PlateauSchedule(optimizer)
            {
                Factor = D("factor"), Patience = (long)D("patience"), Threshold = D("threshold"),
                Relative = golden.Text("threshold_mode") == "rel",
                Cooldown = (long)D("cooldown"), Minimum = D("min_lr"), Epsilon = D("eps"), Better = golden.Text("mode") == "max"
                    ? Better.Higher : Better.Lower,
            };
            double[] metrics = golden.Doubles("inputs", "metric"), after = golden.Doubles("outputs", "lr_after_step");
            for (int step = 0; step < metrics.Length; step++)
            {
                plateau.Step(metrics[step]);
                Assert.Equal(after[step], optimizer.LearningRate, 1e-6 * after[step]);
            }
            return;
        }
        StepCountSchedule schedule = golden.Text("scheduler") switch
        {
            "StepLR" => new StepSchedule(optimizer, (long)D("step_size"), D("gamma")),
            "MultiStepLR" => new MultiStepSchedule(optimizer, golden.Ints("milestones").Select(milestone => (long)milestone), D("gamma")),
            "ExponentialLR" => new ExponentialSchedule(optimizer, D("gamma")),
            "CosineAnnealingLR" => new CosineSchedule(optimizer, (long)D("T_max"), D("eta_min")),
            "CosineAnnealingWarmRestarts" => new CosineRestartsSchedule(optimizer, (long)D("T_0"), (int)D("T_mult"), D("eta_min")),
            "LinearLR" => new LinearSchedule(optimizer, D("start_factor"), D("end_factor"), (long)D("total_iters")),
            "ConstantLR" => new ConstantSchedule(optimizer, D("factor"), (long)D("total_iters")),
            "PolynomialLR" => new PolynomialSchedule(optimizer, (long)D("total_iters"), D("power")),
            "LambdaLR" => new LambdaSchedule(optimizer, step => 1 / (1 + 0.1 * step)),
            "OneCycleLR" => new OneCycleSchedule(optimizer, D("max_lr"), (long)D("total_steps"), D("pct_start"),
                golden.Text("anneal_strategy") == "cos" ? Anneal.Cosine : Anneal.Linear,
                D("div_factor"), D("final_div_factor"), golden.Flag("three_phase")),
            "CyclicLR" => new CyclicSchedule(optimizer, D("base_lr_cycle"), D("max_lr"), (long)D("step_size_up"), (long)D("step_size_down"),
                golden.Text("mode") switch {
                    "triangular" => CycleMode.Triangular, "triangular2" => CycleMode.Halving, _ => CycleMode.Exponential }, D("gamma")),
            var other => throw new InvalidOperationException($"no schedule {other}"),
        };
        double[] rates = golden.Doubles("outputs", "lr");
        for (int step = 0; step < rates.Length; step++)
        {
            Assert.Equal(rates[step], optimizer.LearningRate, 1e-6 * Math.Abs(rates[step]) + 1e-12);
            if (step + 1 < rates.Length) schedule.Step();
        }

        double D(string setting) => (double)golden.Setting(setting)!;
    }

    static readonly Dictionary<Type, Func<Optimizer, Schedule>> All = new()
    {
        [typeof(StepSchedule)] = o => new StepSchedule(o, 3), [typeof(MultiStepSchedule)] = o => new MultiStepSchedule(o, [2, 7]),
        [typeof(ExponentialSchedule)] = o => new ExponentialSchedule(o, 0.9), [typeof(LambdaSchedule)] = o =>
            new LambdaSchedule(o, t => 1.0 / (t + 1)),
        [typeof(ConstantSchedule)] = o => new ConstantSchedule(o), [typeof(LinearSchedule)] = o => new LinearSchedule(o),
        [typeof(PolynomialSchedule)] = o => new PolynomialSchedule(o, 12, 2),
        [typeof(CosineSchedule)] = o => new CosineSchedule(o, 9, 0.01), [typeof(CosineRestartsSchedule)] = o =>
            new CosineRestartsSchedule(o, 3, 2), [typeof(OneCycleSchedule)] = o => new OneCycleSchedule(o, 1, 20),
        [typeof(CyclicSchedule)] = o => new CyclicSchedule(o, 0.1, 1, 3), [typeof(PlateauSchedule)] = o =>
            new PlateauSchedule(o) { Patience = 1, Cooldown = 1, Factor = 0.5 },
        [typeof(SequentialSchedule)] = o => new SequentialSchedule(o, [new LinearSchedule(o, 0.1, 1, 4), new CosineSchedule(o, 8)], [4]),
        [typeof(ChainedSchedule)] = o => new ChainedSchedule(o, new ConstantSchedule(o, 0.1, 3), new ExponentialSchedule(o, 0.9)),
    };

    public static TheoryData<Type> Types =>
        [.. typeof(Schedule).Assembly.GetExportedTypes().Where(type => type.IsSubclassOf(typeof(Schedule)) && !type.IsAbstract)];

    /// <summary>Saved and loaded in the middle the rates go on as if nothing had been; each group by its own base rate.</summary>
    [Theory, MemberData(nameof(Types))]
    public void AScheduleResumesExactly(Type type)
    {
        Assert.True(All.ContainsKey(type), $"{type.Name} has no case; add one");
        (OptimizerGroup straight, Schedule first) = Made();
        for (int step = 0; step < 6; step++) Step(first, step);
        (OptimizerGroup resumed, Schedule second) = Made();
        second.LoadStateDict(first.StateDict());
        Assert.Equal(Rates(straight), Rates(resumed));
        for (int step = 6; step < 14; step++)
        {
            Step(first, step);
            Step(second, step);
            Assert.Equal(Rates(straight), Rates(resumed));
        }
        Assert.Throws<ArgumentException>(() => second.LoadStateDict(new StateDict()));

        (OptimizerGroup, Schedule) Made()
        {
            var both = new OptimizerGroup(Over(0.4f), Over(0.1f));
            return (both, All[type](both));
        }

        static void Step(Schedule schedule, int step)
        {
            if (schedule is PlateauSchedule plateau) plateau.Step(Math.Sin(step));
            else ((StepCountSchedule)schedule).Step();
        }

        static float[] Rates(Optimizer optimizer) => [.. optimizer.Groups.Select(group => group.LearningRate)];
    }

    [Fact]
    public void SequenceAndChainAreWhatTheySay()
    {
        Sgd one = Over(0.5f);
        var sequence = new SequentialSchedule(one, [new LinearSchedule(one, 0.1, 1, 4), new ExponentialSchedule(one, 0.5)], [4]);
        var rates = new List<float> { one.LearningRate };
        for (int step = 0; step < 6; step++)
        {
            sequence.Step();
            rates.Add(one.LearningRate);
        }
        Assert.Equal([0.05f, 0.1625f, 0.275f, 0.3875f, 0.5f, 0.25f, 0.125f], rates, (a, b) => MathF.Abs(a - b) < 1e-6f);

        Sgd two = Over(1);
        var chain = new ChainedSchedule(two, new ConstantSchedule(two, 0.1, 2), new ExponentialSchedule(two, 0.9));
        float[] expected = [0.1f, 0.09f, 0.81f, 0.729f];
        foreach (float rate in expected)
        {
            Assert.Equal(rate, two.LearningRate, 1e-6f);
            chain.Step();
        }
    }

    [Fact]
    public void SettingsOutOfBoundsAreRefused()
    {
        Sgd optimizer = Over(0.1f);
        Assert.Throws<ArgumentOutOfRangeException>(() => new StepSchedule(optimizer, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CosineSchedule(optimizer, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LinearSchedule(optimizer, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConstantSchedule(optimizer, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PlateauSchedule(optimizer) { Factor = 1 });
        Assert.Throws<ArgumentException>(() => new SequentialSchedule(optimizer, [new ExponentialSchedule(optimizer, 0.9)], [3]));
        Assert.Throws<ArgumentException>(() => new ChainedSchedule(optimizer, new ExponentialSchedule(Over(1), 0.9)));
        var cycle = new OneCycleSchedule(optimizer, 1, 2);
        cycle.Step();
        Assert.Throws<InvalidOperationException>(cycle.Step);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void AnAverageIsItsFormula(bool exponential)
    {
        var rng = new Rng(2);
        var parameter = new Parameter(Tensor.Randn(rng, 3));
        var table = new Table(4, 2);
        rng.Randn(table.Values);
        var optimizer = new Adam(parameter, table) { LearningRate = 0.1f };
        WeightAverage average = exponential ? WeightAverage.Exponential([parameter, table], 0.8) : WeightAverage.Equal([parameter, table]);
        WeightAverage? resumed = null;
        double[] expected = new double[11];
        for (int n = 0; n < 6; n++)
        {
            (parameter.Value * Tensor.Randn(rng, 3)).Sum().Backward();
            table.Gradient.Add(new long[] { n % 4 }, new float[] { 1, -1 });
            optimizer.Step();
            optimizer.ZeroGrad();
            double[] weights = [.. parameter.Value.ToArray(), .. table.Values[0].ToArray()];
            for (int i = 0; i < 11; i++)
                expected[i] = n == 0 ? weights[i] : exponential ? 0.8 * expected[i] + 0.2 * weights[i]
                : (expected[i] * n + weights[i]) / (n + 1);
            average.Update();
            resumed?.Update();
            if (n != 2) continue;
            resumed = exponential ? WeightAverage.Exponential([parameter, table], 0.8) : WeightAverage.Equal([parameter, table]);
            resumed.LoadStateDict(average.StateDict());
        }
        float[] live = Weights();
        average.Swap();
        Golden.Close([.. expected.Select(value => (float)value)], Weights(), 1e-6f, "average");
        average.Swap();
        Assert.Equal(live, Weights());
        resumed!.CopyToWeights();
        Golden.Close([.. expected.Select(value => (float)value)], Weights(), 1e-6f, "resumed");
        Assert.Throws<InvalidOperationException>(WeightAverage.Equal([parameter]).Swap);

        float[] Weights() => [.. parameter.Value.ToArray(), .. table.Values[0].ToArray()];
    }

    static Sgd Over(float rate) => new(new Parameter(Tensor.Ones(1))) { LearningRate = rate };
}
