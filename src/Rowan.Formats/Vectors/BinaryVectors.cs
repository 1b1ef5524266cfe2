using System.Globalization;
using System.Runtime.InteropServices;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>
/// The binary format of word2vec: a header line "rows dim", then per row the name, a space, and little-endian floats. The original
/// program ends each row with a line feed; gensim does not.
/// </summary>
sealed class BinaryVectors : VectorReader
{
    const int BufferBytes = 1 << 16, LongestName = 1 << 16;

    readonly SequentialFile _file;
    readonly long _count;
    readonly float[] _values;
    byte[] _buffer = new byte[BufferBytes];
    byte[] _name = new byte[256];
    int _start, _end, _length;
    long _rowOffset;
    bool _lineFeeds;

    public BinaryVectors(string path, VectorReadOptions options) : base(path, options)
    {
        _file = new SequentialFile(path);
        try
        {
            for (int before = -1; before != _end && !_buffer.AsSpan(0, _end).Contains((byte)'\n');)
            {
                before = _end;
                Fill();
            }
            int end = _buffer.AsSpan(0, _end).IndexOf((byte)'\n');
            int dim = 0;
            Require.Data(end > 0 && VectorText.TryHeader(_buffer.AsSpan(0, end).TrimEnd((byte)'\r'), out _count, out dim) && dim > 0,
                $"{path}: offset 0: word2vec's binary format begins with a line of two numbers, rows and values per row; "
                    + $"{ByteSource.Remedy}");
            long bytes = _file.MostBytes;
            Require.Data(dim <= (bytes - end) / sizeof(float) && (Int128)_count * (2 + sizeof(float) * (long)dim) <= bytes,
                $"{path}: offset 0: {_count} rows of {dim} values take at least {(Int128)_count * (2 + sizeof(float) * (long)dim)} bytes, "
                    + $"the file has {(_file.IsPacked ? "at most " : "")}{bytes}; {ByteSource.Remedy}");
            _values = new float[dim];
            _start = end + 1;
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    public override string Format => "word2vec-binary";

    public override string Dialect =>
        $"word2vec binary with a header of {_count} × {_values.Length}{(_lineFeeds ? ", a line feed after each row" : "")}{_file.Packing}";

    public override long? Count => _count;

    public override int Dim => _values.Length;

    public override ReadOnlySpan<float> Vector => _values;

    public override string Place => string.Create(CultureInfo.InvariantCulture, $"offset {_rowOffset}");

    private protected override ReadOnlySpan<byte> RawName => _name.AsSpan(0, _length);

    private protected override bool Advance(out string? problem)
    {
        problem = null;
        _rowOffset = Offset;
        if (!Ensure(1)) return false;
        if (_buffer[_start] == (byte)'\n')
        {
            _lineFeeds = true;
            _start++;
            _rowOffset++;
            if (!Ensure(1)) return false;
        }
        for (_length = 0; Ensure(1) && _buffer[_start] != (byte)' '; _start++)
        {
            Require.Data(_length < LongestName,
                $"{Path}: offset {_rowOffset}: no space follows within {LongestName} bytes, so this is no name; {ByteSource.Remedy}");
            if (_length == _name.Length) Array.Resize(ref _name, 2 * _name.Length);
            _name[_length++] = _buffer[_start];
        }
        _start++;
        int bytes = checked(sizeof(float) * _values.Length);
        if (!Ensure(bytes))
        {
            problem = $"the file ends within the row '{Shown(RawName)}', {bytes - Math.Max(0, _end - _start)} bytes early";
            return false;
        }
        ReadOnlySpan<byte> row = _buffer.AsSpan(_start, bytes);
        row.CopyTo(MemoryMarshal.AsBytes(_values.AsSpan()));
        if (!BitConverter.IsLittleEndian) NumberKinds.Swap(MemoryMarshal.AsBytes(_values.AsSpan()), sizeof(float));
        _start += bytes;
        return true;
    }

    private protected override bool AllowsEmptyNames => false;

    private protected override void Close() => _file.Dispose();

    long Offset => _file.Position - (_end - _start);

    /// <summary>Reads until so many bytes are in the buffer; false if the file ends before.</summary>
    bool Ensure(int bytes)
    {
        while (_end - _start < bytes)
        {
            if (_start > _end) return false;
            if (bytes > _buffer.Length) Array.Resize(ref _buffer, bytes);
            int before = _end - _start;
            Fill();
            if (_end - _start == before) return false;
        }
        return true;
    }

    void Fill()
    {
        int left = _end - _start;
        _buffer.AsSpan(_start, left).CopyTo(_buffer);
        (_start, _end) = (0, left);
        _end += _file.Read(_buffer.AsSpan(left));
    }
}
