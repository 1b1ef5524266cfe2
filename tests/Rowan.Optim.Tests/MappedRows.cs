using System.Buffers;
using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using Rowan.Tables;

namespace Rowan.Tests;

/// <summary>
/// Rows in a file that is mapped into memory, chunk after chunk: a second back end, which shows that nothing but addresses is used.
/// </summary>
sealed unsafe class MappedRows : RowBackEnd, IDisposable
{
    const int CacheLine = 64;

    readonly MemoryMappedFile _map;
    readonly MemoryMappedViewAccessor _view;
    readonly long _bytes;
    byte* _first;
    long _used;

    public MappedRows(string file, long chunkBytes, long bytes = 16 << 20)
    {
        (ChunkBytes, _bytes) = (chunkBytes, bytes);
        _map = MemoryMappedFile.CreateFromFile(file, FileMode.CreateNew, null, bytes);
        _view = _map.CreateViewAccessor();
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _first);
    }

    public override long ChunkBytes { get; }

    public int Chunks { get; private set; }

    public override RowChunk<T> Allocate<T>(long values, int skew)
    {
        byte* first = _first + _used;
        _used += ((values * Unsafe.SizeOf<T>()) + CacheLine - 1) / CacheLine * CacheLine;
        Assert.True(_used <= _bytes, $"{_used} bytes of rows in a file of {_bytes}");
        Chunks++;
        return new(new Chunk<T>(first, (int)values).Memory, (nint)first);
    }

    public void Dispose()
    {
        if (_first is null) return;
        _first = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }

    sealed class Chunk<T>(byte* first, int length) : MemoryManager<T> where T : unmanaged
    {
        public override Span<T> GetSpan() => new(first, length);

        public override MemoryHandle Pin(int elementIndex = 0) => new(first + (elementIndex * Unsafe.SizeOf<T>()));

        public override void Unpin() { }

        protected override void Dispose(bool disposing) { }
    }
}
