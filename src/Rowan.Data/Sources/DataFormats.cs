namespace Rowan.Data;

/// <summary>The names of formats, as <c>--format</c> takes them.</summary>
public static class DataFormats
{
    static readonly (string Name, DataFormat Format, string Words)[] All =
    [
        ("csv", DataFormat.Delimited, "CSV"), ("tsv", DataFormat.Delimited, "TSV"), ("jsonl", DataFormat.JsonLines, "JSON Lines"),
            ("json", DataFormat.JsonArray, "JSON"),
        ("parquet", DataFormat.Parquet, "Parquet"), ("text", DataFormat.Text, "plain text"),
            ("labelled", DataFormat.Labelled, "lines of a label and a text"),
        ("user-items", DataFormat.UserItems, "lines of a user and the user's items"),
    ];

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(format => format.Name)];

    /// <summary>A format by its name.</summary>
    /// <exception cref="ArgumentException">There is none of this name.</exception>
    public static DataFormat Named(string name) => All.FirstOrDefault(format => format.Name == name) is { Name: not null } found
        ? found.Format
        : throw new ArgumentException($"`format` {name}: it must be one of {string.Join(", ", Names)}");

    /// <summary>The format in words.</summary>
    public static string InWords(this DataFormat format) => All.FirstOrDefault(known => known.Format == format).Words
        ?? "records of another kind";
}
