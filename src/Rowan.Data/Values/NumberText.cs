using System.Globalization;

namespace Rowan.Data;

/// <summary>
/// Numbers as files write them, the same in every culture: 4.5, 4,5, 1,234.5, 1.234,5, 1 234, −3, (3), 1e-5, $5, 5 €, 12 %. Thousands
/// are groups of three digits;
/// a currency or percent sign is left out. Text that is not a finite number is none.
/// </summary>
static class NumberText
{
    const int LongestNumber = 64;
    const char Minus = '\u2212', NarrowSpace = '\u202f', NoBreakSpace = '\u00a0', Apostrophe = '\u2019';
    static readonly string[] Currencies = ["USD", "EUR", "GBP", "JPY", "CHF", "INR", "CAD", "AUD", "CNY", "Rs.", "kr"];

    /// <summary>Reads a number; where its marks leave no doubt, also one that the other decimal mark is meant by.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, bool decimalComma, out double value)
    {
        if (!decimalComma && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
            && double.IsFinite(value)) return true;
        return TryParseAs(text, decimalComma, out value) || TryParseAs(text, !decimalComma, out value);
    }

    /// <summary>Reads a number whose decimal mark is known.</summary>
    public static bool TryParseAs(ReadOnlySpan<char> text, bool decimalComma, out double value)
    {
        value = 0;
        text = text.Trim();
        if (text.IsEmpty || text.Length > LongestNumber) return false;
        bool negative = text[0] == '(' && text[^1] == ')';
        if (negative) text = text[1..^1].Trim();
        TakeUnit(ref text, ref negative);
        Span<char> plain = stackalloc char[LongestNumber];
        int length = Plain(text, decimalComma, plain);
        if (length == 0 || !double.TryParse(plain[..length], NumberStyles.Float, CultureInfo.InvariantCulture, out value)
            || !double.IsFinite(value)) return false;
        if (negative) value = -value;
        return true;
    }

    /// <summary>Takes signs and one currency or percent sign off both ends.</summary>
    static void TakeUnit(ref ReadOnlySpan<char> text, ref bool negative)
    {
        bool unit = false, sign = false;
        while (!text.IsEmpty)
        {
            if (!sign && text[0] is '-' or '+' or Minus)
            {
                (sign, negative) = (true, negative ^ text[0] != '+');
                text = text[1..].TrimStart();
            }
            else if (!unit && UnitAt(text) is > 0 and var length)
            {
                unit = true;
                text = text[length..].TrimStart();
            }
            else if (!unit && UnitEnding(text) is > 0 and var ending)
            {
                unit = true;
                text = text[..^ending].TrimEnd();
            }
            else break;
        }
    }

    static int UnitAt(ReadOnlySpan<char> text)
    {
        if (char.GetUnicodeCategory(text[0]) == UnicodeCategory.CurrencySymbol) return 1;
        foreach (string currency in Currencies)
            if (text.StartsWith(currency, StringComparison.Ordinal)) return currency.Length;
        return 0;
    }

    static int UnitEnding(ReadOnlySpan<char> text)
    {
        if (text[^1] == '%' || char.GetUnicodeCategory(text[^1]) == UnicodeCategory.CurrencySymbol) return 1;
        foreach (string currency in Currencies)
            if (text.EndsWith(currency, StringComparison.Ordinal)) return currency.Length;
        return 0;
    }

    /// <summary>Copies digits with a point for the decimal mark and no mark between thousands; 0 where the marks do not stand as they
    /// must.</summary>
    static int Plain(ReadOnlySpan<char> text, bool decimalComma, Span<char> into)
    {
        char point = decimalComma ? ',' : '.', thousands = '\0';
        int at = 0, length = 0, group = 0;
        for (; at < text.Length; at++)
        {
            char c = text[at];
            if (char.IsAsciiDigit(c))
            {
                into[length++] = c;
                group++;
                continue;
            }
            if (c == point || c is 'e' or 'E') break;
            // The first group has one to three digits, every other exactly three, and all have one mark between them.
            if (c is not (',' or '.' or '\'' or ' ' or Apostrophe or NoBreakSpace or NarrowSpace)
                || (thousands == '\0' ? group is 0 or > 3 : c != thousands || group != 3)) return 0;
            // 0.123 has no thousands.
            if (thousands == '\0' && into[0] == '0') return 0;
            (thousands, group) = (c, 0);
        }
        if (thousands != '\0' && group != 3) return 0;
        if (at < text.Length && text[at] == point)
        {
            into[length++] = '.';
            for (at++; at < text.Length && char.IsAsciiDigit(text[at]); at++) into[length++] = text[at];
        }
        if (length == 0 || (length == 1 && into[0] == '.')) return 0;
        if (at == text.Length) return length;
        // What is left is an exponent, whose form the parser checks.
        if (text[at] is not ('e' or 'E')) return 0;
        text[at..].CopyTo(into[length..]);
        return length + text.Length - at;
    }
}
