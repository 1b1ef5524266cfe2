using Rowan.Numerics;

namespace Rowan.Tests;

public class PackedMatrixTests
{
    [Fact]
    public void EverySmallSizeIsTheTripleLoopAddedToWhatWasThere()
    {
        var rng = new Rng(4);
        foreach (int rows in (int[])[1, 2, 3, 4, 5, 9])
            foreach (int columns in (int[])[1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 70])
                foreach (int depth in (int[])[1, 8, 31, 256, 300])
                    for (int transposed = 0; transposed < 2; transposed++) Check(rng, rows, columns, depth, transposed == 1);
    }

    [Fact]
    public void ARowHasTheSameBitsWhateverStandsBesideIt()
    {
        var rng = new Rng(5);
        (int rows, int columns, int depth) = (7, 45, 600);
        float[] a = Draw(rng, rows * depth), together = new float[rows * columns], alone = new float[rows * columns];
        using var b = new PackedMatrix(Draw(rng, depth * columns), false, depth, columns);
        b.MultiplyAdd(a, depth, together, columns, rows);
        for (int i = 0; i < rows; i++) b.MultiplyAdd(a.AsSpan(i * depth), depth, alone.AsSpan(i * columns), columns, 1);
        Assert.Equal(together, alone);
    }

    [Theory]
    [InlineData(0), InlineData(1), InlineData(130), InlineData(600)]
    public void SumsThatStartFromARowAreThoseAddedToCopiesOfIt(int depth)
    {
        var rng = new Rng(6);
        (int rows, int columns) = (11, 45);
        float[] a = Draw(rng, rows * depth), start = Draw(rng, columns), started = Draw(rng, rows * (columns + 2)), added = [.. started];
        using var b = new PackedMatrix(Draw(rng, depth * columns), false, depth, columns);
        b.MultiplyAdd(a, depth, started, columns + 2, rows, start);
        for (int i = 0; i < rows; i++) start.CopyTo(added, i * (columns + 2));
        b.MultiplyAdd(a, depth, added, columns + 2, rows);
        Assert.Equal(added, started);
        Assert.Throws<ArgumentException>(() => b.MultiplyAdd(a, depth, started, columns + 2, rows, start.AsSpan(1)));
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        Assert.Throws<ArgumentException>(() => new PackedMatrix(new float[5], false, 2, 3));
        var b = new PackedMatrix(new float[6], false, 2, 3);
        Assert.Throws<ArgumentException>(() => b.MultiplyAdd(new float[3], 2, new float[6], 3, 2));
        Assert.Throws<ArgumentException>(() => b.MultiplyAdd(new float[4], 2, new float[5], 3, 2));
        Assert.Throws<ArgumentException>(() => b.MultiplyAdd(new float[4], 1, new float[6], 3, 2));
        float[] nothing = [7];
        b.MultiplyAdd([], 2, nothing, 3, 0);
        new PackedMatrix([], false, 0, 3).MultiplyAdd([], 0, nothing, 3, 1);
        Assert.Equal([7], nothing);
        b.Dispose();
        b.Dispose();
        Assert.Throws<ObjectDisposedException>(() => b.MultiplyAdd(new float[4], 2, new float[6], 3, 2));
    }

    static void Check(Rng rng, int rows, int columns, int depth, bool transpose)
    {
        (int strideA, int strideC) = (depth + 3, columns + 2);
        float[] a = Draw(rng, rows * strideA), b = Draw(rng, depth * columns), c = Draw(rng, rows * strideC), start = [.. c];
        using var packed = new PackedMatrix(b, transpose, depth, columns);
        packed.MultiplyAdd(a, strideA, c, strideC, rows);
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < strideC; j++)
            {
                double sum = start[i * strideC + j];
                for (int p = 0; p < depth && j < columns; p++)
                    sum += (double)a[i * strideA + p] * b[transpose ? j * depth + p : p * columns + j];
                if (Math.Abs(sum - c[i * strideC + j]) > 1e-4 * Math.Sqrt(depth))
                    Assert.Fail($"[{rows}, {depth}] × [{depth}, {columns}], transposed {transpose}: {c[i * strideC + j]} at [{i}, "
                    + $"{j}], expected {sum}");
            }
    }

    static float[] Draw(Rng rng, int count)
    {
        var values = new float[count];
        rng.Randn(values);
        return values;
    }
}
