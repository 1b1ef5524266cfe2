namespace Rowan.Data;

/// <summary>
/// Prose and identifiers to lower-case words: split at everything that is neither letter nor digit, and inside identifiers at a change of case,
/// so that "File.ReadAllLines" gives file, read, all, lines.
/// </summary>
public static class TextTokenizer
{
    /// <summary>The words of a text, in order.</summary>
    /// <param name="text">Prose, names, or both.</param>
    /// <param name="wholeIdentifiers">Also the whole of each identifier that was split: "readalllines" after its parts.</param>
    public static List<string> Words(ReadOnlySpan<char> text, bool wholeIdentifiers = false)
    {
        var words = new List<string>();
        Span<char> lower = stackalloc char[64];
        for (int start = 0; start < text.Length;)
        {
            if (!char.IsLetterOrDigit(text[start]))
            {
                start++;
                continue;
            }
            int end = start;
            while (end < text.Length && char.IsLetterOrDigit(text[end])) end++;
            int parts = Split(text[start..end], words, lower);
            if (wholeIdentifiers && parts > 1) words.Add(Lower(text[start..end], lower));
            start = end;
        }
        return words;
    }

    /// <summary>"ReadAllLines" → read, all, lines; "XMLReader" → xml, reader; "Int32" → int, 32.</summary>
    static int Split(ReadOnlySpan<char> identifier, List<string> words, Span<char> lower)
    {
        int parts = 0;
        for (int start = 0, end; start < identifier.Length; start = end)
        {
            for (end = start + 1; end < identifier.Length && !StartsPart(identifier, end);) end++;
            words.Add(Lower(identifier[start..end], lower));
            parts++;
        }
        return parts;
    }

    static bool StartsPart(ReadOnlySpan<char> x, int i)
    {
        bool digit = char.IsDigit(x[i]), digitBefore = char.IsDigit(x[i - 1]);
        if (digit != digitBefore) return true;
        if (!char.IsUpper(x[i])) return false;
        return !char.IsUpper(x[i - 1]) || (i + 1 < x.Length && char.IsLower(x[i + 1]));
    }

    static string Lower(ReadOnlySpan<char> x, Span<char> lower)
    {
        if (x.Length > lower.Length) return x.ToString().ToLowerInvariant();
        x.ToLowerInvariant(lower);
        return lower[..x.Length].ToString();
    }
}
