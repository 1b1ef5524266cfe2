using Rowan.Numerics;

namespace Rowan.Data;

/// <summary>Fields between separators, a record a line, with or without quotes and header.</summary>
sealed class DelimitedRecords : RecordReader
{
    readonly DataSource _source;
    readonly DelimitedLayout _layout;
    DelimitedParser? _parser;
    int[] _fields = [];
    int _file, _width;
    bool _trailing;

    public DelimitedRecords(DataSource source) : base(source.Options)
    {
        _source = source;
        _layout = DelimitedLayout.Of(source.Files[0], source.Options);
        Layout = new()
        {
            Kind = _layout.Dialect.Separator == "\t" ? "TSV" : "CSV", Format = DataFormat.Delimited, Separator = _layout.Dialect.InWords,
                Header = _layout.Header,
            Encoding = source.Files[0].Encoding.WebName, Guesses = _layout.Guesses,
        };
        Open(0);
    }

    public override IReadOnlyList<string> Columns => _layout.Names;

    public override SourceLayout Layout { get; }

    public override RecordPlace Place => new(_source.Files[_file].Name, _parser?.Line ?? 0);

    public override ReadOnlySpan<char> Field(int column) => _parser![_fields[column]];

    public override void Dispose() => _parser?.Dispose();

    private protected override bool Next()
    {
        while (true)
        {
            if (ReadRecord())
            {
                int count = _parser!.Count;
                if (_parser.Problem is null && IsWhole(count)) return true;
                if (_trailing && count == _width && _parser.Problem is null) throw Filled();
                // An empty line holds no record, at the end of a file least of all.
                if (_parser.Problem is null && count <= 1 && _parser[0].IsWhiteSpace()) continue;
                throw Broken(count);
            }
            if (_file + 1 == _source.Files.Count) return false;
            Open(_file + 1);
        }
    }

    /// <summary>
    /// Whether a record has the fields that it should; where lines end in a separator, with an empty field after it or without.
    /// </summary>
    bool IsWhole(int count)
    {
        if (!_trailing) return count == _width;
        return count == _width - 1
            || (count >= _width && count <= _width + 1 && _parser![_width - 1].IsEmpty && _parser[count - 1].IsEmpty);
    }

    BadRecordException Filled() => new(Place, null,
        $"'{Shortened(_parser![_width - 1])}' follows the last separator, where no record before had a value",
        "name all columns as `columns` a,b,c, or skip such records with `skip-bad` N");

    BadRecordException Broken(int count)
    {
        RecordPlace place = Place;
        string? problem = _parser!.Problem;
        bool several = _parser.NextLine > _parser.Line + 1;
        string lines = several && problem is null ? $"; it continues to line {_parser.NextLine - 1}: a quotation mark may be open " +
            $"(`no-quotes` reads quotation marks as text)" : "";
        // What follows the first line of a broken record is read again: it may hold whole records.
        if (several || problem is not null) _parser.EndAtFirstLine();
        return new(place, null, problem ?? $"{count} {(count == 1 ? "field" : "fields")} where {_width} are expected (separator: " +
            $"{_layout.Dialect.InWords}){lines}");
    }

    bool ReadRecord()
    {
        try { return _parser!.Read(); }
        catch (Exception thrown) when (_source.Files[_file].Explained(thrown, Place) is { } said) { throw said; }
    }

    void Open(int file)
    {
        _parser?.Dispose();
        _parser = null;
        _file = file;
        DelimitedLayout layout = file == 0 ? _layout : DelimitedLayout.Of(_source.Files[file], _source.Options, _layout);
        (_fields, _width, _trailing) = (layout.Fields, layout.Width, layout.Trailing);
        if (file > 0 && _layout.Header && _source.Options.Columns is null)
        {
            // The order of the columns may differ.
            _fields = [.. _layout.Names.Select(name => Array.FindIndex(layout.Names,
                other => string.Equals(other, name, StringComparison.OrdinalIgnoreCase))).Select(at => at < 0 ? -1 : layout.Fields[at])];
            Require.Data(!_fields.Contains(-1) && layout.Names.Length == _layout.Names.Length,
                $"'{_source.Files[file].Name}', line {layout.SkippedLines + 1}: its columns are {string.Join(", ", layout.Names)}, " +
                $"those of '{_source.Files[0].Name}' {string.Join(", ", _layout.Names)}; files that are read together have the same "
                    + $"columns");
        }
        _parser = new DelimitedParser(_source.Files[file].Text(), _layout.Dialect);
        for (int line = 0; line < layout.SkippedLines; line++)
            if (ReadRecord()) _parser.EndAtFirstLine();
        if (!layout.Header) return;
        do
        {
            if (!ReadRecord()) return;
        }
        while (_parser.Count <= 1 && _parser[0].IsWhiteSpace());
    }
}
