using System.IO.Compression;

namespace Rowan.Formats;

/// <summary>
/// Unpacks gzip, of one member or several, and throws where the data ends early. <see cref="GZipStream"/> ends such data in silence, so
/// a small member with a mark is appended to the packed bytes: it comes out at the end if and only if all members before it are whole.
/// </summary>
sealed class WholeGzipStream : ReadOnlyStream
{
    static readonly byte[] Mark = [0x52, 0x6f, 0x77, 0x61, 0x6e, 0x00, 0x9d, 0x3c, 0xe1, 0x5f, 0xb8, 0x07, 0x72, 0xca, 0x41, 0xf6];
    static readonly byte[] MarkPacked = Pack();

    readonly Stream _packed;
    readonly GZipStream _unpacked;
    readonly byte[] _buffer = new byte[(1 << 16) + Mark.Length];
    int _at, _length;
    bool _ended;

    public WholeGzipStream(Stream packed)
    {
        _packed = packed;
        _unpacked = new GZipStream(new Appended(packed, MarkPacked), CompressionMode.Decompress);
    }

    /// <summary>The next bytes. The last ones read are held back, since they may be the mark.</summary>
    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty) return 0;
        while (!_ended && _length - _at <= Mark.Length)
        {
            _buffer.AsSpan(_at, _length - _at).CopyTo(_buffer);
            (_at, _length) = (0, _length - _at);
            int read = _unpacked.Read(_buffer.AsSpan(_length));
            _length += read;
            if (read > 0) continue;
            _ended = true;
            if (!_buffer.AsSpan(0, _length).SequenceEqual(Mark))
                throw new InvalidDataException("the gzip data ends early, or is followed by other bytes.");
            _length = 0;
        }
        int length = Math.Min(buffer.Length, _ended ? 0 : _length - _at - Mark.Length);
        _buffer.AsSpan(_at, length).CopyTo(buffer);
        _at += length;
        return length;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _unpacked.Dispose();
            _packed.Dispose();
        }
        base.Dispose(disposing);
    }

    static byte[] Pack()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal)) gzip.Write(Mark);
        return packed.ToArray();
    }

    /// <summary>A stream, then some bytes.</summary>
    sealed class Appended(Stream first, byte[] last) : ReadOnlyStream
    {
        int _at;

        public override int Read(Span<byte> buffer)
        {
            int read = _at == 0 ? first.Read(buffer) : 0;
            if (read > 0 || buffer.IsEmpty) return read;
            read = Math.Min(buffer.Length, last.Length - _at);
            last.AsSpan(_at, read).CopyTo(buffer);
            _at += read;
            return read;
        }
    }
}
