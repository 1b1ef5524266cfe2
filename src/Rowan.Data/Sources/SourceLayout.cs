namespace Rowan.Data;

/// <summary>How the files of a source are laid out: what was stated, and what was detected where nothing was stated.</summary>
public sealed record SourceLayout
{
    /// <summary>The format in words: "CSV", "JSON Lines", "plain text", "lines of a label and a text" …</summary>
    public required string Kind { get; init; }

    /// <summary>The format.</summary>
    public required DataFormat Format { get; init; }

    /// <summary>The string between fields, as <see cref="ReadOptions.Separator"/> takes it ("tab", "spaces", ";"); null for formats
    /// without one.</summary>
    public string? Separator { get; init; }

    /// <summary>Whether the first line names the columns; null for formats without a header.</summary>
    public bool? Header { get; init; }

    /// <summary>The encoding of the text; null for binary formats.</summary>
    public string? Encoding { get; init; }

    /// <summary>Columns whose fields hold several values, and the character between the values. They are lists in the file.</summary>
    public IReadOnlyList<string> ListColumns { get; init; } = [];

    /// <summary>The character between the values of <see cref="ListColumns"/>.</summary>
    public char ListSeparator { get; init; } = '|';

    /// <summary>Columns that are in the file and cannot be used, in order.</summary>
    public IReadOnlyList<UnusableColumn> Unusable { get; init; } = [];

    /// <summary>What was detected, one sentence each, with the setting that states otherwise.</summary>
    public IReadOnlyList<LayoutGuess> Guesses { get; init; } = [];
}

/// <summary>A column that is in a file and is not among <see cref="RecordReader.Columns"/>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Reason">Why it cannot be used, such as "it holds JSON objects".</param>
public sealed record UnusableColumn(string Name, string Reason);

/// <summary>Something that was detected in a file.</summary>
/// <param name="Text">What was detected, such as "the first line names the columns".</param>
/// <param name="Override">The setting that states otherwise, such as "`no-header`".</param>
public sealed record LayoutGuess(string Text, string Override);
