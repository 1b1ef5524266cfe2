using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>Rows of floats in a file, mapped into memory. May be read from several threads; not after it was disposed.</summary>
public sealed unsafe class MappedValues : IDisposable
{
    readonly MemoryMappedFile _map;
    readonly MemoryMappedViewAccessor _view;
    byte* _first;

    internal MappedValues(SafeFileHandle file, long offset, long rows, long rowLength)
    {
        (Rows, RowLength) = (rows, rowLength);
        _map = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        // The whole file from its first byte on: a view may begin at whole pages only.
        _view = _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _first);
        _first += offset;
    }

    /// <summary>Rows.</summary>
    public long Rows { get; }

    /// <summary>Values a row.</summary>
    public long RowLength { get; }

    /// <summary>One row, where it lies.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    /// <exception cref="ObjectDisposedException">The map was disposed.</exception>
    public ReadOnlySpan<float> this[long row]
    {
        get
        {
            ObjectDisposedException.ThrowIf(_first is null, this);
            Require.InRange((ulong)row < (ulong)Rows, $"Map: row {row} is outside {Rows} rows", nameof(row));
            return new ReadOnlySpan<float>((float*)_first + row * RowLength, checked((int)RowLength));
        }
    }

    /// <summary>Unmaps the file.</summary>
    public void Dispose()
    {
        if (_first is null) return;
        _first = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }
}
