using Rowan.Numerics;

namespace Rowan.Tests;

public class CtcTests
{
    /// <summary>All paths written out: each sequence of classes whose repeats merge and whose blanks go to the target.</summary>
    [Theory, InlineData(4, 2, 0), InlineData(5, 2, 2), InlineData(3, 0, 0), InlineData(6, 3, 1)]
    public void ALossIsTheSumOverAllPaths(int time, int length, int blank)
    {
        const int Classes = 3;
        var rng = new Rng((ulong)(time * 10 + length));
        Tensor x = Tensor.Randn(rng, time, 2, Classes).LogSoftmax(-1);
        int[] all = [.. Enumerable.Range(0, Classes).Where(c => c != blank)];
        Indices targets = Indices.From([.. Enumerable.Range(0, 2 * length).Select(i => (long)all[i * i % 2])], 2, length);
        Tensor losses = Losses.Ctc(x, targets, blank: blank, reduction: Reduction.None);
        for (int b = 0; b < 2; b++)
        {
            double sum = 0;
            for (int path = 0; path < Math.Pow(Classes, time); path++)
            {
                int[] classes = [.. Enumerable.Range(0, time).Select(t => path / (int)Math.Pow(Classes, t) % Classes)];
                long[] merged = [.. classes.Where((c, t) => (t == 0 || c != classes[t - 1]) && c != blank).Select(c => (long)c)];
                if (merged.SequenceEqual(targets[b, ..])) sum += Math.Exp(Enumerable.Range(0, time).Sum(t =>
                    (double)x.At(t, b, classes[t])));
            }
            Assert.Equal(sum == 0 ? double.PositiveInfinity : -Math.Log(sum), losses.At(b), 1e-5);
        }
    }

    [Fact]
    public void LengthsCutSequencesAndTargets()
    {
        var rng = new Rng(2);
        Tensor x = Tensor.Randn(rng, 6, 2, 4).LogSoftmax(-1);
        Indices targets = new[,] { { 1, 2, 3 }, { 3, 1, 1 } };
        Tensor losses = Losses.Ctc(x, targets, new[] { 6, 4 }, new[] { 3, 2 }, reduction: Reduction.None);
        Assert.Equal(Losses.Ctc(x[..4, 1], new[] { 3, 1 }, reduction: Reduction.Sum).Item(), losses.At(1), 1e-6f);
        Assert.Equal((losses.At(0) / 3 + losses.At(1) / 2) / 2, Losses.Ctc(x, targets, new[] { 6, 4 }, new[] { 3, 2 }).Item(), 1e-6f);
        Assert.Equal(0, Losses.Ctc(x[..2, 0], new[] { 1, 2, 3 }, zeroInfinity: true).Item());
        Assert.Equal(float.PositiveInfinity, Losses.Ctc(x[..2, 0], new[] { 1, 2, 3 }).Item());
        Assert.Throws<ArgumentOutOfRangeException>(() => Losses.Ctc(x[.., 0], new[] { 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Losses.Ctc(x, targets, new[] { 7, 1 }));
        Assert.Throws<ArgumentException>(() => Losses.Ctc(x, new[] { 1, 2 }));
    }
}
