using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Rowan.Numerics;

/// <summary>
/// A matrix packed once for many products of a few rows with it:  C ← C + A·B.  Recurrent layers multiply by the same weights at every step, and packing
/// them each time would cost more than the product of a few rows.
/// </summary>
/// <remarks>
/// Read by any number of threads at once. Each value of C is the sum over panels of 256 depths, each panel summed in order: the same bits for any number
/// of rows at a time, for any threads, and for either vector width.
/// </remarks>
public sealed unsafe class PackedMatrix : IDisposable
{
    const int TileRows = 4;
    const int PanelDepth = 256;       // 256 deep × 2 vectors of 512 bits = 32 KB: most of a level-1 cache.
    const int Line = 64;              // Bytes of a cache line: a vector that straddles two is read in twice the time.

    static readonly int _width = 2 * (Vector512.IsHardwareAccelerated ? WideLanes.Count : NarrowLanes.Count);

    readonly int _depth, _columns;
    readonly float[] _rented;
    readonly float* _packed;
    MemoryHandle _pin;

    /// <summary>Packs a copy.</summary>
    /// <param name="b">B [depth, columns], or [columns, depth] when transposed.</param>
    /// <param name="transpose">Read B by columns.</param>
    /// <param name="depth">Products summed for each value.</param>
    /// <param name="columns">Columns of C.</param>
    /// <exception cref="ArgumentException">The span is shorter than its sizes say.</exception>
    public PackedMatrix(ReadOnlySpan<float> b, bool transpose, int depth, int columns)
    {
        Require.That(depth >= 0 && columns >= 0 && b.Length >= (long)depth * columns, $"PackedMatrix: {b.Length} values for [{depth}, {columns}]", nameof(b));
        (_depth, _columns) = (depth, columns);
        int strips = (columns + _width - 1) / _width;
        _rented = ArrayPool<float>.Shared.Rent(checked(strips * _width * depth + Line / sizeof(float)));
        _pin = _rented.AsMemory().Pin();
        _packed = (float*)(((nint)_pin.Pointer + Line - 1) / Line * Line);
        fixed (float* source = b) Pack(source, transpose ? depth : 1, transpose ? 1 : columns);
    }

    /// <summary>C ← C + A·B.</summary>
    /// <param name="a">A, a row every <paramref name="strideA"/> values [rows, depth].</param>
    /// <param name="strideA">From one row of A to the next.</param>
    /// <param name="c">C, a row every <paramref name="strideC"/> values [rows, columns].</param>
    /// <param name="strideC">From one row of C to the next.</param>
    /// <param name="rows">Rows of A and C.</param>
    /// <exception cref="ArgumentException">A span is shorter than its sizes say.</exception>
    public void MultiplyAdd(ReadOnlySpan<float> a, int strideA, Span<float> c, int strideC, int rows)
    {
        if (rows == 0 || _depth == 0 || _columns == 0) return;
        Require.That(strideA >= _depth && a.Length >= (rows - 1L) * strideA + _depth && strideC >= _columns && c.Length >= (rows - 1L) * strideC + _columns,
            $"PackedMatrix: {a.Length} values, a row every {strideA}, and {c.Length}, a row every {strideC}, for {rows} rows × [{_depth}, {_columns}]", nameof(c));
        ObjectDisposedException.ThrowIf(_pin.Pointer is null, this);
        fixed (float* pa = a, pc = c)
            if (Vector512.IsHardwareAccelerated) Multiply<WideLanes>(pa, strideA, pc, strideC, rows);
            else Multiply<NarrowLanes>(pa, strideA, pc, strideC, rows);
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        if (_pin.Pointer is null) return;
        _pin.Dispose();
        _pin = default;
        ArrayPool<float>.Shared.Return(_rented);
    }

    /// <summary>Panel by panel, in it strip by strip: for each depth the strip's columns side by side, zeros beyond the last.</summary>
    void Pack(float* b, nint columnStep, nint depthStep)
    {
        float* into = _packed;
        for (int from = 0; from < _depth; from += PanelDepth)
            for (int column = 0; column < _columns; column += _width)
            {
                int columns = Math.Min(_width, _columns - column), end = Math.Min(from + PanelDepth, _depth);
                for (int p = from; p < end; p++, into += _width)
                {
                    float* source = b + column * columnStep + p * depthStep;
                    for (int j = 0; j < columns; j++) into[j] = source[j * columnStep];
                    for (int j = columns; j < _width; j++) into[j] = 0;
                }
            }
    }

