using Rowan.Formats;
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
            foreach (StateEntry part in model.StateDict())
                Assert.True(part.ToTensor().SequenceEqual(next.StateDict()[part.Name].ToTensor()), $"{part.Name} in {file}");
            last = next;
        }
        Assert.Contains("end it in", Assert.Throws<ArgumentException>(() => model.Save(_folder["model.bin"])).Message,
            StringComparison.Ordinal);
    }

    /// <summary>
    /// Narrow rows are saved in their own width, come back to the bit, also through formats that have floats only, and are loaded by
    /// float32 tables.
    /// </summary>
    [Theory]
    [InlineData(RowStorage.BFloat16, "BF16"), InlineData(RowStorage.Float16, "F16"), InlineData(RowStorage.SplitBFloat16, "F32")]
    public void NarrowRowsComeBackToTheBit(RowStorage storage, string type)
    {
        var options = new EmbeddingOptions { Storage = storage };
        var layer = new Embedding(70, 9, options, new Rng(3));
        layer.Weight.Write(4, [0, -0f, float.PositiveInfinity, float.NegativeInfinity, 1e-7f, -3e-5f, 1, 60_000, 0.1f]);
        var optimizer = new Adam(layer.Parameters()) { LearningRate = 0.01f };
        Step(layer, optimizer);
        foreach (string file in (string[])["a.safetensors", "b.pt", "c.npz"])
        {
            layer.Save(_folder[file]);
            Embedding again = new(70, 9, options, new Rng(4)), floats = new(70, 9, rng: new Rng(4));
            again.Load(_folder[file]);
            floats.Load(_folder[file]);
            Assert.Equal(Bits(layer), Bits(again));
            Assert.Equal(Bits(layer), Bits(floats));
        }
        using (SafetensorsFile saved = Safetensors.Open(_folder["a.safetensors"]))
        {
            Assert.Equal(type, saved["weight"].Type.ToString());
            Assert.Equal(Bits(layer), saved.Read("weight").Select(BitConverter.SingleToUInt32Bits));
        }

        // The run goes on to the same bits.
        Checkpoint.Write(optimizer.StateDict(), _folder["optimizer.safetensors"]);
        var resumed = new Embedding(70, 9, options, new Rng(5));
        resumed.Load(_folder["a.safetensors"]);
        var second = new Adam(resumed.Parameters());
        second.LoadStateDict(Checkpoint.Read(_folder["optimizer.safetensors"]));
        for (int step = 0; step < 5; step++)
        {
            Step(layer, optimizer);
            Step(resumed, second);
        }
        Assert.Equal(Bits(layer), Bits(resumed));

        static void Step(Embedding layer, Adam optimizer)
        {
            optimizer.ZeroGrad();
            Tensor y = layer.Forward(new[] { 1, 4, 4, 69 });
            (y * y * 0.5f).Sum().Backward();
            optimizer.Step();
        }
    }

    [Fact]
    public void WhatNarrowRowsCannotHoldIsRefusedAndNothingLoaded()
    {
        var floats = new Embedding(5, 2, rng: new Rng(1));
        floats.Weight.Write(3, [1, 1e6f]);
        floats.Save(_folder["large.safetensors"]);
        var half = new Embedding(5, 2, new EmbeddingOptions { Storage = RowStorage.Float16 }, new Rng(2));
        uint[] before = Bits(half);
        string message = Assert.Throws<InvalidDataException>(() => half.Load(_folder["large.safetensors"])).Message;
        foreach (string part in (string[])["1000000", "[3, 1]", "Float16"]) Assert.Contains(part, message, StringComparison.Ordinal);
        Assert.Equal(before, Bits(half));
    }

    static uint[] Bits(Embedding layer)
    {
        var values = new float[layer.NumEmbeddings * layer.EmbeddingDim];
        layer.Weight.ReadValues(0, values);
        return [.. values.Select(BitConverter.SingleToUInt32Bits)];
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
        foreach (StateEntry part in straight.StateDict())
            Assert.True(part.ToTensor().SequenceEqual(resumed.StateDict()[part.Name].ToTensor()), part.Name);

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
