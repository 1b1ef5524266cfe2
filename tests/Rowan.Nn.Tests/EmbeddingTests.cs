using Rowan.Nn;
using Rowan.TestSupport;

namespace Rowan.Tests;

public class EmbeddingTests
{
    public static TheoryData<string> Cases => [.. Golden.Read("embedding.json").Select(golden => golden.Name)];

    [Theory, MemberData(nameof(Cases))]
    public void ForwardAndBackwardAreLibtorchs(string name)
    {
        Golden golden = Golden.Read("embedding.json", name);
        var options = new EmbeddingOptions
        {
            PaddingIdx = (long?)golden.Setting("padding_idx"),
            MaxNorm = (float?)golden.Setting("max_norm"),
            NormType = (float)golden.Setting("norm_type")!,
            ScaleGradByFreq = golden.Flag("scale_grad_by_freq"),
        };
        bool freeze = golden.Flag("freeze");
        var layer = Embedding.FromPretrained(new Tensor(golden.Floats("params", "weight"), golden.Shape("params", "weight")), freeze,
            options);
        Indices ids = Indices.From(golden.Longs("inputs", "indices"), golden.Shape("inputs", "indices"));

        var gradient = new Tensor(golden.Floats("inputs", "grad_out"), golden.Shape("inputs", "grad_out"));
        Tensor output = layer.Forward(ids);
        Assert.Equal(golden.Shape("outputs", "out"), output.Shape.Sizes.ToArray());
        Golden.Close(golden.Floats("outputs", "out"), output.Span, 2e-7f, "out");
        Assert.Equal(golden.Longs("outputs", "requires_grad")[0] == 1, output.RequiresGrad);
        if (golden.Has("outputs", "weight_after"))
            Golden.Close(golden.Floats("outputs", "weight_after"), layer.Weight.AsTensor().Span, 2e-7f, "weight_after");
        if (freeze) return;

        output.Backward(gradient);
        for (int call = 1; call < golden.Setting("backward_calls"); call++) layer.Forward(ids).Backward(gradient);
        Golden.Close(golden.Floats("grads", "weight"), layer.Weight.Gradient.ToTensor()!.Span, 1e-6f, "gradient");
        if (!golden.Has("grads", "weight_coalesced_indices")) return;
        Assert.Equal(golden.Longs("grads", "weight_coalesced_indices"), layer.Weight.Gradient.Rows);
        float[] byRow = [.. layer.Weight.Gradient.Rows.SelectMany(row => layer.Weight.Gradient[row])];
        Golden.Close(golden.Floats("grads", "weight_coalesced_values"), byRow, 1e-6f, "gradient by row");
    }

