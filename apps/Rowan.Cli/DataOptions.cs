using System.CommandLine;
using System.Text;
using Rowan.Data;

namespace Rowan.Cli;

/// <summary>What the commands that read records have in common: how files lie, and what their columns are for.</summary>
sealed class DataOptions
{
    static readonly Dictionary<ColumnRole, string> Descriptions = new()
    {
        [ColumnRole.User] = "Column of users.", [ColumnRole.Item] = "Column of items.",
        [ColumnRole.Rating] = "Column of ratings or counts.", [ColumnRole.Time] = "Column of times.",
        [ColumnRole.Text] = "Column of texts.", [ColumnRole.Label] = "Column to predict.", [ColumnRole.Id] = "Column of record ids.",
        [ColumnRole.Categorical] = "Categorical columns, a,b,c.",
        [ColumnRole.MultiValued] = "Multi-valued columns, a,b,c.", [ColumnRole.Numeric] = "Numeric columns, a,b,c.",
        [ColumnRole.None] = "Columns to ignore, a,b,c.",
    };

    readonly Option<string?> _schema = new("--schema") {
        Description = "JSON file with the roles of columns, such as { \"label\": \"clicked\", \"categorical\": [\"city\"] }. Options win.",
        HelpName = "FILE" };

    readonly Option<string?> _format = new("--format") {
        Description = $"The format: {string.Join(", ", DataFormats.Names)}. Detected by the file's content if omitted.",
        HelpName = "NAME" };
    readonly Option<string?> _separator = new("--separator") {
        Description = "The string between fields, such as ; or ::, or tab, space, spaces (any run of them).", HelpName = "S" };
    readonly Option<bool> _noHeader = new("--no-header") { Description = "The first line is data." };
    readonly Option<bool> _header = new("--header") {
        Description = "The first line names the columns, also where --columns renames them." };
    readonly Option<string?> _columns = new("--columns") {
        Description = "Names of the columns of a file without header, a,b,c.", HelpName = "NAMES" };
    readonly Option<bool> _noQuotes = new("--no-quotes") { Description = "Quotation marks are text." };
    readonly Option<bool> _quotes = new("--quotes") { Description = "Fields may be quoted." };
    readonly Option<bool> _escapes = new("--escapes") { Description =
        "\\\" in a quoted field stands for a quotation mark; \\t, \\n, \\\\ for a tab, a line end, a backslash." };
    readonly Option<string?> _encoding = new("--encoding") { Description =
        "The encoding of text, such as latin1, windows-1252 or shift_jis; utf-8 or utf-16 if omitted.", HelpName = "NAME" };
    readonly Option<string?> _missing = new("--missing") { Description =
        "Values that stand for a missing one in every column, a,b,c. If omitted: NA, N/A, NaN, null, None, \\N, #N/A, ? and - in numeric "
        + "columns.", HelpName = "VALUES" };
    readonly Option<string?> _dateFormat = new("--date-format") { Description =
        "How dates are written: dd/mm/yyyy, mm/dd/yyyy, or a .NET date format. If omitted, the data decides.", HelpName = "FORMAT" };
    readonly Option<string?> _decimal = new("--decimal") { Description =
        "The decimal mark of numbers: point or comma. If omitted, the data decides.", HelpName = "MARK" };
    readonly Option<long> _skipBad = new("--skip-bad") { Description = "Skip and count up to this many bad records.", HelpName = "N" };
    readonly Option<string?> _separatorOfValues = new("--value-separator") {
        Description = "Separator between the values of a multi-valued column.", HelpName = "C" };
    readonly (Option<string?> Option, ColumnRole Role)[] _roles =
        [.. StatedRoles.Names.Select(
        role => (new Option<string?>($"--{role.Key}") { Description = Descriptions[role.Value], HelpName = "COLUMN" }, role.Value))];

