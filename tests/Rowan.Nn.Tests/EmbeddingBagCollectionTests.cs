using Rowan.Nn;
using Rowan.Numerics;

namespace Rowan.Tests;

public class EmbeddingBagCollectionTests
{
    const int Bags = 37;

    /// <summary>
    /// Sums and means, dims that are and are not numbers of the output's width, a table of one row, two shared tables, padding, scaling
    /// by frequency.
    /// </summary>
    static EmbeddingBagConfig[] Configs(bool equalDims) =>
    [
        new("users", 50, 8, "user", "friends") { Mode = BagMode.Mean },
        new("films", 300, equalDims ? 8 : 17, "film", "seen", "wanted"),
        new("one", 1, equalDims ? 8 : 1) { Options = new() { ScaleGradByFreq = true } },
        new("padded", 9, equalDims ? 8 : 3, "word") { Mode = BagMode.Mean, Options = new() { PaddingIdx = -2 } },
        new("heavy", 20, 8, "tag") { Options = new() { PaddingIdx = 3 } },
    ];

    static readonly Func<IEnumerable<ILearnable>, Optimizer>[] Optimizers =
    [
        p => new Sgd(p) { LearningRate = 0.1f, Momentum = 0.9f, WeightDecay = 0.01f }, p => new Adagrad(p) { LearningRate = 0.1f }, p =>
            new Adam(p) { LearningRate = 0.05f },
        p => new Adam(p) { LearningRate = 0.05f, Rows = RowUpdates.Lazy }, p => new RowWiseAdagrad(p) { LearningRate = 0.1f }, p =>
            new Lamb(p) { LearningRate = 0.05f }, p => new Adafactor(p) { LearningRate = 0.05f },
    ];

    /// <summary>Ragged bags of every feature, empty ones among them; tags weighted.</summary>
    static Dictionary<string, JaggedIndices> Draw(EmbeddingBagConfig[] configs, Rng rng, out Tensor weights)
    {
        var batch = new Dictionary<string, JaggedIndices>();
        weights = null!;
        foreach (EmbeddingBagConfig config in configs)
            foreach (string feature in config.Features)
            {
                long[] lengths = new long[Bags];
                rng.RandInt(lengths, 0, 6);
                long[] ids = new long[lengths.Sum()];
                rng.RandInt(ids, 0, config.NumEmbeddings);
                if (feature == "tag")
                {
                    weights = Tensor.Rand(rng, ids.Length);
                    weights.RequiresGrad = true;
                }
                batch[feature] = JaggedIndices.FromLengths(ids, lengths, feature == "tag" ? weights : null);
            }
        return batch;
    }

    [Theory]
    [InlineData(true, 1), InlineData(true, 3), InlineData(false, 2), InlineData(false, 8)]
    public void ItIsSeparateBagsToTheBit(bool equalDims, int threads)
    {
        int before = Workers.Threads;
        try
        {
            foreach (Func<IEnumerable<ILearnable>, Optimizer> make in Optimizers)
            {
                EmbeddingBagConfig[] configs = Configs(equalDims);
                Workers.Threads = threads;
                var collection = new EmbeddingBagCollection(configs, new Rng(5));
                var rng = new Rng(5);
                EmbeddingBag[] bags = [.. configs.Select(
                    config => new EmbeddingBag(config.NumEmbeddings, config.EmbeddingDim, config.Mode, config.Options, rng))];
                Optimizer one = make(collection.Parameters()), many = make(bags.Select(bag => bag.Weight));
                for (int step = 0; step < 5; step++)
                {
                    Dictionary<string, JaggedIndices> batch = Draw(configs, new Rng(40 + (ulong)step), out Tensor weights);
                    one.ZeroGrad();
                    many.ZeroGrad();
                    Tensor y = collection.Forward(batch).Values;
                    Tensor g = Tensor.Randn(rng, y.Shape.Sizes);
                    float[] values = y.ToArray();
                    (y * g).Sum().Backward();
                    float[] ofWeights = weights.Gradient!.ToArray();
                    weights.ZeroGrad();

                    Tensor separate = Ops.Concat([.. configs.SelectMany((config, i) => config.Features.Select(feature =>
                        bags[i].Forward(batch[feature].Ids, batch[feature].Starts[..^1], batch[feature].Weights)))], 1);
                    (separate * g).Sum().Backward();
                    Assert.Equal(separate.ToArray(), values);
                    Assert.Equal(weights.Gradient!.ToArray(), ofWeights);
                    for (int t = 0; t < bags.Length; t++)
                    {
                        Table expected = bags[t].Weight, table = collection.EmbeddingBags[configs[t].Name].Weight;
                        Assert.Equal(expected.Gradient.Ids, table.Gradient.Ids);
                        Assert.Equal(expected.Gradient.ToTensor()!.ToArray(), table.Gradient.ToTensor()!.ToArray());
                    }
                    one.Step();
                    many.Step();
                }
                for (int t = 0; t < bags.Length; t++)
                    Assert.Equal(bags[t].Weight.Values[0].ToArray(), collection.EmbeddingBags[configs[t].Name].Weight.Values[0].ToArray());
                StateDict state = one.StateDict(), expectedState = many.StateDict();
                Assert.Equal(expectedState.Names, state.Names);
                foreach (string name in state.Names) Assert.Equal(Read(expectedState[name]), Read(state[name]));
            }
        }
        finally { Workers.Threads = before; }
    }