    void Multiply<T>(float* a, int strideA, float* c, int strideC, int rows) where T : struct, ILanes<T>
    {
        float* b = _packed, edge = stackalloc float[TileRows * _width];
        for (int from = 0; from < _depth; from += PanelDepth)
        {
            int length = Math.Min(PanelDepth, _depth - from);
            // A strip stays in the near cache while all rows pass it.
            for (int column = 0; column < _columns; column += _width, b += _width * (nint)length)
                for (int row = 0; row < rows; row += TileRows)
                {
                    float* tileA = a + row * (nint)strideA + from, tileC = c + row * (nint)strideC + column;
                    int tileRows = Math.Min(TileRows, rows - row), columns = Math.Min(_width, _columns - column);
                    if (columns == _width) Tile<T>(tileA, strideA, b, length, tileC, strideC, tileRows);
                    else
                    {
                        new Span<float>(edge, TileRows * _width).Clear();
                        Tile<T>(tileA, strideA, b, length, edge, _width, tileRows);
                        for (int i = 0; i < tileRows; i++) RowMath.Add(new ReadOnlySpan<float>(edge + i * _width, columns), new Span<float>(tileC + i * (nint)strideC, columns));
                    }
                }
        }
    }

    /// <summary>
    /// C[4, 2 vectors] += A[4, length] · B[length, 2 vectors], the sums in eight registers. Rows that are not there repeat the last, and are not stored.
    /// Nothing is called: around a call, even one that never happens, the sums would be kept in memory.
    /// </summary>
    static void Tile<T>(float* a0, nint strideA, float* b, int length, float* c, nint strideC, int rows) where T : struct, ILanes<T>
    {
        float* a1 = rows > 1 ? a0 + strideA : a0, a2 = rows > 2 ? a1 + strideA : a1, a3 = rows > 3 ? a2 + strideA : a2;
        T c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default, c30 = default, c31 = default;
        for (nint p = 0; p < length; p++, b += 2 * T.Count)
        {
            T b0 = T.Load(b), b1 = T.Load(b + T.Count), x = T.Splat(a0[p]);
            c00 = T.MultiplyAdd(x, b0, c00);
            c01 = T.MultiplyAdd(x, b1, c01);
            x = T.Splat(a1[p]);
            c10 = T.MultiplyAdd(x, b0, c10);
            c11 = T.MultiplyAdd(x, b1, c11);
            x = T.Splat(a2[p]);
            c20 = T.MultiplyAdd(x, b0, c20);
            c21 = T.MultiplyAdd(x, b1, c21);
            x = T.Splat(a3[p]);
            c30 = T.MultiplyAdd(x, b0, c30);
            c31 = T.MultiplyAdd(x, b1, c31);
        }
        Add(c00, c01, c);
        if (rows > 1) Add(c10, c11, c + strideC);
        if (rows > 2) Add(c20, c21, c + 2 * strideC);
        if (rows > 3) Add(c30, c31, c + 3 * strideC);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Add<T>(T sum0, T sum1, float* c) where T : struct, ILanes<T>
    {
        T.Store(T.Load(c) + sum0, c);
        T.Store(T.Load(c + T.Count) + sum1, c + T.Count);
    }

    /// <summary>The few things a product does with a vector, whatever its width.</summary>
    interface ILanes<T> where T : struct, ILanes<T>
    {
        static abstract int Count { get; }

        static abstract T Load(float* from);

        static abstract void Store(T lanes, float* into);

        static abstract T Splat(float value);

        static abstract T MultiplyAdd(T x, T y, T sum);

        static abstract T operator +(T x, T y);
    }

    readonly struct NarrowLanes(Vector<float> lanes) : ILanes<NarrowLanes>
    {
        readonly Vector<float> _lanes = lanes;

        public static int Count => Vector<float>.Count;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static NarrowLanes Load(float* from) => new(Unsafe.ReadUnaligned<Vector<float>>(from));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(NarrowLanes lanes, float* into) => Unsafe.WriteUnaligned(into, lanes._lanes);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static NarrowLanes Splat(float value) => new(new Vector<float>(value));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static NarrowLanes MultiplyAdd(NarrowLanes x, NarrowLanes y, NarrowLanes sum) => new(Vector.MultiplyAddEstimate(x._lanes, y._lanes, sum._lanes));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static NarrowLanes operator +(NarrowLanes x, NarrowLanes y) => new(x._lanes + y._lanes);
    }

    readonly struct WideLanes(Vector512<float> lanes) : ILanes<WideLanes>
    {
        readonly Vector512<float> _lanes = lanes;

        public static int Count => Vector512<float>.Count;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static WideLanes Load(float* from) => new(Vector512.Load(from));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(WideLanes lanes, float* into) => lanes._lanes.Store(into);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static WideLanes Splat(float value) => new(Vector512.Create(value));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static WideLanes MultiplyAdd(WideLanes x, WideLanes y, WideLanes sum) => new(Vector512.MultiplyAddEstimate(x._lanes, y._lanes, sum._lanes));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static WideLanes operator +(WideLanes x, WideLanes y) => new(x._lanes + y._lanes);
    }
}
