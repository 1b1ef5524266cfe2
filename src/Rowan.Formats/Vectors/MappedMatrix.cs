using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>Little-endian floats in a file at any offset, mapped into memory and copied row by row. May be read from several
/// threads.</summary>
sealed unsafe class MappedMatrix : IDisposable
{
    readonly MemoryMappedFile? _map;
    readonly MemoryMappedViewAccessor? _view;
    readonly string _path;
    readonly int _dim;
    byte* _first;

    public MappedMatrix(FileBytes file, long offset, long rows, int dim)
    {
        (_path, Offset, Rows, _dim) = (file.Path, offset, rows, dim);
        if (rows == 0) return;
        _map = MemoryMappedFile.CreateFromFile(file.Handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None,
            leaveOpen: true);
        _view = _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _first);
        _first += offset;
    }

    public long Rows { get; }

    /// <summary>Where the first row is in the file.</summary>
    public long Offset { get; }

    /// <summary>Copies a row.</summary>
    public void Read(long row, Span<float> into)
    {
        Require.Data((ulong)row < (ulong)Rows, $"{_path}: row {row} is outside a matrix of {Rows} rows; {ByteSource.Remedy}");
        ObjectDisposedException.ThrowIf(_first is null, this);
        int bytes = checked(_dim * sizeof(float));
        Span<byte> copied = MemoryMarshal.AsBytes(into);
        new ReadOnlySpan<byte>(_first + row * bytes, bytes).CopyTo(copied);
        if (!BitConverter.IsLittleEndian) NumberKinds.Swap(copied, sizeof(float));
    }

    public void Dispose()
    {
        if (_first is null) return;
        _first = null;
        _view!.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map!.Dispose();
    }
}
