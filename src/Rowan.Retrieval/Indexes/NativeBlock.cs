using System.IO.MemoryMappedFiles;
using System.Runtime.ConstrainedExecution;
using System.Runtime.InteropServices;
using Rowan.Tables;

namespace Rowan.Retrieval;

/// <summary>
/// Memory at an address that does not move: allocated, of a mapped file, or the caller's own pinned array. It is freed when the object is
/// disposed or collected.
/// </summary>
sealed unsafe class NativeBlock : CriticalFinalizerObject, IDisposable
{
    const nuint CacheLine = 64;

    readonly MemoryMappedViewAccessor? _view;
    System.Buffers.MemoryHandle _pin;
    byte* _address;
    readonly bool _owned;

    /// <summary>Zeroed memory.</summary>
    public NativeBlock(long bytes)
    {
        (Bytes, _owned) = (bytes, true);
        _address = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, 64), CacheLine);
        // Spans end at 2 GiB.
        for (long at = 0; at < bytes; at += 1 << 30) HugePages.Ask(new Span<byte>(_address + at, (int)Math.Min(1 << 30, bytes - at)));
        NativeMemory.Clear(_address, (nuint)bytes);
        GC.AddMemoryPressure(Math.Max(1, bytes));
    }

    /// <summary>The caller's memory, which is only read.</summary>
    public NativeBlock(ReadOnlyMemory<float> values)
    {
        _pin = values.Pin();
        _address = (byte*)_pin.Pointer;
        Bytes = values.Length * (long)sizeof(float);
    }

    /// <summary>A part of a file, mapped so that what is written to it stays in this process.</summary>
    public NativeBlock(MemoryMappedFile file, long offset, long bytes)
    {
        Bytes = bytes;
        if (bytes == 0)
        {
            _owned = true;
            _address = (byte*)NativeMemory.AlignedAlloc(64, CacheLine);
            GC.AddMemoryPressure(1);
            return;
        }
        _view = file.CreateViewAccessor(offset, bytes, MemoryMappedFileAccess.CopyOnWrite);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _address = start + _view.PointerOffset;
    }

    ~NativeBlock() => Free(collected: true);

    /// <summary>Whether the memory may be written.</summary>
    public bool IsWritable => _owned || _view is not null;

    public bool IsMapped => _view is not null;

    public byte* Address => _address;

    public long Bytes { get; }

    public void Dispose()
    {
        Free(collected: false);
        GC.SuppressFinalize(this);
    }

    void Free(bool collected)
    {
        if (_address is null) return;
        if (_owned)
        {
            NativeMemory.AlignedFree(_address);
            GC.RemoveMemoryPressure(Math.Max(1, Bytes));
        }
        else if (_view is not null)
        {
            // The handle of a view that is collected too frees itself.
            if (!collected)
            {
                _view.SafeMemoryMappedViewHandle.ReleasePointer();
                _view.Dispose();
            }
        }
        else _pin.Dispose();
        _address = null;
    }
}
