using System.Globalization;
using System.Text.RegularExpressions;
using Rowan.Numerics;

namespace Rowan.Data;

/// <summary>How the records of a delimited file are written, decided by its first lines: separator, quotes, header, and which fields are
/// columns.</summary>
sealed partial class DelimitedLayout
{
    const int SampleRecords = 200;

    // In order of preference where several separators fit equally well.
    static readonly string[] Separators = ["\t", ",", ";", "|", "::"];

    readonly List<LayoutGuess> _guesses = [];

    DelimitedLayout(DelimitedDialect dialect) => Dialect = dialect;

    public DelimitedDialect Dialect { get; }

    /// <summary>Lines before the first record: empty ones, and a line "sep=;".</summary>
    public int SkippedLines { get; private init; }

    /// <summary>Whether the first record names the columns.</summary>
    public bool Header { get; private set; }

    /// <summary>The columns.</summary>
    public string[] Names { get; private set; } = [];

    /// <summary>The field of each column.</summary>
    public int[] Fields { get; private set; } = [];

    /// <summary>Fields of a record.</summary>
    public int Width { get; private set; }

    /// <summary>Whether the last field is always empty: lines end in a separator, and some may not.</summary>
    public bool Trailing { get; private set; }

    public IReadOnlyList<LayoutGuess> Guesses => _guesses;

    /// <summary>The separator that cuts lines best, and the share of the lines that it cuts into equally many fields, more than one;
    /// null where none does for half of them.</summary>
    public static (DelimitedDialect Dialect, double Share, int Fields)? Best(IReadOnlyList<string> lines, ReadOnlySpan<string> among,
        bool? noQuotes, bool escapes)
    {
        (DelimitedDialect Dialect, double Share, int Fields)? best = null;
        foreach (string separator in among)
        {
            DelimitedDialect dialect = separator == "spaces" ? DelimitedDialect.Spaces
                : new(separator, Quotes: noQuotes is not true, Escapes: escapes);
            List<string[]> records = Records(lines, dialect);
            if (records.Count == 0) continue;
            IGrouping<int, string[]>? most = records.Where(record => record.Length > 1).GroupBy(record => record.Length).MaxBy(same =>
                (same.Count(), same.Key));
            double share = most is null ? 0 : (double)most.Count() / records.Count;
            // A header, or the lines below it, may end in one separator more.
            if (most is not null && share < 1 && records.All(record => record.Length == most.Key
                || Math.Abs(record.Length - most.Key) == 1 && (ReferenceEquals(record, records[0]) || record[^1].Length == 0))) share = 1;
            if (share < 0.5) continue;
            double tier = share >= 0.95 ? 1 : share;
            double against = best is { } so ? so.Share >= 0.95 ? 1 : so.Share : 0;
            bool decimals = best?.Dialect.Separator == "," && tier >= against && most!.Key >= best.Value.Fields && AreDecimal(lines);
            if (tier > against || (tier == against && most!.Key > best!.Value.Fields) || decimals) best = (dialect, share, most!.Key);
        }
        return best;
    }

    /// <summary>Decides the layout of a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="options">What is stated.</param>
    /// <param name="like">The layout of the file before it, which it shares; null for the first file.</param>
    public static DelimitedLayout Of(SourceFile file, ReadOptions options, DelimitedLayout? like = null)
    {
        IReadOnlyList<string> lines = file.Lines;
        int skipped = 0;
        string? declared = null;
        while (skipped < lines.Count && (string.IsNullOrWhiteSpace(lines[skipped])
            || (declared is null && SeparatorLine().Match(lines[skipped]) is { Success: true } match
            && (declared = match.Groups[1].Value).Length > 0)))
            skipped++;
        lines = [.. lines.Skip(skipped)];
        Require.Data(lines.Count > 0, $"'{file.Name}' is empty; name a file with records");
        var guesses = new List<LayoutGuess>();
        DelimitedDialect dialect = like?.Dialect ?? DialectOf(file, lines, options, declared, guesses);
        var layout = new DelimitedLayout(dialect) { SkippedLines = skipped };
        if (file.EncodingIsGuessed) layout._guesses.Add(new($"the text is {file.Encoding.WebName.ToUpperInvariant()}, without a byte " +
            $"order mark", "`encoding` NAME"));
        layout._guesses.AddRange(guesses);
        List<string[]> records = Records(lines, dialect);
        Require.Data(records.Count > 0, $"'{file.Name}', line {skipped + 1}: a quotation mark is open that is not closed; close it, or " +
            $"read quotation marks as text with `no-quotes`");
        if (HeaderOfAnotherSeparator(records, dialect) is { } header)
        {
            records[0] = header.Names;
            layout._guesses.Add(new($"the first line is separated by {Named(header.Dialect)}, the records by {Named(dialect)}",
                "`header` `columns` a,b,c"));
        }
        layout.Header = like?.Header ?? options.Header ?? (options.Columns is null
            && HeaderGuess.IsHeader(records[0], [.. records.Skip(1)]));
        layout.Place(file, records, options, skipped + 1);
        if (like is null && options.Header is null && options.Columns is null)
            layout._guesses.Add(layout.Header ? new("the first line names the columns", "`no-header`")
                : new($"there is no header; the columns are called {Shown(layout.Names)}", "`header`, or `columns` a,b,c"));
        return layout;
    }

