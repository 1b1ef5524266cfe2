using System.Text;

namespace Rowan.Data;

/// <summary>How records lie in a file.</summary>
public enum DataFormat
{
    /// <summary>Fields between separators, a record a line: CSV and TSV.</summary>
    Delimited,

    /// <summary>A JSON object a line.</summary>
    JsonLines,

    /// <summary>Apache Parquet.</summary>
    Parquet,

    /// <summary>Plain text: a record is a line with one column, "text".</summary>
    Text,

    /// <summary>The XML documentation of .NET assemblies: a record is a member, see <see cref="ApiDocs"/>.</summary>
    XmlDocs,
}

/// <summary>What is said about files that they do not say themselves; null is found out.</summary>
public sealed record ReadOptions
{
    /// <summary>The format; null for what the file's ending says, or its first lines.</summary>
    public DataFormat? Format { get; init; }

    /// <summary>What stands between fields; null for the one of tab, comma, semicolon and bar that cuts the first lines in equally many.</summary>
    public char? Separator { get; init; }

    /// <summary>Whether the first line names the columns; null to look whether it can be data.</summary>
    public bool? Header { get; init; }

    /// <summary>Names of the columns of a file without a header, in order; null for c1, c2 …</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>Whether quotation marks are text; null for yes in fields between tabs, unless a field of the first lines stands in quotes.</summary>
    public bool? NoQuotes { get; init; }

    /// <summary>Whether \t, \n, \r and \\ in a field stand for a tab, line ends and a backslash.</summary>
    public bool Escapes { get; init; }

    /// <summary>The encoding of text; null for UTF-8, in which a byte that is none is an error.</summary>
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

    /// <summary>Bad records passed over, counted and reported, before one is an error.</summary>
    public long SkipBad { get; init; }
}
