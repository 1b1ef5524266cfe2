using Rowan.Numerics;

namespace Rowan.Retrieval;

/// <summary>In how many directions rows differ: the spectrum of their covariance  C = (1/n)·Σ (w − w̄)(w − w̄)ᵀ.</summary>
public sealed record RowSpectrum
{
    const int Block = 2_048;

    /// <summary>Rows.</summary>
    public required long Rows { get; init; }

    /// <summary>The variance of each dimension [dim].</summary>
    public required double[] Variances { get; init; }

    /// <summary>The eigenvalues of the covariance, largest first [dim]; they sum to the variances' sum.</summary>
    public required double[] Eigenvalues { get; init; }

    /// <summary>|w̄|² / mean |w|²: the share of the rows' squared length that all of them have in common, from 0 to 1.</summary>
    public required double MeanShare { get; init; }

    /// <summary>
    /// exp(−Σ pᵢ ln pᵢ) of the shares pᵢ = λᵢ/Σλ: how many directions of equal weight would be as varied. (Roy and Vetterli 2007, on
    /// eigenvalues.)
    /// </summary>
    public double EffectiveRank
    {
        get
        {
            double total = Eigenvalues.Sum(Positive), entropy = 0;
            foreach (double value in Eigenvalues)
                if (value > 0) entropy -= value / total * Math.Log(value / total);
            return total > 0 ? Math.Exp(entropy) : 0;
        }
    }

    /// <summary>(Σλ)² / Σλ²: the same, less moved by many small directions.</summary>
    public double ParticipationRatio
    {
        get
        {
            double total = Eigenvalues.Sum(Positive), squares = Eigenvalues.Sum(value => Positive(value) * Positive(value));
            return squares > 0 ? total * total / squares : 0;
        }
    }

    /// <summary>The dimensions whose variance is below a share of the median variance.</summary>
    public IReadOnlyList<int> Collapsed(double share)
    {
        double[] sorted = [.. Variances.Order()];
        double median = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        return [.. Enumerable.Range(0, Variances.Length)
            .Where(dimension => Variances[dimension] < share * median || Variances[dimension] == 0)];
    }

    /// <summary>Measures rows.</summary>
    /// <param name="rows">Rows [n, dim], finite; at least one.</param>
    /// <param name="dim">Values a row.</param>
    /// <exception cref="ArgumentException">The values are not whole rows, or none.</exception>
    public static RowSpectrum Of(ReadOnlySpan<float> rows, int dim)
    {
        Require.That(dim > 0 && rows.Length > 0 && rows.Length % dim == 0,
            $"RowSpectrum: {rows.Length} values are not whole rows of {dim}", nameof(rows));
        int n = rows.Length / dim;
        double[] mean = new double[dim], variances = new double[dim], covariance = new double[dim * dim];
        double squares = 0;
        for (int at = 0; at < rows.Length; at += dim)
            for (int d = 0; d < dim; d++)
            {
                double value = rows[at + d];
                mean[d] += value / n;
                squares += value * value / n;
            }
        // A power of two that brings the values near 1, so that products in float neither vanish nor overflow; it costs no digit.
        float scale = squares > 0 ? (float)Math.ScaleB(1, -Math.Clamp(Math.ILogB(Math.Sqrt(squares / dim)), -120, 120)) : 1;
        float[] block = new float[Block * dim], product = new float[dim * dim];
        for (int from = 0; from < n; from += Block)
        {
            int size = Math.Min(Block, n - from);
            for (int row = 0; row < size; row++)
                for (int d = 0; d < dim; d++)
                {
                    double off = rows[(from + row) * dim + d] - mean[d];
                    variances[d] += off * off / n;
                    block[row * dim + d] = (float)(off * scale);
                }
            MatMul.Multiply(block, true, block, false, product, dim, dim, size);
            for (int i = 0; i < product.Length; i++) covariance[i] += product[i];
        }
        double back = 1.0 / n / scale / scale;
        for (int i = 0; i < dim; i++)
        {
            for (int j = 0; j < i; j++)
                covariance[i * dim + j] = covariance[j * dim + i] = (covariance[i * dim + j] + covariance[j * dim + i]) / 2 * back;
            covariance[i * dim + i] = variances[i];
        }
        return new RowSpectrum
        {
            Rows = n, Variances = variances, Eigenvalues = SymmetricEigen.Decompose(covariance, dim), MeanShare = squares > 0
                ? Math.Min(1, mean.Sum(value => value * value) / squares) : 0,
        };
    }

    static double Positive(double value) => Math.Max(0, value);
}
