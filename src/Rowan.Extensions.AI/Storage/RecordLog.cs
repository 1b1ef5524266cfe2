using System.Buffers.Binary;
using System.Text;
using Microsoft.Extensions.VectorData;
using Rowan.Formats;
using Rowan.Numerics;
using Rowan.Retrieval;

namespace Rowan.Extensions.AI;

/// <summary>
/// The file of a collection: a header, then changes, appended. A change counts when it is whole, so a process that is killed while it
/// writes leaves the state before.
/// </summary>
/// <remarks>
/// A change is a mark, a kind, the length of its body, the body, and a checksum (CRC-32C) over all of them. The file is written anew,
/// atomically, when most of its records were replaced or removed.
/// </remarks>
sealed class RecordLog : IDisposable
{
    const uint Version = 1, Mark = 0x43455256;     // "VREC"
    const int HeaderBytes = 16, HeadBytes = 13, TailBytes = 4, BufferBytes = 1 << 16;

    // Below that, a file is small whatever it contains.
    const int LeastDead = 1_000;

    static readonly byte[] Magic = "ROWANREC"u8.ToArray();

    readonly string _path;
    readonly bool _syncs;
    FileStream _stream;
    long _records;
    string? _broken;

    enum Kind : byte
    {
        Schema = 1,
        Upserts = 2,
        Deletes = 3,
    }

    RecordLog(string path, bool syncs, FileStream stream) => (_path, _syncs, _stream) = (path, syncs, stream);

    /// <summary>A new file for an empty collection.</summary>
    public static RecordLog Create(string path, RecordSchema schema, bool syncs)
    {
        AtomicFile.Write(path, stream =>
        {
            WriteHeader(stream);
            stream.Write(Change(Kind.Schema, schema.Write));
        });
        var log = new RecordLog(path, syncs, OpenStream(path));
        log._stream.Seek(0, SeekOrigin.End);
        return log;
    }

