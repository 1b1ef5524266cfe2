using Rowan.Numerics;
using Rowan.TestSupport;

namespace Rowan.Tests;

public class OptimizerGoldenTests
{
    public static TheoryData<string> Cases =>
        [.. Golden.Read("optim.json").Where(golden => golden.Text("optimizer") is not null).Select(golden => golden.Name)];

    public static TheoryData<string> DenseCases =>
        [.. Golden.Read("optim.json").Where(golden => golden.Text("optimizer") is not null && !golden.Flag("sparse"))
        .Select(golden => golden.Name)];

    public static TheoryData<string> ClippingCases =>
        [.. Golden.Read("optim.json").Where(golden => golden.Text("op")?.StartsWith("clip", StringComparison.Ordinal) == true)
        .Select(golden => golden.Name)];

    /// <summary>Two gradients, one of a parameter, the other of a table whose rows come in two entries each.</summary>
    [Theory, MemberData(nameof(ClippingCases))]
    public void ClippingIsLibtorchs(string name)
    {
        Golden golden = Golden.Read("optim.json", name);
        string[] inputs = [.. golden.Names("inputs")];
        var parameter = new Parameter(Tensor.Zeros(golden.Shape("inputs", inputs[0])));
        (parameter.Value * golden.Tensor("inputs", inputs[0])).Sum().Backward();
        long[] shape = golden.Shape("inputs", inputs[1]);
        (long rows, int dim) = (shape[0], shape.Length > 1 ? (int)shape[1] : 1);
        var table = new Table(rows + 1, dim);
        float[] half = [.. golden.Floats("inputs", inputs[1]).Select(value => value / 2)];
        long[] ids = [.. Enumerable.Range(1, (int)rows).Select(row => (long)row)];
        table.Gradient.Add(ids, half);
        table.Gradient.Add(ids, half);
        if (golden.Setting("clip_value") is { } limit) GradientClipping.ByValue([parameter, table], (float)limit);
        else Assert.Equal(golden.Floats("outputs", "total_norm")[0],
            GradientClipping.ByNorm([parameter, table], (float)golden.Setting("max_norm")!, (float)golden.Setting("norm_type")!), 1e-6f);
        Golden.Close(golden.Floats("outputs", "grad0"), parameter.Gradient!.Span, 1e-6f, "parameter");
        Golden.Close(golden.Floats("outputs", "grad1"), ids.SelectMany(id => table.Gradient[id]).ToArray(), 1e-6f, "table");
    }

    [Fact]
    public void ClippingRefusesNaNAndChangesNothing()
    {
        var parameter = new Parameter(Tensor.Zeros(3));
        (parameter.Value * new[] { 1f, float.NaN, 2f }).Sum().Backward();
        var error = Assert.Throws<InvalidOperationException>(() => GradientClipping.ByNorm([parameter], 1));
        Assert.Contains("NaN at flat place 1", error.Message, StringComparison.Ordinal);
        Assert.Equal([1, float.NaN, 2], parameter.Gradient!.ToArray());
        Assert.True(float.IsNaN(GradientClipping.ByNorm([parameter], 1, errorIfNonFinite: false)));
        Assert.All(parameter.Gradient.ToArray(), value => Assert.True(float.IsNaN(value)));
    }

    [Theory, MemberData(nameof(DenseCases))]
    public void ADenseParameterMovesAsLibtorchMovesIt(string name)
    {
        Golden golden = Golden.Read("optim.json", name);
        var parameter = new Parameter(new Tensor(golden.Floats("params", "p"), golden.Shape("params", "p")));
        int n = (int)parameter.Count;
        Optimizer optimizer = Make(golden, RowUpdates.Exact, parameter);
        for (int step = 0; step < 12; step++)
        {
            optimizer.ZeroGrad();
            var g = new Tensor(golden.Floats("inputs", "grads").AsSpan(step * n, n), 6, 3);
            (parameter.Value * g).Sum().Backward();
            optimizer.Step();
            Golden.Close(golden.Floats("outputs", "p_after").AsSpan(step * n, n), parameter.Value.Span, 1e-6f * (step + 1), $"step {step}");
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void ATableMovesAsLibtorchMovesIt(string name)
    {
        Golden golden = Golden.Read("optim.json", name);
        bool sparse = golden.Flag("sparse");
        long[] shape = golden.Shape("params", "p");
        int n = (int)(shape[0] * shape[1]);
        var table = new Table(shape[0], (int)shape[1]);
        table.CopyFrom(golden.Floats("params", "p"));
        Optimizer optimizer = Make(golden, RowUpdates.Exact, table);
        for (int step = 0; step < 12; step++)
        {
            optimizer.ZeroGrad();
            if (sparse) table.Gradient.Add(golden.Longs("inputs", $"rows_{step}"), golden.Floats("inputs", $"values_{step}"));
            else table.Gradient.Add(new long[] { 0, 1, 2, 3, 4, 5 }, golden.Floats("inputs", "grads").AsMemory(step * n, n));
            optimizer.Step();
            Golden.Close(golden.Floats("outputs", "p_after").AsSpan(step * n, n), table.Values[0].Span, 1e-6f * (step + 1), $"step {step}");
        }
    }

    static Optimizer Make(Golden golden, RowUpdates rows, ILearnable learnable)
    {
        float Setting(string name) => (float)golden.Setting(name)!;
        return golden.Text("optimizer") switch
        {
            "SGD" => new Sgd(learnable)
            {
                Rows = rows, LearningRate = Setting("lr"), Momentum = Setting("momentum"), Dampening = Setting("dampening"),
                WeightDecay = Setting("weight_decay"), Nesterov = golden.Flag("nesterov"),
            },
            "Adagrad" => new Adagrad(learnable)
            {
                Rows = rows, LearningRate = Setting("lr"), LearningRateDecay = Setting("lr_decay"), WeightDecay = Setting("weight_decay"),
                InitialAccumulator = Setting("initial_accumulator_value"), Epsilon = Setting("eps"),
            },
            "Adam" => new Adam(learnable)
            {
                Rows = rows, LearningRate = Setting("lr"), Beta1 = Setting("beta1"), Beta2 = Setting("beta2"), Epsilon = Setting("eps"),
                WeightDecay = Setting("weight_decay"), AmsGrad = golden.Flag("amsgrad"),
            },
            "AdamW" => new AdamW(learnable)
            {
                Rows = rows, LearningRate = Setting("lr"), Beta1 = Setting("beta1"), Beta2 = Setting("beta2"), Epsilon = Setting("eps"),
                WeightDecay = Setting("weight_decay"), AmsGrad = golden.Flag("amsgrad"),
            },
            "RMSprop" => new RmsProp(learnable)
            {
                Rows = rows, LearningRate = Setting("lr"), Alpha = Setting("alpha"), Epsilon = Setting("eps"),
                WeightDecay = Setting("weight_decay"),
                Momentum = Setting("momentum"), Centered = golden.Flag("centered"),
            },
            "SparseAdam" => new SparseAdam(learnable)
            {
                LearningRate = Setting("lr"), Beta1 = Setting("beta1"), Beta2 = Setting("beta2"), Epsilon = Setting("eps"),
            },
            var other => throw new InvalidOperationException($"no optimizer {other}"),
        };
    }
}
