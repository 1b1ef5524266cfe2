using System.Globalization;
using System.Text;

namespace Rowan.Data;

/// <summary>What code points are, as far as splitting text into tokens needs it.</summary>
static class Scripts
{
    static readonly (int First, int Last, string Name)[] Unspaced =
    [
        (0x0E00, 0x0E7F, "Thai"), (0x0E80, 0x0EFF, "Lao"), (0x1000, 0x109F, "Burmese"), (0x1780, 0x17FF, "Khmer"),
        (0x1980, 0x19DF, "New Tai Lue"),
        (0x1A20, 0x1AAF, "Tai Tham"), (0x3005, 0x3007, "Chinese"), (0x3040, 0x30FF, "Japanese"), (0x31F0, 0x31FF, "Japanese"),
        (0x3400, 0x4DBF, "Chinese"),
        (0x4E00, 0x9FFF, "Chinese"), (0xA9E0, 0xA9FF, "Burmese"), (0xAA60, 0xAA7F, "Burmese"), (0xF900, 0xFAFF, "Chinese"),
        (0xFF66, 0xFF9F, "Japanese"),
        (0x20000, 0x3FFFF, "Chinese"),
    ];

    /// <summary>A letter or a decimal digit.</summary>
    public static bool IsWordPart(Rune rune) => Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber
        || (Rune.GetUnicodeCategory(rune) == UnicodeCategory.LetterNumber && IsUnspaced(rune));

    /// <summary>What is written on, below or around a letter, such as Hindi's vowel signs.</summary>
    public static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark
        or UnicodeCategory.SpacingCombiningMark
        && !IsVariationSelector(rune.Value);

    /// <summary>Whether its script puts no spaces between words. Digits of such scripts are written as elsewhere.</summary>
    public static bool IsUnspaced(Rune rune) => rune.Value >= 0x0E00 && NameOf(rune) is not null
        && Rune.GetUnicodeCategory(rune) != UnicodeCategory.DecimalDigitNumber;

    /// <summary>The writing system of a code point that stands without spaces between words; null for any other.</summary>
    public static string? NameOf(Rune rune)
    {
        foreach ((int first, int last, string name) in Unspaced)
            if (rune.Value >= first && rune.Value <= last) return name;
        return null;
    }

    /// <summary>Pictures, flags, and the signs that became emoji, not such signs as © or °.</summary>
    public static bool IsEmoji(Rune rune) => rune.Value is >= 0x1F000 and <= 0x1FAFF
        || (rune.Value is >= 0x2300 and <= 0x2BFF or 0x3030 or 0x303D or 0x3297 or 0x3299
            && Rune.GetUnicodeCategory(rune) == UnicodeCategory.OtherSymbol);

    /// <summary>Whether a code unit only says how the sign before it is drawn.</summary>
    public static bool IsVariationSelector(int code) => code is >= 0xFE00 and <= 0xFE0F;
}