    [Theory]
    [InlineData(10), InlineData(25), InlineData(-11), InlineData(-25)]
    public void PaddingOutsideTheTableIsRefused(long padding)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new Embedding(10, 3, new() { PaddingIdx = padding }));
        Assert.Contains($"PaddingIdx {padding}", error.Message, StringComparison.Ordinal);
        Assert.Contains("-10 to 9", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheBareLookupCountsPaddingFromTheEndToo()
    {
        var table = new Table(4, 2);
        EmbeddingLookup.Forward(table, new[] { 1, 3 }, new() { PaddingIdx = -1 }).Sum().Backward();
        Assert.Equal([1], table.Gradient.Rows);
        Assert.Throws<ArgumentOutOfRangeException>(() => EmbeddingLookup.Forward(table, 1, new() { PaddingIdx = 4 }));
    }

    [Theory]
    [InlineData(0, 3), InlineData(-1, 3), InlineData(3, 0), InlineData(3, -2)]
    public void SizesBelowOneAreRefused(long rows, int dim) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Embedding(rows, dim));

    [Fact]
    public void ABadIdIsNamedWithItsPlaceAndChangesNothing()
    {
        var layer = new Embedding(10, 3, new() { MaxNorm = 0.1f }, new Rng(1));
        float[] before = layer.Weight.AsTensor().ToArray();
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => layer.Forward(new[,] { { 1, 2 }, { 3, 10 } }));
        Assert.Equal("ids", error.ParamName);
        foreach (string part in new[] { "id 10", "[1, 1]", "10 rows", "0 to 9" })
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => layer.Forward(new[] { 0, -1 }));
        Assert.Equal(before, layer.Weight.AsTensor().ToArray());
    }

    [Fact]
    public void FirstWeightsAreManualSeeds()
    {
        // torch.manual_seed(0); torch.nn.Embedding(50, 8).weight: the training golden starts from it.
        Golden golden = Golden.Read("training.json", "bag_of_words_sgd_momentum");
        var rng = new Rng(0);
        var embedding = new Embedding(50, 8, rng: rng);
        var linear = new Linear(8, 4, rng: rng);
        Golden.Close(golden.Floats("params", "embedding.weight"), embedding.Weight.AsTensor().Span, 1e-6f, "embedding");
        Assert.Equal(golden.Floats("params", "linear.weight"), linear.Weight.Value.ToArray());
        Assert.Equal(golden.Floats("params", "linear.bias"), linear.Bias!.Value.ToArray());
    }

    [Fact]
    public void EveryWayToWriteIdsLooksUpTheSameRows()
    {
        var layer = new Embedding(10, 3, rng: new Rng(3));
        float[] row = layer.Weight[2].ToArray();
        Assert.Equal(row, layer.Forward(2).ToArray());
        Assert.Equal(row, layer.Forward(2L).ToArray());
        Assert.Equal(row, layer.Forward([2]).ToArray());
        Assert.Equal(row, layer.Forward(new[] { 2 }).ToArray());
        Assert.Equal(row, layer.Forward(new long[,] { { 2 } }).ToArray());
        Assert.Equal(row, layer.Forward(new[,,] { { { 2 } } }).ToArray());
        Assert.Equal(row, layer.Forward((ReadOnlySpan<int>)[2]).ToArray());
        Assert.Equal([3], layer.Forward(2).Shape.Sizes.ToArray());
        Assert.Equal([1, 1, 1, 3], layer.Forward(new[,,] { { { 2 } } }).Shape.Sizes.ToArray());
        Assert.Equal([0, 3], layer.Forward(Array.Empty<int>()).Shape.Sizes.ToArray());
        Tensor output = layer.Forward(new[,] { { 1, 2 } });
        Assert.Equal(row, output[0, 1].ToArray());
    }

    [Fact]
    public void TheResultIsACopyAndTheCallersIdsAreToo()
    {
        var layer = new Embedding(10, 3, rng: new Rng(3));
        int[] ids = [7, 1];
        Tensor output = layer.Forward(ids);
        float[] before = output.ToArray();
        ids[0] = 8;
        layer.Weight.Write(7, [0, 0, 0]);
        Assert.Equal(before, output.ToArray());
        output.Sum().Backward();
        Assert.Equal([1, 7], layer.Weight.Gradient.Rows);
    }

    [Fact]
    public void FrozenPretrainedWeightsMayNotHoldNaN()
    {
        var weights = new Tensor([1, 2, float.NaN, 4], 2, 2);
        var error = Assert.Throws<ArgumentException>(() => Embedding.FromPretrained(weights));
        Assert.Contains("[1, 0]", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Embedding.FromPretrained(new Tensor([1, 2], 2)));
        Assert.True(float.IsNaN(Embedding.FromPretrained(weights, freeze: false).Weight[1][0]));
        foreach (float infinite in (float[])[float.PositiveInfinity, float.NegativeInfinity])
            foreach (Action make in (Action[])[() => Embedding.FromPretrained(new Tensor([1, infinite], 1, 2)), ()
                => EmbeddingBag.FromPretrained(new Tensor([1, infinite], 1, 2))])
                Assert.Contains($"{infinite} at [0, 1]", Assert.Throws<ArgumentException>(make).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TiedLayersLearnOneTable()
    {
        var embedding = new Embedding(5, 4, rng: new Rng(0));
        var output = new TiedLinear(embedding.Weight);
        Tensor hidden = embedding.Forward(new[] { 1, 3 });
        Losses.CrossEntropy(output.Forward(hidden), new[] { 2, 0 }).Backward();

        // The slow, obvious way: two dense parameters with the same values, gradients added.
        var input = new Parameter(embedding.Weight.AsTensor().Clone());
        Tensor rows = Ops.IndexSelect(input, 0, new[] { 1, 3 });
        Losses.CrossEntropy(Ops.MatMul(rows, input.Value.T), new[] { 2, 0 }).Backward();
        Golden.Close(input.Gradient!.Span, embedding.Weight.Gradient.ToTensor()!.Span, 1e-6f, "gradient");
    }
}
