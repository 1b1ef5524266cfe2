using Rowan.Nn;
using Rowan.Numerics;

namespace Rowan.Tests;

public class AttentionTests
{
    /// <summary>
    /// With its weights asked for, attention is put together from plain ops; without, it is one op. Both are the same function.
    /// </summary>
    [Theory]
    [InlineData(1, 1, 1, 4, 1), InlineData(2, 7, 7, 8, 2), InlineData(3, 8, 9, 24, 3), InlineData(2, 17, 33, 32, 4),
        InlineData(1, 50, 2_000, 6, 2)]
    public void OneOpIsTheOpsItStandsFor(int n, int targets, int sources, int dim, int heads)
    {
        foreach (bool batchFirst in (bool[])[false, true])
            foreach (bool self in (bool[])[false, true])
                foreach (bool masked in (bool[])[false, true])
                {
                    if (self && targets != sources) continue;
                    float[][] together = Run(needWeights: true), one = Run(needWeights: false);
                    for (int i = 0; i < one.Length; i++)
                        for (int j = 0; j < one[i].Length; j++)
                            Assert.Equal(together[i][j], one[i][j], 2e-5f * Math.Max(1, Math.Abs(together[i][j])));

                    float[][] Run(bool needWeights)
                    {
                        var attention = new MultiheadAttention(dim, heads, dropout: masked ? 0.2f : 0, batchFirst: batchFirst,
                            addBiasKv: masked && !self, addZeroAttention: masked && !self, rng: new Rng(1));
                        var rng = new Rng(2);
                        Tensor Draw(long length) => Tensor.Randn(rng, batchFirst ? [n, length, dim] : [length, n, dim]);
                        Tensor query = Draw(targets), key = self ? query : Draw(sources), value = self ? query : Draw(sources),
                        scores = Tensor.Randn(rng, n * heads, targets, sources);
                        foreach (Tensor input in (Tensor[])[query, key, value, scores]) input.RequiresGrad = true;
                        var padding = new bool[n * sources];
                        for (int i = 1; i < padding.Length; i += 5) padding[i] = i % sources != 0;
                        Tensor output = masked
                            ? attention.Forward(query, key, value, Mask.From(padding, n, sources), scores, needWeights).Output
                            : attention.Forward(query, key, value, needWeights: needWeights).Output;
                        output.Backward(Tensor.Randn(rng, output.Shape.Sizes));
                        return [output.ToArray(), query.Gradient!.ToArray(), key.Gradient!.ToArray(), value.Gradient!.ToArray(),
                            scores.Gradient?.ToArray() ?? [],
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

    /// <summary>Left padding under a causal mask: the targets that are padding see nothing. They give and receive 0, and the others what
    /// they get without them.</summary>
    [Theory]
    [InlineData(1, 4, 1), InlineData(3, 8, 2), InlineData(7, 24, 3), InlineData(33, 16, 4)]
    public void ATargetThatSeesNothingIsZeroInValueAndGradient(int length, int dim, int heads)
    {
        const int Padding = 2;
        int all = length + Padding;
        foreach (bool batchFirst in (bool[])[false, true])
            foreach (bool needWeights in (bool[])[false, true])
            {
                var attention = new MultiheadAttention(dim, heads, batchFirst: batchFirst, rng: new Rng(1));
                Tensor rows = Tensor.Randn(new Rng(2), 2, all, dim), slopes = Tensor.Randn(new Rng(3), 2, all, dim);
                Tensor Lay(Tensor x) => batchFirst ? x : x.Transpose(0, 1);
                Tensor x = Lay(rows).Clone();
                x.RequiresGrad = true;
                // The first sequence is padded at its left, the second is whole.
                var padded = new bool[2 * all];
                padded.AsSpan(0, Padding).Fill(true);
                AttentionResult result = attention.Forward(x, x, x, Mask.From(padded, 2, all), AttentionMask.Causal(all), needWeights);
                result.Output.Backward(Lay(slopes));
                Tensor output = Lay(result.Output), gradient = Lay(x.Gradient!);
                for (int t = 0; t < Padding; t++)
                {
                    // What the heads give is 0, so the last projection gives its bias, which is 0 at first.
                    Assert.All(output[0][t].ToArray(), value => Assert.Equal(0, value));
                    Assert.All(gradient[0][t].ToArray(), value => Assert.Equal(0, value));
                    if (needWeights) Assert.All(result.Weights![0][t].ToArray(), value => Assert.Equal(0, value));
                }
                foreach (ILearnable part in attention.Parameters()) Assert.All(((Parameter)part).Gradient!.ToArray(), value
                    => Assert.True(float.IsFinite(value)));

                Tensor alone = Lay(rows.Slice(0, 0, 1).Slice(1, Padding, length)).Clone();
                alone.RequiresGrad = true;
                Tensor expected = attention.Forward(alone, alone, alone, attentionMask: AttentionMask.Causal(length),
                    needWeights: needWeights).Output;
                expected.Backward(Lay(slopes.Slice(0, 0, 1).Slice(1, Padding, length)));
                Assert.True(Lay(expected).AllClose(output.Slice(0, 0, 1).Slice(1, Padding, length), 1e-4f, 1e-5f));
                Assert.True(Lay(alone.Gradient!).AllClose(gradient.Slice(0, 0, 1).Slice(1, Padding, length), 1e-4f, 1e-5f));
            }
    }

    /// <summary>Every way to mask everything: by numbers, by a matrix of bool, by padding alone, with dropout; and through layers made of
    /// attention.</summary>
    [Fact]
    public void AFullyMaskedBatchStaysFiniteInEveryLayer()
    {
        Tensor x = Tensor.Randn(new Rng(2), 3, 2, 8);
        x.RequiresGrad = true;
        Mask everything = Mask.From([true, true, true, true, true, true], 2, 3);
        var options = new TransformerOptions { FeedForwardDim = 8, Dropout = 0.3f };
        foreach (bool normFirst in (bool[])[false, true])
        {
            var encoder = new TransformerEncoder(new TransformerEncoderLayer(8, 2, options with { NormFirst = normFirst }, new Rng(4)), 2);
            var decoder = new TransformerDecoder(new TransformerDecoderLayer(8, 2, options with { NormFirst = normFirst }, new Rng(4)), 2);
            Tensor[] outputs =
            [
                encoder.Forward(x, keyPaddingMask: everything), encoder.Forward(x, new bool[,] { { true, true, true }, { false, true,
                    true }, { false, false, true } }),
                decoder.Forward(x, x, new() { TargetKeyPadding = everything, MemoryKeyPadding = everything }),
            ];
            foreach (Tensor output in outputs)
            {
                x.ZeroGrad();
                output.Backward(Tensor.Randn(new Rng(5), 3, 2, 8));
                Assert.All(output.ToArray(), value => Assert.True(float.IsFinite(value)));
                Assert.All(x.Gradient!.ToArray(), value => Assert.True(float.IsFinite(value)));
            }
        }
    }

    /// <summary>Scores that are added and learn: those of a target that sees nothing have the gradient 0. A NaN that came in is not masked
    /// away.</summary>
    [Fact]
    public void MaskedScoresHaveNoGradientAndNaNStaysNaN()
    {
        foreach (int width in (int[])[1, 3, 8, 17, 33])
        {
            Tensor x = Tensor.Randn(new Rng(2), width, 1, 8), added = new(new float[width * width], 1, 1, width, width);
            added.WritableSpan[..width].Fill(float.NegativeInfinity);
            added.RequiresGrad = true;
            Tensor y = Ops.Attention(x, x, x, 2, added);
            y.Backward(Tensor.Randn(new Rng(3), width, 1, 8));
            Assert.All(y[0].ToArray(), value => Assert.Equal(0, value));
            Assert.All(added.Gradient!.ToArray()[..width], value => Assert.Equal(0, value));
            for (int target = 1; target < width; target++) Assert.All(y[target].ToArray(), value => Assert.True(float.IsFinite(value)
                && value != 0));

            var row = new float[width];
            for (int at = 0; at < width; at++)
            {
                Array.Fill(row, float.NegativeInfinity);
                row[at] = float.NaN;
                Assert.All(new Tensor(row, 1, width).MaskedSoftmax().ToArray(), value => Assert.True(float.IsNaN(value)));
                row[at] = 3;
                Assert.Equal(row.Select(value => value == 3 ? 1f : 0), new Tensor(row, 1, width).MaskedSoftmax().ToArray());
            }
        }
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        Tensor x = Tensor.Zeros(3, 2, 8);
        Assert.Contains("[3, 2, 8]",
            Assert.Throws<ArgumentException>(() => Ops.Attention(x, Tensor.Zeros(3, 1, 8), Tensor.Zeros(3, 1, 8), 2)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => Ops.Attention(x, x, x, 3));
        Assert.Throws<ArgumentException>(() => Ops.Attention(x, x, x, 2, Tensor.Zeros(1, 1, 3, 2)));
        Assert.Throws<ArgumentException>(() => Ops.Attention(x, 2));
        Assert.Throws<ArgumentNullException>(() => Ops.Attention(x, x, x, 2, dropout: 0.5f));
        Assert.Throws<ArgumentOutOfRangeException>(() => Ops.Attention(x, x, x, 2, dropout: 1.5f, rng: new Rng(0)));
        Assert.Contains("batch",
            Assert.Throws<ArgumentException>(() => new MultiheadAttention(8, 2, rng: new Rng(0))
            .Forward(x, x, x, Mask.From(new bool[2], 2, 1))).Message, StringComparison.Ordinal);
    }
}
