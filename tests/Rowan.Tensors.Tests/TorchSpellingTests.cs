using Rowan.Numerics;

namespace Rowan.Tests;

/// <summary>Values of the operations that PyTorch users reach for first, against slow loops written out.</summary>
public class TorchSpellingTests
{
    static readonly int[] _lengths = [1, 2, 7, 8, 9, 16, 17, 33];

    [Fact]
    public void PartsAreWhatALoopReads()
    {
        Tensor x = Counting(4, 5, 3);
        Assert.Equal(Expected(2, 5, 3, (i, j, k) => x.At(i + 1, j, k)), x[1..3].ToArray());
        Assert.Equal(new Shape(2, 5, 3), x[1..3].Shape);
        Assert.Equal([x.At(0, 4, 0), x.At(1, 4, 0), x.At(2, 4, 0), x.At(3, 4, 0)], x[.., ^1, 0].ToArray());
        Assert.Equal(new Shape(4), x[.., ^1, 0].Shape);
        Assert.Equal(x.At(3, 1, 2), x[^1, 1, 2].Item());
        Assert.Equal(new Shape(3, 3), x[3, 1..^1].Shape);
        Assert.Equal(new Shape(2, 2, 5, 2), x[new[,] { { 0, 3 }, { 3, 1 } }, .., 1..].Shape);
        Assert.Equal(x.At(3, 2, 1), x[new[,] { { 0, 3 }, { 3, 1 } }, .., 1..].At(0, 1, 2, 0));
        Assert.Equal(0, x[2..2].Count);
        Assert.Equal(3.5f, (float)new Tensor([3.5f], 1, 1)[0, ^1]);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => x[.., -1]);
        Assert.Contains("^1 is the last", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => x[0..9]);
        Assert.Throws<ArgumentOutOfRangeException>(() => x[0, 0, 0, ..]);
        Assert.Throws<InvalidOperationException>(() => (float)x);
    }

    [Fact]
    public void AssigningWritesThePartAndNothingElse()
    {
        Tensor x = Tensor.Zeros(3, 4);
        x[0, 1] = 3;
        x[1..] = new float[] { 1, 2, 3, 4 };
        x[.., ^1] = -1;
        Assert.Equal([0, 3, 0, -1, 1, 2, 3, -1, 1, 2, 3, -1], x.ToArray());
        Tensor learned = Tensor.Ones(4);
        learned.RequiresGrad = true;
        Assert.Throws<InvalidOperationException>(() => x[0] = learned * 2);
        Assert.Throws<InvalidOperationException>(() => (learned * 2)[0] = 1);
        Assert.Throws<ArgumentException>(() => x[0] = new float[] { 1, 2 });
    }

    [Fact]
    public void ComparisonsAndChoices()
    {
        Tensor x = new float[,] { { 1, 2, float.NaN }, { 4, 5, 6 } }, y = new float[] { 1, 3, 2 };
        Assert.Equal([false, false, false, true, true, true], (x > y).Span.ToArray());
        Assert.Equal([true, false, false, true, true, true], (x >= y).Span.ToArray());
        Assert.Equal([false, true, false, false, false, false], (x < y).Span.ToArray());
        Assert.Equal([true, true, false, false, false, false], (x <= y).Span.ToArray());
        Assert.Equal([true, false, false, false, false, false], x.Equal(y).Span.ToArray());
        Assert.Equal([false, true, true, true, true, true], x.NotEqual(y).Span.ToArray());
        Assert.Equal([2], Enumerable.Range(0, 6).Where(i => x.IsNaN().Span[i]));
        Tensor ones = x > y;
        Assert.Equal([0, 0, 0, 1, 1, 1], ones.ToArray());
        Assert.Equal([0, 0, 0, 8, 10, 12], (Ops.Where(x.IsNaN(), 0, x) * (x > y) * 2).ToArray());
        Assert.Equal([1, 3, 2, 4, 5, 6], Ops.Where(x > y, x, y).ToArray());
        Assert.True((x > 5).Any());
        Assert.False((x > 5).All());
        Assert.Equal(1, (x > 5).CountTrue());
        Assert.Equal([true, true, true, true, true, false], (!(x > 5)).Span.ToArray());
        Assert.Equal([false, false, false, true, true, false], ((x > 3) & !(x > 5)).Span.ToArray());
        Assert.True(Tensor.Eye(2).Any());
        Assert.False(Tensor.Eye(2).All());
        Assert.False(Tensor.Zeros(3).Any());
    }

    [Fact]
    public void ExtremesAndOrdersAtEveryLength()
    {
        var rng = new Rng(3);
        foreach (int n in _lengths)
        {
            Tensor x = Tensor.Randn(rng, 3, n, 2);
            // Ties, so that the first one's right is tested.
            for (int i = 0; i < x.Count; i++) x.WritableSpan[i] = MathF.Round(x.Span[i] * 2);
            (Tensor largest, Indices largestAt) = x.MaxWithIndices(1);
            (Tensor smallest, Indices smallestAt) = x.MinWithIndices(1, keepDim: true);
            (Tensor sorted, Indices order) = x.SortWithIndices(1);
            int k = (n + 1) / 2;
            (Tensor top, Indices topAt) = x.TopK(k, 1);
            for (int i = 0; i < 3; i++)
                for (int j = 0; j < 2; j++)
                {
                    float[] lane = [.. Enumerable.Range(0, n).Select(a => x.At(i, a, j))];
                    Assert.Equal((lane.Max(), (long)Array.IndexOf(lane, lane.Max())), (largest.At(i, j), largestAt[i, j]));
                    Assert.Equal((lane.Min(), (long)Array.IndexOf(lane, lane.Min())), (smallest.At(i, 0, j), smallestAt.Span[i * 2 + j]));
                    (float Value, int At)[] slow = [.. lane.Select((value, at) => (value, at)).OrderBy(pair => pair.value)];
                    Assert.Equal(slow, Enumerable.Range(0, n).Select(a => (sorted.At(i, a, j), (int)order.Span[(i * n + a) * 2 + j])));
                    Assert.Equal(lane.Select((value, at) => (value, at)).OrderByDescending(pair => pair.value).Take(k),
                        Enumerable.Range(0, k).Select(a => (top.At(i, a, j), (int)topAt.Span[(i * k + a) * 2 + j])));
                }
            Assert.Equal(largestAt.Span.ToArray(), x.ArgMax(1).Span.ToArray());
            Assert.Equal(smallestAt.Span.ToArray(), x.ArgMin(1).Span.ToArray());
            Assert.Equal(Array.IndexOf(x.ToArray(), x.ToArray().Max()), (int)x.ArgMax().Span[0]);
        }
        Tensor odd = new float[] { 1, float.NaN, 3 };
        Assert.Equal(1, odd.ArgMax(0).Span[0]);
        Assert.Equal(1, odd.ArgMin(0).Span[0]);
        Assert.True(float.IsNaN(odd.Sort().At(2)));
        Assert.Throws<ArgumentOutOfRangeException>(() => odd.TopK(4));
        Assert.Throws<ArgumentException>(() => Tensor.Zeros(0).Max());
    }

    [Fact]
    public void StatisticsAtEveryLength()
    {
        var rng = new Rng(5);
        foreach (int n in _lengths)
        {
            Tensor x = Tensor.Randn(rng, 2, n, 3);
            for (int i = 0; i < 2; i++)
                for (int j = 0; j < 3; j++)
                {
                    double[] lane = [.. Enumerable.Range(0, n).Select(a => (double)x.At(i, a, j))];
                    double mean = lane.Average(), squares = lane.Sum(value => (value - mean) * (value - mean)), running = 0;
                    if (n > 1) Assert.Equal(squares / (n - 1), x.Var(1).At(i, j), 1e-5);
                    if (n > 1) Assert.Equal(Math.Sqrt(squares / (n - 1)), x.Std(1, keepDim: true).At(i, 0, j), 1e-5);
                    Assert.Equal(squares / n, x.Var(1, correction: 0).At(i, j), 1e-5);
                    Assert.Equal(Math.Log(lane.Sum(Math.Exp)), x.LogSumExp(1).At(i, j), 1e-5);
                    Assert.Equal(lane.Aggregate(1.0, (product, value) => product * value), x.Prod(1).At(i, j), 1e-5);
                    for (int a = 0; a < n; a++) Assert.Equal(running += lane[a], x.CumSum(1).At(i, a, j), 1e-5);
                    Assert.Equal(lane.Sum() + Enumerable.Range(0, n).Sum(a => (double)x.At(1 - i, a, j)), x.Sum([0, 1]).At(j), 1e-4);
                    Assert.Equal(Enumerable.Range(0, n).Sum(a => (double)x.At(0, a, j) + x.At(1, a, j)) / (2 * n), x.Mean(0, 1).At(j),
                        1e-5);
                }
            Assert.Equal(Math.Sqrt(x.ToArray().Sum(value => (double)value * value)), x.Norm().Item(), 1e-5 * n);
            Assert.Equal(new Shape(1, 1, 1), x.Norm(keepDim: true).Shape);
            double all = x.ToArray().Average(value => (double)value);
            Assert.Equal(x.ToArray().Sum(value => (value - all) * (value - all)) / (x.Count - 1), x.Var().Item(), 1e-5);
        }
        Assert.Equal(float.NegativeInfinity, new Tensor([float.NegativeInfinity, float.NegativeInfinity]).LogSumExp(0).Item());
        Assert.Equal(float.PositiveInfinity, new Tensor([float.PositiveInfinity, 0]).LogSumExp(0).Item());
        Tensor hidden = new[] { float.NegativeInfinity, 1 };
        hidden.RequiresGrad = true;
        hidden.LogSumExp(0).Backward();
        Assert.Equal([0, 1], hidden.Gradient!.ToArray());
        Assert.Contains("correction: 0", Assert.Throws<ArgumentException>(() => Tensor.Ones(1).Var()).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Tensor.Ones(2, 2).Sum([0, 0]));
        Assert.Throws<ArgumentException>(() => Tensor.Ones(2, 2).Sum([]));
    }

    [Fact]
    public void ShapesAreCopiedCutAndPadded()
    {
        Tensor x = Counting(2, 3);
        Assert.Equal([3, 4, 5, 0, 1, 2], x.Flip(0).ToArray());
        Assert.Equal([2, 1, 0, 5, 4, 3], x.Flip(-1).ToArray());
        Assert.Equal([0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5], x.Repeat(1, 2).ToArray());
        Assert.Equal(new Shape(2, 2, 6), x.Repeat(2, 1, 2).Shape);
        Assert.Equal(x.Repeat(1, 2).ToArray(), x.Tile(2).ToArray());
        Assert.Equal([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5], x.RepeatInterleave(2, 1).ToArray());
        Assert.Equal([0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5], x.RepeatInterleave(2, 0).ToArray());
        Assert.Equal([0, 0, 1, 2, 0, 3, 4, 5], x.Pad(1, 0).ToArray());
        Assert.Equal([9, 9, 9, 1, 2, 9, 4, 5, 9], x.Pad([-1, 1, 1, 0], 9).ToArray());
        Assert.Equal(new Shape(4, 2, 3), x.Expand(4, 2, -1).Shape);
        Assert.Equal([1, 0, 0, 4, 5, 0], (x + 1).Tril().ToArray());
        Assert.Equal([0, 2, 3, 0, 0, 6], (x + 1).Triu(1).ToArray());
        Assert.Equal([0, 4], x.Diagonal().ToArray());
        Assert.Equal([1, 5], x.Diagonal(1).ToArray());
        Assert.Equal([3], x.Diagonal(-1).ToArray());
        Assert.Equal(0, x.Diagonal(5).Count);
        Assert.Equal([2, 2, 1], Tensor.Ones(5, 2).Split(2).Select(part => part.Shape[0]));
        Assert.Equal([2, 1], Tensor.Ones(3, 2).Chunk(2).Select(part => part.Shape[0]));
        Assert.Equal([1, 4], Tensor.Ones(2, 5).Split([1, 4], 1).Select(part => part.Shape[1]));
        Assert.Equal([[0, 3], [1, 4], [2, 5]], x.Unbind(1).Select(part => part.ToArray()));
        Assert.Equal(new Shape(2, 3), x.Reshape(1, 2, 1, 3).Squeeze().Shape);
        Assert.Equal([0, 3, 1, 4, 2, 5], x.MT.ToArray());
        Assert.Equal([1, 0, 0, 1, 0, 0], Tensor.Eye(3, 2).ToArray());
        Assert.Equal([2, 3, 4], Tensor.Arange(2, 5).ToArray());
        Assert.Equal([1, 0.5f, 0], Tensor.Arange(1, -0.1f, -0.5f).ToArray());
        Assert.Equal([0, 0.5f, 1], Tensor.Linspace(0, 1, 3).ToArray());
        Assert.Equal([0, 0, 0, 0, 0, 0], Tensor.ZerosLike(x).ToArray());
        Assert.Equal([1, 2, 3, 4], new Tensor(new float[,] { { 1, 2 }, { 3, 4 } }).ToArray());
        Assert.Equal(3, new Tensor(new float[] { 1, 2, 3 }).Shape[0]);
        Assert.Equal((2, 3), (x.Size(0), x.Size(-1)));
        Assert.Throws<ArgumentException>(() => x.Expand(3, 3));
        Assert.Throws<ArgumentException>(() => x.Split([1, 3], 1));
        Assert.Throws<ArgumentException>(() => x.Pad(1));
    }

    [Fact]
    public void ScatterAndEinsumAreTheirSums()
    {
        var rng = new Rng(8);
        Tensor x = Tensor.Zeros(3, 2), source = Counting(4, 2) + 1;
        Assert.Equal(Slow(), x.ScatterAdd(0, new[,] { { 0, 2 }, { 0, 1 }, { 2, 1 }, { 2, 2 } }, source).ToArray());
        Assert.Equal([1 + 5, 2 + 6, 0, 0, 3 + 7, 4 + 8], x.IndexAdd(0, new[] { 0, 2, 0, 2 }, source).ToArray());
        foreach (int n in _lengths)
        {
            Tensor a = Tensor.Randn(rng, 2, n, 3), b = Tensor.Randn(rng, 2, 3, n), c = Tensor.Randn(rng, 3);
            Tensor product = Ops.Einsum("bij,bki,j->kb", a, b, c);
            for (int k = 0; k < 3; k++)
                for (int s = 0; s < 2; s++)
                {
                    double sum = 0;
                    for (int i = 0; i < n; i++)
                        for (int j = 0; j < 3; j++) sum += (double)a.At(s, i, j) * b.At(s, k, i) * c.At(j);
                    Assert.Equal(sum, product.At(k, s), 1e-4);
                }
            Tensor d = Ops.Cdist(a, b.MT);
            for (int i = 0; i < n; i++)
                for (int j = 0; j < n; j++)
                    Assert.Equal(Math.Sqrt(Enumerable.Range(0, 3).Sum(k => Math.Pow(a.At(1, i, k) - b.At(1, k, j), 2))), d.At(1, i, j),
                        1e-5);
            Tensor wide = Tensor.Randn(rng, 4, 1, 2, n), right = Tensor.Randn(rng, 3, n, 5), many = wide.MatMul(right);
            Assert.Equal(new Shape(4, 3, 2, 5), many.Shape);
            Assert.Equal(Enumerable.Range(0, n).Sum(k => (double)wide.At(2, 0, 1, k) * right.At(1, k, 4)), many.At(2, 1, 1, 4), 1e-4);
        }
        Assert.Equal([0, 4, 8], Ops.Einsum("ii->i", Counting(3, 3)).ToArray());
        Assert.Equal(12, Ops.Einsum("ii", Counting(3, 3)).Item());
        Assert.Throws<ArgumentException>(() => Ops.Einsum("ij,jk", Counting(2, 3), Counting(2, 3)));
        Assert.Throws<ArgumentException>(() => Ops.Einsum("ij->ik", Counting(2, 3)));
        Assert.Throws<ArgumentException>(() => Ops.Einsum("...i->i", Counting(2, 3)));

        float[] Slow()
        {
            var into = new float[6];
            int[,] ids = { { 0, 2 }, { 0, 1 }, { 2, 1 }, { 2, 2 } };
            for (int i = 0; i < 4; i++)
                for (int j = 0; j < 2; j++) into[ids[i, j] * 2 + j] += source.At(i, j);
            return into;
        }
    }

    [Fact]
    public void IndicesAreCutJoinedAndCounted()
    {
        Indices ids = new[] { 4, 0, 2, 2 }, matrix = new[,] { { 1, 2, 3 }, { 4, 5, 6 } };
        Assert.Equal((4, 2, 2), (ids[0], ids[^1], ids[3L]));
        Assert.Equal([0, 2], ids[1..3]);
        Assert.Equal([3, 6], matrix[.., 2]);
        Assert.Equal([4, 5, 6], matrix[1, ..]);
        Assert.Equal(6, matrix[1, 2]);
        Assert.Equal([0, 1, 2], Indices.Arange(3));
        Assert.Equal([5, 3, 1], Indices.Arange(5, 0, -2));
        Assert.Equal([4, 0, 2, 2, 7], ids.Concat(new[] { 7 }));
        Assert.Equal([1, 2, 3, 1, 4, 5, 6, 4], Indices.Concat([matrix, matrix[.., 0..1]], 1));
        Assert.Equal([2, 3, 5, 6], matrix.Slice(1, 1, 2));
        Assert.Equal([5, 1, 3, 3], ids + 1);
        Assert.Equal([8, 0, 4, 4], 2 * ids);
        Assert.Equal([0, 0, 2, 2], ids % 4);
        Assert.Equal([false, true, false, false], ids.Equal(0).Span.ToArray());
        Assert.Equal([true, false, true, true], (ids > 1).Span.ToArray());
        Assert.Equal([4f, 0, 2, 2], ids.ToTensor().ToArray());
        Assert.Equal(new Shape(4, 5), ids.OneHot().Shape);
        Assert.Equal([0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0], Indices.From([2, 1, 2], 3).OneHot(4).ToArray());
        Assert.Equal(new Shape(2, 2), ((Indices)new[] { new[] { 1, 2 }, [3, 4] }).Shape);
        Assert.Equal([1, 2], (Indices)new List<int> { 1, 2 });
        Assert.Equal(new Shape(3, 2), matrix.Reshape(3, -1).Shape);
        Assert.Equal(new Shape(2, 1), new Mask[] { new[] { true, false } }[0].Reshape(-1, 1).Shape);
        Assert.Equal([1, 2, 3, 4, 9, 9], Indices.Pad([new[] { 1, 2, 3 }, [4]], 9));
        Assert.Equal([0, 1, 2, 3, 0, 0, 0, 4], Indices.Pad([new[] { 1, 2, 3 }, [4]], length: 4, left: true));
        Assert.Contains("Pad", Assert.Throws<ArgumentException>(() => (Indices)new[] { new[] { 1, 2 }, [3] }).Message,
            StringComparison.Ordinal);
        Assert.Contains("[0, ..]", Assert.Throws<ArgumentOutOfRangeException>(() => matrix[0]).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => ids[4]);
        Assert.Throws<ArgumentOutOfRangeException>(() => ids.OneHot(4));
        Assert.Throws<ArgumentOutOfRangeException>(() => ((Indices)((1 << 24) + 1)).ToTensor());
    }

    [Fact]
    public void HooksSeeAndReplaceGradients()
    {
        Tensor x = new[] { 1f, 2, 3 };
        x.RequiresGrad = true;
        Tensor y = x * 2;
        float[]? seen = null;
        using (y.RegisterHook(g => { seen = g.ToArray(); }))
        using (y.RegisterHook(g => g * 10))
            (y * new[] { 1f, 2, 3 }).Sum().Backward(retainGraph: true);
        Assert.Equal([1, 2, 3], seen!);
        Assert.Equal([20, 40, 60], x.Gradient!.ToArray());
        x.ZeroGrad();
        y.Sum().Backward(retainGraph: true);
        Assert.Equal([2, 2, 2], x.Gradient!.ToArray());
        x.ZeroGrad();
        using (x.RegisterHook(g => -g)) (y.Sum() + x.Sum()).Backward(retainGraph: true);
        Assert.Equal([-3, -3, -3], x.Gradient!.ToArray());
        using (y.RegisterHook(g => g[0])) Assert.Throws<InvalidOperationException>(() => y.Sum().Backward(retainGraph: true));
        Assert.Throws<InvalidOperationException>(() => Tensor.Ones(2).RegisterHook(g => g));

        // Large enough that the pass recycles its memory.
        Tensor large = Tensor.Ones(300, 300);
        large.RequiresGrad = true;
        Tensor twice = large * 2;
        using (twice.RegisterHook(g => g * 3)) twice.Sum().Backward();
        Assert.All(large.Gradient!.ToArray(), value => Assert.Equal(6, value));
    }

    [Fact]
    public void ParametersAreReadComputedWithAndSet()
    {
        var p = new Parameter(new float[,] { { 1, 2 }, { 3, 4 } });
        Tensor y = (2 * p + p * 3 - p / 2 - 1 + (1 - p) + -p + (p - p) + 4 / p).Sum() + p.T.Sum();
        y.Backward();
        for (int i = 0; i < 4; i++) Assert.Equal(2 + 3 - 0.5f - 1 - 1 - 4 / ((i + 1f) * (i + 1)) + 1, p.Grad!.Span[i], 1e-5f);
        Tensor before = p.Value;
        p.Value = Tensor.Full(7, 2, 2);
        Assert.Same(before, p.Value);
        Assert.Equal([7, 7, 7, 7], before.ToArray());
        Assert.Throws<ArgumentException>(() => p.Value = Tensor.Zeros(3));
        Assert.Throws<InvalidOperationException>(() => p.Value = p * 2);
        p.RequiresGrad = false;
        Assert.True(p.Frozen);
        ILearnable learnable = p;
        Assert.Same(p.Value, learnable.Value);
        Assert.Equal((new Shape(2, 2), 4), (learnable.Shape, learnable.ValueCount));
    }

    static Tensor Counting(params long[] shape) => Tensor.Arange(new Shape(shape).Count).Reshape(shape);

    static float[] Expected(int a, int b, int c, Func<int, int, int, float> value) =>
        [.. from i in Enumerable.Range(0, a) from j in Enumerable.Range(0, b) from k in Enumerable.Range(0, c) select value(i, j, k)];
}
