using Rowan.Data;

namespace Rowan.Recipes;

/// <summary>What the recipes' choices of columns have in common.</summary>
static class RoleChoice
{
    /// <summary>Most distinct values of a column that is detected as classes without a telling name.</summary>
    public const int MostClasses = 100;
    const int FewestThings = 10;

    /// <summary>The same with columns of other roles left out; their notes say what they were detected as.</summary>
    public static DataSchema Only(this DataSchema schema, params ReadOnlySpan<ColumnRole> used)
    {
        foreach (ColumnSchema column in schema.Columns)
            if (column.Role != ColumnRole.None && !used.Contains(column.Role))
                schema = schema.With(column, ColumnRole.None, RoleNames.Of(column.Role));
        return schema;
    }

    /// <summary>The column to predict: the label; else the rating.</summary>
    public static ColumnSchema? Target(DataSchema schema) => schema.One(ColumnRole.Label) ?? schema.One(ColumnRole.Rating);

    /// <summary>Columns whose values could be users or items: names or whole numbers of which many occur again.</summary>
    public static ColumnSchema[] Things(DataSchema schema) => [.. schema.Columns.Where(column =>
        column.Role is ColumnRole.User or ColumnRole.Item or ColumnRole.Categorical or ColumnRole.Numeric or ColumnRole.Label
            && column.Kind is ColumnKind.Integer or ColumnKind.Name && column.Repeats && column.Distinct >= FewestThings
            && !column.IsFlag)];

    /// <summary>Whether the columns of a file have no names of their own.</summary>
    public static bool Nameless(DataSchema schema) => schema.Columns.All(column => column.Name == $"c{column.Index + 1}");

    /// <summary>A name as an argument of a shell.</summary>
    public static string Quoted(string name) => name.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or '.') && name.Length > 0
        ? name : $"'{name.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>Names in a sentence: 'a', 'b' and 'c'.</summary>
    public static string Listed(IEnumerable<ColumnSchema> columns)
    {
        string[] names = [.. columns.Select(column => $"'{column.Name}'")];
        return names.Length < 2 ? string.Concat(names) : $"{string.Join(", ", names[..^1])} and {names[^1]}";
    }
}
