using Rowan.Numerics;

namespace Rowan.Tests;

public class MatMulTests
{
    [Fact]
    public void EverySmallSizeAndTransposeIsTheTripleLoop()
    {
        var rng = new Rng(4);
        int[] sizes = [1, 2, 5, 6, 7, 13, 16, 17, 33];
        foreach (int m in sizes)
            foreach (int n in sizes)
                foreach (int k in (int[])[1, 3, 8, 31, 300])
                    for (int transposed = 0; transposed < 4; transposed++) Check(rng, m, n, k, (transposed & 1) != 0, (transposed & 2) != 0, accumulate: transposed == 3);
    }

    [Theory]
    [InlineData(120, 70, 513), InlineData(31, 257, 256), InlineData(200, 200, 64)]
    public void LargeSizesAreTheTripleLoopWithTheSameBitsForAnyThreads(int m, int n, int k)
    {
        int before = Workers.Threads;
        try
        {
            Workers.Threads = 1;
            float[] one = Check(new Rng(4), m, n, k, false, true, false);
            Workers.Threads = 2;
            Assert.Equal(one, Check(new Rng(4), m, n, k, false, true, false));
            Workers.Threads = 5;
            Assert.Equal(one, Check(new Rng(4), m, n, k, false, true, false));
        }
        finally { Workers.Threads = before; }
    }

    [Fact]
    public void EmptySumsAreZeroAndShortSpansAreRefused()
    {
        float[] c = [7, 7];
        MatMul.Multiply([], false, [], false, c, 1, 2, 0);
        Assert.Equal([0, 0], c);
        Assert.Throws<ArgumentException>(() => MatMul.Multiply(new float[5], false, new float[6], false, new float[4], 2, 2, 3));
    }

    static float[] Check(Rng rng, int m, int n, int k, bool transposeA, bool transposeB, bool accumulate)
    {
        float[] a = new float[m * k], b = new float[k * n], c = new float[m * n];
        rng.Randn(a);
        rng.Randn(b);
        rng.Randn(c);
        float[] start = [.. c];
        MatMul.Multiply(a, transposeA, b, transposeB, c, m, n, k, accumulate);
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++)
            {
                double sum = accumulate ? start[i * n + j] : 0;
                for (int p = 0; p < k; p++) sum += (double)a[transposeA ? p * m + i : i * k + p] * b[transposeB ? j * k + p : p * n + j];
                if (Math.Abs(sum - c[i * n + j]) > 1e-4 * (1 + Math.Sqrt(k))) Assert.Fail($"[{m}, {k}] × [{k}, {n}], transposed {transposeA} {transposeB}: {c[i * n + j]} at [{i}, {j}], expected {sum}");
            }
        return c;
    }
}
