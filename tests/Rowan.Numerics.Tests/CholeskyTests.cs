using Rowan.Numerics;

namespace Rowan.Tests;

public sealed class CholeskyTests
{
    [Fact]
    public void SolutionsSatisfyTheirSystems()
    {
        var rng = new Rng(4);
        for (int dim = 1; dim <= 70; dim++)
        {
            var (a, b) = (new float[dim * dim], new float[dim]);
            for (int k = 0; k < 2 * dim; k++)
            {
                float[] x = [.. Enumerable.Range(0, dim).Select(_ => rng.NextSingle() - 0.5f)];
                Cholesky.AddOuterProduct(x, a);
                for (int i = 0; i < dim; i++) b[i] += x[i];
            }
            for (int i = 0; i < dim; i++) a[i * dim + i] += 0.1f;
            float[] matrix = [.. a], solution = [.. b];
            Assert.True(Cholesky.TrySolve(matrix, solution));
            for (int i = 0; i < dim; i++)
            {
                double sum = 0;
                for (int j = 0; j < dim; j++) sum += (double)a[Math.Max(i, j) * dim + Math.Min(i, j)] * solution[j];
                Assert.Equal(b[i], sum, 2e-3 * (1 + Math.Abs(b[i])));
            }
        }
    }

    [Fact]
    public void MatricesThatAreNotPositiveDefiniteAreRefused()
    {
        Assert.False(Cholesky.TrySolve([1, 0, 2, 1], new float[2]));
        Assert.False(Cholesky.TrySolve([float.NaN], new float[1]));
        Assert.False(Cholesky.TrySolve([0], new float[1]));
        Assert.True(Cholesky.TrySolve([], []));
    }
}
