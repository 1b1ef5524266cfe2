using System.Text;

namespace Rowan.Data;

/// <summary>Recognizes the encoding of a text by its first bytes.</summary>
static class TextEncodings
{
    /// <summary>UTF-8 that refuses bytes that are not UTF-8.</summary>
    public static Encoding Utf8 { get; } = new UTF8Encoding(false, throwOnInvalidBytes: true);

    /// <summary>The encoding, whether a byte order mark says it, and whether it was detected without one; null where the bytes are no
    /// text.</summary>
    /// <remarks>Text in UTF-8 and in the older encodings has no zero bytes. In UTF-16 line ends, digits, spaces and separators have one,
    /// always in the same half of a pair.</remarks>
    public static (Encoding Encoding, bool Mark)? Of(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith((ReadOnlySpan<byte>)[0xff, 0xfe, 0, 0])) return (new UTF32Encoding(false, true, true), true);
        if (head.StartsWith((ReadOnlySpan<byte>)[0, 0, 0xfe, 0xff])) return (new UTF32Encoding(true, true, true), true);
        if (head.StartsWith((ReadOnlySpan<byte>)[0xff, 0xfe])) return (new UnicodeEncoding(false, true, true), true);
        if (head.StartsWith((ReadOnlySpan<byte>)[0xfe, 0xff])) return (new UnicodeEncoding(true, true, true), true);
        if (head.StartsWith((ReadOnlySpan<byte>)[0xef, 0xbb, 0xbf])) return (Utf8, true);
        if (!head.Contains((byte)0)) return (Utf8, false);
        Span<int> zeros = stackalloc int[4];
        int whole = head.Length / 4 * 4;
        if (whole == 0) whole = head.Length / 2 * 2;
        for (int i = 0; i < whole; i++)
            if (head[i] == 0) zeros[i % 4]++;
        int quarter = whole / 4;
        // Characters beyond the first 65,536, such as emoji, use the third byte of UTF-32 as well.
        if (quarter > 0 && zeros[3] == quarter && zeros[2] * 2 > quarter) return Checked(new UTF32Encoding(false, true, true), head, 4);
        if (quarter > 0 && zeros[0] == quarter && zeros[1] * 2 > quarter) return Checked(new UTF32Encoding(true, true, true), head, 4);
        int even = zeros[0] + zeros[2], odd = zeros[1] + zeros[3];
        return even < odd ? Checked(new UnicodeEncoding(false, true, true), head, 2) : Checked(new UnicodeEncoding(true, true, true),
            head, 2);
    }

    /// <summary>An encoding if the bytes are text in it: all are valid, and there are no control characters but tabs and line
    /// ends.</summary>
    static (Encoding, bool)? Checked(Encoding encoding, ReadOnlySpan<byte> head, int unit)
    {
        try
        {
            // The last characters may be cut.
            string text = encoding.GetString(head[..Math.Max(0,
                (head.Length / unit * unit) - (head.Length >= FileKind.HeadBytes ? unit : 0))]);
            return text.Any(c => c < ' ' && c is not ('\t' or '\n' or '\r' or '\f')) ? null : (encoding, false);
        }
        catch (DecoderFallbackException) { return null; }
    }

    /// <summary>The error that bytes are not of the encoding that was expected.</summary>
    public static InvalidDataException Wrong(string place, DecoderFallbackException bytes, string encoding)
    {
        byte[] unknown = bytes.BytesUnknown ?? [];
        string listed = string.Join(' ', unknown.Select(b => $"0x{b:x2}"));
        string found = unknown.Length == 1 ? $"byte {listed} is" : $"bytes {listed} are";
        return new($"{place}, or soon after: the {found} not {encoding.ToUpperInvariant()}; " +
            "say which encoding it is, such as `encoding` latin1 or `encoding` windows-1252", bytes);
    }
}
