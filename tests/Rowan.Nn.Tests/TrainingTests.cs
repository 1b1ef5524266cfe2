using Rowan.Nn;
using Rowan.TestSupport;

namespace Rowan.Tests;

public class TrainingTests
{
    /// <summary>Twenty steps of a small model from torch.manual_seed(0): the same losses, the same last weights.</summary>
    [Fact]
    public void AWholeRunIsLibtorchs()
    {
        Golden golden = Golden.Read("training.json", "bag_of_words_sgd_momentum");
        var model = new Model(new Rng(0));
        var optimizer = new Sgd(model.Parameters()) { LearningRate = 0.2f, Momentum = 0.9f };
        long[] x = golden.Longs("inputs", "x"), y = golden.Longs("inputs", "y");
        var losses = new List<float>();
        for (int step = 0; step < 20; step++)
        {
            optimizer.ZeroGrad();
            Tensor loss = Losses.CrossEntropy(model.Forward(Indices.From(x.AsSpan(step * 42, 42), 6, 7)), y.AsSpan(step * 6, 6));
            loss.Backward();
            if (step == 0)
            {
                Golden.Close(golden.Floats("grads", "step1.embedding.weight"), model.Embedding.Weight.Gradient.ToTensor()!.Span, 1e-6f, "embedding gradient");
                Golden.Close(golden.Floats("grads", "step1.linear.weight"), model.Linear.Weight.Gradient!.Span, 1e-6f, "linear gradient");
            }
            optimizer.Step();
            losses.Add(loss.Item());
        }
        Golden.Close(golden.Floats("outputs", "loss"), losses.ToArray(), 1e-5f, "loss");
        Golden.Close(golden.Floats("outputs", "final.embedding.weight"), model.Embedding.Weight.AsTensor().Span, 1e-5f, "embedding");
        Golden.Close(golden.Floats("outputs", "final.linear.weight"), model.Linear.Weight.Value.Span, 1e-5f, "linear");
    }

    sealed class Model(Rng rng) : Module
    {
        public Embedding Embedding { get; } = new(50, 8, rng: rng);
        public Linear Linear { get; } = new(8, 4, rng: rng);

        public Tensor Forward(Indices ids) => Linear.Forward(Embedding.Forward(ids).Mean(1));
    }
}
