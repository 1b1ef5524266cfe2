using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Rowan.Formats;
using Rowan.Numerics;

namespace Rowan.Retrieval;

public sealed partial class VectorIndex
{
    // Files up to this size are read and compared with their checksums when they are opened: a fraction of a second.
    const long VerifiedBytes = 1L << 30;

    // A log that is longer than a quarter of the rows costs more when opening than writing the file anew.
    const int LogShare = 4;

    IndexFile? _file;
    MemoryMappedFile? _mapping;
    EntryPoints? _savedEntries;
    long _logEnd, _fileLength;
    uint _logRecords;
    bool _mustRewrite;

    // Slots changed since the last save, and whether more than their neighbours did. Only where there is a file.
    readonly Dictionary<uint, bool> _unsaved = [];

    /// <summary>The file that the index was opened from or saved to; null where there is none.</summary>
    public string? FilePath { get; private set; }

    /// <summary>Writes the index to a file, whole or not at all; <see cref="Save()"/> then saves changes there.</summary>
    /// <remarks>Changes by other threads wait until it is written; searches do not.</remarks>
    /// <exception cref="IOException">The disk is full, the folder is missing, or the path is a folder.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ObjectDisposedException.ThrowIf(_disposed, this);
        lock (_writer) WriteWhole(System.IO.Path.GetFullPath(path));
    }

    /// <summary>
    /// Saves the changes since the index was last saved or opened: they are appended to its file, which is written anew when the changes
    /// are a quarter of it. A crash at any moment leaves this state or the last one saved.
    /// </summary>
    /// <exception cref="InvalidOperationException">The index has no file.</exception>
    /// <exception cref="IOException">The disk is full, the file is gone, or was changed by others since it was opened.</exception>
    public void Save()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        lock (_writer)
        {
            Require.State(FilePath is not null && _file is not null,
                $"VectorIndex.Save: the index was not opened from a file; give a path");
            long bytes = 0;
            foreach (bool isWhole in _unsaved.Values) bytes += IndexLog.BytesOf(_store, isWhole);
            if (_mustRewrite || _store.Used > _file.Capacity || bytes > int.MaxValue / 2
                || (_logEnd - _file.LogStart + bytes) * LogShare > Math.Max(IndexFile.Alignment, _file.LogStart)) WriteWhole(FilePath);
            else Append();
        }
    }

    /// <summary>Opens an index file by mapping it into memory. Nothing but its log of changes is read until it is searched.</summary>
    /// <remarks>
    /// Several processes may open one file and share its memory. Changes stay in this process until <see cref="Save()"/>; other processes
    /// see them when they open the file again.
    /// </remarks>
    /// <param name="path">The file.</param>
    /// <param name="verify">Whether all bytes are compared with their checksums; null for files of at most 1 GiB. Header and log always
    /// are.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no index, damaged, or of a newer version.</exception>
    public static unsafe VectorIndex Open(string path, bool? verify = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        path = System.IO.Path.GetFullPath(path);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16);
        var page = new byte[IndexFile.HeaderBytes];
        int read = stream.ReadAtLeast(page, page.Length, throwOnEndOfStream: false);
        IndexFile file = IndexFile.Read(path, page.AsSpan(0, read), stream.Length);
        IndexOptions options;
        try { options = Checked(file.Dim, file.Options); }
        catch (ArgumentException wrong) { throw new InvalidDataException($"'{path}' is damaged: {wrong.Message}", wrong); }
        var store = new SlotStore(file.Dim, options, file.Kind);
        Require.Data(file.Kind is not IndexKind.Auto && file.State.Used <= file.Capacity && file.Capacity <= SlotStore.MaxRows,
            $"'{path}' is damaged: {file.State.Used} slots of {file.Capacity}; restore it from a copy");
        MemoryMappedFile mapping = MemoryMappedFile.CreateFromFile(
            new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), null, 0,
            MemoryMappedFileAccess.CopyOnWrite, HandleInheritability.None, leaveOpen: false);
        var index = new VectorIndex(options, store);
        try
        {
            var blocks = new NativeBlock?[SlotStore.Columns];
            for (int c = 0; c < blocks.Length; c++)
            {
                int width = store.Width((Column)c);
                if (width == 0) continue;
                (long offset, long bytes, uint _) = file.Table[c];
                Require.Data(bytes == file.State.Used * width && offset + file.Capacity * width <= file.LogStart,
                    $"'{path}' is damaged: a column has {bytes} bytes for {file.State.Used} rows of {width}; restore it from a copy");
                blocks[c] = new NativeBlock(mapping, offset, file.Capacity * width);
            }
            store.Adopt(blocks, file.Capacity, file.State.Used);
            (index._mapping, index._file, index.FilePath) = (mapping, file, path);
            if (verify ?? file.LogStart <= VerifiedBytes) index.VerifySections();
            index.ReadState(stream, path);
        }
        catch
        {
            index.Dispose();
            mapping.Dispose();
            throw;
        }
        return index;
    }

    /// <summary>Whether a stream begins as an index file does. What is read of it is not given back.</summary>
    public static bool IsIndexFile(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Span<byte> start = stackalloc byte[IndexFile.Magic.Length];
        return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual(IndexFile.Magic);
    }

    /// <summary>Compares all bytes of the file with their checksums, as they were when it was opened.</summary>
    /// <exception cref="InvalidOperationException">The index has no file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public void Verify()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Require.State(FilePath is not null, $"VectorIndex.Verify: the index has no file");
        using VectorIndex again = Open(FilePath, verify: true);
    }

    unsafe void VerifySections()
    {
        for (int c = 0; c < SlotStore.Columns; c++)
        {
            if (_store.Width((Column)c) == 0) continue;
            (_, long bytes, uint checksum) = _file!.Table[c];
            Require.Data(IndexFile.ChecksumOf(_store.At((Column)c), bytes) == checksum,
                $"'{FilePath}' is damaged: the checksum of its column '{(Column)c}' is wrong; restore it from a copy or build the index "
                    + $"again");
        }
    }

    /// <summary>Reads entry points and the log.</summary>
    unsafe void ReadState(FileStream stream, string path)
    {
        (long offset, long bytes, uint checksum) = _file!.Entries;
        stream.Position = offset;
        var section = new byte[bytes];
        stream.ReadExactly(section);
        Require.Data(IndexFile.ChecksumOf(section) == checksum,
            $"'{path}' is damaged: the checksum of its entry points is wrong; restore it from a copy or build the index again");
        uint[] entries = MemoryMarshal.Cast<byte, uint>(section).ToArray();
        (IndexState state, long entryRows) = (_file.State, _file.EntryRows);
        stream.Position = _logEnd = _file.LogStart;
        while (IndexLog.Next(stream, _logRecords, _file.Checksum) is { } record)
        {
            (state, uint[]? others, long rows) = IndexLog.Apply(path, record, _store);
            if (others is not null) (entries, entryRows) = (others, rows);
            _logRecords++;
            _logEnd += record.Length;
        }
        _fileLength = stream.Length;
        Require.Data(state.Used <= _store.Capacity && entries.All(slot => slot < state.Used),
            $"'{path}' is damaged: {state.Used} slots of {_store.Capacity}; restore it from a copy");
        _store.Used = state.Used;
        (_count, _removed, _changes, _most) = (state.Count, state.Removed, state.Changes, state.Most);
        if (state.Recall is { } recall) _recall = (recall, state.RecallChanges);
        _entries = _savedEntries = _store.Kind == IndexKind.Graph ? EntryPoints.At(_store, entries, entryRows) : EntryPoints.None;
        _hasSlots = false;
    }

    IndexState State() => new(_store.Used, _count, _removed, _changes, _most, _recall?.Measured, _recall?.Changes ?? 0);

    unsafe void WriteWhole(string path)
    {
        Require.State(BitConverter.IsLittleEndian, $"VectorIndex.Save: index files are little-endian, this processor is not");
        long capacity = Math.Min(SlotStore.MaxRows, _store.Used + _store.Used / 8 + 1_024);
        var file = new IndexFile
        {
            Options = Options, Dim = Dim, Kind = _store.Kind, Capacity = capacity, State = State(), EntryRows = _entries.Rows,
        };
        long offset = IndexFile.Alignment;
        for (int c = 0; c < SlotStore.Columns; c++)
        {
            int width = _store.Width((Column)c);
            if (width == 0) continue;
            long bytes = _store.Used * width;
            file.Table[c] = (offset, bytes, _store.Block((Column)c) is { } block ? IndexFile.ChecksumOf(block.Address, bytes)
                : IndexFile.ChecksumOf([]));
            offset = IndexFile.Aligned(offset + capacity * width);
        }
        byte[] entries = MemoryMarshal.AsBytes(_entries.Slots.AsSpan()).ToArray();
        file.Entries = (offset, entries.Length, IndexFile.ChecksumOf(entries));
        file.LogStart = IndexFile.Aligned(offset + entries.Length);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(file.ToBytes());
            for (int c = 0; c < SlotStore.Columns; c++)
            {
                if (_store.Width((Column)c) == 0) continue;
                stream.Position = file.Table[c].Offset;
                for (long at = 0; at < file.Table[c].Bytes; at += 1 << 24)
                    stream.Write(new ReadOnlySpan<byte>(_store.At((Column)c) + at,
                        (int)Math.Min(1 << 24, file.Table[c].Bytes - at)));
            }
            stream.Position = file.Entries.Offset;
            stream.Write(entries);
            stream.SetLength(file.LogStart);
        });
        (_file, FilePath, _savedEntries) = (file, path, _entries);
        (_logEnd, _fileLength, _logRecords, _mustRewrite) = (file.LogStart, file.LogStart, 0, false);
        _unsaved.Clear();
    }

    void Append()
    {
        if (_unsaved.Count == 0 && ReferenceEquals(_savedEntries, _entries)) return;
        using var stream = new FileStream(FilePath!, FileMode.Open, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
        var page = new byte[IndexFile.HeaderBytes];
        stream.ReadExactly(page);
        if (stream.Length != _fileLength || IndexFile.Read(FilePath!, page, stream.Length).Checksum != _file!.Checksum)
            throw new IOException($"VectorIndex.Save: '{FilePath}' was changed by another process since it was opened; open it again and "
                + $"repeat the changes, or save to another file");
        byte[] record = IndexLog.Record(_logRecords, _file.Checksum, State(), ReferenceEquals(_savedEntries, _entries) ? null : _entries,
            _store, _unsaved);
        // What a save that was killed left behind goes first.
        if (_fileLength > _logEnd) stream.SetLength(_logEnd);
        stream.Position = _logEnd;
        stream.Write(record);
        stream.Flush(flushToDisk: true);
        (_logEnd, _fileLength, _savedEntries) = (_logEnd + record.Length, _logEnd + record.Length, _entries);
        _logRecords++;
        _unsaved.Clear();
    }

    void MarkChanged(uint slot, bool whole)
    {
        if (_file is null || _mustRewrite) return;
        if (whole) _unsaved[slot] = true;
        else _unsaved.TryAdd(slot, false);
        if (_unsaved.Count <= _file.Capacity / LogShare) return;
        _mustRewrite = true;
        _unsaved.Clear();
    }

    /// <summary>The file is written anew at the next save, because slots hold other rows now.</summary>
    void ForgetFile()
    {
        _mustRewrite = true;
        _unsaved.Clear();
    }
}