    /// <param name="command">Which gets the options.</param>
    /// <param name="roles">Whether columns are given roles.</param>
    public DataOptions(Command command, bool roles = true)
    {
        foreach ((Option<string?> option, _) in roles ? _roles : []) command.Options.Add(option);
        foreach (Option option in roles ? (Option[])[_separatorOfValues, _schema] : []) command.Options.Add(option);
        foreach (Option option in (Option[])[_format, _separator, _noHeader, _header, _columns, _noQuotes, _quotes, _escapes, _encoding,
            _missing, _dateFormat, _decimal, _skipBad]) command.Options.Add(option);
    }

    public ReadOptions Read(ParseResult parsed) => new()
    {
        Format = parsed.GetValue(_format) is { } format ? DataFormats.Named(format) : null,
        Separator = parsed.GetValue(_separator) switch
        {
            null => parsed.GetValue(_format) == "tsv" ? "\t" : null, "tab" or "\\t" => "\t", "space" => " ",
            "" => throw new ArgumentException("--separator '': it must have at least one character; leave it out to detect it"),
            var other when other.AsSpan().ContainsAny('"', '\n', '\r') =>
                throw new ArgumentException($"--separator {other}: it cannot hold quotation marks or line ends"),
            var other => other,
        },
        Header = parsed.GetValue(_header) ? true : parsed.GetValue(_noHeader) || parsed.GetValue(_columns) is not null ? false : null,
        Columns = parsed.GetValue(_columns)?.Split(','),
        NoQuotes = parsed.GetValue(_noQuotes) ? true : parsed.GetValue(_quotes) ? false : null, Escapes = parsed.GetValue(_escapes),
        Encoding = EncodingNamed(parsed.GetValue(_encoding)), ListSeparator = Character(parsed, _separatorOfValues) ?? '|',
        Missing = parsed.GetValue(_missing)?.Split(',', StringSplitOptions.TrimEntries),
        DateFormat = parsed.GetValue(_dateFormat),
        DecimalComma = parsed.GetValue(_decimal) switch
        {
            null => null, "comma" or "," => true, "point" or "." => false, var other =>
                throw new ArgumentException($"--decimal {other}: it must be point or comma"),
        },
        SkipBad = parsed.GetValue(_skipBad) is >= 0 and var bad
            ? bad : throw new ArgumentException($"--skip-bad {parsed.GetValue(_skipBad)}: it must not be negative"),
    };

    public StatedRoles Stated(ParseResult parsed)
    {
        var stated = new StatedRoles { ValueSeparator = Character(parsed, _separatorOfValues) };
        foreach ((Option<string?> option, ColumnRole role) in _roles)
            foreach (string column in parsed.GetValue(option)?.Split(',', StringSplitOptions.TrimEntries
                | StringSplitOptions.RemoveEmptyEntries) ?? []) stated = stated.With(column, role);
        return parsed.GetValue(_schema) is { } file ? StatedRoles.Read(file).Under(stated) : stated;
    }

    static char? Character(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) switch
    {
        null => null, "tab" or "\\t" => '\t', "space" => ' ', [var one] => one,
        var other => throw new ArgumentException($"{option.Name} {other}: it must be one character, or tab"),
    };

    static Encoding? EncodingNamed(string? name)
    {
        if (name is null) return null;
        string known = name.Equals("latin-1", StringComparison.OrdinalIgnoreCase)
            ? "latin1" : name.StartsWith("cp", StringComparison.OrdinalIgnoreCase) && int.TryParse(name.AsSpan(2), out int page)
            ? $"windows-{page}" : name;
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(known, EncoderFallback.ExceptionFallback,
                DecoderFallback.ExceptionFallback)
                ?? Encoding.GetEncoding(known, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
        }
        catch (ArgumentException)
        {
            throw new ArgumentException($"--encoding {name}: there is no such encoding; there are utf-8, utf-16, latin1, windows-1252, "
                + $"windows-1251, koi8-r, shift_jis, gbk, big5, euc-kr and others");
        }
    }
}
