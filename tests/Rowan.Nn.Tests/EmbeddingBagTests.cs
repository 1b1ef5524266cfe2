using Rowan.Nn;
using Rowan.TestSupport;

namespace Rowan.Tests;

public class EmbeddingBagTests
{
    public static TheoryData<string> Cases => [.. Golden.Read("embedding_bag.json").Select(golden => golden.Name)];

    [Theory, MemberData(nameof(Cases))]
    public void ForwardAndBackwardAreLibtorchs(string name)
    {
        Golden golden = Golden.Read("embedding_bag.json", name);
        var options = new EmbeddingOptions
        {
            PaddingIdx = (long?)golden.Setting("padding_idx"),
            MaxNorm = (float?)golden.Setting("max_norm"),
            NormType = (float)golden.Setting("norm_type")!,
            ScaleGradByFreq = golden.Flag("scale_grad_by_freq"),
        };
        BagMode mode = Enum.Parse<BagMode>(golden.Text("mode")!, ignoreCase: true);
        var table = new Table(golden.Shape("params", "weight")[0], (int)golden.Shape("params", "weight")[1]) {
            Frozen = golden.Flag("freeze") };
        table.CopyFrom(golden.Floats("params", "weight"));
        var layer = new EmbeddingBag(table, mode, options) { IncludeLastOffset = golden.Flag("include_last_offset") };
        Indices ids = Indices.From(golden.Longs("inputs", "input"), golden.Shape("inputs", "input"));
        Tensor? weights = golden.Has("inputs", "per_sample_weights")
            ? new Tensor(golden.Floats("inputs", "per_sample_weights"), golden.Shape("inputs", "per_sample_weights")) {
                RequiresGrad = true } : null;

        Tensor output = golden.Has("inputs", "offsets")
            ? layer.Forward(ids, golden.Longs("inputs", "offsets"), weights) : layer.Forward(ids, weights);
        Assert.Equal(golden.Shape("outputs", "out"), output.Shape.Sizes.ToArray());
        Golden.Close(golden.Floats("outputs", "out"), output.Span, 1e-6f, "out");
        if (golden.Has("outputs", "weight_after"))
            Golden.Close(golden.Floats("outputs", "weight_after"), layer.Weight.AsTensor().Span, 1e-6f, "weight_after");

        output.Backward(new Tensor(golden.Floats("inputs", "grad_out"), golden.Shape("inputs", "grad_out")));
        if (golden.Has("grads", "weight"))
            Golden.Close(golden.Floats("grads", "weight"), table.Gradient.ToTensor()!.Span, 1e-6f, "gradient");
        else Assert.False(table.Gradient.Exists);
        if (weights is not null)
            Golden.Close(golden.Floats("grads", "per_sample_weights"), weights.Gradient!.Span, 1e-6f, "gradient of the weights");
    }

    [Fact]
    public void MaximumFollowsPyTorchAtNaNAndTies()
    {
        var table = new Table(3, 1);
        table.CopyFrom([1, float.NaN, 2]);
        var layer = new EmbeddingBag(table, BagMode.Max);
        Assert.Equal(2, layer.Forward(new[,] { { 0, 1, 2 } }).Item());
        Assert.True(float.IsNaN(layer.Forward(new[,] { { 1, 0, 2 } }).Item()));
    }

    [Fact]
    public void WhatDoesNotGoTogetherIsRefused()
    {
        var mean = new EmbeddingBag(10, 2, rng: new Rng(0));
        Assert.Throws<NotSupportedException>(() => mean.Forward(new[,] { { 1, 2 } }, Tensor.Ones(1, 2)));
        Assert.Throws<ArgumentException>(() => new EmbeddingBag(10, 2, BagMode.Sum).Forward(new[,] { { 1, 2 } }, Tensor.Ones(2)));
        Assert.Throws<ArgumentException>(() => new EmbeddingBag(10, 2, BagMode.Max, new() { ScaleGradByFreq = true }));
        var last = new EmbeddingBag(10, 2, rng: new Rng(0)) { IncludeLastOffset = true };
        Assert.Contains("not 3", Assert.Throws<ArgumentException>(() => last.Forward(new[] { 1, 2, 3, 4 }, new[] { 0, 3 })).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => last.Forward(new[] { 1 }, Array.Empty<int>()));
    }

    [Fact]
    public void ScaleGradByFreqDividesByTheRowsOwnCount()
    {
        var layer = new EmbeddingBag(10, 1, BagMode.Sum, new() { ScaleGradByFreq = true }, new Rng(0));
        layer.Forward(new[,] { { 1, 1, 3 } }).Sum().Backward();
        Assert.Equal(1, layer.Weight.Gradient[1][0]);
        Assert.Equal(1, layer.Weight.Gradient[3][0]);
    }

    [Theory]
    [InlineData(new long[] { 1, 2 }, "offsets[0] is 1")]
    [InlineData(new long[] { 0, 3, 1 }, "non-decreasing")]
    [InlineData(new long[] { 0, 5 }, "past the end")]
    [InlineData(new long[] { 0, -1 }, "non-decreasing")]
    [InlineData(new long[] { }, "no offsets")]
    public void OffsetsThatAreNoBagsAreRefused(long[] offsets, string says)
    {
        var layer = new EmbeddingBag(10, 2, rng: new Rng(0));
        var error = Assert.Throws<ArgumentException>(() => layer.Forward(new[] { 1, 2, 3, 4 }, offsets));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WrongRanksAndIdsAreRefused()
    {
        var layer = new EmbeddingBag(10, 2, rng: new Rng(0));
        Assert.Throws<ArgumentException>(() => layer.Forward(new[] { 1, 2 }));
        Assert.Throws<ArgumentException>(() => layer.Forward(new[,] { { 1, 2 } }, new[] { 0 }));
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => layer.Forward(new[,] { { 1, 2 }, { 3, 11 } }));
        Assert.Contains("[1, 1]", error.Message, StringComparison.Ordinal);
    }
}
