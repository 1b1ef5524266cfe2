using Rowan.Numerics;

namespace Rowan.Tests;

public class RowBlocksTests
{
    readonly struct Rows(float[] values, int dim) : IRowSource
    {
        public ref float At(long row) => ref values[row * dim];
    }

    /// <summary>Every width of a row, so that every block and tail occurs; the sum in the order of the entries, bit for bit.</summary>
    [Fact]
    public void SumsAreThoseOfThePlainLoopAtEveryWidth()
    {
        var rng = new Rng(5);
        for (int dim = 1; dim <= 200; dim++)
        {
            var values = new float[40 * dim];
            rng.Randn(values);
            long[] ids = new long[30];
            rng.RandInt(ids, 0, 40);
            float[] scale = new float[30], into = new float[dim];
            rng.Rand(scale);
            foreach (bool scaled in (bool[])[false, true])
                foreach ((int first, int end) in ((int, int)[])[(0, 30), (3, 4), (7, 7), (5, 29)])
                {
                    RowBlocks.Sum(new Rows(values, dim), ids, first, end, scaled ? scale : [], 0.5f, into, far: first != 5);
                    for (int d = 0; d < dim; d++)
                    {
                        float sum = 0;
                        for (int i = first; i < end; i++) sum += scaled ? values[ids[i] * dim + d] * scale[i] : values[ids[i] * dim + d];
                        Assert.Equal(sum * 0.5f, into[d]);
                    }
                }
            var copy = new float[dim];
            RowBlocks.Copy(ref values[7 * dim], ref copy[0], dim);
            Assert.Equal(values[(7 * dim)..(8 * dim)], copy);
        }
    }

    [Fact]
    public void TheFirstIdOutsideIsFoundAtEveryPlace()
    {
        for (int n = 0; n <= 20; n++)
        {
            var ids = new long[n];
            for (int i = 0; i < n; i++) ids[i] = i % 10;
            Assert.Equal(-1, RowBlocks.FirstOutside(ids, 10));
            for (int bad = 0; bad < n; bad++)
                foreach (long id in (long[])[10, -1, long.MaxValue, long.MinValue])
                {
                    long[] spoiled = [.. ids];
                    spoiled[bad] = id;
                    Assert.Equal(bad, RowBlocks.FirstOutside(spoiled, 10));
                }
        }
        Assert.Equal(0, RowBlocks.FirstOutside([1L << 40], 1L << 40));
        Assert.Equal(-1, RowBlocks.FirstOutside([(1L << 40) - 1], 1L << 40));
    }
}
