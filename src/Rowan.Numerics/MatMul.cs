using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>
/// Matrix product in packed panels:  C = op(A)·op(B), row-major. A tile of 6 rows × 2 vectors of C stays in registers while panels of A
/// and B, copied so that they are read in order, stream through the caches (Goto and van de Geijn 2008).
/// </summary>
public static class MatMul
{
    const int TileRows = 6;
    const int PanelDepth = 256;        // 16 columns × 256 deep = 16 KB of B: half a level-1 cache.
    const long SmallProduct = 8_192;   // Below this, packing costs more than it saves.
    const long Grain = 1 << 20;        // Multiplications that are worth a thread.

    static readonly int TileColumns = 2 * V.Count;

    /// <summary>C = op(A)·op(B), or C += op(A)·op(B).</summary>
    /// <param name="a">A [m, k], or [k, m] when transposed.</param>
    /// <param name="transposeA">Read A by columns.</param>
    /// <param name="b">B [k, n], or [n, k] when transposed.</param>
    /// <param name="transposeB">Read B by columns.</param>
    /// <param name="c">C [m, n].</param>
    /// <param name="m">Rows of C.</param>
    /// <param name="n">Columns of C.</param>
    /// <param name="k">Products summed for each value.</param>
    /// <param name="accumulate">Add to C instead of replacing it.</param>
    /// <remarks>Each value of C is summed in the same order for any number of threads.</remarks>
    /// <exception cref="ArgumentException">A span is shorter than its sizes say.</exception>
    public static unsafe void Multiply(ReadOnlySpan<float> a, bool transposeA, ReadOnlySpan<float> b, bool transposeB, Span<float> c, int m, int n, int k, bool accumulate = false)
    {
        Require.That(a.Length >= (long)m * k && b.Length >= (long)k * n && c.Length >= (long)m * n,
            $"MatMul: {a.Length}, {b.Length} and {c.Length} values for [{m}, {k}] × [{k}, {n}] → [{m}, {n}]", nameof(c));
        if (m == 0 || n == 0) return;
        if (!accumulate) c[..(m * n)].Clear();
        if (k == 0) return;
        fixed (float* pa = a, pb = b, pc = c)
        {
            var product = new Product(pa, transposeA ? 1 : k, transposeA ? m : 1, pb, transposeB ? 1 : n, transposeB ? k : 1, pc, m, n, k);
            long work = (long)m * n * k;
            if (work <= SmallProduct) product.Small();
            else if (m >= n) Workers.For((m + TileRows - 1) / TileRows, Math.Max(1, Grain / ((long)n * k * TileRows)), new RowRange(product));
            else Workers.For((n + TileColumns - 1) / TileColumns, Math.Max(1, Grain / ((long)m * k * TileColumns)), new ColumnRange(product));
        }
    }

    readonly struct RowRange(Product product) : IRangeBody
    {
        public void Run(long from, long to) =>
            product.Block((int)from * TileRows, Math.Min((int)to * TileRows, product.M), 0, product.N);
    }

    readonly struct ColumnRange(Product product) : IRangeBody
    {
        public void Run(long from, long to) =>
            product.Block(0, product.M, (int)from * TileColumns, Math.Min((int)to * TileColumns, product.N));
    }

