using System.Globalization;

namespace Rowan.Data;

/// <summary>Which of day and month comes first in a date such as 03/04/2023.</summary>
public enum DateOrder
{
    /// <summary>03/04/2023 is the 4th of March.</summary>
    MonthFirst,

    /// <summary>03/04/2023 is the 3rd of April.</summary>
    DayFirst,
}

/// <summary>How the numbers and dates of a column are written, where one field alone does not tell.</summary>
public sealed record ValueFormat
{
    const string Orders = "dd/mm/yyyy, mm/dd/yyyy, or a .NET date format such as \"yyyyMMdd HH:mm\"";

    /// <summary>1,234.5 and 03/04/2023 for the 4th of March.</summary>
    public static ValueFormat Default { get; } = new();

    /// <summary>Whether 1.234,5 is the number 1234.5; otherwise 1,234.5 is.</summary>
    public bool DecimalComma { get; init; }

    /// <summary>The order of day and month, where both are numbers before the year.</summary>
    public DateOrder DateOrder { get; init; }

    /// <summary>A .NET date format that every field has; null for the forms that are known.</summary>
    public string? DatePattern { get; init; }

    /// <summary>The text that <see cref="WithDates"/> reads back.</summary>
    public string DateFormat => DatePattern ?? (DateOrder == DateOrder.DayFirst ? "dd/mm/yyyy" : "mm/dd/yyyy");

    /// <summary>The same with another format of dates.</summary>
    /// <param name="format">dd/mm/yyyy or mm/dd/yyyy, between any separators, or a .NET date format.</param>
    /// <exception cref="ArgumentException">It is neither.</exception>
    public ValueFormat WithDates(string format)
    {
        ArgumentNullException.ThrowIfNull(format);
        string order = string.Concat(format.ToLowerInvariant().Replace("%", "", StringComparison.Ordinal).Where(char.IsLetter));
        if (order is "ddmmyyyy" or "dmy" or "dmyyyy" or "ddmmyy") return this with { DateOrder = DateOrder.DayFirst, DatePattern = null };
        if (order is "mmddyyyy" or "mdy" or "mdyyyy" or "mmddyy")
            return this with { DateOrder = DateOrder.MonthFirst, DatePattern = null };
        // A format that does not write a date and read it back is none.
        var sample = new DateTime(2021, 11, 28, 0, 0, 0, DateTimeKind.Utc);
        try
        {
            string written = sample.ToString(format, CultureInfo.InvariantCulture);
            if (DateTime.TryParseExact(written, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime read)
                && read.Date == sample.Date) return this with { DatePattern = format };
        }
        catch (FormatException) { }
        throw new ArgumentException($"`date-format` {format}: it must be {Orders}, with year, month and day", nameof(format));
    }
}