    /// <summary>Opens a file and gives its records. What a killed process wrote in part is cut off.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or of a newer version.</exception>
    public static CollectionData Open(string name, string path, bool syncs)
    {
        FileStream stream = OpenStream(path);
        var log = new RecordLog(path, syncs, stream);
        try
        {
            var header = new byte[HeaderBytes];
            Require.Data(stream.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) == HeaderBytes
                && header.AsSpan(0, Magic.Length).SequenceEqual(Magic), $"'{path}' is no collection of a Rowan vector store");
            uint version = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(8));
            Require.Data(version == Version, $"'{path}' has version {version}; this version of Rowan reads {Version}");
            Require.Data(BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(12)) == IndexFile.ChecksumOf(header.AsSpan(0, 12)),
                $"'{path}' is damaged: the checksum of its header is wrong; restore it from a copy");
            CollectionData? data = null;
            while (log.Next() is var (kind, body))
            {
                using var reader = new BinaryReader(new MemoryStream(body));
                if (kind == Kind.Schema)
                {
                    RecordSchema schema = RecordSchema.Read(reader, path);
                    if (data is null) data = new CollectionData(name, schema, log);
                    else data.Replay(schema);
                    continue;
                }
                Require.Data(data is not null, $"'{path}' is damaged: it has no schema; restore it from a copy");
                if (kind == Kind.Upserts) log.ReplayUpserts(reader, data);
                else data.Replay(Rows(reader));
            }
            Require.Data(data is not null, $"'{path}' is damaged: it has no schema; restore it from a copy");
            data.EndReplay();
            return data;
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>The file next to the log in which the index of a vector column may be.</summary>
    public string IndexPath(int column) => IndexPath(_path, $"{column}");

    /// <summary>Deletes the log of a collection, and saved indexes.</summary>
    public static void Delete(string path)
    {
        File.Delete(path);
        // One that is still mapped stays on some systems. It is of no use to another collection, and does no harm.
        try
        {
            foreach (string file in Directory.GetFiles(Path.GetDirectoryName(path)!, Path.GetFileName(IndexPath(path, "*"))))
                File.Delete(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException) { }
    }

    static string IndexPath(string path, string column) => Path.ChangeExtension(path, $"{column}.index");

    /// <summary>Appends records.</summary>
    public void AppendUpserts(IReadOnlyList<StoredRecord> records, IReadOnlyList<float[]?[]> vectors, RecordSchema schema)
    {
        Append(Change(Kind.Upserts, writer => WriteRecords(writer, records, i => vectors[i], schema)));
        _records += records.Count;
    }

    /// <summary>Appends the rows of records that are removed.</summary>
    public void AppendDeletes(long[] rows)
    {
        Append(Change(Kind.Deletes, writer =>
        {
            writer.Write(rows.Length);
            foreach (long row in rows) writer.Write(row);
        }));
        _records += rows.Length;
    }

    /// <summary>Appends a schema that counts from here on.</summary>
    public void AppendSchema(RecordSchema schema) => Append(Change(Kind.Schema, schema.Write));

    /// <summary>Whether writing the file anew would make it much shorter.</summary>
    public bool IsMostlyDead(long live) => _records - live > Math.Max(LeastDead, live);

    /// <summary>Writes the file anew: whole, or not at all.</summary>
    public void Rewrite(RecordSchema schema, StoredRecord[] live, Func<StoredRecord, float[]?[]> vectorsOf)
    {
        const int AtOnce = 4_096;
        // Closed meanwhile, because a file that is open cannot be replaced everywhere. The lock of the folder keeps others away.
        _stream.Dispose();
        try
        {
            AtomicFile.Write(_path, stream =>
            {
                WriteHeader(stream);
                stream.Write(Change(Kind.Schema, schema.Write));
                foreach (StoredRecord[] some in live.Chunk(AtOnce))
                    stream.Write(Change(Kind.Upserts, writer => WriteRecords(writer, some, i => vectorsOf(some[i]), schema)));
            });
            _records = live.Length;
        }
        finally
        {
            try
            {
                _stream = OpenStream(_path);
                _stream.Seek(0, SeekOrigin.End);
            }
            catch (IOException failure) { _broken = failure.Message; }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    static FileStream OpenStream(string path) =>
        new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, BufferBytes);

    static void WriteHeader(Stream stream)
    {
        var header = new byte[HeaderBytes];
        Magic.CopyTo(header, 0);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), Version);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(12), IndexFile.ChecksumOf(header.AsSpan(0, 12)));
        stream.Write(header);
    }

    static ReadOnlySpan<byte> Change(Kind kind, Action<BinaryWriter> write)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        try
        {
            writer.Write(Mark);
            writer.Write((byte)kind);
            writer.Write(0L);
            write(writer);
            writer.Write(0u);
        }
        catch (Exception full) when (full is IOException or OutOfMemoryException)
        {
            throw new ArgumentException("Upsert: the batch is larger than 2 GiB; split it", full);
        }
        writer.Flush();
        Span<byte> bytes = stream.GetBuffer().AsSpan(0, (int)stream.Length);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[5..], bytes.Length - HeadBytes - TailBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[^TailBytes..], IndexFile.ChecksumOf(bytes[..^TailBytes]));
        return bytes;
    }

    void Append(ReadOnlySpan<byte> change)
    {
        if (_broken is not null)
            throw new VectorStoreException($"'{_path}' could not be written before ({_broken}); open the store again");
        long end = _stream.Position;
        try
        {
            _stream.Write(change);
            _stream.Flush(flushToDisk: _syncs);
        }
        catch (Exception failure)
        {
            // A part of a change would hide those that follow it.
            try
            {
                _stream.SetLength(end);
                _stream.Seek(end, SeekOrigin.Begin);
            }
            catch (IOException) { _broken = failure.Message; }
            throw;
        }
    }

    /// <summary>The next change; null at the end. What was not written to its end is cut off.</summary>
    (Kind, byte[])? Next()
    {
        long start = _stream.Position, left = _stream.Length - start;
        if (left == 0) return null;
        var head = new byte[HeadBytes];
        long length = 0;
        if (_stream.ReadAtLeast(head, HeadBytes, throwOnEndOfStream: false) == HeadBytes)
        {
            length = BinaryPrimitives.ReadInt64LittleEndian(head.AsSpan(5));
            if (BinaryPrimitives.ReadUInt32LittleEndian(head) == Mark && length >= 0)
            {
                if (length > left - HeadBytes - TailBytes) return CutOff(start);
                var rest = new byte[length + TailBytes];
                _stream.ReadExactly(rest);
                uint checksum = IndexFile.ChecksumOf(rest.AsSpan(0, (int)length), IndexFile.ChecksumOf(head));
                if (checksum == BinaryPrimitives.ReadUInt32LittleEndian(rest.AsSpan((int)length)))
                    return ((Kind)head[4], rest[..(int)length]);
                // The last change may be there in length but not in content after a loss of power.
                if (length == left - HeadBytes - TailBytes) return CutOff(start);
            }
            else if (RestIsZero(start)) return CutOff(start);
            throw new InvalidDataException($"'{_path}' is damaged at byte {start}; restore it from a copy");
        }
        return CutOff(start);
    }

    bool RestIsZero(long start)
    {
        _stream.Seek(start, SeekOrigin.Begin);
        var buffer = new byte[BufferBytes];
        for (int read; (read = _stream.Read(buffer)) > 0;)
            if (buffer.AsSpan(0, read).IndexOfAnyExcept((byte)0) >= 0) return false;
        return true;
    }

    (Kind, byte[])? CutOff(long start)
    {
        _stream.SetLength(start);
        _stream.Seek(start, SeekOrigin.Begin);
        return null;
    }

    static void WriteRecords(BinaryWriter writer, IReadOnlyList<StoredRecord> records, Func<int, float[]?[]> vectors, RecordSchema schema)
    {
        writer.Write(records.Count);
        for (int i = 0; i < records.Count; i++)
        {
            writer.Write(records[i].Row);
            schema.Key.Write(writer, records[i].Key);
            writer.Write(records[i].Data.Length);
            for (int c = 0; c < records[i].Data.Length; c++)
            {
                writer.Write(records[i].Data[c] is not null);
                if (records[i].Data[c] is { } value) schema.Data[c].Type.Write(writer, value);
            }
            float[]?[] own = vectors(i);
            writer.Write(own.Length);
            foreach (float[]? vector in own)
            {
                writer.Write(vector is not null);
                if (vector is not null) writer.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(vector.AsSpan()));
            }
        }
    }

    void ReplayUpserts(BinaryReader reader, CollectionData data)
    {
        RecordSchema schema = data.Schema;
        var records = new StoredRecord[reader.ReadInt32()];
        var vectors = new float[]?[records.Length][];
        for (int i = 0; i < records.Length; i++)
        {
            long row = reader.ReadInt64();
            object key = schema.Key.Read(reader);
            var values = new object?[reader.ReadInt32()];
            for (int c = 0; c < values.Length; c++) values[c] = reader.ReadBoolean() ? schema.Data[c].Type.Read(reader) : null;
            vectors[i] = new float[]?[reader.ReadInt32()];
            for (int c = 0; c < vectors[i].Length; c++)
                if (reader.ReadBoolean())
                {
                    var vector = new float[schema.Vectors[c].Dim];
                    reader.BaseStream.ReadExactly(System.Runtime.InteropServices.MemoryMarshal.AsBytes(vector.AsSpan()));
                    vectors[i][c] = vector;
                }
            records[i] = new StoredRecord(row, key, values);
        }
        _records += records.Length;
        if (records.Length > 0) data.Replay(records, vectors);
    }

    static long[] Rows(BinaryReader reader)
    {
        var rows = new long[reader.ReadInt32()];
        for (int i = 0; i < rows.Length; i++) rows[i] = reader.ReadInt64();
        return rows;
    }
}