    /// <summary>The operands by address and stride: op(A)[i, p] lies at A + i·rowA + p·columnA.</summary>
    readonly unsafe struct Product(float* a, nint rowA, nint columnA, float* b, nint rowB, nint columnB, float* c, int m, int n, int k)
    {
        public int M => m;

        public int N => n;

        public void Small()
        {
            for (int i = 0; i < m; i++)
                for (int p = 0; p < k; p++)
                {
                    float x = a[i * rowA + p * columnA];
                    float* y = b + p * rowB, z = c + (nint)i * n;
                    for (int j = 0; j < n; j++) z[j] += x * y[j * columnB];
                }
        }

        public void Block(int rowFrom, int rowTo, int columnFrom, int columnTo)
        {
            int depth = Math.Min(k, PanelDepth);
            int rowTiles = (rowTo - rowFrom + TileRows - 1) / TileRows, columnTiles = (columnTo - columnFrom + TileColumns - 1) / TileColumns;
            float[] rentedA = ArrayPool<float>.Shared.Rent(rowTiles * TileRows * depth), rentedB = ArrayPool<float>.Shared.Rent(columnTiles * TileColumns * depth);
            fixed (float* packedA = rentedA, packedB = rentedB)
                for (int from = 0; from < k; from += depth)
                {
                    int length = Math.Min(depth, k - from);
                    Pack(a + from * columnA, rowA, columnA, rowFrom, rowTo, length, TileRows, packedA);
                    Pack(b + from * rowB, columnB, rowB, columnFrom, columnTo, length, TileColumns, packedB);
                    // A strip of B stays in the near cache while all rows of A pass it.
                    for (int j = 0; j < columnTiles; j++)
                        for (int i = 0; i < rowTiles; i++)
                        {
                            int row = rowFrom + i * TileRows, column = columnFrom + j * TileColumns;
                            Tile(packedA + (nint)i * TileRows * length, packedB + (nint)j * TileColumns * length, length,
                                c + (nint)row * n + column, n, Math.Min(TileRows, rowTo - row), Math.Min(TileColumns, columnTo - column));
                        }
                }
            ArrayPool<float>.Shared.Return(rentedA);
            ArrayPool<float>.Shared.Return(rentedB);
        }

        /// <summary>Copies lines [from, to) in strips of a width: for each depth the strip's lines side by side, zeros beyond the last.</summary>
        static void Pack(float* source, nint line, nint step, int from, int to, int length, int width, float* into)
        {
            for (int start = from; start < to; start += width, into += (nint)width * length)
            {
                int lines = Math.Min(width, to - start);
                float* strip = source + start * line;
                if (lines == width && line == 1)
                    for (int p = 0; p < length; p++) Unsafe.CopyBlockUnaligned(into + (nint)p * width, strip + p * step, (uint)(width * sizeof(float)));
                else if (lines == width && step == 1 && Sse.IsSupported) Turn(strip, line, length, width, into);
                else
                    for (int l = 0; l < width; l++)
                    {
                        float* one = strip + l * line;
                        float* target = into + l;
                        if (l < lines) for (int p = 0; p < length; p++) target[(nint)p * width] = one[p * step];
                        else for (int p = 0; p < length; p++) target[(nint)p * width] = 0;
                    }
            }
        }

        /// <summary>A strip whose lines lie along the depth: turned in blocks of 4 × 4, which reads and writes whole vectors.</summary>
        static void Turn(float* strip, nint line, int length, int width, float* into)
        {
            int p = 0;
            for (; p + 4 <= length; p += 4)
            {
                float* source = strip + p, target = into + (nint)p * width;
                int l = 0;
                for (; l + 4 <= width; l += 4, source += 4 * line)
                {
                    Vector128<float> a = Vector128.Load(source), b = Vector128.Load(source + line), c = Vector128.Load(source + 2 * line), d = Vector128.Load(source + 3 * line);
                    Vector128<float> abLow = Sse.UnpackLow(a, b), abHigh = Sse.UnpackHigh(a, b), cdLow = Sse.UnpackLow(c, d), cdHigh = Sse.UnpackHigh(c, d);
                    Sse.MoveLowToHigh(abLow, cdLow).Store(target + l);
                    Sse.MoveHighToLow(cdLow, abLow).Store(target + width + l);
                    Sse.MoveLowToHigh(abHigh, cdHigh).Store(target + 2 * width + l);
                    Sse.MoveHighToLow(cdHigh, abHigh).Store(target + 3 * width + l);
                }
                for (; l < width; l++, source += line)
                    for (int i = 0; i < 4; i++) target[i * width + l] = source[i];
            }
            for (; p < length; p++)
                for (int l = 0; l < width; l++) into[(nint)p * width + l] = strip[l * line + p];
        }

        /// <summary>C[6, 2 vectors] += A[6, length] · B[length, 2 vectors], the sums in twelve registers.</summary>
        static void Tile(float* pa, float* pb, int length, float* pc, int stride, int rows, int columns)
        {
            V c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default;
            V c30 = default, c31 = default, c40 = default, c41 = default, c50 = default, c51 = default;
            for (int p = 0; p < length; p++)
            {
                V b0 = Unsafe.ReadUnaligned<V>(pb), b1 = Unsafe.ReadUnaligned<V>(pb + V.Count);
                V x = new(pa[0]);
                c00 = Vector.MultiplyAddEstimate(x, b0, c00);
                c01 = Vector.MultiplyAddEstimate(x, b1, c01);
                x = new(pa[1]);
                c10 = Vector.MultiplyAddEstimate(x, b0, c10);
                c11 = Vector.MultiplyAddEstimate(x, b1, c11);
                x = new(pa[2]);
                c20 = Vector.MultiplyAddEstimate(x, b0, c20);
                c21 = Vector.MultiplyAddEstimate(x, b1, c21);
                x = new(pa[3]);
                c30 = Vector.MultiplyAddEstimate(x, b0, c30);
                c31 = Vector.MultiplyAddEstimate(x, b1, c31);
                x = new(pa[4]);
                c40 = Vector.MultiplyAddEstimate(x, b0, c40);
                c41 = Vector.MultiplyAddEstimate(x, b1, c41);
                x = new(pa[5]);
                c50 = Vector.MultiplyAddEstimate(x, b0, c50);
                c51 = Vector.MultiplyAddEstimate(x, b1, c51);
                pa += TileRows;
                pb += 2 * V.Count;
            }
            Store(c00, c01, pc, columns);
            if (rows > 1) Store(c10, c11, pc + stride, columns);
            if (rows > 2) Store(c20, c21, pc + 2 * (nint)stride, columns);
            if (rows > 3) Store(c30, c31, pc + 3 * (nint)stride, columns);
            if (rows > 4) Store(c40, c41, pc + 4 * (nint)stride, columns);
            if (rows > 5) Store(c50, c51, pc + 5 * (nint)stride, columns);
        }

        static void Store(V c0, V c1, float* into, int columns)
        {
            if (columns == 2 * V.Count)
            {
                Unsafe.WriteUnaligned(into, Unsafe.ReadUnaligned<V>(into) + c0);
                Unsafe.WriteUnaligned(into + V.Count, Unsafe.ReadUnaligned<V>(into + V.Count) + c1);
                return;
            }
            for (int j = 0; j < columns; j++) into[j] += j < V.Count ? c0[j] : c1[j - V.Count];
        }
    }
}