    /// <summary>The names of a header that has another separator than its records: "user,item,rating" above "1;2;4,5".</summary>
    static (string[] Names, DelimitedDialect Dialect)? HeaderOfAnotherSeparator(List<string[]> records, DelimitedDialect dialect)
    {
        if (records.Count < 2 || records[0].Length != 1) return null;
        int width = records.Skip(1).GroupBy(record => record.Length).MaxBy(same => same.Count())!.Key;
        if (width < 2) return null;
        foreach (string other in Separators.Where(separator => separator != dialect.Separator))
        {
            DelimitedDialect own = dialect with { Separator = other };
            if (Records(records[0], own) is [var names] && names.Length == width && names.All(name => name.Length > 0)) return (names, own);
        }
        return null;
    }

    static DelimitedDialect DialectOf(SourceFile file, IReadOnlyList<string> lines, ReadOptions options, string? declared,
        List<LayoutGuess> guesses)
    {
        string? separator = options.Separator ?? declared;
        if (declared is not null && options.Separator is null) guesses.Add(new($"the line \"sep={declared}\" states the separator",
            "`separator` S"));
        if (separator is null && Best(lines, Separators, options.NoQuotes, options.Escapes) is { } best)
        {
            separator = best.Dialect.Separator;
            // "a||b": every separator is doubled.
            string twice = separator + separator;
            if (lines.Take(SampleRecords)
                .All(line => !line.Replace(twice, "", StringComparison.Ordinal).Contains(separator, StringComparison.Ordinal)))
                separator = twice;
            guesses.Add(new($"fields are separated by {Named(best.Dialect with { Separator = separator })}", "`separator` S"));
        }
        if (separator is null && Best(lines, ["spaces"], options.NoQuotes, options.Escapes) is { Share: >= 0.95 })
        {
            separator = "spaces";
            guesses.Add(new("fields are separated by runs of spaces", "`separator` S"));
        }
        // One column, or lines too different: the separator of the first line that has one.
        separator ??= Separators.MaxBy(one => lines[0].Split(one).Length) is { } most
            && lines[0].Contains(most, StringComparison.Ordinal) ? most : ",";
        if (separator == "spaces") return DelimitedDialect.Spaces with { Quotes = options.NoQuotes is false, Escapes = options.Escapes };
        if (options.Separator is not null && !lines.Take(SampleRecords).Any(line => line.Contains(separator, StringComparison.Ordinal))
            && Best(lines, Separators, options.NoQuotes, options.Escapes) is { } other)
            throw new InvalidDataException($"'{file.Name}', line 1: there is no separator '{new DelimitedDialect(separator).InWords}' " +
                $"in it; " +
                $"the lines seem to be separated by {Named(other.Dialect)}: leave `separator` out, or state that one");
        var dialect = new DelimitedDialect(separator, Escapes: options.Escapes);
        bool quotes = options.NoQuotes is { } stated ? !stated : UsesQuotes(lines, dialect);
        if (options.NoQuotes is null && !quotes && lines.Take(SampleRecords).Any(line =>
            line.Contains('"'))) guesses.Add(new("quotation marks are text", "`quotes`"));
        return dialect with { Quotes = quotes };
    }

    /// <summary>Whether fields in quotation marks are quoted: between tabs, only if some field is; elsewhere, unless that breaks records
    /// that are whole without.</summary>
    static bool UsesQuotes(IReadOnlyList<string> lines, DelimitedDialect dialect)
    {
        if (dialect.Separator is "\t" or "::") return Problems(lines, dialect) == 0
            && lines.Take(SampleRecords).Any(line => HasQuotedField(line, dialect));
        if (Problems(lines, dialect) is 0 or null) return true;
        List<string[]> plain = Records(lines, dialect with { Quotes = false });
        return plain.Count < 2 || plain.Any(record => record.Length != plain[0].Length
            || record.Any(field => field.Length >= 2 && field[0] == '"' && field[^1] == '"'));
    }

