using System.Globalization;
using System.Text;
using Rowan.Numerics;
using Sylvan.Data.Csv;

namespace Rowan.Data;

/// <summary>Fields between separators, a record a line, with or without quotes and header.</summary>
sealed class DelimitedRecords : RecordReader
{
    const int LargestRecord = 1 << 24, FirstLines = 20, LongestName = 64;
    const char NoQuote = '\u0001';          // A control character that text does not hold stands for the mark that is not to be one.
    static readonly char[] Separators = ['\t', ',', ';', '|'];

    readonly DataSource _source;
    readonly char _separator;
    readonly bool _header, _noQuotes;
    readonly string[] _columns;
    CsvDataReader? _csv;
    int _file;
    long _line, _next;
    char[] _unescaped = [];

    public DelimitedRecords(DataSource source) : base(source.Options)
    {
        _source = source;
        string[] first = FirstOf(source);
        Require.Data(first.Length > 0, $"'{source.NameOf(0)}' is empty; name a file with records");
        _separator = source.Options.Separator ?? Guessed(first);
        string[] fields = Fields(first[0]);
        Require.Data(fields.Length > 1 || source.Options.Separator is null || !Separators.Any(first[0].Contains),
            $"'{source.NameOf(0)}', line 1: there is no separator '{Shown(_separator)}' in it; the line looks to be parted by '{Shown(Guessed(first))}': leave --separator out, or say that one");
        _header = source.Options.Header ?? (source.Options.Columns is null && LooksLikeNames(fields, [.. first.Skip(1).Select(Fields)]));
        Require.Data(source.Options.Columns is null || source.Options.Columns.Count == fields.Length, $"'{source.NameOf(0)}', line 1: {fields.Length} fields, and {source.Options.Columns?.Count} columns are named; name each as --columns a,b,c");
        _columns = source.Options.Columns is { } named ? [.. named] : _header ? fields : [.. Enumerable.Range(1, fields.Length).Select(column => $"c{column}")];
        string? twice = _columns.GroupBy(column => column, StringComparer.OrdinalIgnoreCase).FirstOrDefault(same => same.Count() > 1)?.Key;
        Require.Data(twice is null, $"'{source.NameOf(0)}', line 1: two columns are called '{twice}'; name all as --header --columns a,b,c");
        _noQuotes = source.Options.NoQuotes ?? (_separator == '\t' && !first.Any(line => line.Split('\t').Any(field => field.Length >= 2 && field[0] == '"' && field[^1] == '"')));
        Open(0);
    }

    public override IReadOnlyList<string> Columns => _columns;

    public override SourceLayout Layout => new()
    {
        Kind = _separator == '\t' ? "TSV" : "CSV", Format = DataFormat.Delimited, Separator = Shown(_separator), Header = _header,
    };

    public override RecordPlace Place => new(_source.NameOf(_file), _line);

    public override ReadOnlySpan<char> Field(int column)
    {
        ReadOnlySpan<char> field = _csv!.GetFieldSpan(column).Trim(' ');
        return _source.Options.Escapes && field.Contains('\\') ? Unescaped(field) : field;
    }

    public override void Dispose() => _csv?.Dispose();

    private protected override bool Next()
    {
        while (true)
        {
            if (ReadLine())
            {
                int fields = _csv!.RowFieldCount;
                if (fields == _columns.Length) return true;
                // An empty line says nothing, at the end of a file least of all.
                if (fields <= 1 && _csv.GetFieldSpan(0).IsWhiteSpace()) continue;
                throw new BadRecordException(Place, null,
                    $"{fields} fields where {_columns.Length} are expected{(_next > _line + 1 ? $"; it goes on to line {_next - 1}: a quotation mark may stand open (--no-quotes takes them for text)" : "")}");
            }
            if (_file + 1 == _source.Count) return false;
            Open(_file + 1);
        }
    }

