using System.Text.Json;
using Rowan.Numerics;

namespace Rowan.Data;

/// <summary>
/// JSON objects, one a line or in an array. Columns are the keys of the first records, in the order in which they come; a key that only
/// later records have is no column. A key that a record lacks, and
/// null, are missing values. A list of texts or numbers is several values with <see cref="ReadOptions.ListSeparator"/> between them.
/// Keys that hold objects are listed as columns that cannot be used.
/// </summary>
sealed class JsonRecords : RecordReader
{
    const int FirstRecords = 1_000;

    readonly DataSource _source;
    readonly List<string> _columns = [];
    readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    readonly string[] _fields;
    readonly bool _lines;
    readonly char _between;
    LineReader? _lineReader;
    JsonPieces? _pieces;
    int _file = -1;
    long _record;

    public JsonRecords(DataSource source) : base(source.Options)
    {
        _source = source;
        _between = source.Options.ListSeparator;
        SourceFile first = source.Files[0];
        _lines = IsLines(first);
        var keys = new Keys();
        try
        {
            for (int i = 0; i < FirstRecords && NextText() is { } text; i++)
            {
                // What is wrong is said when the record is read.
                try { keys.Add(text.Span); }
                catch (Exception broken) when (broken is JsonException or InvalidOperationException) { }
            }
        }
        catch (InvalidDataException) when (keys.Records > 0) { }
        Restart();
        Require.Data(keys.Names.Count > 0, $"'{first.Name}' has no JSON object in its first {FirstRecords:#,0} " +
            $"{(_lines ? "lines" : "elements")}; a record is an object on a line of its own, or in a list");
        keys.RefuseSingle(first.Name);
        foreach (string name in keys.Names)
            if (!keys.IsObject(name))
            {
                _places.Add(name, _columns.Count);
                _columns.Add(name);
            }
        Require.Data(_columns.Count > 0, $"'{first.Name}' has no column that can be used: all keys ({string.Join(", ", keys.Names)}) " +
            $"hold objects; take the values out of the objects");
        if (_columns.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new InvalidDataException($"'{first.Name}': the keys '{string.Join("' and '", twice)}' differ in upper and lower case " +
                "alone, and names of columns are matched without it; rename one");
        _fields = new string[_columns.Count];
        Layout = new()
        {
            Kind = source.Options.Format == DataFormat.JsonLines || _lines ? "JSON Lines" : "JSON",
                Format = _lines ? DataFormat.JsonLines : DataFormat.JsonArray, Encoding = first.Encoding.WebName,
            ListColumns = [.. _columns.Where(keys.IsList)], ListSeparator = _between,
                Unusable = [.. keys.Names.Where(keys.IsObject).Select(name =>
                new UnusableColumn(name, "it holds JSON objects, or lists of lists or objects"))],
            Guesses = first.EncodingIsGuessed ? [new($"the text is {first.Encoding.WebName.ToUpperInvariant()}, without a byte order " +
                $"mark", "`encoding` NAME")] : [],
        };
    }

    public override IReadOnlyList<string> Columns => _columns;

    public override SourceLayout Layout { get; }

    public override RecordPlace Place => _lines ? _lineReader!.Place : new(_source.Files[Math.Max(0, _file)].Name, _record, "record");

    public override ReadOnlySpan<char> Field(int column) => _fields[column];

    public override void Dispose()
    {
        _lineReader?.Dispose();
        _pieces?.Dispose();
        _pieces = null;
    }

    private protected override bool Next()
    {
        if (NextText() is not { } text) return false;
        Parse(text);
        return true;
    }

    /// <summary>Whether each record is on a line of its own: the first line is a whole object, or at least not the beginning of one that
    /// goes on.</summary>
    static bool IsLines(SourceFile file)
    {
        string[] lines = [.. file.Lines.Where(line => !string.IsNullOrWhiteSpace(line)).Take(2)];
        if (lines.Length == 0) return true;
        string first = lines[0].Trim('\ufeff', ' ', '\t');
        if (first.StartsWith('[')) return file.Ending is ".jsonl" or ".ndjson" && first.Length > 1
            && !first[1..].TrimStart().StartsWith('{');
        return first != "{" && (first.EndsWith('}') || lines.Length == 1 || lines[1].TrimStart().StartsWith('{'));
    }

    void Restart()
    {
        Dispose();
        _lineReader = _lines ? new LineReader(_source) : null;
        (_file, _record) = (-1, 0);
    }

    /// <summary>The text of the next record; null after the last.</summary>
    ReadOnlyMemory<char>? NextText()
    {
        if (_lines)
        {
            _lineReader ??= new LineReader(_source);
            while (_lineReader.Next() is { } line)
                if (!string.IsNullOrWhiteSpace(line)) return line.AsMemory();
            return null;
        }
        while (true)
        {
            if (_pieces is not null)
            {
                try
                {
                    ReadOnlyMemory<char> piece = _pieces.Next();
                    if (!piece.IsEmpty)
                    {
                        _record++;
                        return piece;
                    }
                }
                catch (Exception thrown) when (_source.Files[_file].Explained(thrown,
                    Place with { Number = _record + 1 }) is { } said) { throw said; }
                _pieces.Dispose();
                _pieces = null;
            }
            if (_file + 1 == _source.Files.Count) return null;
            _pieces = new JsonPieces(_source.Files[++_file].Text());
            _record = 0;
        }
    }

    void Parse(ReadOnlyMemory<char> text)
    {
        Array.Fill(_fields, "");
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new BadRecordException(Place, null, $"a JSON {document.RootElement.ValueKind.ToString().ToLowerInvariant()} " +
                    $"where an object is expected");
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
                if (_places.TryGetValue(property.Name, out int column)) _fields[column] = Text(property.Value, property.Name);
        }
        catch (JsonException broken)
        {
            throw new BadRecordException(Place, null, $"it is not JSON from byte {broken.BytePositionInLine + 1} on", inner: broken);
        }
        // Half of a pair of UTF-16, as \ud83d alone: what is left of an emoji that was cut.
        catch (InvalidOperationException half)
        {
            throw new BadRecordException(Place, null, "a text holds half of a surrogate pair (such as \\ud83d alone, a cut emoji), " +
                "which is no character", inner: half);
        }
    }

