using System.Text;

namespace Rowan.Data;

/// <summary>How records are written in a file.</summary>
public enum DataFormat
{
    /// <summary>Fields between separators, a record per line: CSV, TSV and other separators.</summary>
    Delimited,

    /// <summary>A JSON object per line.</summary>
    JsonLines,

    /// <summary>A JSON array of objects, or objects one after the other over any number of lines.</summary>
    JsonArray,

    /// <summary>Apache Parquet.</summary>
    Parquet,

    /// <summary>Plain text: a record is a line with one column, "text".</summary>
    Text,

    /// <summary>A label and a text per line: fastText's <c>__label__x text</c>, or <c>x text</c>. Columns are "label" and
    /// "text".</summary>
    Labelled,

    /// <summary>A user and all items of the user per line, <c>user item item …</c>. Each item is a record.</summary>
    UserItems,

    /// <summary>Records that a reader of another library brings.</summary>
    Other,
}

/// <summary>What is stated about files. Whatever is null is detected.</summary>
public sealed record ReadOptions
{
    /// <summary>The format; null to detect it by the content.</summary>
    public DataFormat? Format { get; init; }

    /// <summary>The string between fields, or "spaces" for runs of spaces and tabs; null for the one of tab, comma, semicolon, bar,
    /// <c>::</c> and spaces that cuts the first lines into equally many fields.</summary>
    public string? Separator { get; init; }

    /// <summary>Whether the first line names the columns; null to detect it.</summary>
    public bool? Header { get; init; }

    /// <summary>Names of the columns of a file without a header, in order; null for c1, c2 …</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>Whether quotation marks are text; null to detect it: between tabs they are, unless a field of the first lines is
    /// quoted.</summary>
    public bool? NoQuotes { get; init; }

    /// <summary>Whether a backslash escapes: \t, \n, \r and \\ in a field stand for a tab, line ends and a backslash, and \" for a
    /// quotation mark within quotes.</summary>
    public bool Escapes { get; init; }

    /// <summary>The encoding of text without a byte order mark; null for UTF-16 or UTF-32 where the zero bytes show it, else UTF-8, in
    /// which an invalid byte is an error.</summary>
    public Encoding? Encoding { get; init; }

    /// <summary>
    /// Fields that say that a value is missing, in every column; the empty field always does. Null for the usual markers (NA, N/A, NaN,
    /// null, None, \N, #N/A, ?, -), which count in numeric
    /// columns alone, since ids and classes may be called so.
    /// </summary>
    public IReadOnlyList<string>? Missing { get; init; }

    /// <summary>How dates are written: dd/mm/yyyy, mm/dd/yyyy, or a .NET date format; null to detect it.</summary>
    public string? DateFormat { get; init; }

    /// <summary>Whether 4,5 is the number 4.5; null to detect it.</summary>
    public bool? DecimalComma { get; init; }

    /// <summary>The character between the values of a field that is a list in JSON or Parquet, or of several fastText labels.</summary>
    public char ListSeparator { get; init; } = '|';

    /// <summary>How many bad records are skipped, counted and reported before the next one is an error.</summary>
    public long SkipBad { get; init; }
}
