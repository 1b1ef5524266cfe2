using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Rowan.Numerics;

namespace Rowan.Tests;

public class MatMulTests
{
    enum Start { Nothing, C, Bias }

    [Fact]
    public void EverySmallSizeAndTransposeIsTheSumInOrder()
    {
        var rng = new Rng(4);
        int[] sizes = [1, 2, 4, 5, 6, 7, 12, 13, 16, 17, 32, 33, 65];
        foreach (int m in sizes)
            foreach (int n in sizes)
                foreach (int k in (int[])[1, 3, 8, 31])
                    for (int turned = 0; turned < 4; turned++)
                        Check(rng, m, n, k, (turned & 1) != 0, (turned & 2) != 0, (Start)(turned % 3));
    }

    [Theory]
    [InlineData(40, 35, 255), InlineData(7, 64, 256), InlineData(13, 33, 257), InlineData(1, 70, 513), InlineData(70, 1, 513),
        InlineData(300, 6, 40), InlineData(5, 300, 40)]
    [InlineData(239, 64, 20), InlineData(240, 33, 40), InlineData(241, 65, 40), InlineData(487, 31, 300), InlineData(120, 170, 300),
        InlineData(6, 4_099, 9), InlineData(250, 4_130, 5)]
    public void SizesAroundPanelsAndBlocksAreTheSumInOrderForAnyThreads(int m, int n, int k)
    {
        int before = Workers.Threads;
        try
        {
            for (int turned = 0; turned < 4; turned++)
                foreach (int threads in (int[])[1, 2, 3, 8])
                {
                    Workers.Threads = threads;
                    Check(new Rng(4), m, n, k, (turned & 1) != 0, (turned & 2) != 0, (Start)(turned % 3));
                }
        }
        finally { Workers.Threads = before; }
    }

    [Theory]
    [InlineData(65, 7, 31), InlineData(20, 12, 48), InlineData(130, 33, 257), InlineData(300, 64, 513), InlineData(259, 128, 600),
        InlineData(301, 129, 600)]
    public void GradientsOfWeightsAreTheSumInOrderForAnyThreads(int m, int n, int k)
    {
        int before = Workers.Threads;
        try
        {
            foreach (int threads in (int[])[1, 2, 3, 8])
            {
                Workers.Threads = threads;
                Check(new Rng(4), m, n, k, transposeA: true, transposeB: false, Start.Nothing);
            }
        }
        finally { Workers.Threads = before; }
    }

    [Fact]
    public void ARowOfABatchHasTheBitsItHasAlone()
    {
        const int M = 50, N = 70, K = 300;
        float[] a = new float[M * K], b = new float[N * K], all = new float[M * N], one = new float[N];
        new Rng(1).Randn(a);
        new Rng(2).Randn(b);
        MatMul.Multiply(a, false, b, true, all, M, N, K);
        for (int i = 0; i < M; i++)
        {
            MatMul.Multiply(a.AsSpan(i * K, K), false, b, true, one, 1, N, K);
            Assert.Equal(one, all[(i * N)..((i + 1) * N)]);
        }
    }

    [Theory]
    [InlineData(0, 3, 4, 5), InlineData(1, 3, 4, 5), InlineData(7, 33, 5, 9), InlineData(40, 16, 40, 33), InlineData(2, 260, 260, 260),
        InlineData(3, 2, 2, 0)]
    public void ABatchIsItsProducts(int count, int m, int n, int k)
    {
        float[] a = new float[count * m * k], b = new float[count * k * n], each = new float[count * m * n],
        batch = new float[count * m * n];
        new Rng(1).Randn(a);
        new Rng(2).Randn(b);
        batch.AsSpan().Fill(float.NaN);
        for (int turned = 0; turned < 4; turned++)
        {
            (bool transposeA, bool transposeB) = ((turned & 1) != 0, (turned & 2) != 0);
            for (int i = 0; i < count; i++)
                MatMul.Multiply(a.AsSpan(i * m * k, m * k), transposeA, b.AsSpan(i * k * n, k * n), transposeB,
                each.AsSpan(i * m * n, m * n), m, n, k);
            MatMul.MultiplyBatch(a, transposeA, b, transposeB, batch, count, m, n, k);
            Assert.Equal(each, batch);
        }
    }