    static float[] Read(StateEntry entry)
    {
        var values = new float[entry.Count];
        if (!entry.IsInteger) entry.Read(0, values);
        else
        {
            var numbers = new long[entry.Count];
            entry.Read(0, numbers);
            for (int i = 0; i < values.Length; i++) values[i] = numbers[i];
        }
        return values;
    }

    [Fact]
    public void NoBagsAreNoGradient()
    {
        var collection = new EmbeddingBagCollection([new("users", 9, 4), new("films", 20, 4)], new Rng(1));
        Tensor weights = Tensor.Zeros(0);
        weights.RequiresGrad = true;
        var none = new Dictionary<string,
        JaggedIndices> { ["users"] = JaggedIndices.FromLengths(Array.Empty<long>(), Array.Empty<long>()),
        ["films"] = JaggedIndices.FromLengths(Array.Empty<long>(), Array.Empty<long>(), weights) };
        collection.Forward(none).Values.Sum().Backward();
        Assert.Empty(weights.Gradient!.ToArray());
    }

    [Fact]
    public void PartsAreFoundByName()
    {
        var collection = new EmbeddingBagCollection([new("a", 4, 2, "x", "y"), new("b", 5, 3, "y")], new Rng(1));
        Assert.Equal(["x", "y@a", "y@b"], collection.Keys);
        Assert.Equal(7, collection.OutputDim);
        KeyedTensor y = collection.Forward(new Dictionary<string,
            JaggedIndices> { ["x"] = new[] { new[] { 1, 2 }, [] }, ["y"] = JaggedIndices.From(new[] { 3, 0 }) });
        Assert.Equal([2, 7], y.Values.Shape.Sizes.ToArray());
        Assert.Equal((float[])[.. collection.EmbeddingBags["b"].Weight[3], .. collection.EmbeddingBags["b"].Weight[0]], y["y@b"].ToArray());
        Assert.Equal([0, 0], y["x"][1].ToArray());
        Assert.Contains("'y@a'", Assert.Throws<ArgumentException>(() => y["y"]).Message, StringComparison.Ordinal);
        y["y@b"].Sum().Backward();
        Assert.Equal([1, 1, 1], collection.EmbeddingBags["b"].Weight.Gradient[0]);
    }

    [Fact]
    public void ItsStateIsTorchRecsAndLoads()
    {
        EmbeddingBagConfig[] configs = [new("users", 4, 2), new("films", 5, 3)];
        EmbeddingBagCollection saved = new(configs, new Rng(1)), loaded = new(configs, new Rng(2));
        Assert.Equal(["embedding_bags.users.weight", "embedding_bags.films.weight"], saved.StateDict().Names);
        loaded.LoadStateDict(saved.StateDict());
        foreach (string name in saved.EmbeddingBags.Keys)
            Assert.Equal(saved.EmbeddingBags[name].Weight.Values[0].ToArray(), loaded.EmbeddingBags[name].Weight.Values[0].ToArray());
        saved.EmbeddingBags["users"].Weight.Frozen = true;
        saved.Forward(new Dictionary<string,
            JaggedIndices> { ["users"] = JaggedIndices.From(new[] { 1 }), ["films"] = JaggedIndices.From(new[] { 1 }) }).Values.Sum()
            .Backward();
        Assert.Equal((false, true),
            (saved.EmbeddingBags["users"].Weight.Gradient.Exists, saved.EmbeddingBags["films"].Weight.Gradient.Exists));
    }

