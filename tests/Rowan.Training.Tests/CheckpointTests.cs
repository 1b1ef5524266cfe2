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

    [Fact]
    public void AnotherModelsFileChangesNothing()
    {
        new Model(11, new Rng(0)).Save(_folder["eleven"]);
        var model = new Model(10, new Rng(1));
        float[] before = model.Forward(3).ToArray();
        var shape = Assert.Throws<InvalidDataException>(() => model.Load(_folder["eleven"]));
        Assert.Contains("'words.weight' is [11, 4], and the module's is [10, 4]", shape.Message, StringComparison.Ordinal);
        new Embedding(10, 4, rng: new Rng(0)).Save(_folder["bare"]);
        Assert.Contains("has no 'words.weight'", Assert.Throws<InvalidDataException>(() => model.Load(_folder["bare"])).Message, StringComparison.Ordinal);
        Formats.Safetensors.Write(_folder["more"], [.. Checkpoint.Entries(model.Words), new("bias", [1], [new float[1]])]);
        Assert.Contains("has 'bias', which the module has not", Assert.Throws<InvalidDataException>(() => model.Words.Load(_folder["more"])).Message, StringComparison.Ordinal);
        Assert.Equal(before, model.Forward(3).ToArray());
    }

    sealed class Model(int words, Rng rng) : Module
    {
        public Embedding Words { get; } = new(words, 4, rng: rng);
        public Linear Head { get; } = new(4, 2, rng: rng);

        public Tensor Forward(Indices ids) => Head.Forward(Words.Forward(ids));
    }
}
