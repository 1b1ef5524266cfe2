using System.Text.Json;
using Rowan.Numerics;

namespace Rowan.Data;

/// <summary>What the user says about columns; all else is inferred.</summary>
public sealed record StatedRoles
{
    const string SeparatorName = "value-separator";

    /// <summary>Roles by the names that the command line and schema files have for them.</summary>
    public static IReadOnlyDictionary<string, ColumnRole> Names { get; } = new Dictionary<string, ColumnRole>
    {
        ["user"] = ColumnRole.User, ["item"] = ColumnRole.Item, ["rating"] = ColumnRole.Rating, ["time"] = ColumnRole.Time,
        ["text"] = ColumnRole.Text, ["label"] = ColumnRole.Label,
        ["id"] = ColumnRole.Id, ["categorical"] = ColumnRole.Categorical, ["multi"] = ColumnRole.MultiValued,
        ["numeric"] = ColumnRole.Numeric, ["ignore"] = ColumnRole.None,
    };

    /// <summary>Columns by the role they were given, in the order they were named.</summary>
    public IReadOnlyList<(string Column, ColumnRole Role)> Columns { get; init; } = [];

    /// <summary>What stands between the values of a multi-valued field; null for the one of | ; space and comma that is found.</summary>
    public char? ValueSeparator { get; init; }

    /// <summary>The same with one column more.</summary>
    public StatedRoles With(string column, ColumnRole role) => this with { Columns = [.. Columns, (column, role)] };

    /// <summary>The same where others say nothing of a column, and what they say where they do.</summary>
    public StatedRoles Under(StatedRoles others)
    {
        ArgumentNullException.ThrowIfNull(others);
        return new() { Columns =
            [.. Columns.Where(stated => others.Columns.All(other => other.Column != stated.Column)), .. others.Columns],
            ValueSeparator = others.ValueSeparator ?? ValueSeparator };
    }

    /// <summary>Reads roles from a JSON file: an object of roles, each with a column or a list of columns, and "value-separator".</summary>
    /// <example><code>{ "label": "clicked", "categorical": ["city", "device"], "numeric": "age", "multi": "tags", "value-separator": "|"
    /// }</code></example>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not such an object.</exception>
    public static StatedRoles Read(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"there is no schema file '{path}'", path);
        var stated = new StatedRoles();
        try
        {
            using JsonDocument document =
                JsonDocument.Parse(File.ReadAllBytes(path),
                new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            Require.Data(document.RootElement.ValueKind == JsonValueKind.Object,
                $"the schema file '{path}' holds no object; write {{ \"label\": \"clicked\", \"categorical\": [\"city\"] }}");
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (property.Name == SeparatorName)
                {
                    Require.Data(property.Value.ValueKind == JsonValueKind.String && property.Value.GetString()!.Length == 1,
                        $"the schema file '{path}': \"{SeparatorName}\" is {property.Value.GetRawText()}; it must be one character");
                    stated = stated with { ValueSeparator = property.Value.GetString()![0] };
                    continue;
                }
                Require.Data(Names.TryGetValue(property.Name, out ColumnRole role),
                    $"the schema file '{path}': there is no role \"{property.Name}\"; there are {string.Join(", ", Names.Keys)}, "
                    + $"{SeparatorName}");
                JsonElement[] columns = property.Value.ValueKind == JsonValueKind.Array
                    ? [.. property.Value.EnumerateArray()] : [property.Value];
                foreach (JsonElement column in columns)
                {
                    Require.Data(column.ValueKind == JsonValueKind.String,
                        $"the schema file '{path}': \"{property.Name}\" names {column.GetRawText()}; it must name a column, or a list "
                        + $"of columns");
                    string name = column.GetString()!;
                    Require.Data(stated.Columns.All(other => other.Column != name),
                        $"the schema file '{path}' gives column '{name}' two roles; one of them is its own");
                    stated = stated.With(name, role);
                }
            }
        }
        catch (JsonException broken)
        {
            throw new InvalidDataException($"the schema file '{path}' is not JSON at line {broken.LineNumber + 1}, column "
                + $"{broken.BytePositionInLine + 1}: correct it", broken);
        }
        return stated;
    }
}
