using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Rowan.Data;

/// <summary>How a tokenizer changes a text before it is split.</summary>
abstract class TextNormalizer
{
    /// <summary>The changed text; the text itself if nothing changes.</summary>
    public abstract ReadOnlySpan<char> Apply(ReadOnlySpan<char> text);

    /// <summary>Each code point of a text in lower case.</summary>
    public static ReadOnlySpan<char> Lower(ReadOnlySpan<char> text)
    {
        var lower = new List<char>(text.Length);
        Span<char> units = stackalloc char[2];
        foreach (Rune rune in text.EnumerateRunes())
        {
            // The only code point whose lower case is two code points whatever follows it.
            if (rune.Value == 0x130) lower.AddRange("i\u0307");
            else lower.AddRange(units[..Rune.ToLowerInvariant(rune).EncodeToUtf16(units)]);
        }
        return CollectionsMarshal.AsSpan(lower);
    }

    /// <summary>Without accents: decomposed, then without marks that take no space (category Mn).</summary>
    public static ReadOnlySpan<char> WithoutMarks(ReadOnlySpan<char> text)
    {
        var bare = new List<char>(text.Length);
        Span<char> units = stackalloc char[2];
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.NonSpacingMark)
                bare.AddRange(units[..rune.EncodeToUtf16(units)]);
        }
        return CollectionsMarshal.AsSpan(bare);
    }
}

/// <summary>Several normalizers, one after the other.</summary>
sealed class NormalizerSequence(IReadOnlyList<TextNormalizer> parts) : TextNormalizer
{
    /// <inheritdoc/>
    public override ReadOnlySpan<char> Apply(ReadOnlySpan<char> text)
    {
        foreach (TextNormalizer part in parts) text = part.Apply(text);
        return text;
    }
}

/// <summary>A normalizer of one function.</summary>
sealed class FunctionNormalizer(FunctionNormalizer.Function function) : TextNormalizer
{
    /// <summary>A text from a text.</summary>
    public delegate ReadOnlySpan<char> Function(ReadOnlySpan<char> text);

    /// <inheritdoc/>
    public override ReadOnlySpan<char> Apply(ReadOnlySpan<char> text) => function(text);
}

/// <summary>
/// BERT's normalizer: removes control characters, turns white space into spaces, puts spaces around Chinese characters, and, in an
/// uncased model, removes accents and writes lower case.
/// </summary>
sealed class BertNormalizer(bool clean, bool chinese, bool stripAccents, bool lower) : TextNormalizer
{
    /// <inheritdoc/>
    public override ReadOnlySpan<char> Apply(ReadOnlySpan<char> text)
    {
        if (Ascii.IsValid(text)) return ApplyAscii(text);
        text = Cleaned(text);
        if (stripAccents) text = WithoutMarks(UnicodeNormalization.Nfd(text));
        return lower ? Lower(text) : text;
    }

    ReadOnlySpan<char> ApplyAscii(ReadOnlySpan<char> text)
    {
        var result = new char[text.Length];
        int count = 0;
        foreach (char c in text)
        {
            if (!clean || c is >= ' ' and < (char)127) result[count++] = lower && c is >= 'A' and <= 'Z' ? (char)(c | 0x20) : c;
            else if (c is '\t' or '\n' or '\r') result[count++] = ' ';
        }
        return result.AsSpan(0, count);
    }

    ReadOnlySpan<char> Cleaned(ReadOnlySpan<char> text)
    {
        if (!clean && !chinese) return text;
        var result = new List<char>(text.Length + 8);
        for (int at = 0; at < text.Length;)
        {
            OperationStatus status = Rune.DecodeFromUtf16(text[at..], out Rune rune, out int length);
            ReadOnlySpan<char> units = text.Slice(at, length);
            at += length;
            if (clean)
            {
                if (status != OperationStatus.Done || rune.Value is 0 or 0xFFFD || IsControl(rune)) continue;
                if (Rune.IsWhiteSpace(rune)) units = " ";
            }
            bool apart = chinese && IsChinese(rune.Value);
            if (apart) result.Add(' ');
            result.AddRange(units);
            if (apart) result.Add(' ');
        }
        return CollectionsMarshal.AsSpan(result);
    }

    static bool IsControl(Rune rune) => rune.Value is not ('\t' or '\n' or '\r') && Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate;

    static bool IsChinese(int code) => code is >= 0x4E00 and <= 0x9FFF or >= 0x3400 and <= 0x4DBF or >= 0x20000 and <= 0x2A6DF
        or >= 0x2A700 and <= 0x2B73F or >= 0x2B740 and <= 0x2B81F or >= 0x2B920 and <= 0x2CEAF or >= 0xF900 and <= 0xFAFF
        or >= 0x2F800 and <= 0x2FA1F;
}
