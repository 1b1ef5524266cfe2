using System.Buffers;
using System.Runtime.Intrinsics;

namespace Rowan.Numerics;

/// <summary>
/// Matrix product in packed panels: C = op(A)·op(B), row-major. A tile of C stays in registers while panels of A and B, read in order,
/// stream through the caches (Goto and van de Geijn 2008).
/// </summary>
/// <remarks>
/// Each value of C is summed in the same order for any number of threads, any width of vector, and any sizes beside its own: a row of a
/// batch has the bits it would have alone. Nothing is allocated; scratch is rented.
/// </remarks>
static class MatMul
{
    const long LargeProduct = 1 << 24;    // Multiplications that all threads share well: a millisecond of one.
    const long Grain = 1 << 19;           // Multiplications of small products that are worth a thread.
    const int FewColumns = 128;           // Of C, for which packing all of A costs as much as half of the product.

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
    /// <exception cref="ArgumentException">A span is shorter than its sizes say, or a bias is given where C is added to.</exception>
    public static unsafe void Multiply(ReadOnlySpan<float> a, bool transposeA, ReadOnlySpan<float> b, bool transposeB, Span<float> c,
        int m, int n, int k, bool accumulate = false, ReadOnlySpan<float> bias = default)
    {
        Check(a, b, c, 1, m, n, k);
        Require.That(bias.IsEmpty || (bias.Length >= n && !accumulate),
            $"MatMul: a bias of {bias.Length} values for {n} columns{(accumulate ? " that are added to; add it before" : "")}",
            nameof(bias));
        fixed (float* pa = a, pb = b, pc = c, pbias = bias) new Factors(transposeA, transposeB, m, n, k)
            .Multiply(pa, pb, pc, accumulate, pbias);
    }

    /// <summary>C[i] = op(A[i])·op(B[i]) for many small products, which threads take whole.</summary>
    /// <param name="a">A [count, m, k], or [count, k, m] when transposed.</param>
    /// <param name="transposeA">Read each A by columns.</param>
    /// <param name="b">B [count, k, n], or [count, n, k] when transposed.</param>
    /// <param name="transposeB">Read each B by columns.</param>
    /// <param name="c">C [count, m, n].</param>
    /// <param name="count">How many products.</param>
    /// <param name="m">Rows of each C.</param>
    /// <param name="n">Columns of each C.</param>
    /// <param name="k">Products summed for each value.</param>
    /// <exception cref="ArgumentException">A span is shorter than its sizes say.</exception>
    public static unsafe void MultiplyBatch(ReadOnlySpan<float> a, bool transposeA, ReadOnlySpan<float> b, bool transposeB, Span<float> c,
        int count, int m, int n, int k)
    {
        Check(a, b, c, count, m, n, k);
        fixed (float* pa = a, pb = b, pc = c)
        {
            var each = new Batch(new Factors(transposeA, transposeB, m, n, k), pa, (nint)m * k, pb, (nint)k * n, pc, (nint)m * n);
            long work = Math.Max(1, (long)m * n * k);
            if (work >= LargeProduct && count < 4L * Workers.Threads) each.Run(0, count);
            else Workers.For(count, Grain / work, each);
        }
    }

    static void Check(ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> c, int count, int m, int n, int k)
    {
        Int128 times = count;
        Require.That(count >= 0 && m >= 0 && n >= 0 && k >= 0 && a.Length >= times * m * k && b.Length >= times * k * n
            && c.Length >= times * m * n,
            $"MatMul: {a.Length}, {b.Length} and {c.Length} values for {count} × [{m}, {k}] × [{k}, {n}] → [{m}, {n}]", nameof(c));
    }

    readonly unsafe struct Batch(Factors factors, float* a, nint sizeA, float* b, nint sizeB, float* c, nint sizeC) : IRangeBody
    {
        public void Run(long from, long to)
        {
            for (nint i = (nint)from; i < to; i++) factors.Multiply(a + i * sizeA, b + i * sizeB, c + i * sizeC, false, null);
        }
    }

    /// <summary>A product's shape: the operands as lines over the depth, for the widest vectors that its columns fill.</summary>
    readonly unsafe struct Factors(bool transposeA, bool transposeB, int m, int n, int k)
    {
        public void Multiply(float* a, float* b, float* c, bool accumulate, float* bias)
        {
            if (m == 0 || n == 0) return;
            float* zeros = stackalloc float[2 * Vector512<float>.Count];
            Operand left = new(a, transposeA ? 1 : k, transposeA ? m : 1), right = new(b, transposeB ? k : 1, transposeB ? 1 : n);
            var into = new Output(c, n, 1, zeros, 0, 0);
            if (accumulate) into = into.Again;
            else if (bias is not null) into = new Output(c, n, 1, bias, 0, 1);
            // A few columns are as good as a few rows:  Cᵀ = op(B)ᵀ·op(A)ᵀ.
            if (n <= Tile.Rows && m > n) Multiply(right, left, into.Turned, n, m);
            else if (transposeA && !transposeB && m > n && n <= FewColumns && k >= 4 * n && !accumulate && bias is null)
                MultiplyTurned(left, right, c, zeros);
            else Multiply(left, right, into, m, n);
        }

        /// <summary>
        /// Cᵀ = Bᵀ·A, then C, for few columns and a large depth: what gradients of weights are. A's columns lie side by side, so as the
        /// second operand they are packed in vectors, where as the first they are packed six by six.
        /// </summary>
        void MultiplyTurned(Operand left, Operand right, float* c, float* zeros)
        {
            float[] rented = ArrayPool<float>.Shared.Rent(checked(m * n));
            fixed (float* turned = rented)
            {
                Multiply(right, left, new Output(turned, m, 1, zeros, 0, 0), n, m);
                Operand.Transpose(turned, n, m, c);
            }
            ArrayPool<float>.Shared.Return(rented);
        }

        void Multiply(Operand a, Operand b, Output c, int rows, int columns)
        {
            if (k == 0) c.Fill(rows, columns);
            else if (Vector512.IsHardwareAccelerated && columns > Vector512<float>.Count)
                new Product<Lanes16, Vector512<float>>(a, b, c, rows, columns, k).Run();
            else if (Vector256.IsHardwareAccelerated) new Product<Lanes8, Vector256<float>>(a, b, c, rows, columns, k).Run();
            else if (Vector128.IsHardwareAccelerated) new Product<Lanes4, Vector128<float>>(a, b, c, rows, columns, k).Run();
            else new Product<Lane1, float>(a, b, c, rows, columns, k).Run();
        }
    }
}
