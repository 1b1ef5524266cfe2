using System.Globalization;
using Rowan.Numerics;

namespace Rowan.Data;

/// <summary>Where a record stands.</summary>
/// <param name="File">The file as it was named; "standard input".</param>
/// <param name="Number">The line the record begins in, or its number where a format has no lines; the first is 1.</param>
/// <param name="Unit">"line" or "record".</param>
public readonly record struct RecordPlace(string File, long Number, string Unit = "line")
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{File}, {Unit} {Number}");
}

/// <summary>A record that cannot be read as expected: the message names the file, line and column, the value, what was expected, and the
/// remedy.</summary>
public sealed class BadRecordException : FormatException
{
    /// <param name="place">Where.</param>
    /// <param name="column">In which column; null for the record as a whole.</param>
    /// <param name="problem">What is wrong and what was expected.</param>
    /// <param name="remedy">What to do.</param>
    /// <param name="inner">The cause, if another exception.</param>
    public BadRecordException(RecordPlace place, string? column, string problem,
        string remedy = "correct it, or skip bad records with `skip-bad` N", Exception? inner = null)
        : base($"{place}{(column is null ? "" : $", column '{column}'")}: {problem}; {remedy}", inner) => (Place, Column) = (place, column);

    /// <summary>Where the record stands.</summary>
    public RecordPlace Place { get; }

    /// <summary>The column at fault, where it is one.</summary>
    public string? Column { get; }
}

/// <summary>
/// Records of one or several files, one after the other, forward only. Fields are text, and stay valid until the next <see cref="Read"/>.
/// </summary>
public abstract class RecordReader : IDisposable
{
    const int KeptMessages = 5;

    static readonly HashSet<string> UsualMarkers = new(["?", "NA", "N/A", "NaN", "null", "None", "\\N", "#N/A", "-", "nil", "#NA",
        "<NA>"], StringComparer.OrdinalIgnoreCase);

    static readonly (string Yes, string No)[] Flags = [("true", "false"), ("yes", "no"), ("y", "n"), ("t", "f")];

    readonly HashSet<string> _missing, _missingNumbers;
    readonly List<string> _skippedMessages = [];
    readonly long _skipBad;

    private protected RecordReader(ReadOptions options)
    {
        // MySQL's \N is a missing value of any column; NA may be somebody's name.
        _missing = new HashSet<string>(options.Missing ?? ["\\N"], StringComparer.Ordinal);
        _missingNumbers = options.Missing is null ? UsualMarkers : _missing;
        _skipBad = options.SkipBad;
    }

    /// <summary>The columns' names, the same for all files.</summary>
    public abstract IReadOnlyList<string> Columns { get; }

    /// <summary>How the files are laid out: format, separator, header, encoding, columns that cannot be used.</summary>
    public abstract SourceLayout Layout { get; }

    /// <summary>Where the record at hand stands.</summary>
    public abstract RecordPlace Place { get; }

    /// <summary>Good records read so far.</summary>
    public long Records { get; private protected set; }

    /// <summary>Bad records skipped so far.</summary>
    public long Skipped { get; private set; }

    /// <summary>What was wrong with the first of them.</summary>
    public IReadOnlyList<string> SkippedMessages => _skippedMessages;

    /// <summary>Moves to the next record; false at the end. A record with too few or too many fields is bad: it is skipped within the
    /// limit, and an error beyond it.</summary>
    /// <exception cref="BadRecordException">A record is bad and the limit is reached.</exception>
    public bool Read()
    {
        while (true)
        {
            try
            {
                if (!Next()) return false;
                Records++;
                return true;
            }
            catch (BadRecordException bad) when (Skip(bad)) { }
        }
    }

    /// <summary>The text of a field of the record at hand.</summary>
    public abstract ReadOnlySpan<char> Field(int column);

    /// <summary>Whether a field has no value: it is empty, \N, or one of <see cref="ReadOptions.Missing"/>.</summary>
    public bool IsMissing(int column)
    {
        ReadOnlySpan<char> field = Field(column);
        return field.IsEmpty || _missing.GetAlternateLookup<ReadOnlySpan<char>>().Contains(field);
    }

    /// <summary>Whether a field of a numeric column has no value: it is empty, or one of <see cref="ReadOptions.Missing"/>, or of the
    /// usual markers where none are stated (NA, NaN, null, None, \N, #N/A, -).</summary>
    public bool IsMissingNumber(int column)
    {
        ReadOnlySpan<char> field = Field(column);
        return field.IsEmpty || _missingNumbers.GetAlternateLookup<ReadOnlySpan<char>>().Contains(field);
    }

