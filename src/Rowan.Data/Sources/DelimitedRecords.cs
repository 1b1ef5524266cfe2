using System.Text;
using Rowan.Numerics;
using Sylvan.Data.Csv;

namespace Rowan.Data;

/// <summary>Fields between separators, a record a line, with or without quotes and header.</summary>
sealed class DelimitedRecords : RecordReader
{
    const int LargestRecord = 1 << 26, FirstLines = 20;
    const char NoQuote = '\u0001';          // A control character that text does not hold stands for the mark that is not to be one.
    static readonly char[] Separators = ['\t', ',', ';', '|'];

    readonly DataSource _source;
    readonly char _separator;
    readonly bool _header, _noQuotes;
    readonly string[] _columns;
    CsvDataReader? _csv;
    int _file;
    long _line;
    char[] _unescaped = [];

    public DelimitedRecords(DataSource source) : base(source.Options)
    {
        _source = source;
        string[] first = FirstOf(source);
        Require.Data(first.Length > 0, $"'{source.NameOf(0)}' is empty; name a file with records");
        _separator = source.Options.Separator ?? Guessed(first);
        string[] fields = [.. first[0].Split(_separator).Select(field => field.Trim().Trim('"'))];
        _header = source.Options.Header ?? (source.Options.Columns is null && LooksLikeNames(fields));
        _columns = source.Options.Columns is { } named ? [.. named] : _header ? fields : [.. Enumerable.Range(1, fields.Length).Select(column => $"c{column}")];
        _noQuotes = source.Options.NoQuotes ?? (_separator == '\t' && !first.Any(line => line.Split('\t').Any(field => field.Length >= 2 && field[0] == '"' && field[^1] == '"')));
        Open(0);
    }

    public override IReadOnlyList<string> Columns => _columns;

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
            if (_csv!.Read())
            {
                _line++;
                if (_csv.RowFieldCount != _columns.Length)
                    throw new BadRecordException(Place, null, $"{_csv.RowFieldCount} fields where {_columns.Length} are expected");
                return true;
            }
            if (_file + 1 == _source.Count) return false;
            Open(_file + 1);
        }
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
        var text = new StreamReader(_source.BytesOf(file), _source.Options.Encoding ?? new UTF8Encoding(false, throwOnInvalidBytes: true));
        _csv = CsvDataReader.Create(text, new CsvDataReaderOptions { Delimiter = _separator, HasHeaders = false, MaxBufferSize = LargestRecord, Quote = _noQuotes ? NoQuote : '"', Escape = _noQuotes ? NoQuote : '"' });
        _line = 0;
        if (!_header) return;
        _csv.Read();
        _line = 1;
    }

    static string[] FirstOf(DataSource source)
    {
        using var text = new StreamReader(source.BytesOf(0), source.Options.Encoding ?? new UTF8Encoding(false, throwOnInvalidBytes: true));
        var lines = new List<string>();
        while (lines.Count < FirstLines && text.ReadLine() is { } line)
            if (line.Length > 0) lines.Add(line);
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

    static bool LooksLikeNames(string[] fields) =>
        fields.All(field => field.Length > 0 && !double.TryParse(field, System.Globalization.CultureInfo.InvariantCulture, out _)) && fields.Distinct(StringComparer.OrdinalIgnoreCase).Count() == fields.Length;
}
