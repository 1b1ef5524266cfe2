using System.Buffers;
using System.Runtime.CompilerServices;
using Rowan.Numerics;

namespace Rowan.Tables;

/// <summary>
/// Copies of rows with their deferred updates applied, in the code that lookups read. A lookup finds them under ids from
/// <see cref="First"/> on; the table is not changed. In rented memory, pinned until it is disposed.
/// </summary>
sealed unsafe class RowOverlay : IDisposable
{
    byte[] _bytes;
    MemoryHandle _pin;

    /// <param name="first">Id of the overlay's first row: the number of the table's rows.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="rowBytes">Bytes per row.</param>
    public RowOverlay(long first, int rows, int rowBytes)
    {
        (First, RowBytes) = (first, rowBytes);
        _bytes = ArrayPool<byte>.Shared.Rent(checked(rows * rowBytes));
        _pin = _bytes.AsMemory().Pin();
    }

    public long First { get; }

    public int RowBytes { get; }

    public byte* Address => (byte*)_pin.Pointer;

    /// <summary>The bytes of a row, counted from 0.</summary>
    public Span<byte> this[int row] => _bytes.AsSpan(row * RowBytes, RowBytes);

    public void Dispose()
    {
        _pin.Dispose();
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }
}

/// <summary>A row source: rows of the table, and from the overlay's first id on rows of the overlay.</summary>
readonly unsafe struct Overlaid<T>(RowMemory<T> rows, RowOverlay overlay) : IRowSource where T : unmanaged
{
    readonly byte* _overlay = overlay.Address;
    readonly long _first = overlay.First;
    readonly nint _rowBytes = overlay.RowBytes;

    public nint Pitch => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref byte At(long row) =>
        ref row < _first ? ref Unsafe.As<T, byte>(ref rows.At(row)) : ref Unsafe.AsRef<byte>(_overlay + (nint)(row - _first) * _rowBytes);
}

/// <summary>Reads rows in a code, with an overlay.</summary>
sealed class OverlaidRows<TCode, T>(RowMemory<T> rows, RowOverlay overlay) : RowReader where TCode : struct, IRowCode where T : unmanaged
{
    public override int Dim => rows.Dim;

    public override bool ExceedsCache => rows.ExceedsCache;

    public override void Gather(ReadOnlySpan<long> ids, Span<float> into, bool streams = false) =>
        RowKernels.Gather<TCode, Overlaid<T>>(new(rows, overlay), ids, into, Dim, ExceedsCache, streams);

    public override void SumBags(
        ReadOnlySpan<long> ids, ReadOnlySpan<long> starts, ReadOnlySpan<float> scale, bool mean, Span<float> into, int stride) =>
        RowKernels.SumBags<TCode, Overlaid<T>>(new(rows, overlay), ids, starts, scale, mean, into, Dim, stride, ExceedsCache);
}
