using Rowan.Nn;
using Rowan.TestSupport;

namespace Rowan.Tests;

public sealed class CheckpointTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WeightsComeBackWithWhatTheOptimizerStillOwed()
    {
        var model = new Model(10, new Rng(0));
        var optimizer = new Adam(model.Parameters()) { LearningRate = 0.1f };
        for (int step = 0; step < 5; step++)
        {
            optimizer.ZeroGrad();
            model.Forward(new[] { step, 9 }).Sum().Backward();
            optimizer.Step();
        }
        model.Save(_folder["model.safetensors"]);
        var other = new Model(10, new Rng(1));
        other.Load(_folder["model.safetensors"]);
        for (int id = 0; id < 10; id++) Assert.True(model.Forward(id).SequenceEqual(other.Forward(id)));
    }

    /// <summary>Through each format and back, and from one format to the next: the same bits, buffers and counters included.</summary>
    [Fact]
    public void EveryFormatKeepsEveryBit()
    {
        var model = new Model(10, new Rng(0));
        model.Norm.Forward(Tensor.Randn(new Rng(1), 6, 2));
        string[] files = [_folder["a.safetensors"], _folder["b.pt"], _folder["c.npz"], _folder["d.pth"]];
        Model last = model;
        foreach (string file in files)
        {
            last.Save(file);
            var next = new Model(10, new Rng(7));
            LoadedState passed = next.Load(file);
            Assert.Empty(passed.Missing);
            Assert.Equal(1, next.Norm.NumBatchesTracked!.Number);
            foreach (StateEntry part in model.StateDict()) Assert.True(part.ToTensor().SequenceEqual(next.StateDict()[part.Name].ToTensor()), $"{part.Name} in {file}");
            last = next;
        }
        Assert.Contains("end it in", Assert.Throws<ArgumentException>(() => model.Save(_folder["model.bin"])).Message, StringComparison.Ordinal);
    }

    /// <summary>Weights and optimizer saved in the middle: the rest of the run is the same, bit for bit.</summary>
    [Fact]
    public void ARunGoesOnToTheSameBits()
    {
        (Model straight, Adam first) = Made();
        Steps(straight, first, 0, 5);
        straight.Save(_folder["model.safetensors"]);
        Checkpoint.Write(first.StateDict(), _folder["optimizer.safetensors"]);
        Steps(straight, first, 5, 10);
        (Model resumed, Adam second) = Made();
        resumed.Load(_folder["model.safetensors"]);
        second.LoadStateDict(Checkpoint.Read(_folder["optimizer.safetensors"]));
        Steps(resumed, second, 5, 10);
        foreach (StateEntry part in straight.StateDict()) Assert.True(part.ToTensor().SequenceEqual(resumed.StateDict()[part.Name].ToTensor()), part.Name);

        static (Model, Adam) Made()
        {
            var model = new Model(10, new Rng(3));
            return (model, new Adam(model.Parameters()) { LearningRate = 0.05f, WeightDecay = 0.01f });
        }

        static void Steps(Model model, Adam optimizer, int from, int to)
        {
            for (int step = from; step < to; step++)
            {
                optimizer.ZeroGrad();
                model.Forward(new[] { step, 9, step / 2 }).Sum().Backward();
                optimizer.Step();
            }
        }
    }

    [Fact]
    public void AnotherModelsFileChangesNothing()
    {
        new Model(11, new Rng(0)).Save(_folder["eleven.safetensors"]);
        var model = new Model(10, new Rng(1));
        float[] before = model.Forward(3).ToArray();
        var shape = Assert.Throws<InvalidDataException>(() => model.Load(_folder["eleven.safetensors"]));
        Assert.Contains("eleven.safetensors", shape.Message, StringComparison.Ordinal);
        Assert.Contains("'words.weight' is [11, 4] and should be [10, 4]", shape.Message, StringComparison.Ordinal);
        new Embedding(10, 4, rng: new Rng(0)).Save(_folder["bare.pt"]);
        var names = Assert.Throws<InvalidDataException>(() => model.Load(_folder["bare.pt"]));
        Assert.Contains("'words.weight' is missing", names.Message, StringComparison.Ordinal);
        Assert.Contains("'head.bias' is missing", names.Message, StringComparison.Ordinal);
        Assert.Contains("'weight' is not a part of Model", names.Message, StringComparison.Ordinal);
        File.WriteAllBytes(_folder["cut.safetensors"], File.ReadAllBytes(_folder["eleven.safetensors"])[..100]);
        Assert.Throws<InvalidDataException>(() => model.Load(_folder["cut.safetensors"]));
        Assert.Equal(before, model.Forward(3).ToArray());
        LoadedState passed = model.Load(_folder["bare.pt"], strict: false);
        Assert.Equal(["weight"], passed.Unexpected);
        Assert.Equal(before, model.Forward(3).ToArray());
    }

    sealed class Model(int words, Rng rng) : Module
    {
        public Embedding Words { get; } = new(words, 4, rng: rng);
        public Linear Head { get; } = new(4, 2, rng: rng);
        public BatchNorm1d Norm { get; } = new(2);

        public Tensor Forward(Indices ids) => Head.Forward(Words.Forward(ids));
    }
}
