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

/// <summary>A record that does not say what it should: the message names file, line, column, what stands there, what was expected, and what to do.</summary>
public sealed class BadRecordException : FormatException
{
    /// <param name="place">Where.</param>
    /// <param name="column">In which column; null for the record as a whole.</param>
    /// <param name="problem">What is wrong and what was expected.</param>
    /// <param name="remedy">What to do.</param>
    /// <param name="inner">What was found underneath.</param>
    public BadRecordException(RecordPlace place, string? column, string problem, string remedy = "correct it, or pass over bad records with --skip-bad N", Exception? inner = null)
        : base($"{place}{(column is null ? "" : $", column '{column}'")}: {problem}; {remedy}", inner) => (Place, Column) = (place, column);

    /// <summary>Where the record stands.</summary>
    public RecordPlace Place { get; }

    /// <summary>The column at fault, where it is one.</summary>
    public string? Column { get; }
}

/// <summary>Records of one or several files, one after the other, forward only. Fields are text, and stay valid until the next <see cref="Read"/>.</summary>
public abstract class RecordReader : IDisposable
{
    const int KeptMessages = 5;

    readonly HashSet<string> _missing;
    readonly List<string> _skippedMessages = [];
    readonly long _skipBad;

    private protected RecordReader(ReadOptions options)
    {
        _missing = new HashSet<string>(options.Missing, StringComparer.Ordinal);
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

    /// <summary>Bad records passed over so far.</summary>
    public long Skipped { get; private set; }

    /// <summary>What was wrong with the first of them.</summary>
    public IReadOnlyList<string> SkippedMessages => _skippedMessages;

    /// <summary>Goes to the next record; false at the end. A record with too few or too many fields is bad: passed over within the limit, else thrown.</summary>
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

    /// <summary>Whether a field says that its value is not known: it is empty or one of <see cref="ReadOptions.Missing"/>.</summary>
    public bool IsMissing(int column)
    {
        ReadOnlySpan<char> field = Field(column);
        return field.IsEmpty || _missing.GetAlternateLookup<ReadOnlySpan<char>>().Contains(field);
    }

    /// <summary>A field as a number.</summary>
    /// <exception cref="BadRecordException">It is none, or not finite.</exception>
    public float Number(int column) =>
        float.TryParse(Field(column), NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && float.IsFinite(value) ? value : throw Bad(column, "a number");

    /// <summary>A field as a point in time, in seconds since 1970: a number, or a date.</summary>
    /// <exception cref="BadRecordException">It is neither.</exception>
    public double Time(int column) => TimeText.TryParse(Field(column), out double seconds) ? seconds : throw Bad(column, "a time: seconds since 1970, or a date such as 2026-03-09T14:30:00");

    /// <summary>The place of a column.</summary>
    /// <exception cref="ArgumentException">There is none of this name; the message lists those there are.</exception>
    public int Column(string name)
    {
        for (int column = 0; column < Columns.Count; column++)
            if (string.Equals(Columns[column], name, StringComparison.OrdinalIgnoreCase)) return column;
        if (Layout.Unusable.FirstOrDefault(column => string.Equals(column.Name, name, StringComparison.OrdinalIgnoreCase)) is { } unusable)
            throw new ArgumentException($"column '{unusable.Name}' cannot be used: {unusable.Reason}", nameof(name));
        throw new ArgumentException($"there is no column '{name}'; there are {string.Join(", ", Columns)}", nameof(name));
    }

    /// <summary>The error that a field is not what was expected.</summary>
    public BadRecordException Bad(int column, string expected) => new(Place, Columns[column], $"'{Shortened(Field(column))}' is not {expected}");

    /// <summary>Passes over a bad record, of which <see cref="Read"/> gave the fields: counts it, and says whether the limit allows it. To be used as <c>catch (BadRecordException bad) when (reader.Skip(bad))</c>.</summary>
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
