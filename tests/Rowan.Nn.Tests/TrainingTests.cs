using Rowan.Nn;
using Rowan.Numerics;
using Rowan.TestSupport;

namespace Rowan.Tests;

public class TrainingTests
{
    /// <summary>
    /// Twenty steps of small models from torch.manual_seed(0): the same losses, the same first gradients, the same last weights.
    /// </summary>
    [Fact]
    public void BagOfWordsIsLibtorchs() =>
        Run("bag_of_words_sgd_momentum", rng => new BagOfWords(rng),
        model => new Sgd(model.Parameters()) { LearningRate = 0.2f, Momentum = 0.9f });

    [Fact]
    public void LstmIsLibtorchs() =>
        Run("lstm_adam_padding", rng => new LastStep(rng), model => new Adam(model.Parameters()) { LearningRate = 0.01f });

    [Fact]
    public void TransformerIsLibtorchs() =>
        Run("transformer_adamw", rng => new Characters(rng), model => new AdamW(model.Parameters()) { LearningRate = 0.005f });

    static void Run(string name, Func<Rng, Classifier> make, Func<Module, Optimizer> move)
    {
        Golden golden = Golden.Read("training.json", name);
        Classifier model = make(new Rng(0));
        foreach (StateEntry part in model.StateDict())
            Golden.Close(golden.Floats("params", part.Name), part.ToTensor().Span, 1e-6f, $"first {part.Name}");
        Optimizer optimizer = move(model);
        long[] shapeX = golden.Shape("inputs", "x"), shapeY = golden.Shape("inputs", "y"), x = golden.Longs("inputs", "x"),
        y = golden.Longs("inputs", "y");
        int ofX = (int)(shapeX[1] * shapeX[2]), ofY = (int)(y.Length / shapeY[0]);
        var losses = new List<float>();
        for (int step = 0; step < 20; step++)
        {
            optimizer.ZeroGrad();
            Tensor loss = Losses.CrossEntropy(model.Forward(Indices.From(x.AsSpan(step * ofX, ofX), shapeX[1], shapeX[2])),
                y.AsSpan(step * ofY, ofY));
            loss.Backward();
            foreach ((string part, ILearnable learnable) in model.NamedParameters())
                if (step == 0 && golden.Has("grads", $"step1.{part}"))
                    Golden.Near(golden.Floats("grads", $"step1.{part}"),
                        (learnable is Table table ? table.Gradient.ToTensor()! : ((Parameter)learnable).Gradient!).Span,
                        $"gradient of {part}");
            optimizer.Step();
            losses.Add(loss.Item());
        }
        Golden.Close(golden.Floats("outputs", "loss"), losses.ToArray(), 1e-5f, "loss");
        foreach (StateEntry part in model.StateDict())
        {
            float[] expected = golden.Floats("outputs", $"final.{part.Name}"), given = part.ToTensor().ToArray();
            // A bias of keys moves nothing: its true gradient is 0, and Adam makes steps of the rounding.
            int d = part.Name.EndsWith("in_proj_bias", StringComparison.Ordinal) ? expected.Length / 3 : 0;
            expected.AsSpan(d, d).Clear();
            given.AsSpan(d, d).Clear();
            Golden.Close(expected, given, 2e-5f, $"last {part.Name}");
        }
    }

    abstract class Classifier : Module
    {
        public abstract Tensor Forward(Indices ids);
    }

    sealed class BagOfWords(Rng rng) : Classifier
    {
        public Embedding Embedding { get; } = new(50, 8, rng: rng);
        public Linear Linear { get; } = new(8, 4, rng: rng);

        public override Tensor Forward(Indices ids) => Linear.Forward(Embedding.Forward(ids).Mean(1));
    }

    sealed class LastStep(Rng rng) : Classifier
    {
        public Embedding Embedding { get; } = new(50, 16, new() { PaddingIdx = 0 }, rng);
        public Lstm Lstm { get; } = new(16, 16, batchFirst: true, rng: rng);
        public Linear Linear { get; } = new(16, 3, rng: rng);

        public override Tensor Forward(Indices ids)
        {
            (Tensor output, _) = Lstm.Forward(Embedding.Forward(ids));
            return Linear.Forward(output.Slice(1, ids.Shape[1] - 1, 1).Squeeze(1));
        }
    }

    sealed class Characters(Rng rng) : Classifier
    {
        public Embedding Token { get; } = new(30, 16, rng: rng);
        public Embedding Position { get; } = new(5, 16, rng: rng);
        public TransformerEncoder Encoder { get;
        } = new(new TransformerEncoderLayer(16, 2, new() { FeedForwardDim = 24, Dropout = 0 }, rng), 2);
        public Linear Linear { get; } = new(16, 30, rng: rng);

        public override Tensor Forward(Indices ids)
        {
            Tensor x = Token.Forward(ids) + Position.Forward(new[] { 0, 1, 2, 3, 4 });
            return Linear.Forward(Encoder.Forward(x.Transpose(0, 1)).Transpose(0, 1)).Reshape(-1, 30);
        }
    }
}
