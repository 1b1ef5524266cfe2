using System.Runtime.Intrinsics;

namespace Rowan.Numerics;

/// <summary>
/// Matrix product in packed panels:  C = op(A)·op(B), row-major. A tile of C stays in registers while panels of A and B, read in order, stream through the
/// caches (Goto and van de Geijn 2008).
/// </summary>
public static class MatMul
{
    /// <summary>C = op(A)·op(B) + bias, or C += op(A)·op(B).</summary>
    /// <param name="a">A [m, k], or [k, m] when transposed.</param>
    /// <param name="transposeA">Read A by columns.</param>
    /// <param name="b">B [k, n], or [n, k] when transposed.</param>
    /// <param name="transposeB">Read B by columns.</param>
    /// <param name="c">C [m, n].</param>
    /// <param name="m">Rows of C.</param>
    /// <param name="n">Columns of C.</param>
    /// <param name="k">Products summed for each value.</param>
    /// <param name="accumulate">Add to C instead of replacing it.</param>
    /// <param name="bias">What is added to each row of C [n]; empty for nothing.</param>
    /// <remarks>
    /// Each value of C is summed in the same order for any number of threads, any width of vector, and any sizes beside its own: a row of a batch has the bits it
    /// would have alone.
    /// </remarks>
    /// <exception cref="ArgumentException">A span is shorter than its sizes say, or a bias is given where C is added to.</exception>
    public static unsafe void Multiply(ReadOnlySpan<float> a, bool transposeA, ReadOnlySpan<float> b, bool transposeB, Span<float> c, int m, int n, int k, bool accumulate = false, ReadOnlySpan<float> bias = default)
    {
        Require.That(m >= 0 && n >= 0 && k >= 0 && a.Length >= (long)m * k && b.Length >= (long)k * n && c.Length >= (long)m * n,
            $"MatMul: {a.Length}, {b.Length} and {c.Length} values for [{m}, {k}] × [{k}, {n}] → [{m}, {n}]", nameof(c));
        Require.That(bias.IsEmpty || (bias.Length >= n && !accumulate), $"MatMul: a bias of {bias.Length} values for {n} columns{(accumulate ? " that are added to; add it before" : "")}", nameof(bias));
        if (m == 0 || n == 0) return;
        if (k == 0)
        {
            for (int i = 0; i < m && !accumulate; i++)
                if (bias.IsEmpty) c.Slice(i * n, n).Clear();
                else bias[..n].CopyTo(c.Slice(i * n, n));
            return;
        }
        float* zeros = stackalloc float[2 * Vector512<float>.Count];
        fixed (float* pa = a, pb = b, pc = c, pbias = bias)
        {
            Operand left = new(pa, transposeA ? 1 : k, transposeA ? m : 1), right = new(pb, transposeB ? k : 1, transposeB ? 1 : n);
            (nint Row, nint Column) stride = (n, 1), from = accumulate ? stride : bias.IsEmpty ? (0, 0) : (0, 1);
            float* start = accumulate ? pc : bias.IsEmpty ? zeros : pbias;
            // A few columns are as good as a few rows:  Cᵀ = op(B)ᵀ·op(A)ᵀ.
            bool turned = n <= Tile.Rows && m > n;
            if (turned) (left, right, stride, from, m, n) = (right, left, (stride.Column, stride.Row), (from.Column, from.Row), n, m);
            var into = new Output(pc, stride.Row, stride.Column, start, from.Row, from.Column);
            if (Vector512.IsHardwareAccelerated && n > Vector512<float>.Count) new Product<Lanes512>(left, right, into, m, n, k).Run();
            else if (Vector256.IsHardwareAccelerated) new Product<Lanes256>(left, right, into, m, n, k).Run();
            else if (Vector128.IsHardwareAccelerated) new Product<Lanes128>(left, right, into, m, n, k).Run();
            else new Product<ScalarLanes>(left, right, into, m, n, k).Run();
        }
    }
}
