using System.Buffers.Binary;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>Little-endian numbers of a file, one after the other, through one buffer.</summary>
sealed class SequentialBytes(ByteSource source, long offset)
{
    const int BufferBytes = 1 << 16;

    readonly byte[] _buffer = new byte[Math.Min(BufferBytes, source.Length)];
    long _bufferStart = offset;
    int _at, _end;

    /// <summary>Where the next byte is in the file.</summary>
    public long Offset => _bufferStart + _at;

    /// <summary>Bytes of the file.</summary>
    public long Length => source.Length;

    public byte Byte() => Take(1)[0];

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    public int Int16BigEndian() => BinaryPrimitives.ReadInt16BigEndian(Take(2));

    public int Int32BigEndian() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    /// <summary>A range of bytes, whose length must be within the file.</summary>
    public byte[] Bytes(int count)
    {
        Require.Data(count <= source.Length - Offset, $"{source.Where}: offset {Offset}: the file ends; {ByteSource.Remedy}");
        var bytes = new byte[count];
        for (int done = 0; done < count;)
        {
            int some = Math.Min(count - done, _buffer.Length);
            Take(some).CopyTo(bytes.AsSpan(done));
            done += some;
        }
        return bytes;
    }

    public void Skip(long bytes) => (_bufferStart, _at, _end) = (Offset + bytes, 0, 0);

    ReadOnlySpan<byte> Take(int bytes)
    {
        if (_end - _at < bytes)
        {
            (_bufferStart, _at) = (Offset, 0);
            _end = (int)Math.Min(_buffer.Length, source.Length - _bufferStart);
            Require.Data(_end >= bytes, $"{source.Where}: offset {_bufferStart}: the file ends; {ByteSource.Remedy}");
            source.Read(_bufferStart, _buffer.AsSpan(0, _end));
        }
        _at += bytes;
        return _buffer.AsSpan(_at - bytes, bytes);
    }
}
