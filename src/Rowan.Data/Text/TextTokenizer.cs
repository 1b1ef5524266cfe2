using System.Buffers;
using System.Text;

namespace Rowan.Data;

/// <summary>
/// Prose and identifiers to lower-case words: split at everything that is neither letter, mark nor digit, and inside identifiers at a
/// change of case, so that "File.ReadAllLines" gives file, read, all, lines.
/// </summary>
/// <remarks>
/// Texts are read in NFC. Where a script puts no spaces between words, each pair of neighbouring characters is a word (a single
/// character is one by itself); an emoji is a word with its modifiers.
/// </remarks>
public static class TextTokenizer
{
    /// <summary>The words of a text, in order.</summary>
    /// <param name="text">Prose, names, or both.</param>
    /// <param name="wholeIdentifiers">Also the whole of each identifier that was split: "readalllines" after its parts.</param>
    public static List<string> Words(ReadOnlySpan<char> text, bool wholeIdentifiers = false)
    {
        var words = new List<string>();
        Span<char> lower = stackalloc char[64];
        var tokens = new TokenScanner(text = UnicodeNormalization.Nfc(text));
        // Where a character without spaces stands that has no partner yet, and where it ends.
        (int single, int singleEnd) = (-1, -1);
        int runEnd = -1;
        while (tokens.Next())
        {
            ReadOnlySpan<char> token = tokens.Token;
            int start = tokens.Start, end = start + token.Length;
            if (tokens.Kind == TokenKind.Character)
            {
                bool follows = start == runEnd;
                if (!follows && single >= 0 && singleEnd >= 0) words.Add(text[single..singleEnd].ToString());
                if (follows) words.Add(text[single..end].ToString());
                (single, singleEnd, runEnd) = (start, follows ? -1 : end, end);
                continue;
            }
            if (singleEnd >= 0) words.Add(text[single..singleEnd].ToString());
            (single, singleEnd, runEnd) = (-1, -1, -1);
            if (tokens.Kind == TokenKind.Emoji) words.Add(WithoutVariation(token).ToString());
            if (tokens.Kind != TokenKind.Word) continue;
            foreach (Range part in token.SplitAny('\'', '’')) AddWord(token[part], wholeIdentifiers, words, lower);
        }
        if (singleEnd >= 0) words.Add(text[single..singleEnd].ToString());
        return words;
    }

    /// <summary>
    /// A token as vocabularies hold it: in lower case, with ' for ’, and without signs that only say how an emoji is drawn.
    /// </summary>
    /// <param name="token">A token of <see cref="TokenScanner"/>.</param>
    /// <param name="scratch">Takes the result if it is long enough.</param>
    public static ReadOnlySpan<char> Folded(ReadOnlySpan<char> token, Span<char> scratch)
    {
        if (token.Length > scratch.Length) scratch = new char[token.Length];
        int length = token.ToLowerInvariant(scratch);
        scratch[..length].Replace('’', '\'');
        return token[0] < 0x80 ? scratch[..length] : WithoutVariation(scratch[..length]);
    }

    /// <summary>
    /// The writing system of a token that is a character of a script without spaces between words, such as "Thai"; null for any other.
    /// </summary>
    public static string? UnspacedScript(ReadOnlySpan<char> token)
    {
        if (Rune.DecodeFromUtf16(token, out Rune rune, out _) != OperationStatus.Done) return null;
        return Scripts.IsUnspaced(rune) ? Scripts.NameOf(rune) : null;
    }

    static ReadOnlySpan<char> WithoutVariation(ReadOnlySpan<char> token)
    {
        if (token.IndexOfAnyInRange('\uFE00', '\uFE0F') < 0) return token;
        var kept = new char[token.Length];
        int count = 0;
        foreach (char c in token)
            if (!Scripts.IsVariationSelector(c)) kept[count++] = c;
        return kept.AsSpan(0, count);
    }

    static void AddWord(ReadOnlySpan<char> word, bool wholeIdentifiers, List<string> words, Span<char> lower)
    {
        if (word.IsEmpty) return;
        int parts = Split(word, words, lower);
        if (wholeIdentifiers && parts > 1) words.Add(Folded(word, lower).ToString());
    }

    /// <summary>"ReadAllLines" → read, all, lines; "XMLReader" → xml, reader; "Int32" → int, 32.</summary>
    static int Split(ReadOnlySpan<char> identifier, List<string> words, Span<char> lower)
    {
        int parts = 0;
        for (int start = 0, end; start < identifier.Length; start = end)
        {
            for (end = start + 1; end < identifier.Length && !StartsPart(identifier, end);) end++;
            words.Add(Folded(identifier[start..end], lower).ToString());
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
}