    string Text(JsonElement value, string key) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Null => "",
        JsonValueKind.Array => string.Join(_between, value.EnumerateArray().Select(one => Element(one, key)).Where(one =>
            one.Length > 0)),
        _ => throw Nested(key),
    };

    string Element(JsonElement one, string key)
    {
        if (one.ValueKind is JsonValueKind.Array or JsonValueKind.Object) throw Nested(key);
        string text = Text(one, key);
        return !text.Contains(_between, StringComparison.Ordinal) ? text
            : throw new BadRecordException(Place, key, $"a value of the list, '{Shortened(text)}', holds '{_between}', which separates " +
                $"the values of a list", "state another separator, such as `value-separator` ;, or skip such records with " +
                "`skip-bad` N");
    }

    BadRecordException Nested(string key) => new(Place, key,
        "a nested object; a value is a text, a number, true, false, null, or a list of those",
        "take it out of the object, or skip such records with `skip-bad` N");

    /// <summary>What the first records hold under each key.</summary>
    sealed class Keys
    {
        readonly Dictionary<string, (int Values, int Lists, int Objects)> _seen = new(StringComparer.Ordinal);
        string? _listOfObjects;

        public List<string> Names { get; } = [];

        public int Records { get; private set; }

        public void Add(ReadOnlySpan<char> record)
        {
            using JsonDocument document = JsonDocument.Parse(record.ToString());
            if (document.RootElement.ValueKind != JsonValueKind.Object) return;
            Records++;
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (!_seen.TryGetValue(property.Name, out (int Values, int Lists, int Objects) seen)) Names.Add(property.Name);
                bool list = property.Value.ValueKind == JsonValueKind.Array,
                    nested = list && property.Value.EnumerateArray().Any(one =>
                    one.ValueKind is JsonValueKind.Array or JsonValueKind.Object);
                if (nested && property.Value.EnumerateArray().All(one =>
                    one.ValueKind == JsonValueKind.Object)) _listOfObjects ??= property.Name;
                bool value = property.Value.ValueKind is not JsonValueKind.Null;
                _seen[property.Name] = (seen.Values + (value ? 1 : 0), seen.Lists + (list && !nested ? 1 : 0),
                    seen.Objects + (nested || property.Value.ValueKind == JsonValueKind.Object ? 1 : 0));
            }
        }

        public bool IsList(string name) => _seen[name] is var (values, lists, _) && lists * 2 > values;

        public bool IsObject(string name) => _seen[name] is var (values, _, objects) && objects * 2 > values;

        /// <summary>A file of one object holds its records inside: that is named.</summary>
        public void RefuseSingle(string file)
        {
            if (Records != 1) return;
            if (_listOfObjects is { } list) throw new InvalidDataException($"'{file}' is one JSON object, and its records seem to be " +
                $"the list '{list}' in it; save that list alone, such as: jq '.\"{list}\"' '{file}' > records.json");
            if (Names.Count > 1 && Names.All(IsObject)) throw new InvalidDataException($"'{file}' is one JSON object of columns; write " +
                $"a record an object: pandas.read_json('{file}').to_json('records.jsonl', orient='records', lines=True)");
        }
    }
}
