namespace Rowan.Numerics;

/// <summary>
/// Eigenvalues and eigenvectors of a symmetric matrix by cyclic Jacobi rotations: A = V·diag(λ)·Vᵀ. (Jacobi 1846; Golub and Van Loan
/// 2013, 8.5.)
/// </summary>
/// <remarks>
/// Each rotation makes one pair of values off the diagonal zero; sweeps go on until what is left is below rounding. Small eigenvalues
/// keep their digits, which is what ranks and collapsed directions are read from. Time: some ten sweeps of 4·d³ operations; a second at d
/// = 300. The same bits for any number of threads: one thread does it.
/// </remarks>
static class SymmetricEigen
{
    const int MostSweeps = 60;

    /// <summary>The eigenvalues, largest first.</summary>
    /// <param name="matrix">A [d, d]; it is overwritten.</param>
    /// <param name="dim">d.</param>
    /// <param name="vectors">Where the eigenvectors go [d, d], the one of the largest value in row 0, its largest component positive;
    /// empty for none.</param>
    /// <exception cref="ArgumentException">The sizes do not fit, or a value is not finite, or the matrix is not symmetric.</exception>
    public static double[] Decompose(Span<double> matrix, int dim, Span<double> vectors = default)
    {
        Require.That(dim > 0 && (long)dim * dim == matrix.Length, $"SymmetricEigen: {matrix.Length} values are no square of {dim}",
            nameof(matrix));
        Require.That(vectors.IsEmpty || vectors.Length == matrix.Length,
            $"SymmetricEigen: room for {vectors.Length} values of {dim} vectors of {dim}", nameof(vectors));
        double scale = 0;
        for (int i = 0; i < matrix.Length; i++)
        {
            Require.That(double.IsFinite(matrix[i]), $"SymmetricEigen: {matrix[i]} at [{i / dim}, {i % dim}]; values are finite",
                nameof(matrix));
            scale = Math.Max(scale, Math.Abs(matrix[i]));
        }
        for (int i = 0; i < dim; i++)
            for (int j = 0; j < i; j++)
                Require.That(Math.Abs(matrix[i * dim + j] - matrix[j * dim + i]) <= 1e-9 * scale,
                    $"SymmetricEigen: {matrix[i * dim + j]} at [{i}, {j}] and {matrix[j * dim + i]} at [{j}, {i}]; the matrix is "
                    + $"symmetric", nameof(matrix));
        double[] turned = new double[vectors.Length];
        for (int i = 0; i < dim && turned.Length > 0; i++) turned[i * dim + i] = 1;
        for (int sweep = 0; sweep < MostSweeps && OffDiagonal(matrix, dim) > 1e-30 * scale * scale; sweep++)
            for (int p = 0; p < dim - 1; p++)
                for (int q = p + 1; q < dim; q++) Rotate(matrix, turned, dim, p, q);
        return Sorted(matrix, turned, dim, vectors);
    }

    /// <summary>The largest squared value off the diagonal.</summary>
    static double OffDiagonal(ReadOnlySpan<double> a, int dim)
    {
        double largest = 0;
        for (int i = 0; i < dim; i++)
            foreach (double value in a.Slice(i * dim, i)) largest = Math.Max(largest, value * value);
        return largest;
    }

    /// <summary>
    /// Turns rows and columns p and q so that A[p, q] is 0: tan θ = sgn(τ)/(|τ| + √(1 + τ²)), τ = (A[q,q] − A[p,p]) / 2A[p,q].
    /// </summary>
    static void Rotate(Span<double> a, Span<double> vectors, int dim, int p, int q)
    {
        double apq = a[p * dim + q];
        if (apq == 0) return;
        double tau = (a[q * dim + q] - a[p * dim + p]) / (2 * apq);
        double t = double.IsInfinity(tau) ? 0 : (tau >= 0 ? 1 : -1) / (Math.Abs(tau) + Math.Sqrt(1 + tau * tau));
        double c = 1 / Math.Sqrt(1 + t * t), s = t * c;
        a[p * dim + p] -= t * apq;
        a[q * dim + q] += t * apq;
        a[p * dim + q] = a[q * dim + p] = 0;
        Span<double> rowP = a.Slice(p * dim, dim), rowQ = a.Slice(q * dim, dim);
        for (int k = 0; k < dim; k++)
        {
            if (k == p || k == q) continue;
            (double x, double y) = (rowP[k], rowQ[k]);
            a[k * dim + p] = rowP[k] = c * x - s * y;
            a[k * dim + q] = rowQ[k] = s * x + c * y;
        }
        if (vectors.IsEmpty) return;
        Span<double> vp = vectors.Slice(p * dim, dim), vq = vectors.Slice(q * dim, dim);
        for (int k = 0; k < dim; k++) (vp[k], vq[k]) = (c * vp[k] - s * vq[k], s * vp[k] + c * vq[k]);
    }

    static double[] Sorted(ReadOnlySpan<double> a, ReadOnlySpan<double> turned, int dim, Span<double> vectors)
    {
        var values = new double[dim];
        var order = new int[dim];
        for (int i = 0; i < dim; i++) (values[i], order[i]) = (-a[i * dim + i], i);
        Array.Sort(values, order);
        for (int i = 0; i < dim; i++)
        {
            values[i] = -values[i];
            if (vectors.IsEmpty) continue;
            ReadOnlySpan<double> from = turned.Slice(order[i] * dim, dim);
            double largest = 0;
            foreach (double value in from)
                if (Math.Abs(value) > Math.Abs(largest)) largest = value;
            for (int k = 0; k < dim; k++) vectors[i * dim + k] = largest < 0 ? -from[k] : from[k];
        }
        return values;
    }
}