    /// <summary>Finds columns, their names and their fields.</summary>
    void Place(SourceFile file, List<string[]> records, ReadOptions options, long line)
    {
        string[] first = records[0];
        List<string[]> data = Header ? records[1..] : records;
        int below = data.Count == 0 ? first.Length : data.GroupBy(record => record.Length).MaxBy(same =>
            (same.Count(), same.Key == first.Length))!.Key;
        List<string[]> whole = [.. data.Where(record => record.Length == below)];
        bool oneMore = Header && below == first.Length + 1 && whole.Count > 0,
            emptyEnd = whole.Count > 0 && whole.All(record => record[^1].Length == 0);
        // R writes no name above the names of rows.
        string[] names = oneMore ? emptyEnd ? [.. first, ""] : ["", .. first] : first;
        Width = names.Length;
        Trailing = names.Length > 2 && (!Header || names[^1].Length == 0) && (emptyEnd || (Header && below == first.Length - 1));
        bool index = Header && Width > 1 && names[0] is "" or "Unnamed: 0" && Enumerates(whole);
        int from = index ? 1 : 0, to = Trailing ? Width - 1 : Width;
        if (options.Columns is { } stated)
        {
            Require.Data(stated.Count == to || stated.Count == to - from || stated.Count == Width,
                $"'{file.Name}', line {line}: {Width} fields, and {stated.Count} columns are named; name each as `columns` a,b,c");
            if (stated.Count != to - from) (index, from, to) = (false, 0, stated.Count);
            Trailing &= to < Width;
            Names = [.. stated];
        }
        else Names = [.. Enumerable.Range(from, to - from).Select(field => Header
            && names[field].Length > 0 ? names[field] : $"c{field + 1}")];
        Fields = [.. Enumerable.Range(from, to - from)];
        if (index) _guesses.Add(new($"the first column {(names[0].Length == 0 ? "has no name" : $"is called '{names[0]}'")} and " +
            $"numbers the records; it is left out", "`header` `columns` a,b,c with a name for it"));
        if (Trailing) _guesses.Add(new("lines end in a separator; there is no column after it", "`columns` a,b,c with a name for it"));
        var seen = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        for (int column = 0; column < Names.Length; column++)
            if (!seen.TryAdd(Names[column], column))
                throw new InvalidDataException($"'{file.Name}', line {line}: columns {Fields[seen[Names[column]]] + 1} and " +
                    $"{Fields[column] + 1} are both named '{Names[column]}' (upper and lower case count as the same); " +
                    "rename one, or name all columns with `header` `columns` a,b,c");
    }

    /// <summary>Whether the first field numbers records: whole numbers, each one more than the one before, or all different.</summary>
    static bool Enumerates(List<string[]> records)
    {
        var seen = new HashSet<long>();
        bool follows = true;
        long last = 0;
        foreach (string[] record in records)
        {
            if (!long.TryParse(record[0], NumberStyles.None, CultureInfo.InvariantCulture, out long number)
                || !seen.Add(number)) return false;
            follows &= seen.Count == 1 || number == last + 1;
            last = number;
        }
        return records.Count > 0 && (follows || records.Count >= 20);
    }

    /// <summary>The fields of the first records, without those that are empty or broken.</summary>
    public static List<string[]> Records(IReadOnlyList<string> lines, DelimitedDialect dialect)
    {
        using var parser = new DelimitedParser(new StringReader(string.Join('\n', lines)), dialect);
        var records = new List<string[]>();
        while (records.Count < SampleRecords && parser.Read())
        {
            if (parser.Problem is not null)
            {
                parser.EndAtFirstLine();
                continue;
            }
            if (parser.Count == 1 && parser[0].IsWhiteSpace()) continue;
            var record = new string[parser.Count];
            for (int field = 0; field < record.Length; field++) record[field] = parser[field].Trim().ToString();
            records.Add(record);
        }
        return records;
    }

    static bool HasQuotedField(string line, DelimitedDialect dialect)
    {
        if (!line.Contains('"', StringComparison.Ordinal)) return false;
        using var parser = new DelimitedParser(new StringReader(line), dialect, line.Length + 1);
        return parser.Read() && parser.Problem is null && parser.HasQuotedField;
    }

    /// <summary>Records in which text follows a closing mark; null if a mark is never closed, which is damage.</summary>
    static int? Problems(IReadOnlyList<string> lines, DelimitedDialect dialect)
    {
        using var parser = new DelimitedParser(new StringReader(string.Join('\n', lines)), dialect);
        int problems = 0;
        for (int record = 0; record < SampleRecords && parser.Read(); record++)
            if (parser.HasOpenMark) return null;
            else if (parser.Problem is not null) problems++;
        return problems;
    }

    /// <summary>Whether commas are decimal marks: each stands between two digits.</summary>
    static bool AreDecimal(IReadOnlyList<string> lines)
    {
        foreach (string line in lines.Take(SampleRecords))
            for (int at = 0; (at = line.IndexOf(',', at)) >= 0; at++)
                if (at == 0 || at + 1 == line.Length || !char.IsAsciiDigit(line[at - 1])
                    || !char.IsAsciiDigit(line[at + 1])) return false;
        return true;
    }

    static string Named(DelimitedDialect dialect) => dialect.Separator == "\t" ? "tabs" : $"'{dialect.InWords}'";

    static string Shown(string[] names) => names.Length <= 6 ? string.Join(", ", names) : $"{names[0]}, {names[1]} … {names[^1]}";

    [GeneratedRegex("^\"?sep=(.)\"?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SeparatorLine();
}
