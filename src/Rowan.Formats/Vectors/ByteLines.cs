using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>
/// The lines of a file as bytes, without their line ends, through one buffer that grows to the longest line. A file packed by gzip is
/// unpacked while it is read.
/// </summary>
/// <param name="path">The file.</param>
sealed class ByteLines(string path) : IDisposable
{
    // A line of a million values takes about 20 MB; a longer one is no text.
    const int FirstBytes = 1 << 16, LongestLine = 1 << 26;

    readonly SequentialFile _file = new(path);
    byte[] _buffer = new byte[FirstBytes];
    int _start, _end;
    bool _atEnd;

    bool _begun;

    /// <summary>The file.</summary>
    public SequentialFile File => _file;

    /// <summary>The number of the line that was read last, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>Reads a line; the bytes are valid until the next call.</summary>
    public bool Next(out ReadOnlySpan<byte> line)
    {
        if (!_begun) Begin();
        int length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
        while (length < 0 && !_atEnd)
        {
            int seen = _end - _start;
            Fill();
            length = _buffer.AsSpan(_start + seen, _end - _start - seen).IndexOf((byte)'\n');
            if (length >= 0) length += seen;
        }
        bool complete = length >= 0;
        if (!complete) length = _end - _start;
        line = _buffer.AsSpan(_start, length);
        if (line is [.., (byte)'\r']) line = line[..^1];
        if (!complete && length == 0) return false;
        _start += complete ? length + 1 : length;
        Number++;
        return true;
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Leaves out a byte order mark.</summary>
    void Begin()
    {
        _begun = true;
        while (!_atEnd && _end < 3) Fill();
        if (_buffer.AsSpan(0, _end).StartsWith("\uFEFF"u8)) _start = 3;
    }

    /// <summary>Moves what is left to the front and reads more behind it.</summary>
    void Fill()
    {
        int left = _end - _start;
        Require.Data(left < LongestLine,
            $"{path}: line {Number + 1} has more than {LongestLine} bytes; this is not text with a row per line");
        byte[] into = left > _buffer.Length / 2 ? new byte[_buffer.Length * 2] : _buffer;
        _buffer.AsSpan(_start, left).CopyTo(into);
        (_buffer, _start, _end) = (into, 0, left);
        int read = _file.Read(_buffer.AsSpan(_end));
        _end += read;
        _atEnd = read == 0;
    }
}
