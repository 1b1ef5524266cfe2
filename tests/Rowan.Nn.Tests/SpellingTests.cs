using Rowan.Nn;
using Rowan.Numerics;

namespace Rowan.Tests;

/// <summary>Constructor arguments and calls that PyTorch users write first do what the longer spellings do.</summary>
public class SpellingTests
{
    [Fact]
    public void ArgumentsByNameAreOptions()
    {
        var byName = new Embedding(10, 3, paddingIdx: -1, maxNorm: 2, normType: 1, scaleGradByFreq: true, rng: new Rng(1));
        var byOptions = new Embedding(10, 3, new() { PaddingIdx = -1, MaxNorm = 2, NormType = 1, ScaleGradByFreq = true }, new Rng(1));
        Assert.Equal(byOptions.Options, byName.Options);
        Assert.Equal(byOptions.Weight.Values[0].ToArray(), byName.Weight.Values[0].ToArray());
        Assert.Equal(9, byName.PaddingIdx);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Embedding(10, 3, paddingIdx: 10));
        var bag = new EmbeddingBag(10, 3, BagMode.Sum, paddingIdx: 0, includeLastOffset: true);
        Assert.Equal((0L, true, BagMode.Sum), (bag.Options.PaddingIdx, bag.IncludeLastOffset, bag.Mode));
        Assert.Equal(2, Embedding.FromPretrained(Tensor.Ones(4, 2), freeze: false, paddingIdx: 2).PaddingIdx);
        Assert.Equal(new TransformerOptions { FeedForwardDim = 16, Dropout = 0, BatchFirst = true },
            new TransformerEncoderLayer(8, 2, feedForwardDim: 16, dropout: 0, batchFirst: true).Options);
        Assert.Equal(new TransformerOptions { NormFirst = true, Activation = TransformerActivation.Gelu },
            new TransformerDecoderLayer(8, 2, normFirst: true, activation: TransformerActivation.Gelu).Options);
        Assert.Equal(new TransformerOptions(), new Transformer(8, 2, 1, 1).Encoder.Layers[0].Options);
        Assert.Equal(32, new Transformer(8, 2, 1, 1, feedForwardDim: 32).Decoder.Layers[0].Options.FeedForwardDim);
    }

    [Fact]
    public void IdsOfAnyKindAreLookedUp()
    {
        var embedding = new Embedding(10, 3, rng: new Rng(0));
        Tensor expected = embedding.Forward(new[] { 1, 2 });
        Assert.Equal(expected.ToArray(), embedding[new[] { 1, 2 }].ToArray());
        Assert.Equal(expected.ToArray(), embedding.Forward([1, 2]).ToArray());
        Assert.Equal(expected.ToArray(), embedding.Forward(new List<int> { 1, 2 }).ToArray());
        Assert.Equal(new Shape(2, 2, 3), embedding.Forward(new[] { new[] { 1, 2 }, [3, 4] }).Shape);
        var bag = new EmbeddingBag(embedding.Weight, BagMode.Sum);
        Tensor ragged = bag.Forward(new[] { new[] { 1, 2 }, [], [4] });
        Assert.Equal(ragged.ToArray(), bag.Forward(new List<int[]> { new[] { 1, 2 }, Array.Empty<int>(), new[] { 4 } }).ToArray());
        Assert.Equal(ragged.ToArray(), bag.Forward(new List<List<int>> { new() { 1, 2 }, new(), new() { 4 } }).ToArray());
        for (int c = 0; c < 3; c++)
        {
            Assert.Equal(embedding.Weight[1][c] + embedding.Weight[2][c], ragged.At(0, c));
            Assert.Equal((0, embedding.Weight[4][c]), (ragged.At(1, c), ragged.At(2, c)));
        }
    }

    [Fact]
    public void ASequenceMayBeginWithAnEmbedding()
    {
        var rng = new Rng(0);
        Embedding embedding = new(10, 3, rng: rng);
        Linear linear = new(3, 2, rng: rng);
        var model = new Sequential(embedding, linear);
        Assert.Equal(linear.Forward(embedding.Forward(new[] { 1, 2 })).ToArray(), model.Forward(new[] { 1, 2 }).ToArray());
        Assert.Equal(["0.weight", "1.weight", "1.bias"], model.StateDict().Names);
        Assert.Equal([embedding, linear], model.Modules);
        Assert.Same(linear, model[1]);
        Assert.Contains("takes ids", Assert.Throws<InvalidOperationException>(() => model.Forward(Tensor.Ones(2, 3))).Message,
            StringComparison.Ordinal);
        Assert.Contains("Modules", Assert.Throws<InvalidOperationException>(() => model[0]).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => new Sequential(linear).Forward(new[] { 1 }));
        Assert.Equal([embedding.Weight, linear.Weight, linear.Bias!], new Sgd(new ModuleList([embedding, linear])).Learnables);
    }

    [Fact]
    public void ModulesByNameAreParts()
    {
        var dict = new ModuleDict { ["words"] = new Embedding(4, 2), ["out"] = new Linear(2, 1) };
        Assert.Equal(["words.weight", "out.weight", "out.bias"], dict.StateDict().Names);
        Assert.Contains("words, out", Assert.Throws<KeyNotFoundException>(() => dict["none"]).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => dict.Add("words", new Linear(1, 1)));
        Assert.Throws<ArgumentException>(() => dict.Add("a.b", new Linear(1, 1)));
        dict["out"] = new Linear(2, 3, bias: false);
        Assert.Equal(["words.weight", "out.weight"], dict.StateDict().Names);
        var called = new List<Module>();
        var list = new ModuleList([dict]);
        list.Apply(called.Add);
        Assert.Equal([dict["words"], dict["out"], dict, list], called);
        list.Train(false);
        Assert.False(dict["words"].Training);
        list.Train(true);
        Assert.True(dict["words"].Training);
        list.RequiresGrad(false);
        Assert.All(list.Parameters(), learnable => Assert.True(learnable.Frozen));
    }

    [Fact]
    public void TablesAreFrozenReadInitialisedAndScaled()
    {
        var table = new Table(70_000, 3);
        Init.Normal(table, mean: 2, std: 0.5f, new Rng(1));
        float[] whole = new float[210_000];
        new Rng(1).Normal(whole, 2, 0.5f);
        Assert.Equal(whole, table.Values.SelectMany(piece => piece.ToArray()));
        Init.Scale(table, 0.5f);
        Assert.Equal(whole.Select(value => value / 2), ((ILearnable)table).Value.ToArray());
        Init.Constant(table, 3);
        Assert.All(table.Values[0].ToArray(), value => Assert.Equal(3, value));
        var parameter = new Parameter(Tensor.Zeros(5, 4));
        Init.XavierUniform(parameter, rng: new Rng(2));
        Assert.Equal(Init.XavierUniform(new Rng(2), [5, 4]).Value.ToArray(), parameter.Value.ToArray());
        Init.XavierNormal(parameter, rng: new Rng(2));
        Assert.Equal(Init.XavierNormal(new Rng(2), [5, 4]).Value.ToArray(), parameter.Value.ToArray());
        Init.KaimingUniform(parameter, fanOut: true, rng: new Rng(2));
        Assert.Equal(Init.KaimingUniform(new Rng(2), [5, 4], fanOut: true).Value.ToArray(), parameter.Value.ToArray());
        Init.KaimingNormal(parameter, rng: new Rng(2));
        Assert.Equal(Init.KaimingNormal(new Rng(2), [5, 4]).Value.ToArray(), parameter.Value.ToArray());
        table.RequiresGrad = false;
        Assert.True(table.Frozen);
        Assert.Equal(210_000, table.Gradient.ToDense().Count);
        Assert.Throws<ArgumentException>(() => Init.XavierUniform(new Parameter(Tensor.Zeros(3))));
    }

    [Fact]
    public void CellsAreSingleStepsOfTheirLayers()
    {
        var rng = new Rng(3);
        var lstm = new Lstm(4, 5, rng: rng);
        var cell = new LstmCell(4, 5, rng: rng);
        foreach ((string name, ILearnable learnable) in cell.NamedParameters())
        {
            ILearnable of = lstm.NamedParameters().Single(other => other.Name == $"{name}_l0").Learnable;
            learnable.WriteValues(0, of.Value.Span);
        }
        Tensor x = Tensor.Randn(rng, 3, 2, 4);
        LstmState? state = null;
        for (int t = 0; t < 3; t++) state = cell.Forward(x[t], state);
        (_, LstmState last) = lstm.Forward(x);
        Assert.Equal(last.Hidden.ToArray(), state!.Hidden.ToArray());
        Assert.Equal(last.Cell.ToArray(), state.Cell.ToArray());
        Assert.Equal(new Shape(2, 5), state.Cell.Shape);
        Assert.Equal(new Shape(5), new GruCell(4, 5).Forward(x[0, 0]).Shape);
        Assert.Throws<ArgumentException>(() => cell.Forward(x));
        Assert.Throws<ArgumentException>(() => new GruCell(4, 5).Forward(x[0], Tensor.Zeros(3, 5)));
    }

    [Fact]
    public void PaddingWordsKeepTheLength()
    {
        var rng = new Rng(4);
        var same = new Conv1d(2, 3, kernelSize: 4, padding: "same", rng: rng);
        var valid = new Conv1d(2, 3, 4, padding: "valid", rng: new Rng(9));
        Init.Constant(valid.Weight, 0);
        valid.Weight.CopyFrom(same.Weight.Value.Span);
        valid.Bias!.CopyFrom(same.Bias!.Value.Span);
        Tensor x = Tensor.Randn(rng, 1, 2, 7);
        Assert.Equal(new Shape(1, 3, 7), same.Forward(x).Shape);
        Assert.Equal(valid.Forward(x.Pad(1, 2)).ToArray(), same.Forward(x).ToArray());
        Assert.Equal(new Shape(1, 2, 5, 6), new Conv2d(1, 2, (2, 3), padding: "same").Forward(Tensor.Ones(1, 1, 5, 6)).Shape);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Conv1d(1, 1, 3, stride: 2, padding: "same"));
        Assert.Throws<ArgumentException>(() => new Conv1d(1, 1, 3, padding: "Same"));
    }

    [Fact]
    public void ChannelsAreDroppedWhole()
    {
        Tensor y = new Dropout1d(0.4f, new Rng(1)).Forward(Tensor.Ones(8, 20, 3));
        int dropped = 0;
        for (int n = 0; n < 8; n++)
            for (int c = 0; c < 20; c++)
            {
                Assert.Equal(y.At(n, c, 0), y.At(n, c, 2));
                if (y.At(n, c, 0) == 0) dropped++;
                else Assert.Equal(1 / 0.6f, y.At(n, c, 1), 1e-6f);
            }
        Assert.InRange(dropped, 40, 90);
        var still = new Dropout2d(0.9f);
        still.Eval();
        Assert.Equal(1, still.Forward(Tensor.Ones(1, 1, 1, 1)).Item());
        Assert.Throws<ArgumentException>(() => new Dropout1d().Forward(Tensor.Ones(2, 2)));
    }

    [Fact]
    public void FunctionsLeadToTheSameCode()
    {
        Tensor x = Tensor.Randn(new Rng(0), 3, 4);
        Assert.Equal(x.Softmax(-1).ToArray(), Functional.Softmax(x).ToArray());
        Assert.Same(x, Functional.Dropout(x, 0.5f, training: false));
        Assert.Equal(Losses.CrossEntropy(x, new[] { 0, 1, 3 }).Item(), Functional.CrossEntropy(x, new[] { 0, 1, 3 }).Item());
        Assert.Equal([0, 1, 0, 1, 0, 0], Functional.OneHot(new[] { 1, 0 }, 3).ToArray());
        Assert.NotEqual(x.Dropout(0.5f).ToArray(), x.Dropout(0.5f).ToArray());
    }
}
