using Rowan.Nn;

namespace Rowan.Tests;

public class AttentionTests
{
    /// <summary>With its weights asked for, attention is put together from plain ops; without, it is one op. Both are the same function.</summary>
    [Theory]
    [InlineData(1, 1, 1, 4, 1), InlineData(2, 7, 7, 8, 2), InlineData(3, 8, 9, 24, 3), InlineData(2, 17, 33, 32, 4), InlineData(1, 50, 2_000, 6, 2)]
    public void OneOpIsTheOpsItStandsFor(int n, int targets, int sources, int dim, int heads)
    {
        foreach (bool batchFirst in (bool[])[false, true])
            foreach (bool self in (bool[])[false, true])
                foreach (bool masked in (bool[])[false, true])
                {
                    if (self && targets != sources) continue;
                    float[][] together = Run(needWeights: true), one = Run(needWeights: false);
                    for (int i = 0; i < one.Length; i++)
                        for (int j = 0; j < one[i].Length; j++) Assert.Equal(together[i][j], one[i][j], 2e-5f * Math.Max(1, Math.Abs(together[i][j])));

                    float[][] Run(bool needWeights)
                    {
                        var attention = new MultiheadAttention(dim, heads, dropout: masked ? 0.2f : 0, batchFirst: batchFirst, addBiasKv: masked && !self, addZeroAttention: masked && !self, rng: new Rng(1));
                        var rng = new Rng(2);
                        Tensor Draw(long length) => Tensor.Randn(rng, batchFirst ? [n, length, dim] : [length, n, dim]);
                        Tensor query = Draw(targets), key = self ? query : Draw(sources), value = self ? query : Draw(sources), scores = Tensor.Randn(rng, n * heads, targets, sources);
                        foreach (Tensor input in (Tensor[])[query, key, value, scores]) input.RequiresGrad = true;
                        var padding = new bool[n * sources];
                        for (int i = 1; i < padding.Length; i += 5) padding[i] = i % sources != 0;
                        Tensor output = masked
                            ? attention.Forward(query, key, value, Mask.From(padding, n, sources), scores, needWeights).Output
                            : attention.Forward(query, key, value, needWeights: needWeights).Output;
                        output.Backward(Tensor.Randn(rng, output.Shape.Sizes));
                        return [output.ToArray(), query.Gradient!.ToArray(), key.Gradient!.ToArray(), value.Gradient!.ToArray(), scores.Gradient?.ToArray() ?? [],
                            .. attention.Parameters().Select(part => ((Parameter)part).Gradient!.ToArray())];
                    }
                }
    }

    [Fact]
    public void APassThatIsRetainedRunsAgain()
    {
        var attention = new MultiheadAttention(32, 4, rng: new Rng(1));
        Tensor x = Tensor.Randn(new Rng(2), 9, 8, 32), g = Tensor.Randn(new Rng(3), 9, 8, 32);
        x.RequiresGrad = true;
        Tensor output = attention.Forward(x, x, x, needWeights: false).Output;
        output.Backward(g, retainGraph: true);
        float[] once = x.Gradient!.ToArray();
        output.Backward(g);
        Assert.Equal(once.Select(value => 2 * value), x.Gradient!.ToArray());
    }

    [Fact]
    public void ATargetThatSeesNothingIsNaNAndTheOthersAreNot()
    {
        Tensor x = Tensor.Randn(new Rng(2), 3, 1, 8), added = new(new float[9], 1, 1, 3, 3);
        added.WritableSpan[3..6].Fill(float.NegativeInfinity);
        Tensor y = Ops.Attention(x, x, x, 2, added);
        for (int target = 0; target < 3; target++) Assert.All(y[target].ToArray(), value => Assert.Equal(target == 1, float.IsNaN(value)));
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        Tensor x = Tensor.Zeros(3, 2, 8);
        Assert.Contains("[3, 2, 8]", Assert.Throws<ArgumentException>(() => Ops.Attention(x, Tensor.Zeros(3, 1, 8), Tensor.Zeros(3, 1, 8), 2)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => Ops.Attention(x, x, x, 3));
        Assert.Throws<ArgumentException>(() => Ops.Attention(x, x, x, 2, Tensor.Zeros(1, 1, 3, 2)));
        Assert.Throws<ArgumentException>(() => Ops.Attention(x, 2));
        Assert.Throws<ArgumentNullException>(() => Ops.Attention(x, x, x, 2, dropout: 0.5f));
        Assert.Throws<ArgumentOutOfRangeException>(() => Ops.Attention(x, x, x, 2, dropout: 1.5f, rng: new Rng(0)));
        Assert.Contains("batch", Assert.Throws<ArgumentException>(() => new MultiheadAttention(8, 2, rng: new Rng(0)).Forward(x, x, x, Mask.From(new bool[2], 2, 1))).Message, StringComparison.Ordinal);
    }
}
