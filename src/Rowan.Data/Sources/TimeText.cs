using System.Globalization;

namespace Rowan.Data;

/// <summary>Points in time as files write them: seconds since 1970, or a date with or without a time of day (UTC where no zone is said).</summary>
static class TimeText
{
    public static bool TryParse(ReadOnlySpan<char> text, out double seconds)
    {
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out seconds)) return double.IsFinite(seconds);
        bool isDate = TryParseDate(text, out DateTimeOffset date);
        seconds = isDate ? (date - DateTimeOffset.UnixEpoch).TotalSeconds : 0;
        return isDate;
    }

    public static bool TryParseDate(ReadOnlySpan<char> text, out DateTimeOffset date) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out date);
}
