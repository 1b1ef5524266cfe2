using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>The header of an .npy file: magic, version, length, then a Python dictionary of descr, fortran_order and shape.</summary>
sealed record NpyHeader(NumberKind Kind, bool BigEndian, bool ColumnMajor, long[] Sizes)
{
    const int Alignment = 64, MaxTextBytes = 1 << 16;

    static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>The array that a whole .npy file holds.</summary>
    /// <exception cref="InvalidDataException">The header is not well-formed, or the values do not fill the rest exactly.</exception>
    /// <exception cref="NotSupportedException">The type of the numbers is not one that is read.</exception>
    public static StoredArray Read(ByteSource source)
    {
        string where = source.Where;
        Require.Data(source.Length >= 12, $"{where}: {source.Length} bytes, too few for the header of an .npy file; {ByteSource.Remedy}");
        Span<byte> prefix = stackalloc byte[12];
        source.Unverified.Read(0, prefix);
        Require.Data(prefix.StartsWith(Magic), $"{where}: offset 0: an .npy file starts with \\x93NUMPY; this is none");
        int version = prefix[6];
        Require.Data(version is >= 1 and <= 3 && prefix[7] == 0,
            $"{where}: offset 6: version {version}.{prefix[7]}; 1.0, 2.0 and 3.0 can be read");
        int start = version == 1 ? 10 : 12;
        long length = version == 1
            ? BinaryPrimitives.ReadUInt16LittleEndian(prefix[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(prefix[8..]);
        Require.Data(length <= Math.Min(MaxTextBytes, source.Length - start),
            $"{where}: offset 8: a header of {length} bytes; {source.Length - start} follow, and {MaxTextBytes} is the limit; "
                + $"{ByteSource.Remedy}");
        var text = new byte[length];
        source.Unverified.Read(start, text);
        Require.Data(version < 3 || Utf8.IsValid(text), $"{where}: offset {start}: the header is not UTF-8; {ByteSource.Remedy}");
        NpyHeader header = new NpyDictionary((version == 3 ? Encoding.UTF8 : Encoding.Latin1).GetString(text), where, start).Read();
        return header.Array(source, start + length);
    }

    /// <summary>The header that is written before the values of an entry; its length is a multiple of 64.</summary>
    public static byte[] Format(StateEntry entry)
    {
        string sizes = string.Join(", ", entry.Sizes.Select(size => size.ToString(CultureInfo.InvariantCulture)))
            + (entry.Sizes.Count == 1 ? "," : "");
        string text = $"{{'descr': '{(entry.IsInteger ? "<i8" : "<f4")}', 'fortran_order': False, 'shape': ({sizes}), }}";
        int total = (10 + text.Length + 1 + Alignment - 1) / Alignment * Alignment;
        Require.That(total - 10 <= ushort.MaxValue, $"Npy: {entry.Sizes.Count} dimensions do not fit the header of '{entry.Name}'",
            nameof(entry));
        var header = new byte[total];
        Magic.CopyTo(header);
        header[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), (ushort)(total - 10));
        Encoding.ASCII.GetBytes(text.PadRight(total - 11) + "\n", header.AsSpan(10));
        return header;
    }

    StoredArray Array(ByteSource source, long start)
    {
        Int128 bytes = (Int128)StoredArray.Count(Sizes, source.Where) * Kind.Bytes();
        Require.Data(bytes == source.Length - start,
            $"{source.Where}: offset {start}: an array of [{string.Join(", ", Sizes)}] takes {bytes} bytes, but "
                + $"{source.Length - start} follow; {ByteSource.Remedy}");
        return new(source, start, Kind, BigEndian, Sizes, ColumnMajor ? StoredArray.ColumnMajor(Sizes) : StoredArray.RowMajor(Sizes), 0);
    }
}
