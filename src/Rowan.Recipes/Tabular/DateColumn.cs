using System.Globalization;
using Rowan.Data;

namespace Rowan.Recipes;

/// <summary>A part of a date that is a value of its own.</summary>
enum DateComponent
{
    /// <summary>January … December.</summary>
    Month,

    /// <summary>Monday … Sunday.</summary>
    Weekday,

    /// <summary>00 … 23.</summary>
    Hour,
}

/// <summary>
/// A column of dates as features: the days since 1970-01-01 (UTC), with the time of day as a fraction, as a number, and components as
/// categorical values. A number outside the days of the training records counts as the nearest of them.
/// </summary>
/// <param name="Column">The column.</param>
/// <param name="Components">Its components that vary in the training records.</param>
sealed record DateColumn(ColumnSchema Column, IReadOnlyList<DateComponent> Components)
{
    static readonly string[][] Values =
    [
        CultureInfo.InvariantCulture.DateTimeFormat.MonthNames[..12], CultureInfo.InvariantCulture.DateTimeFormat.DayNames,
        [.. Enumerable.Range(0, 24).Select(hour => hour.ToString("00", CultureInfo.InvariantCulture))],
    ];

    /// <summary>All components, in order.</summary>
    public static IReadOnlyList<DateComponent> All { get; } = Enum.GetValues<DateComponent>();

    /// <summary>The name of the number.</summary>
    public string DaysName => $"{Column.Name}.days";

    /// <summary>The name of a component's values: when.month.</summary>
    public static string NameOf(ColumnSchema column, DateComponent component) => $"{column.Name}.{Name(component)}";

    /// <summary>The name of a component.</summary>
    public static string Name(DateComponent component) => component switch
    {
        DateComponent.Month => "month", DateComponent.Weekday => "weekday", _ => "hour",
    };

    /// <summary>The component of a name.</summary>
    public static DateComponent Named(string name) => All.First(component => Name(component) == name);

    /// <summary>A date from seconds since 1970.</summary>
    public static DateTime TimeOf(decimal seconds) =>
        new(Math.Clamp(DateTime.UnixEpoch.Ticks + (long)(seconds * TimeSpan.TicksPerSecond), 0, DateTime.MaxValue.Ticks),
            DateTimeKind.Utc);

    /// <summary>Days since 1970-01-01.</summary>
    public static float DaysOf(DateTime time) => (float)(time - DateTime.UnixEpoch).TotalDays;

    /// <summary>The value of a component, from a fixed list.</summary>
    public static string ValueOf(DateComponent component, DateTime time) => Values[(int)component][component switch
    {
        DateComponent.Month => time.Month - 1, DateComponent.Weekday => (int)time.DayOfWeek, _ => time.Hour,
    }];

    /// <summary>The features, in words: "days since 1970, month, weekday".</summary>
    public string InWords => string.Join(", ", Components.Select(Name).Prepend("days since 1970"));
}