    [Fact]
    public void EmptySumsAreZeroOrTheBiasOrWhatIsThere()
    {
        float[] c = [7, 7, 7, 7];
        MatMul.Multiply([], false, [], false, c, 2, 2, 0, accumulate: true);
        Assert.Equal([7, 7, 7, 7], c);
        MatMul.Multiply([], false, [], false, c, 2, 2, 0, bias: [1, 2]);
        Assert.Equal([1, 2, 1, 2], c);
        MatMul.Multiply([], false, [], false, c, 2, 2, 0);
        Assert.Equal([0, 0, 0, 0], c);
    }

    [Fact]
    public void ShortSpansAndTwoStartsAreRefusedBeforeAnythingIsWritten()
    {
        float[] c = [7, 7, 7, 7];
        Assert.Throws<ArgumentException>(() => MatMul.Multiply(new float[5], false, new float[6], false, c, 2, 2, 3));
        Assert.Throws<ArgumentException>(() => MatMul.Multiply(new float[6], false, new float[5], false, c, 2, 2, 3));
        Assert.Throws<ArgumentException>(() => MatMul.Multiply(new float[9], false, new float[6], false, c, 3, 2, 3));
        Assert.Throws<ArgumentException>(() => MatMul.Multiply(new float[6], false, new float[6], false, c, 2, 2, 3, bias: new float[1]));
        Assert.Throws<ArgumentException>(() => MatMul.MultiplyBatch(new float[12], false, new float[12], false, c, 2, 2, 2, 3));
        Assert.Contains("add it before",
            Assert.Throws<ArgumentException>(
            () => MatMul.Multiply(new float[6], false, new float[6], false, c, 2, 2, 3, accumulate: true, bias: new float[2])).Message,
            StringComparison.Ordinal);
        Assert.Equal([7, 7, 7, 7], c);
    }

    /// <summary>
    /// Against the law, bit for bit, and against sums of doubles: panels of 256, each summed in order, each added to what is there.
    /// </summary>
    static void Check(Rng rng, int m, int n, int k, bool transposeA, bool transposeB, Start start)
    {
        // What lies around the operands is poison: it must reach no value, and nothing beyond C is written.
        float[] a = Poisoned(rng, m * k), b = Poisoned(rng, k * n), c = Poisoned(rng, m * n), bias = Poisoned(rng, n), before = [.. c];
        MatMul.Multiply(Inner(a), transposeA, Inner(b), transposeB, Inner(c), m, n, k, start == Start.C, start == Start.Bias
            ? Inner(bias) : default);
        Assert.True(float.IsNaN(c[0]) && float.IsNaN(c[^1]));
        bool fused = Fma.IsSupported || AdvSimd.IsSupported;
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++)
            {
                float value = start switch { Start.C => Inner(before)[i * n + j], Start.Bias => Inner(bias)[j], _ => 0 };
                double exact = value, size = Math.Abs(value);
                for (int from = 0; from < k; from += 256)
                {
                    float panel = 0;
                    for (int p = from; p < Math.Min(from + 256, k); p++)
                    {
                        (float x, float y) = (Inner(a)[transposeA ? p * m + i : i * k + p], Inner(b)[transposeB ? j * k + p : p * n + j]);
                        panel = fused ? MathF.FusedMultiplyAdd(x, y, panel) : x * y + panel;
                        exact += (double)x * y;
                        size += Math.Abs((double)x * y);
                    }
                    value += panel;
                }
                float got = Inner(c)[i * n + j];
                if (got != value || Math.Abs(exact - got) > 1e-5 * size)
                    Assert.Fail($"[{m}, {k}] × [{k}, {n}], transposed {transposeA} {transposeB}, start {start}: {got} at [{i}, {j}], "
                        + $"expected {value}, exactly {exact}");
            }
    }

    static float[] Poisoned(Rng rng, int count)
    {
        var values = new float[count + 2];
        rng.Randn(Inner(values));
        values[0] = values[^1] = float.NaN;
        return values;
    }

    static Span<float> Inner(float[] values) => values.AsSpan(1, values.Length - 2);
}
