using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Rowan.Data;

/// <summary>Takes the next piece of a text.</summary>
delegate void PieceSink(ReadOnlySpan<char> piece);

/// <summary>How a tokenizer splits a text into the pieces that its model turns into tokens.</summary>
abstract class PreTokenizer
{
    /// <summary>Passes on each piece of a text, in order. No piece is empty.</summary>
    public abstract void Split(ReadOnlySpan<char> text, PieceSink sink);

    /// <summary>Whether BERT takes a code point for punctuation: every ASCII symbol, and Unicode's punctuation.</summary>
    public static bool IsBertPunctuation(Rune rune) => rune.IsAscii
        ? rune.Value is >= '!' and <= '/' or >= ':' and <= '@' or >= '[' and <= '`' or >= '{' and <= '~'
        : IsPunctuation(Rune.GetUnicodeCategory(rune));

    /// <summary>Whether a category is one of Unicode's punctuation.</summary>
    public static bool IsPunctuation(UnicodeCategory category) =>
        category is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation;
}

/// <summary>Several steps: each splits the pieces of the one before.</summary>
sealed class PreTokenizerSequence(IReadOnlyList<PreTokenizer> parts) : PreTokenizer
{
    /// <inheritdoc/>
    public override void Split(ReadOnlySpan<char> text, PieceSink sink) => Split(text, sink, 0);

    void Split(ReadOnlySpan<char> text, PieceSink sink, int part)
    {
        if (part == parts.Count) sink(text);
        else parts[part].Split(text, piece => Split(piece, sink, part + 1));
    }
}

/// <summary>Splits at white space, and makes each code point that a test picks a piece of its own.</summary>
sealed class IsolatingSplit(bool atSpace, Func<Rune, bool> isolates) : PreTokenizer
{
    /// <inheritdoc/>
    public override void Split(ReadOnlySpan<char> text, PieceSink sink)
    {
        int start = 0, at = 0;
        while (at < text.Length)
        {
            char c = text[at];
            int length = 1;
            bool space, own;
            if (char.IsAsciiLetter(c) || (!char.IsAscii(c) && !char.IsSurrogate(c) && char.IsLetter(c))) (space, own) = (false, false);
            else
            {
                Rune.DecodeFromUtf16(text[at..], out Rune rune, out length);
                space = atSpace && Rune.IsWhiteSpace(rune);
                own = !space && isolates(rune);
            }
            if (space || own)
            {
                if (at > start) sink(text[start..at]);
                if (own) sink(text.Slice(at, length));
                start = at + length;
            }
            at += length;
        }
        if (text.Length > start) sink(text[start..]);
    }
}

/// <summary>Splits at runs of digits, or at each digit.</summary>
sealed class DigitSplit(bool individual) : PreTokenizer
{
    /// <inheritdoc/>
    public override void Split(ReadOnlySpan<char> text, PieceSink sink)
    {
        int start = 0;
        bool digits = false;
        for (int at = 0; at < text.Length;)
        {
            Rune.DecodeFromUtf16(text[at..], out Rune rune, out int length);
            bool digit = Rune.GetUnicodeCategory(rune) is >= UnicodeCategory.DecimalDigitNumber and <= UnicodeCategory.OtherNumber;
            if (at > start && (digit != digits || (digit && individual)))
            {
                sink(text[start..at]);
                start = at;
            }
            digits = digit;
            at += length;
        }
        if (text.Length > start) sink(text[start..]);
    }
}

/// <summary>How text that a pattern matches is handled.</summary>
enum SplitBehavior
{
    Removed,
    Isolated,
    MergedWithPrevious,
    MergedWithNext,
    Contiguous,
}