    internal bool MarksMissingNumber(string field) => _missingNumbers.Contains(field);

    /// <summary>A field as a number.</summary>
    /// <param name="column">The column.</param>
    /// <param name="format">How the column's numbers are written; null for a decimal point.</param>
    /// <exception cref="BadRecordException">It is none, or not finite.</exception>
    public float Number(int column, ValueFormat? format = null) =>
        NumberText.TryParse(Field(column), format?.DecimalComma ?? false, out double value) && float.IsFinite((float)value)
            ? (float)value : throw Bad(column, "a number");

    /// <summary>A field that says yes or no, as 1 or 0; a number as it is.</summary>
    /// <exception cref="BadRecordException">It says neither.</exception>
    public float Flag(int column)
    {
        ReadOnlySpan<char> field = Field(column);
        foreach ((string yes, string no) in Flags)
            if (field.Equals(yes, StringComparison.OrdinalIgnoreCase)) return 1;
            else if (field.Equals(no, StringComparison.OrdinalIgnoreCase)) return 0;
        return NumberText.TryParse(field, false, out double value) ? (float)value : throw Bad(column,
            "yes or no: 1 or 0, true or false, yes or no");
    }

    /// <summary>A field as a point in time, in seconds since 1970: a date, or a number as it is. Integers compare exactly, whatever
    /// their unit.</summary>
    /// <param name="column">The column.</param>
    /// <param name="format">How the column's dates are written; null for the month first where both orders are possible.</param>
    /// <exception cref="BadRecordException">It is neither.</exception>
    public decimal Time(int column, ValueFormat? format = null) => TimeText.TryParse(Field(column), format ?? ValueFormat.Default,
        out decimal time) ? time
        : throw Bad(column, format?.DatePattern is { } pattern ? $"a date of the format {pattern}"
            : "a time: a number, or a date with year, month and day, such as 2026-03-09T14:30:00 (`date-format` dd/mm/yyyy reads the day "
            + "first)");

    /// <summary>A field as a date, in seconds since 1970.</summary>
    /// <param name="column">The column.</param>
    /// <param name="format">How the column's dates are written.</param>
    /// <exception cref="BadRecordException">It is none; a number is none either.</exception>
    internal decimal Date(int column, ValueFormat format) => TimeText.TryParseDate(Field(column), format, out decimal time) ? time
        : throw Bad(column, format.DatePattern is { } pattern ? $"a date of the format {pattern}"
            : $"a date with year, month and day, such as 2026-03-09 or 2026-03-09T14:30:00 (read as {format.DateFormat} where the order "
            + $"is open)");

    /// <summary>The index of a column: of this name, or of the only name that differs in case, spaces, hyphens or underscores
    /// alone.</summary>
    /// <exception cref="ArgumentException">There is none of this name; the message lists those there are.</exception>
    public int Column(string name)
    {
        if (TryColumn(name, out int column)) return column;
        if (Layout.Unusable.FirstOrDefault(other => string.Equals(other.Name, name, StringComparison.OrdinalIgnoreCase)) is { } unusable)
            throw new ArgumentException($"'{Place.File}': column '{unusable.Name}' cannot be used: {unusable.Reason}", nameof(name));
        throw new ArgumentException($"'{Place.File}' has no column '{name}'; its columns are {string.Join(", ", Columns)}", nameof(name));
    }

    /// <summary>The index of a column, as <see cref="Column"/> finds it; false where there is none.</summary>
    public bool TryColumn(string name, out int column)
    {
        ArgumentNullException.ThrowIfNull(name);
        column = ColumnNames.IndexOf(Columns, name);
        return column >= 0;
    }

    /// <summary>The error that a field is not what was expected.</summary>
    public BadRecordException Bad(int column, string expected) =>
        new(Place, Columns[column], $"'{Shortened(Field(column))}' is not {expected}");

    /// <summary>
    /// Passes over a bad record, of which <see cref="Read"/> gave the fields: counts it, and says whether the limit allows it. To be used
    /// as <c>catch (BadRecordException bad) when (reader.Skip(bad))</c>.
    /// </summary>
    public bool Skip(BadRecordException bad)
    {
        ArgumentNullException.ThrowIfNull(bad);
        if (Skipped >= _skipBad) return false;
        Skipped++;
        if (_skippedMessages.Count < KeptMessages) _skippedMessages.Add(bad.Message);
        return true;
    }

    /// <summary>Goes to the next record; false at the end.</summary>
    private protected abstract bool Next();

    /// <inheritdoc/>
    public abstract void Dispose();

    internal static string Shortened(ReadOnlySpan<char> text) => text.Length <= 40 ? text.ToString() : $"{text[..39]}…";
}
