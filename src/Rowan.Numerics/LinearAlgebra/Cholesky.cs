namespace Rowan.Numerics;

/// <summary>Solves A·x = b for a symmetric positive definite matrix by A = L·Lᵀ (Cholesky), in float32.</summary>
/// <example><code>
/// float[] a = [4, 0, 2, 3], b = [8, 7];         // A = (4 2; 2 3), lower triangle
/// Cholesky.TrySolve(a, b);                      // b: 1.25 1.5
/// </code></example>
static class Cholesky
{
    /// <summary>Solves one system in place.</summary>
    /// <param name="a">A [dim, dim], of which the lower triangle is read and replaced by L.</param>
    /// <param name="b">b [dim]; replaced by x.</param>
    /// <returns>False if A is not positive definite in float32 precision; then both are destroyed.</returns>
    public static bool TrySolve(Span<float> a, Span<float> b)
    {
        int dim = b.Length;
        for (int i = 0; i < dim; i++)
        {
            Span<float> row = a.Slice(i * dim, i + 1);
            for (int j = 0; j < i; j++) row[j] = (row[j] - RowMath.Dot(row[..j], a.Slice(j * dim, j))) / a[j * dim + j];
            float pivot = row[i] - RowMath.Dot(row[..i], row[..i]);
            if (!(pivot > 0)) return false;
            row[i] = MathF.Sqrt(pivot);
            b[i] = (b[i] - RowMath.Dot(row[..i], b[..i])) / row[i];
        }
        for (int i = dim - 1; i >= 0; i--)
        {
            b[i] /= a[i * dim + i];
            RowMath.AddScaled(a.Slice(i * dim, i), -b[i], b[..i]);
        }
        return true;
    }

    /// <summary>A += x·xᵀ, in the lower triangle.</summary>
    /// <param name="x">x [dim].</param>
    /// <param name="a">A [dim, dim].</param>
    public static void AddOuterProduct(ReadOnlySpan<float> x, Span<float> a)
    {
        for (int i = 0; i < x.Length; i++) RowMath.AddScaled(x[..(i + 1)], x[i], a.Slice(i * x.Length, i + 1));
    }
}
