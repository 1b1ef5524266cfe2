using Rowan.Numerics;

namespace Rowan.Onnx;

/// <summary>
/// Principal component analysis: Y = (X − μ)·Vᵀ, where the rows of V are the eigenvectors of the covariance of X with the largest
/// eigenvalues; whitened, each column of Y has the variance 1.
/// </summary>
static class PrincipalComponents
{
    const double RelativeNoise = 1e-9;

    /// <summary>The first components of each row [rows · count], and the share of the variance that they keep.</summary>
    /// <param name="x">The rows [rows · dim].</param>
    /// <param name="dim">Values per row.</param>
    /// <param name="count">Components, at most dim.</param>
    /// <param name="whiten">Whether to divide each component by its standard deviation.</param>
    public static (float[] Components, double Kept) Of(float[] x, int dim, int count, bool whiten)
    {
        int rows = x.Length / dim;
        var mean = new double[dim];
        for (int i = 0; i < x.Length; i++) mean[i % dim] += x[i];
        for (int d = 0; d < dim; d++) mean[d] /= Math.Max(1, rows);
        var centered = new float[x.Length];
        for (int i = 0; i < x.Length; i++) centered[i] = (float)(x[i] - mean[i % dim]);
        double[] covariance = new double[dim * dim], vectors = new double[dim * dim];
        Workers.For(dim, 1, new CovarianceRows(centered, dim, covariance));
        for (int i = 0; i < dim; i++)
            for (int j = 0; j < i; j++) covariance[j * dim + i] = covariance[i * dim + j];
        double[] values = SymmetricEigen.Decompose(covariance, dim, vectors);
        double total = values.Sum(), least = RelativeNoise * Math.Max(0, values[0]);
        for (int c = 0; c < count && whiten; c++)
        {
            // A component without variance stays zero instead of becoming noise.
            double scale = values[c] > least ? 1 / Math.Sqrt(values[c] / rows) : 0;
            for (int d = 0; d < dim; d++) vectors[c * dim + d] *= scale;
        }
        var components = new float[rows * count];
        Workers.For(rows, 64, new Projection(centered, [.. vectors.Take(count * dim).Select(value => (float)value)], dim, count,
            components));
        return (components, total > 0 ? values.Take(count).Sum() / total : 1);
    }

    readonly struct CovarianceRows(float[] x, int dim, double[] covariance) : IRangeBody
    {
        public void Run(long from, long to)
        {
            // Each value is a sum over the rows in order, whatever the range.
            var sum = new double[dim];
            for (int i = (int)from; i < to; i++)
            {
                Array.Clear(sum);
                for (int row = 0; row < x.Length; row += dim)
                {
                    double own = x[row + i];
                    for (int j = 0; j <= i; j++) sum[j] += own * x[row + j];
                }
                sum.AsSpan(0, i + 1).CopyTo(covariance.AsSpan(i * dim));
            }
        }
    }

    readonly struct Projection(float[] x, float[] vectors, int dim, int count, float[] into) : IRangeBody
    {
        public void Run(long from, long to)
        {
            for (int row = (int)from; row < to; row++)
                for (int c = 0; c < count; c++)
                    into[row * count + c] = RowMath.Dot(x.AsSpan(row * dim, dim), vectors.AsSpan(c * dim, dim));
        }
    }
}
