using System.Buffers;
using System.Runtime.Intrinsics;

namespace Rowan.Numerics;

/// <summary>
/// A matrix packed once for many products of a few rows with it: C ← C + A·B. Recurrent layers multiply by the same weights at every
/// step, and packing them each time would cost more than the product of a few rows.
/// </summary>
/// <remarks>
/// Read by any number of threads at once. Each value of C is the sum over panels of 256 depths, each panel summed in order: the same bits
/// for any number of rows at a time, for any threads, and for any vector width.
/// </remarks>
sealed unsafe class PackedMatrix : IDisposable
{
    const int PanelDepth = 256;              // 256 deep × 2 vectors of 512 bits = 32 KB: most of a level-1 cache.
    const int PackGrain = 1 << 15;           // Values that are worth a thread.
    const int Line = 64 / sizeof(float);     // A vector that straddles two cache lines is read in twice the time.

    readonly int _depth, _columns, _width;
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
        Require.That(depth >= 0 && columns >= 0 && b.Length >= (long)depth * columns,
            $"PackedMatrix: {b.Length} values for [{depth}, {columns}]", nameof(b));
        (_depth, _columns) = (depth, columns);
        _width = 2 * (Vector512.IsHardwareAccelerated ? Lanes16.Count : Vector256.IsHardwareAccelerated ? Lanes8.Count
            : Vector128.IsHardwareAccelerated ? Lanes4.Count : Lane1.Count);
        _rented = ArrayPool<float>.Shared.Rent(checked(Strips * _width * depth + Line));
        _pin = _rented.AsMemory().Pin();
        _packed = (float*)(((nint)_pin.Pointer + 63) & ~63);
        fixed (float* source = b)
        {
            Operand from = new(source, transpose ? depth : 1, transpose ? 1 : columns);
            for (int at = 0; at < depth; at += PanelDepth)
            {
                int length = Math.Min(PanelDepth, depth - at);
                Workers.For(Strips, PackGrain / (length * _width),
                    new PackStrips(from, columns, at, length, _width, _packed + (nint)at * Strips * _width));
            }
        }
    }

    int Strips => (_columns + _width - 1) / _width;

    /// <summary>C ← C + A·B, or s + A·B.</summary>
    /// <param name="a">A, a row every <paramref name="strideA"/> values [rows, depth].</param>
    /// <param name="strideA">From one row of A to the next.</param>
    /// <param name="c">C, a row every <paramref name="strideC"/> values [rows, columns].</param>
    /// <param name="strideC">From one row of C to the next.</param>
    /// <param name="rows">Rows of A and C.</param>
    /// <param name="start">s, what the sums of each row are added to in place of what C holds [columns]; empty for C.</param>
    /// <exception cref="ArgumentException">A span is shorter than its sizes say.</exception>
    public void MultiplyAdd(ReadOnlySpan<float> a, int strideA, Span<float> c, int strideC, int rows, ReadOnlySpan<float> start = default)
    {
        Require.That(start.IsEmpty || start.Length >= _columns,
            $"PackedMatrix: {start.Length} values to start from, for {_columns} columns", nameof(start));
        if (rows == 0 || _columns == 0 || (_depth == 0 && start.IsEmpty)) return;
        Require.That(strideA >= _depth && a.Length >= (rows - 1L) * strideA + _depth && strideC >= _columns
            && c.Length >= (rows - 1L) * strideC + _columns,
            $"PackedMatrix: {a.Length} values, a row every {strideA}, and {c.Length}, a row every {strideC}, for {rows} rows × "
                + $"[{_depth}, {_columns}]", nameof(c));
        ObjectDisposedException.ThrowIf(_pin.Pointer is null, this);
        if (_depth == 0)
            for (int row = 0; row < rows; row++) start[.._columns].CopyTo(c[(row * strideC)..]);
        fixed (float* pa = a, pc = c, ps = start)
            if (Vector512.IsHardwareAccelerated) Multiply<Lanes16, Vector512<float>>(pa, strideA, pc, strideC, rows, ps);
            else if (Vector256.IsHardwareAccelerated) Multiply<Lanes8, Vector256<float>>(pa, strideA, pc, strideC, rows, ps);
            else if (Vector128.IsHardwareAccelerated) Multiply<Lanes4, Vector128<float>>(pa, strideA, pc, strideC, rows, ps);
            else Multiply<Lane1, float>(pa, strideA, pc, strideC, rows, ps);
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        if (_pin.Pointer is null) return;
        _pin.Dispose();
        _pin = default;
        ArrayPool<float>.Shared.Return(_rented);
    }

    void Multiply<TLane, TVector>(float* a, int strideA, float* c, int strideC, int rows, float* start) where TLane : struct,
    ILane<TVector> where TVector : struct
    {
        float* strip = _packed, edge = stackalloc float[(Tile.Rows + 1) * _width], zeros = edge + Tile.Rows * _width;
        Output into = start is null ? new(c, strideC, 1, c, strideC, 1) : new(c, strideC, 1, start, 0, 1);
        for (int depth = 0; depth < _depth; depth += PanelDepth, into = into.Again)
        {
            int length = Math.Min(PanelDepth, _depth - depth);
            // A strip stays in the near cache while all rows pass it.
            for (int column = 0; column < _columns; column += _width, strip += _width * (nint)length)
            {
                int columns = Math.Min(_width, _columns - column);
                for (int row = 0; row < rows; row += Tile.Rows)
                {
                    float* tile = a + row * (nint)strideA + depth;
                    int tileRows = Math.Min(Tile.Rows, rows - row);
                    if (columns == _width) Tile.Run<TLane,
                    TVector>(tile, strideA, 1, strip, _width, length, into.Start(row, column), into.StartRow, into.At(row, column),
                    strideC, tileRows);
                    else
                    {
                        Tile.Run<TLane, TVector>(tile, strideA, 1, strip, _width, length, zeros, 0, edge, _width, tileRows);
                        into.Store(edge, _width, row, column, tileRows, columns);
                    }
                }
            }
        }
    }

    readonly struct PackStrips(Operand b, int columns, int depth, int length, int width, float* into) : IRangeBody
    {
        public void Run(long from, long to)
        {
            int first = (int)from * width;
            b.Pack(first, (int)Math.Min(to * width, columns), depth, length, width, into + first * (nint)length);
        }
    }
}
