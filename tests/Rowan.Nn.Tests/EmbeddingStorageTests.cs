using Rowan.Nn;

namespace Rowan.Tests;

public class EmbeddingStorageTests
{
    public static TheoryData<RowStorage> Narrow => [RowStorage.BFloat16, RowStorage.Float16, RowStorage.SplitBFloat16];

    /// <summary>
    /// First weights are the float32 ones, each at its nearest; an odd count draws its last block again, as PyTorch does.
    /// </summary>
    [Theory, MemberData(nameof(Narrow))]
    public void FirstWeightsAreThoseOfFloat32Rounded(RowStorage storage)
    {
        foreach ((int rows, int dim) in ((int, int)[])[(3, 5), (4, 4), (7, 5), (50, 33), (70_001, 3)])
        {
            Embedding floats = new(rows, dim, new EmbeddingOptions { PaddingIdx = -1 }, new Rng(4)),
            kept = new(rows, dim, new EmbeddingOptions { PaddingIdx = -1, Storage = storage }, new Rng(4));
            Assert.Equal(storage, kept.Weight.Storage);
            var rounded = new Table(rows, dim, "T", storage);
            rounded.CopyFrom(floats.Weight.Values[0].Span);
            for (int row = 0; row < rows; row += Math.Max(1, rows / 500)) Assert.Equal(rounded[row], kept.Weight[row]);
            Assert.Equal(rounded[rows - 2], kept.Weight[rows - 2]);
            Assert.All(kept.Weight[rows - 1].ToArray(), value => Assert.Equal(0, value));
        }
    }

    /// <summary>Values and gradients of lookups and bags are those of a float32 table that holds what the narrow one shows.</summary>
    [Theory, MemberData(nameof(Narrow))]
    public void LookupsAndGradientsAreThoseOfTheFloatsKept(RowStorage storage)
    {
        foreach (int dim in (int[])[1, 5, 8, 17, 64])
        {
            var kept = new Embedding(20, dim, new EmbeddingOptions { Storage = storage }, new Rng(1)).Weight;
            var floats = new Table(20, dim);
            for (int row = 0; row < 20; row++) floats.Write(row, kept[row]);
            Indices ids = new[] { 3, 3, 19, 0, 7, 7, 7, 2 }, offsets = new[] { 0, 2, 2, 5 };
            Tensor g = Tensor.Randn(new Rng(2), 8, dim);
            Equal(new Embedding(kept).Forward(ids), new Embedding(floats).Forward(ids), g);
            foreach (BagMode mode in Enum.GetValues<BagMode>())
                Equal(new EmbeddingBag(kept, mode).Forward(ids, offsets), new EmbeddingBag(floats, mode).Forward(ids, offsets),
                    Ops.Slice(g, 0, 0, 4));
            Tensor scale = Tensor.Randn(new Rng(3), 8), other = scale.Detach().Clone();
            (scale.RequiresGrad, other.RequiresGrad) = (true, true);
            Equal(new EmbeddingBag(kept, BagMode.Sum).Forward(ids, offsets, scale),
                new EmbeddingBag(floats, BagMode.Sum).Forward(ids, offsets, other), Ops.Slice(g, 0, 0, 4));
            Assert.Equal(other.Gradient!.ToArray(), scale.Gradient!.ToArray());

            void Equal(Tensor first, Tensor second, Tensor gradient)
            {
                Assert.Equal(second.ToArray(), first.ToArray());
                kept.ZeroGrad();
                floats.ZeroGrad();
                first.Backward(gradient);
                second.Backward(gradient);
                Assert.Equal(floats.Gradient.ToTensor()!.ToArray(), kept.Gradient.ToTensor()!.ToArray());
            }
        }
    }

    [Fact]
    public void ATiedOutputLayerNeedsFloatsAndSaysSo()
    {
        var layer = new Embedding(6, 3, new EmbeddingOptions { Storage = RowStorage.BFloat16 }, new Rng(1));
        var tied = new TiedLinear(layer.Weight);
        Assert.Contains("BFloat16", Assert.Throws<InvalidOperationException>(() => tied.Forward(Tensor.Zeros(2, 3))).Message,
            StringComparison.Ordinal);
        Assert.Equal(RowStorage.BFloat16, new EmbeddingBag(layer.Weight).Options.Storage);
        Assert.Contains("36 B", layer.Summary(), StringComparison.Ordinal);
        Assert.Equal(RowStorage.Float16,
            Embedding.FromPretrained(Tensor.Ones(2, 2), options: new EmbeddingOptions { Storage = RowStorage.Float16 }).Weight.Storage);
    }
}
