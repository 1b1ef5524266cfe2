using Rowan.Numerics;

namespace Rowan.Data;

/// <summary>What is known of a column.</summary>
public sealed record ColumnSchema
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its place in a record.</summary>
    public required int Index { get; init; }

    /// <summary>What its fields look like.</summary>
    public required ColumnKind Kind { get; init; }

    /// <summary>What it is for.</summary>
    public required ColumnRole Role { get; init; }

    /// <summary>Whether the role was stated, not inferred.</summary>
    public bool Stated { get; init; }

    /// <summary>Different values among the records looked at; at most <see cref="SchemaInference.DistinctLimit"/>, which then means "at least".</summary>
    public long Distinct { get; init; }

    /// <summary>Records looked at without a value.</summary>
    public long Missing { get; init; }

    /// <summary>The first values that differ.</summary>
    public IReadOnlyList<string> Examples { get; init; } = [];

    /// <summary>What stands between the values of a multi-valued field.</summary>
    public char? ValueSeparator { get; init; }
}

/// <summary>The columns of a source and what they are for.</summary>
/// <param name="Columns">In the order of the fields.</param>
/// <param name="Records">Records looked at.</param>
/// <param name="Complete">Whether these were all.</param>
public sealed record DataSchema(IReadOnlyList<ColumnSchema> Columns, long Records, bool Complete)
{
    /// <summary>The columns of a role, in order.</summary>
    public IReadOnlyList<ColumnSchema> Of(ColumnRole role) => [.. Columns.Where(column => column.Role == role)];

    /// <summary>The only column of a role; null where there is none or several.</summary>
    public ColumnSchema? One(ColumnRole role) => Of(role) is [var one] ? one : null;

    /// <summary>The only column of a role.</summary>
    /// <exception cref="ArgumentException">There is none, or there are several; the message says how to state it.</exception>
    public ColumnSchema Need(ColumnRole role)
    {
        IReadOnlyList<ColumnSchema> found = Of(role);
        string option = $"--{role.ToString().ToLowerInvariant()} COLUMN";
        Require.That(found.Count > 0, $"no column is known to be the {role.ToString().ToLowerInvariant()}; say which as {option} (there are {string.Join(", ", Columns.Select(column => column.Name))})");
        Require.That(found.Count == 1, $"{found.Count} columns could be the {role.ToString().ToLowerInvariant()} ({string.Join(", ", found.Select(column => column.Name))}); say which as {option}");
        return found[0];
    }
}
