using Rowan.Numerics;
using Rowan.TestSupport;

namespace Rowan.Tests;

public class OptimizerGoldenTests
{
    public static TheoryData<string> Cases => [.. Golden.Read("optim.json").Select(golden => golden.Name)];

    public static TheoryData<string> DenseCases => [.. Golden.Read("optim.json").Where(golden => !golden.Flag("sparse")).Select(golden => golden.Name)];

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
            Golden.Close(golden.Floats("outputs", "p_after").AsSpan(step * n, n), parameter.Value.Span, 2e-6f, $"step {step}");
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
            Golden.Close(golden.Floats("outputs", "p_after").AsSpan(step * n, n), table.Values[0].Span, 2e-6f, $"step {step}");
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
                WeightDecay = Setting("weight_decay"),
            },
            "AdamW" => new AdamW(learnable)
            {
                Rows = rows, LearningRate = Setting("lr"), Beta1 = Setting("beta1"), Beta2 = Setting("beta2"), Epsilon = Setting("eps"),
                WeightDecay = Setting("weight_decay"),
            },
            "SparseAdam" => new SparseAdam(learnable)
            {
                LearningRate = Setting("lr"), Beta1 = Setting("beta1"), Beta2 = Setting("beta2"), Epsilon = Setting("eps"),
            },
            var other => throw new InvalidOperationException($"no optimizer {other}"),
        };
    }
}
