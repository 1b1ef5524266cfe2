namespace Rowan.Data;

/// <summary>Detects what columns are used for, from their names and from the values of the first records.</summary>
public static class SchemaInference
{
    /// <summary>Records looked at.</summary>
    public const int RecordLimit = 10_000;

    /// <summary>Different values counted in a column.</summary>
    public const int DistinctLimit = 10_000;

    /// <summary>Whether a first line that holds this name is a header.</summary>
    internal static bool IsKnownName(string name) => KnownNames.IsHeader(name);

    /// <summary>Reads the first records and detects the role of each column.</summary>
    /// <param name="source">The files.</param>
    /// <param name="stated">Roles that the user stated; they win over every guess, and other candidates for a stated role are left
    /// out.</param>
    /// <exception cref="ArgumentException">A stated column does not exist, or was stated twice.</exception>
    public static DataSchema Infer(DataSource source, StatedRoles? stated = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        stated ??= new StatedRoles();
        using RecordReader reader = source.Open();
        ReadOptions options = source.Options;
        ValueFormat? dates = options.DateFormat is { } format ? ValueFormat.Default.WithDates(format) : null;
        SourceLayout layout = reader.Layout;
        char? separator = layout.Separator is [var one] ? one : null;
        ColumnProfile[] profiles = [.. reader.Columns.Select(_ => new ColumnProfile(separator, dates, options.DecimalComma))];
        bool more = false;
        while (reader.Read())
        {
            if (reader.Records > RecordLimit)
            {
                more = true;
                break;
            }
            for (int column = 0; column < profiles.Length; column++)
                if (reader.IsMissing(column)) profiles[column].Empty++;
                else profiles[column].Add(reader.Field(column), reader.IsMissingNumber(column));
        }
        var given = new Dictionary<int, ColumnRole>();
        foreach ((string column, ColumnRole role) in stated.Columns)
            if (role == ColumnRole.None && layout.Unusable.Any(unusable => string.Equals(unusable.Name, column,
                StringComparison.OrdinalIgnoreCase))) continue;
            else if (!given.TryAdd(reader.Column(column), role))
                throw new ArgumentException($"column '{column}' is given two roles, {RoleNames.Of(given[reader.Column(column)])} and "
                    + $"{RoleNames.Of(role)}; give it one", nameof(stated));
        for (int column = 0; column < profiles.Length; column++)
            if (MarkersAreMissing(profiles[column], given.TryGetValue(column, out ColumnRole role) ? role : null))
                profiles[column].LeaveOutMarked(reader.MarksMissingNumber);
        return Inferred(reader.Columns, profiles, given, stated, layout, options.DateFormat, Math.Min(reader.Records, RecordLimit), !more);
    }

    /// <summary>Whether NA and the like are missing values in a column: where the others are numbers or dates, and where the column was
    /// stated to be numeric.</summary>
    static bool MarkersAreMissing(ColumnProfile profile, ColumnRole? stated) =>
        profile.Marked > 0 && stated is not (ColumnRole.User or ColumnRole.Item or ColumnRole.Id or ColumnRole.Categorical
            or ColumnRole.Text or ColumnRole.MultiValued)
        && (stated is ColumnRole.Numeric or ColumnRole.Rating or ColumnRole.Time || profile.OthersAreNumbersOrTimes);

    static DataSchema Inferred(IReadOnlyList<string> names, ColumnProfile[] profiles, Dictionary<int, ColumnRole> given,
        StatedRoles stated, SourceLayout layout, string? dates, long records, bool complete)
    {
        foreach (string list in layout.ListColumns)
            if (ColumnNames.IndexOf(names, list) is >= 0 and var index) profiles[index].IsList = true;
        bool?[] marks = [.. profiles.Where(profile => profile.Kind == ColumnKind.Number).Select(profile => profile.ClearDecimalComma)
            .Where(mark => mark is not null).Distinct()];
        if (marks is [{ } mark])
            foreach (ColumnProfile profile in profiles) profile.DecimalCommaOfOthers = mark;
        RoleGuesses guesses = RoleGuesses.Of(names, profiles, given);
        if (dates is not null && !profiles.Any(profile => profile.TimeShare >= 0.5))
            throw new ArgumentException($"`date-format` {dates}: no column has dates of this format; leave it out (the columns are "
                + $"{string.Join(", ", names)})");
        var notes = new List<string>();
        var columns = new ColumnSchema[profiles.Length];
        for (int column = 0; column < columns.Length; column++)
        {
            ColumnProfile profile = profiles[column];
            ColumnRole role = guesses.Roles[column];
            columns[column] = new ColumnSchema
            {
                Name = names[column], Index = column, Kind = profile.Kind, Role = role, Stated = given.ContainsKey(column), Weak =
                    guesses.Weak[column], Values = profile.Values, Distinct = profile.Distinct.Count,
                Missing = records - profile.Values, Examples = [.. profile.Distinct.Take(3)], Words = profile.Words, IsFlag =
                    profile.IsFlag, Format = profile.Format, Note = guesses.Notes[column], IsDateOrderOpen = profile.IsDateOrderOpen,
                ValueSeparator = role == ColumnRole.MultiValued ? stated.ValueSeparator ?? (profile.IsList ? layout.ListSeparator
                    : profile.Separator ?? '|') : null,
            };
            if (role == ColumnRole.Time && profile.IsDateOrderOpen) notes.Add(OpenDates(columns[column]));
            if (profile.IsDecimalOpen && profile.Kind == ColumnKind.Number && role != ColumnRole.None)
                notes.Add($"The numbers in '{names[column]}', such as {profile.Distinct.First()}, do not show which mark is the decimal "
                    + $"mark: the {(profile.Format.DecimalComma ? "comma" : "point")} is assumed. "
                    + $"Override with `decimal` {(profile.Format.DecimalComma ? "point" : "comma")}.");
        }
        return new DataSchema(columns, records, complete) { Notes = notes, Layout = layout };
    }

    /// <summary>The note on a column whose dates do not show the order of day and month.</summary>
    internal static string OpenDates(ColumnSchema column)
    {
        bool dayFirst = column.Format.DateOrder == DateOrder.DayFirst;
        return $"The dates in '{column.Name}', such as {column.Examples[0]}, do not show whether the day or the month comes first: "
            + $"{(dayFirst ? "day" : "month")} first is assumed, `date-format` {column.Format.DateFormat}. Override with `date-format` "
            + $"{(dayFirst ? "mm/dd/yyyy" : "dd/mm/yyyy")}.";
    }
}
