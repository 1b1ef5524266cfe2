namespace Rowan.Data;

/// <summary>What the user says about columns; all else is inferred.</summary>
public sealed record StatedRoles
{
    /// <summary>Columns by the role they were given, in the order they were named.</summary>
    public IReadOnlyList<(string Column, ColumnRole Role)> Columns { get; init; } = [];

    /// <summary>What stands between the values of a multi-valued field; null for the one of | ; space and comma that is found.</summary>
    public char? ValueSeparator { get; init; }

    /// <summary>The same with one column more.</summary>
    public StatedRoles With(string column, ColumnRole role) => this with { Columns = [.. Columns, (column, role)] };
}