    [Theory]
    [InlineData(0), InlineData(2), InlineData(4)]
    public void ABadIdIsNamedWithItsFeatureAndNothingIsDone(int place)
    {
        var collection = new EmbeddingBagCollection(
            [new("users", 9, 4), new("films", 20, 4, "film", "seen") { Options = new() { MaxNorm = 0.1f } }], new Rng(1));
        float[] before = collection.EmbeddingBags["films"].Weight.Values[0].ToArray();
        long[] ids = [1, 2, 3, 4, 5];
        ids[place] = 20;
        Dictionary<string, JaggedIndices> batch = new() {
            ["users"] = JaggedIndices.From(new[] { 1, 2 }), ["film"] = JaggedIndices.From(new[] { 1, 2 }),
            ["seen"] = JaggedIndices.FromOffsets(ids, new[] { 0, 3 }) };
        string message = Assert.Throws<ArgumentOutOfRangeException>(() => collection.Forward(batch)).Message;
        Assert.StartsWith($"EmbeddingBagCollection: feature 'seen': id 20 at [{place}], in bag {(place < 3 ? 0 : 1)}, is outside "
            + $"'films' with 20 rows; ids run from 0 to 19", message, StringComparison.Ordinal);
        Assert.Equal(before, collection.EmbeddingBags["films"].Weight.Values[0].ToArray());
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        static string Refused<T>(Func<object> act) where T : Exception => Assert.ThrowsAny<T>(act).Message;
        var collection = new EmbeddingBagCollection([new("users", 9, 4) { Mode = BagMode.Mean }, new("films", 20, 4)], new Rng(1));
        JaggedIndices two = JaggedIndices.From(new[] { 1, 2 }), three = JaggedIndices.From(new[] { 1, 2, 3 });
        string Forward(params (string, JaggedIndices)[] batch) =>
            Refused<Exception>(() => collection.Forward(batch.ToDictionary(pair => pair.Item1, pair => pair.Item2)));
        Assert.Contains("feature 'films' of table 'films' is missing", Forward(("users", two)), StringComparison.Ordinal);
        Assert.Contains("no feature 'film'", Forward(("users", two), ("films", two), ("film", two)), StringComparison.Ordinal);
        Assert.Contains("'films' has 3 bags, and the first feature 2", Forward(("users", two), ("films", three)), StringComparison.Ordinal);
        Assert.Contains("weights with mode Mean", Forward(("users", JaggedIndices.From(new[] { 1, 2 }, Tensor.Ones(2))), ("films", two)),
            StringComparison.Ordinal);
        Assert.Contains("two tables are named 'a'",
            Refused<ArgumentException>(() => new EmbeddingBagCollection([new("a", 2, 2, "x"), new("a", 2, 2, "y")])),
            StringComparison.Ordinal);
        Assert.Contains("stands twice", Refused<ArgumentException>(() => new EmbeddingBagCollection([new("a", 2, 2, "x", "x")])),
            StringComparison.Ordinal);
        Assert.Contains("has a dot", Refused<ArgumentException>(() => new EmbeddingBagCollection([new("a.b", 2, 2)])),
            StringComparison.Ordinal);
        Assert.Contains("mode Max", Refused<ArgumentException>(() => new EmbeddingBagCollection([new("a", 2, 2) { Mode = BagMode.Max }])),
            StringComparison.Ordinal);
        Assert.Contains("no tables", Refused<ArgumentException>(() => new EmbeddingBagCollection([])), StringComparison.Ordinal);
        Assert.Contains("0 rows", Refused<ArgumentOutOfRangeException>(() => new EmbeddingBagCollection([new("a", 0, 2)])),
            StringComparison.Ordinal);
        Assert.Contains("lengths[1] is 3", Refused<ArgumentException>(() => JaggedIndices.FromLengths(new[] { 1, 2, 3 }, new[] { 1, 3 })),
            StringComparison.Ordinal);
        Assert.Contains("2 ids in all, and 3",
            Refused<ArgumentException>(() => JaggedIndices.FromLengths(new[] { 1, 2, 3 }, new[] { 1, 1 })), StringComparison.Ordinal);
        Assert.Contains("offsets[1] is 4", Refused<ArgumentException>(() => JaggedIndices.FromOffsets(new[] { 1, 2, 3 }, new[] { 0, 4 })),
            StringComparison.Ordinal);
        Assert.Contains("one for each id", Refused<ArgumentException>(() => JaggedIndices.From(new[] { 1, 2 }, Tensor.Ones(3))),
            StringComparison.Ordinal);
    }
}
