using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>
/// An array of text of numpy: '&lt;U12', 12 code points of 4 bytes per text, or '|S12', 12 bytes per text. Zeros at the end are padding.
/// Arrays of objects are pickled and not read.
/// </summary>
sealed partial class NumpyNames : NameSource
{
    const int LargestHeader = 1 << 16;

    readonly ByteSource _source;
    readonly string _where;
    readonly long _start, _count;
    readonly int _width, _characterBytes;
    readonly bool _bigEndian;
    readonly byte[] _raw;
    byte[] _name;
    long _row = -1;
    int _length;

    NumpyNames(ByteSource source, string type, bool bigEndian, int width, long count, long start)
    {
        (_source, _where, _bigEndian, _width, _count, _start) = (source, source.Where, bigEndian, width, count, start);
        _characterBytes = type == "U" ? 4 : 1;
        _raw = new byte[_width * _characterBytes];
        _name = new byte[Math.Max(1, 4 * _width)];
    }

    public override string Dialect => $"names from the array {_where}";

    public override ReadOnlySpan<byte> Name => _name.AsSpan(0, _length);

    public override long? Count => _count;

    /// <summary>Whether an .npy file holds text; a header that is none is left to the reader of numbers.</summary>
    public static bool IsText(ByteSource source) => Header(source) is { } header && Pattern().IsMatch(header.Text);

    /// <summary>The names in an .npy file.</summary>
    /// <exception cref="InvalidDataException">It is no list of text.</exception>
    public static NumpyNames Open(ByteSource source)
    {
        (string Text, int Start)? header = Header(source);
        Match match = Pattern().Match(header?.Text ?? "");
        Require.Data(match.Success, $"{source.Where}: names are an array of text, of type '<U…' or '|S…' and one dimension; save them with "
            + $"np.array(names) (an array of objects is pickled, and not read)");
        long width = long.Parse(match.Groups["width"].Value, CultureInfo.InvariantCulture);
        long count = long.Parse(match.Groups["count"].Value, CultureInfo.InvariantCulture);
        string type = match.Groups["type"].Value;
        Int128 bytes = (Int128)count * width * (type == "U" ? 4 : 1);
        Require.Data(bytes == source.Length - header!.Value.Start && (width <= source.Length || count == 0),
            $"{source.Where}: {count} texts of {width} characters take {bytes} bytes, but {source.Length - header.Value.Start} follow; "
                + $"{ByteSource.Remedy}");
        return new(source, type, match.Groups["order"].Value == ">", count == 0 ? 0 : checked((int)width), count, header.Value.Start);
    }

    public override bool Next()
    {
        if (++_row >= _count) return false;
        _source.Read(_start + _row * _raw.Length, _raw);
        _length = 0;
        if (_characterBytes == 1)
        {
            _length = _raw.AsSpan().TrimEnd((byte)0).Length;
            _raw.AsSpan(0, _length).CopyTo(_name);
            return true;
        }
        int characters = _width;
        while (characters > 0 && BinaryPrimitives.ReadInt32LittleEndian(_raw.AsSpan(4 * (characters - 1))) == 0) characters--;
        for (int i = 0; i < characters; i++)
        {
            ReadOnlySpan<byte> one = _raw.AsSpan(4 * i);
            int code = _bigEndian ? BinaryPrimitives.ReadInt32BigEndian(one) : BinaryPrimitives.ReadInt32LittleEndian(one);
            Require.Data(Rune.IsValid(code), $"{_where}: name {_row + 1} holds {code}, no Unicode character; {ByteSource.Remedy}");
            _length += new Rune(code).EncodeToUtf8(_name.AsSpan(_length));
        }
        return true;
    }

    /// <summary>The header and the values of an .npy file of text.</summary>
    /// <param name="width">Characters of the longest name.</param>
    /// <param name="count">Names.</param>
    public static byte[] FormatHeader(int width, long count)
    {
        string text = string.Create(CultureInfo.InvariantCulture,
            $"{{'descr': '<U{width}', 'fortran_order': False, 'shape': ({count},), }}");
        int total = (10 + text.Length + 1 + 63) / 64 * 64;
        var header = new byte[total];
        ((ReadOnlySpan<byte>)[0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0]).CopyTo(header);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), (ushort)(total - 10));
        Encoding.ASCII.GetBytes(text.PadRight(total - 11) + "\n", header.AsSpan(10));
        return header;
    }

    static (string Text, int Start)? Header(ByteSource source)
    {
        Span<byte> prefix = stackalloc byte[12];
        if (source.Length < 12) return null;
        source.Unverified.Read(0, prefix);
        if (!prefix.StartsWith((ReadOnlySpan<byte>)[0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'])) return null;
        int start = prefix[6] == 1 ? 10 : 12;
        long length = prefix[6] == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(prefix[8..])
            : BinaryPrimitives.ReadUInt32LittleEndian(prefix[8..]);
        if (length > Math.Min(LargestHeader, source.Length - start)) return null;
        var text = new byte[length];
        source.Unverified.Read(start, text);
        return (Encoding.Latin1.GetString(text), start + (int)length);
    }

    [GeneratedRegex("^\\{'descr': '(?<order>[<>|])(?<type>[US])(?<width>[0-9]{1,9})', 'fortran_order': (True|False), "
        + "'shape': \\((?<count>[0-9]{1,18}),\\), \\}\\s*$")]
    private static partial Regex Pattern();
}
