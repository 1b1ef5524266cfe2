using Rowan.Numerics;

namespace Rowan.Data;

/// <summary>What is known of a column.</summary>
public sealed record ColumnSchema
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its index in a record.</summary>
    public required int Index { get; init; }

    /// <summary>What its fields look like.</summary>
    public required ColumnKind Kind { get; init; }

    /// <summary>What it is used for.</summary>
    public required ColumnRole Role { get; init; }

    /// <summary>Whether the role was stated, not detected.</summary>
    public bool Stated { get; init; }

    /// <summary>Whether the role is a weak guess: the name says little, or nothing.</summary>
    public bool Weak { get; init; }

    /// <summary>Records looked at with a value.</summary>
    public long Values { get; init; }

    /// <summary>
    /// Different values among the records looked at; at most <see cref="SchemaInference.DistinctLimit"/>, which then means "at least".
    /// </summary>
    public long Distinct { get; init; }

    /// <summary>Records looked at without a value.</summary>
    public long Missing { get; init; }

    /// <summary>The first values that differ.</summary>
    public IReadOnlyList<string> Examples { get; init; } = [];

    /// <summary>Words per value, on average.</summary>
    public double Words { get; init; }

    /// <summary>Whether it has two values that mean yes and no: 0 and 1, true and false.</summary>
    public bool IsFlag { get; init; }

    /// <summary>How its numbers and dates are written.</summary>
    public ValueFormat Format { get; init; } = ValueFormat.Default;

    /// <summary>Whether its dates are open to both orders of day and month.</summary>
    internal bool IsDateOrderOpen { get; init; }

    /// <summary>The character between the values of a multi-valued field.</summary>
    public char? ValueSeparator { get; init; }

    /// <summary>Why the column has its role, or none, in a few words; empty where its name and values say it.</summary>
    public string Note { get; init; } = "";

    /// <summary>Whether values occur again, at least once on average.</summary>
    public bool Repeats => Values >= 2 * Distinct;

    /// <summary>Whether hardly any value occurs twice.</summary>
    public bool IsUnique => Values > 0 && Distinct >= Math.Min(Values, SchemaInference.DistinctLimit) * 0.95;
}

/// <summary>The columns of a source and what they are used for.</summary>
/// <param name="Columns">In the order of the fields.</param>
/// <param name="Records">Records looked at.</param>
/// <param name="Complete">Whether these were all.</param>
public sealed record DataSchema(IReadOnlyList<ColumnSchema> Columns, long Records, bool Complete)
{
    /// <summary>How the files are laid out; null where the schema was not detected from files.</summary>
    public SourceLayout? Layout { get; init; }

    /// <summary>What was assumed, in sentences that name the option that overrides it.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The columns of a role, in order.</summary>
    public IReadOnlyList<ColumnSchema> Of(ColumnRole role) => [.. Columns.Where(column => column.Role == role)];

    /// <summary>The only column of a role; null where there is none or several.</summary>
    public ColumnSchema? One(ColumnRole role) => Of(role) is [var one] ? one : null;

    /// <summary>The only column of a role.</summary>
    /// <exception cref="ArgumentException">There is none, or there are several; the message says how to state it.</exception>
    public ColumnSchema Need(ColumnRole role)
    {
        IReadOnlyList<ColumnSchema> found = Of(role);
        string option = $"`{role.ToString().ToLowerInvariant()}` COLUMN";
        Require.That(found.Count > 0, $"no {role.ToString().ToLowerInvariant()} column was found; name it as {option} (the columns are "
            + $"{string.Join(", ", Columns.Select(column => column.Name))})");
        Require.That(found.Count == 1, $"{found.Count} columns could be the {role.ToString().ToLowerInvariant()} "
            + $"({string.Join(", ", found.Select(column => column.Name))}); name one as {option}");
        return found[0];
    }

    /// <summary>The column of a name, as <see cref="RecordReader.Column"/> finds it; null for none.</summary>
    public ColumnSchema? Find(string name) => ColumnNames.IndexOf([.. Columns.Select(column => column.Name)], name) is >= 0
        and var column ? Columns[column] : null;

    /// <summary>The same with another role for a column.</summary>
    /// <param name="column">The column.</param>
    /// <param name="role">Its role.</param>
    /// <param name="note">Why.</param>
    public DataSchema With(ColumnSchema column, ColumnRole role, string note = "")
    {
        ArgumentNullException.ThrowIfNull(column);
        return this with { Columns = [.. Columns.Select(other => other.Index == column.Index && other.Name == column.Name
            ? other with { Role = role, Note = note } : other)] };
    }

    /// <summary>The same with one sentence more.</summary>
    public DataSchema With(string note) => Notes.Contains(note) ? this : this with { Notes = [.. Notes, note] };
}