    /// <summary>Goes to the next record of the file, and counts the lines it takes.</summary>
    bool ReadLine()
    {
        _line = _next;
        try
        {
            if (!_csv!.Read()) return false;
        }
        catch (DecoderFallbackException bytes)
        {
            throw new InvalidDataException($"{Place}, or soon after: the {(bytes.BytesUnknown?.Length == 1 ? "byte" : "bytes")} {string.Join(' ', (bytes.BytesUnknown ?? []).Select(b => $"0x{b:x2}"))} {(bytes.BytesUnknown?.Length == 1 ? "is" : "are")} not UTF-8; say which encoding it is, such as --encoding latin1", bytes);
        }
        catch (Exception damaged) when (damaged is InvalidDataException or IOException and not FileNotFoundException)
        {
            throw new InvalidDataException($"{Place}, or soon after: the file is damaged or cut short ({damaged.Message}); get it again", damaged);
        }
        catch (Exception quote) when (quote is CsvFormatException or CsvRecordTooLargeException)
        {
            throw new InvalidDataException($"{Place}: a record begins here that does not end within {LargestRecord:#,0} characters or the file: a quotation mark may stand open; correct it, or take quotation marks for text with --no-quotes", quote);
        }
        _next = _line + 1;
        if (!_noQuotes)
            for (int column = 0; column < _csv.RowFieldCount; column++) _next += _csv.GetFieldSpan(column).Count('\n');
        return true;
    }

    ReadOnlySpan<char> Unescaped(ReadOnlySpan<char> field)
    {
        if (_unescaped.Length < field.Length) _unescaped = new char[field.Length * 2];
        int length = 0;
        for (int i = 0; i < field.Length; i++)
        {
            char c = field[i];
            if (c == '\\' && i + 1 < field.Length)
                c = field[++i] switch { 't' => '\t', 'n' => '\n', 'r' => '\r', var other => other };
            _unescaped[length++] = c;
        }
        return _unescaped.AsSpan(0, length);
    }

    void Open(int file)
    {
        _csv?.Dispose();
        _file = file;
        _csv = CsvDataReader.Create(_source.TextOf(file), new CsvDataReaderOptions { Delimiter = _separator, HasHeaders = false, MaxBufferSize = LargestRecord, Quote = _noQuotes ? NoQuote : '"', Escape = _noQuotes ? NoQuote : '"' });
        _next = 1;
        if (!_header || !ReadLine()) return;
        if (file == 0 || _source.Options.Columns is not null) return;
        string[] names = [.. Enumerable.Range(0, _csv.RowFieldCount).Select(column => _csv.GetFieldSpan(column).Trim().ToString())];
        Require.Data(names.SequenceEqual(_columns, StringComparer.OrdinalIgnoreCase), $"{Place}: its columns are {string.Join(", ", names)}, those of '{_source.NameOf(0)}' {string.Join(", ", _columns)}; files that are read together have the same columns");
    }

    string[] Fields(string line) => [.. line.Split(_separator).Select(field => field.Trim().Trim('"'))];

    static string[] FirstOf(DataSource source)
    {
        using StreamReader text = source.TextOf(0);
        var lines = new List<string>();
        try
        {
            while (lines.Count < FirstLines && text.ReadLine() is { } line)
                if (line.Length > 0) lines.Add(line);
        }
        catch (DecoderFallbackException bytes)
        {
            throw new InvalidDataException($"'{source.NameOf(0)}', line {lines.Count + 1} or soon after: the bytes {string.Join(' ', (bytes.BytesUnknown ?? []).Select(b => $"0x{b:x2}"))} are not UTF-8; say which encoding it is, such as --encoding latin1", bytes);
        }
        return [.. lines];
    }

    static char Guessed(string[] lines)
    {
        foreach (char separator in Separators)
        {
            int count = lines[0].Count(c => c == separator);
            if (count > 0 && lines.All(line => line.Count(c => c == separator) == count)) return separator;
        }
        return Separators.MaxBy(separator => lines[0].Count(c => c == separator));
    }

    /// <summary>
    /// Whether a first line names columns: it holds no number and no name twice, and either a known name, or text where all other lines hold a number, or words that
    /// never come again in their column.
    /// </summary>
    static bool LooksLikeNames(string[] fields, string[][] others)
    {
        if (fields.Any(field => field.Length is 0 or > LongestName || IsNumber(field)) || fields.Distinct(StringComparer.OrdinalIgnoreCase).Count() != fields.Length) return false;
        if (fields.Any(SchemaInference.IsKnownName)) return true;
        others = [.. others.Where(line => line.Length == fields.Length)];
        if (others.Length == 0) return fields.All(field => !field.Contains(' ', StringComparison.Ordinal));
        if (Enumerable.Range(0, fields.Length).Any(column => others.All(line => IsNumber(line[column])))) return true;
        return Enumerable.Range(0, fields.Length).All(column => !fields[column].Contains(' ', StringComparison.Ordinal) && others.All(line => line[column] != fields[column]));
    }

    static bool IsNumber(string field) => double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    static string Shown(char separator) => separator == '\t' ? "tab" : separator.ToString();
}
