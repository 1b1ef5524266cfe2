using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>
/// Writes a zip archive of stored entries, each beginning at a multiple of 64 bytes, as PyTorch's reader maps them. Sizes above 4 GiB
/// become 64-bit records. The date is always 1980-01-01, so that equal contents give equal bytes.
/// </summary>
/// <param name="stream">Seekable, at its beginning: a check sum is filled in when its entry has been written.</param>
/// <param name="wideFrom">Sizes and offsets from here on take 64-bit records; lower only to test them.</param>
sealed class ZipWriter(Stream stream, long wideFrom = uint.MaxValue)
{
    const int Alignment = 64, LocalBytes = 30;
    const ushort WideField = 1, PaddingField = 0x4246, Dos1980 = 0x21, Version = 45, Utf8Flag = 0x800;

    static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    readonly List<Written> _entries = [];
    long _position;

    /// <summary>Adds an entry of exactly <paramref name="bytes"/> bytes.</summary>
    /// <exception cref="ArgumentException">The name is longer than 65,535 bytes or no Unicode.</exception>
    public void Add(string name, long bytes, Action<Stream> write)
    {
        byte[] nameBytes = Utf8.GetBytes(name);
        Require.That(nameBytes.Length <= ushort.MaxValue, $"ZipWriter: a name of {nameBytes.Length} bytes; at most {ushort.MaxValue} fit",
            nameof(name));
        long start = _position;
        bool wide = bytes >= wideFrom;
        var header = new Record();
        header.U32(0x04034B50).U16(Version).U16(Flags(nameBytes)).U16(0).U16(0).U16(Dos1980).U32(0).U32(Narrow(bytes, wide))
            .U32(Narrow(bytes, wide));
        int extra = wide ? 20 : 0;
        int padding = (int)(-(start + LocalBytes + nameBytes.Length + extra + 4) & (Alignment - 1));
        header.U16((ushort)nameBytes.Length).U16((ushort)(extra + 4 + padding)).Bytes(nameBytes);
        if (wide) header.U16(WideField).U16(16).U64(bytes).U64(bytes);
        header.U16(PaddingField).U16((ushort)padding).Fill((byte)'Z', padding);
        Put(header);

        var content = new SummingStream(stream);
        write(content);
        Require.State(content.Count == bytes, $"ZipWriter: '{name}' was said to take {bytes} bytes and took {content.Count}");
        _position += bytes;
        stream.Position = start + 14;
        stream.Write(new Record().U32(content.Crc).Span);
        stream.Position = _position;
        _entries.Add(new(nameBytes, content.Crc, bytes, start));
    }

    /// <summary>Writes the directory; nothing can be added after it.</summary>
    public void Finish()
    {
        long start = _position;
        foreach (Written entry in _entries) Put(Central(entry));
        long bytes = _position - start, end = _position;
        if (_entries.Count >= ushort.MaxValue || start >= wideFrom || bytes >= wideFrom)
        {
            Put(new Record().U32(0x06064B50).U64(44).U16(Version).U16(Version).U32(0).U32(0).U64(_entries.Count).U64(_entries.Count)
                .U64(bytes).U64(start));
            Put(new Record().U32(0x07064B50).U32(0).U64(end).U32(1));
        }
        ushort count = (ushort)Math.Min(ushort.MaxValue, _entries.Count);
        Put(new Record().U32(0x06054B50).U16(0).U16(0).U16(count).U16(count).U32(Narrow(bytes, bytes >= wideFrom))
            .U32(Narrow(start, start >= wideFrom)).U16(0));
    }

    Record Central(Written entry)
    {
        bool wide = entry.Bytes >= wideFrom, far = entry.Start >= wideFrom;
        int values = (wide ? 16 : 0) + (far ? 8 : 0);
        var record = new Record();
        record.U32(0x02014B50).U16(Version).U16(Version).U16(Flags(entry.Name)).U16(0).U16(0).U16(Dos1980).U32(entry.Crc)
            .U32(Narrow(entry.Bytes, wide)).U32(Narrow(entry.Bytes, wide)).U16((ushort)entry.Name.Length)
                .U16((ushort)(values > 0 ? values + 4 : 0))
            .U16(0).U16(0).U16(0).U32(0).U32(Narrow(entry.Start, far)).Bytes(entry.Name);
        if (values > 0) record.U16(WideField).U16((ushort)values);
        if (wide) record.U64(entry.Bytes).U64(entry.Bytes);
        if (far) record.U64(entry.Start);
        return record;
    }

    static uint Narrow(long value, bool wide) => wide ? uint.MaxValue : (uint)value;

    static ushort Flags(byte[] name) => Ascii.IsValid(name) ? (ushort)0 : Utf8Flag;

    void Put(Record record)
    {
        stream.Write(record.Span);
        _position += record.Span.Length;
    }

    sealed record Written(byte[] Name, uint Crc, long Bytes, long Start);

    /// <summary>The little-endian fields of one record.</summary>
    sealed class Record
    {
        readonly ArrayBufferWriter<byte> _bytes = new();

        public ReadOnlySpan<byte> Span => _bytes.WrittenSpan;

        public Record U16(ushort value)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(_bytes.GetSpan(2), value);
            _bytes.Advance(2);
            return this;
        }

        public Record U32(uint value)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(_bytes.GetSpan(4), value);
            _bytes.Advance(4);
            return this;
        }

        public Record U64(long value)
        {
            BinaryPrimitives.WriteInt64LittleEndian(_bytes.GetSpan(8), value);
            _bytes.Advance(8);
            return this;
        }

        public Record Bytes(ReadOnlySpan<byte> bytes)
        {
            _bytes.Write(bytes);
            return this;
        }

        public Record Fill(byte value, int count)
        {
            for (int i = 0; i < count; i++) _bytes.Write([value]);
            return this;
        }
    }

    /// <summary>Passes bytes on, counts them and sums them up.</summary>
    sealed class SummingStream(Stream inner) : Stream
    {
        Crc32 _crc = new();

        public long Count { get; private set; }

        public uint Crc => _crc.Value;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => Count;

        public override long Position { get => Count; set => throw new NotSupportedException(); }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            inner.Write(buffer);
            _crc.Append(buffer);
            Count += buffer.Length;
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
