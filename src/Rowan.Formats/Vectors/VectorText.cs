using System.Globalization;

namespace Rowan.Formats;

/// <summary>A line of text vectors: a name, then values, with spaces or tabs between them. The name may contain spaces itself.</summary>
static class VectorText
{
    /// <summary>Splits a line from its end: the last values, then the name.</summary>
    /// <param name="line">The line without its line end.</param>
    /// <param name="into">Receives the values; as many as a row has.</param>
    /// <param name="name">The name: the text before the values.</param>
    /// <returns>What is wrong with the line; null if nothing is.</returns>
    public static string? Parse(ReadOnlySpan<byte> line, Span<float> into, out ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> rest = TrimEnd(line);
        name = default;
        for (int i = into.Length - 1; i >= 0; i--)
        {
            int start = rest.LastIndexOfAny((byte)' ', (byte)'\t') + 1;
            if (start == 0 || !TryNumber(rest[start..], out into[i])) return Wrong(line, rest[start..], into.Length);
            rest = i > 0 ? TrimEnd(rest[..(start - 1)]) : rest[..(start - 1)];
        }
        // A name that ends in a decimal number is more likely a row that is too long.
        if (rest.LastIndexOfAny((byte)' ', (byte)'\t') is var last and > 0 && IsDecimal(rest[(last + 1)..]))
            return $"{TrailingNumbers(line)} values instead of {into.Length}";
        name = TrimEnd(rest);
        if (name.Length == 0) name = rest;
        return null;
    }

    /// <summary>Reads a line of values alone.</summary>
    /// <returns>What is wrong with the line; null if nothing is.</returns>
    public static string? ParseValues(ReadOnlySpan<byte> line, Span<float> into)
    {
        for (int i = 0; i < into.Length; i++)
        {
            line = line.TrimStart(" \t"u8);
            int end = line.IndexOfAny((byte)' ', (byte)'\t');
            if (end < 0) end = line.Length;
            if (!TryNumber(line[..end], out into[i])) return $"'{VectorReader.Shown(line[..end])}' is not a number";
            line = line[end..];
        }
        return null;
    }

    /// <summary>Values at the end of a line.</summary>
    public static int TrailingNumbers(ReadOnlySpan<byte> line)
    {
        int count = 0;
        for (line = TrimEnd(line); line.Length > 0; line = TrimEnd(line[..line.LastIndexOfAny((byte)' ', (byte)'\t')]), count++)
        {
            int start = line.LastIndexOfAny((byte)' ', (byte)'\t') + 1;
            if (!TryNumber(line[start..], out _)) break;
            if (start == 0) return count + 1;
        }
        return count;
    }

    /// <summary>Texts with spaces or tabs between them.</summary>
    public static int Fields(ReadOnlySpan<byte> line)
    {
        int count = 0;
        bool inside = false;
        foreach (byte one in line)
        {
            bool blank = one is (byte)' ' or (byte)'\t';
            if (!blank && !inside) count++;
            inside = !blank;
        }
        return count;
    }

    /// <summary>A number, "nan" and "inf" included, so that they can be named in a message.</summary>
    public static bool TryNumber(ReadOnlySpan<byte> text, out float value)
    {
        if (float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)) return true;
        ReadOnlySpan<byte> unsigned = text is [(byte)'-' or (byte)'+', ..] ? text[1..] : text;
        bool infinite = unsigned.Length == 3 && Is(unsigned, "inf"u8);
        value = !infinite ? float.NaN : text[0] == (byte)'-' ? float.NegativeInfinity : float.PositiveInfinity;
        return infinite || (unsigned.Length == 3 && Is(unsigned, "nan"u8));
    }

    /// <summary>A header of two whole numbers, rows and values per row.</summary>
    public static bool TryHeader(ReadOnlySpan<byte> line, out long count, out int dim)
    {
        (count, dim) = (0, 0);
        line = TrimEnd(line);
        int end = line.IndexOfAny((byte)' ', (byte)'\t');
        if (end <= 0) return false;
        ReadOnlySpan<byte> second = line[end..].TrimStart(" \t"u8);
        return long.TryParse(line[..end], NumberStyles.None, CultureInfo.InvariantCulture, out count)
            && int.TryParse(second, NumberStyles.None, CultureInfo.InvariantCulture, out dim);
    }

    /// <summary>Whether the first text of a line is a number with a decimal point, which is rarely a name.</summary>
    public static bool BeginsWithDecimal(ReadOnlySpan<byte> line)
    {
        line = line.TrimStart(" \t"u8);
        int end = line.IndexOfAny((byte)' ', (byte)'\t');
        return end > 0 && IsDecimal(line[..end]);
    }

    static bool IsDecimal(ReadOnlySpan<byte> text) => text.Contains((byte)'.') && text.IndexOfAnyInRange((byte)'0', (byte)'9') >= 0
        && TryNumber(text, out _);

    static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lower)
    {
        for (int i = 0; i < lower.Length; i++)
            if ((text[i] | 0x20) != lower[i]) return false;
        return true;
    }

    static string Wrong(ReadOnlySpan<byte> line, ReadOnlySpan<byte> found, int dim)
    {
        int values = Fields(line) - 1;
        return values >= dim ? $"'{VectorReader.Shown(found)}' is not a number"
            : values == 1 ? $"1 value instead of {dim}" : $"{Math.Max(0, values)} values instead of {dim}";
    }

    static ReadOnlySpan<byte> TrimEnd(ReadOnlySpan<byte> text) => text.TrimEnd(" \t"u8);
}
