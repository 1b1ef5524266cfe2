using System.Globalization;

namespace Rowan.Data;

/// <summary>Points in time as files write them: a number, or a date with or without a time of day (UTC where no zone is given). Exact:
/// integers of any unit compare as they are.</summary>
static class TimeText
{
    /// <summary>Seconds since 1970, or the number itself.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, ValueFormat format, out decimal time)
    {
        if (format.DatePattern is { } pattern) return TryParseExact(text, pattern, out time);
        if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out time)) return true;
        if (DateText.TryParse(text, out DateText date)) return date.TrySeconds(format.DateOrder, out time);
        if (NumberText.TryParse(text, format.DecimalComma, out double number) && Math.Abs(number) < 1e28)
        {
            time = (decimal)number;
            return true;
        }
        return false;
    }

    /// <summary>Seconds since 1970 of a date; false for a mere number.</summary>
    public static bool TryParseDate(ReadOnlySpan<char> text, ValueFormat format, out decimal time)
    {
        time = 0;
        return format.DatePattern is { } pattern ? TryParseExact(text, pattern, out time)
            : DateText.TryParse(text, out DateText date) && date.TrySeconds(format.DateOrder, out time);
    }

    static bool TryParseExact(ReadOnlySpan<char> text, string pattern, out decimal time)
    {
        bool parsed = DateTimeOffset.TryParseExact(text.Trim(), pattern, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal,
            out DateTimeOffset date);
        time = parsed ? DateText.Seconds(date.UtcTicks) : 0;
        return parsed;
    }
}