/// <summary>Splits at the matches of a pattern.</summary>
sealed class PatternSplit(Regex pattern, SplitBehavior behavior, bool invert) : PreTokenizer
{
    /// <inheritdoc/>
    public override void Split(ReadOnlySpan<char> text, PieceSink sink)
    {
        var parts = new List<(int From, int To, bool Matched)>();
        int end = 0;
        foreach (ValueMatch match in pattern.EnumerateMatches(text))
        {
            // .NET's patterns see UTF-16 units. A match of half a surrogate pair takes all of it, so that no character is cut.
            int from = Math.Max(Whole(text, match.Index), end), to = Whole(text, match.Index + match.Length);
            if (to <= from) continue;
            if (from > end) parts.Add((end, from, invert));
            parts.Add((from, end = to, !invert));
        }
        if (end < text.Length) parts.Add((end, text.Length, invert));
        int start = 0;
        for (int i = 0; i < parts.Count; i++)
        {
            (int from, int to, bool matched) = parts[i];
            bool? next = i + 1 < parts.Count ? parts[i + 1].Matched : null;
            bool goesOn = behavior switch
            {
                SplitBehavior.MergedWithPrevious => !matched && next == true,
                SplitBehavior.MergedWithNext => matched && next == false,
                SplitBehavior.Contiguous => matched == next,
                _ => false,
            };
            if (goesOn) continue;
            if (!(behavior == SplitBehavior.Removed && matched)) sink(text[start..to]);
            start = to;
        }
    }

    static int Whole(ReadOnlySpan<char> text, int at) =>
        at > 0 && at < text.Length && char.IsSurrogatePair(text[at - 1], text[at]) ? at + 1 : at;
}

/// <summary>
/// Byte-level pieces (Radford et al. 2019): words with the space before them, and each byte of their UTF-8 written as one printable
/// character.
/// </summary>
sealed class ByteLevelSplit(bool addsSpace, bool splits) : PreTokenizer
{
    /// <summary>The character that stands for each byte: itself if it is printable, else one from U+0100 on.</summary>
    public static readonly char[] Alphabet = MakeAlphabet();

    /// <inheritdoc/>
    public override void Split(ReadOnlySpan<char> text, PieceSink sink)
    {
        if (text.IsEmpty) return;
        if (addsSpace && text[0] != ' ') text = string.Concat(" ", text);
        if (!splits)
        {
            Emit(text, sink);
            return;
        }
        for (int at = 0; at < text.Length;)
        {
            int length = WordLength(text[at..]);
            Emit(text.Slice(at, length), sink);
            at += length;
        }
    }

    static void Emit(ReadOnlySpan<char> piece, PieceSink sink)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetMaxByteCount(piece.Length)];
        int count = Encoding.UTF8.GetBytes(piece, bytes);
        var mapped = new char[count];
        for (int i = 0; i < count; i++) mapped[i] = Alphabet[bytes[i]];
        sink(mapped);
    }

    enum Kind
    {
        Space,
        Letter,
        Number,
        Other,
    }

    /// <summary>
    /// Length of the first piece: a contraction, an optional space with a run of letters, of numbers or of other characters, or white
    /// space. The last white space of a run belongs to the word after it.
    /// </summary>
    static int WordLength(ReadOnlySpan<char> text)
    {
        foreach (string contraction in (string[])["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"])
            if (text.StartsWith(contraction, StringComparison.Ordinal)) return contraction.Length;
        int lead = text[0] == ' ' && text.Length > 1 && KindAt(text, 1, out _) != Kind.Space ? 1 : 0;
        Kind kind = KindAt(text, lead, out int length);
        int end = lead + length, last = length;
        while (end < text.Length && KindAt(text, end, out length) == kind) end += last = length;
        return kind == Kind.Space && end < text.Length && end > last ? end - last : end;
    }

    static Kind KindAt(ReadOnlySpan<char> text, int at, out int length)
    {
        Rune.DecodeFromUtf16(text[at..], out Rune rune, out length);
        if (Rune.IsWhiteSpace(rune)) return Kind.Space;
        return Rune.GetUnicodeCategory(rune) switch
        {
            <= UnicodeCategory.OtherLetter => Kind.Letter,
            >= UnicodeCategory.DecimalDigitNumber and <= UnicodeCategory.OtherNumber => Kind.Number,
            _ => Kind.Other,
        };
    }

    static char[] MakeAlphabet()
    {
        var alphabet = new char[256];
        int next = 256;
        for (int i = 0; i < 256; i++)
            alphabet[i] = i is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE ? (char)i : (char)next++;
        return alphabet;
    }
}
