using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Rowan.Numerics;

namespace Rowan.Data;

/// <summary>
/// A column of encoded values: written once from front to back, then read at any place. Up to a limit it lies in memory, beyond it in a
/// temporary file that is mapped, and that the system removes with the process.
/// </summary>
sealed class ValueStore<T> : IDisposable where T : unmanaged
{
    const int BlockValues = 1 << 16;

    readonly List<T[]> _blocks = [];
    readonly long _memoryLimit;
    FileStream? _file;
    MemoryMappedFile? _map;
    MemoryMappedViewAccessor? _view;
    T[] _last = [];
    int _used;
    bool _complete;

    /// <param name="memoryLimit">Bytes kept in memory.</param>
    public ValueStore(long memoryLimit = 256L << 20) => _memoryLimit = memoryLimit;

    /// <summary>Values so far.</summary>
    public long Count { get; private set; }

    /// <summary>Adds a value at the end.</summary>
    public void Add(T value)
    {
        Require.State(!_complete, $"ValueStore.Add: the store is complete; add before reading");
        if (_used == _last.Length) NextBlock();
        _last[_used++] = value;
        Count++;
    }

    /// <summary>Adds values at the end.</summary>
    public void Add(ReadOnlySpan<T> values)
    {
        foreach (T value in values) Add(value);
    }

    /// <summary>Ends the writing; reading begins.</summary>
    public unsafe void Complete()
    {
        if (_complete) return;
        _complete = true;
        if (_file is null) return;
        _file.Write(MemoryMarshal.AsBytes(_last.AsSpan(0, _used)));
        _file.Flush();
        _map = MemoryMappedFile.CreateFromFile(_file, null, 0, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None,
            leaveOpen: true);
        _view = _map.CreateViewAccessor(0, Count * sizeof(T), MemoryMappedFileAccess.Read);
        _last = [];
    }

    /// <summary>The value at a place.</summary>
    public T this[long place]
    {
        get
        {
            Span<T> one = stackalloc T[1];
            Read(place, one);
            return one[0];
        }
    }

    /// <summary>Copies values from a place on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They do not all lie in the store.</exception>
    public unsafe void Read(long place, Span<T> into)
    {
        Require.State(_complete, $"ValueStore.Read: the store is still written; call Complete first");
        Require.InRange(place >= 0 && place + into.Length <= Count, $"ValueStore.Read: {into.Length} values from {place} on, of {Count}",
            nameof(place));
        if (_view is not null)
        {
            byte* start = null;
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            try { new ReadOnlySpan<T>((T*)(start + _view.PointerOffset) + place, into.Length).CopyTo(into); }
            finally { _view.SafeMemoryMappedViewHandle.ReleasePointer(); }
            return;
        }
        for (int done = 0, length; done < into.Length; done += length)
        {
            long at = place + done;
            int offset = (int)(at % BlockValues);
            length = Math.Min(into.Length - done, BlockValues - offset);
            _blocks[(int)(at / BlockValues)].AsSpan(offset, length).CopyTo(into[done..]);
        }
    }

    /// <summary>Gives memory and file back.</summary>
    public void Dispose()
    {
        _view?.Dispose();
        _map?.Dispose();
        _file?.Dispose();
        _blocks.Clear();
        _last = [];
    }

    unsafe void NextBlock()
    {
        if (_file is null && (_blocks.Count + 1L) * BlockValues * sizeof(T) > _memoryLimit)
        {
            string path = Path.Combine(Path.GetTempPath(), $"rowan-values-{Guid.NewGuid():N}");
            _file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
            // On Unix an open file needs no name, and a process that is killed leaves none.
            if (!OperatingSystem.IsWindows()) File.Delete(path);
            foreach (T[] block in _blocks) _file.Write(MemoryMarshal.AsBytes(block.AsSpan()));
            _blocks.Clear();
            _last = new T[BlockValues];
        }
        else if (_file is not null) _file.Write(MemoryMarshal.AsBytes(_last.AsSpan()));
        else _blocks.Add(_last = new T[BlockValues]);
        _used = 0;
    }
}

/// <summary>A column of lists of encoded values, such as the words of texts.</summary>
sealed class ListStore<T> : IDisposable where T : unmanaged
{
    readonly ValueStore<T> _values;
    readonly ValueStore<long> _ends;

    /// <param name="memoryLimit">Bytes kept in memory.</param>
    public ListStore(long memoryLimit = 256L << 20) => (_values, _ends) = (new(memoryLimit), new(memoryLimit));

    /// <summary>Lists so far.</summary>
    public long Count => _ends.Count;

    /// <summary>Values in all lists.</summary>
    public long Values => _values.Count;

    /// <summary>Adds a list at the end.</summary>
    public void Add(ReadOnlySpan<T> list)
    {
        _values.Add(list);
        _ends.Add(_values.Count);
    }

    /// <summary>Ends the writing; reading begins.</summary>
    public void Complete()
    {
        _values.Complete();
        _ends.Complete();
    }

    /// <summary>How many values a list has.</summary>
    public int Length(long place) => checked((int)(_ends[place] - Start(place)));

    /// <summary>Copies a list, or as much of it as fits, from its front.</summary>
    /// <returns>How many values were copied.</returns>
    public int Read(long place, Span<T> into)
    {
        int length = Math.Min(Length(place), into.Length);
        _values.Read(Start(place), into[..length]);
        return length;
    }

    /// <summary>Gives memory and files back.</summary>
    public void Dispose()
    {
        _values.Dispose();
        _ends.Dispose();
    }

    long Start(long place) => place == 0 ? 0 : _ends[place - 1];
}
