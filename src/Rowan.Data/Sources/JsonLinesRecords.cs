using System.Text;
using System.Text.Json;
using Rowan.Numerics;

namespace Rowan.Data;

/// <summary>
/// A JSON object a line. Columns are the keys of the first records, in the order in which they come; a key that a record lacks, and null, are missing values; a list of texts or numbers is
/// several values with a bar between them.
/// </summary>
sealed class JsonLinesRecords : RecordReader
{
    const int FirstRecords = 1_000;

    readonly DataSource _source;
    readonly List<string> _columns = [];
    readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    string[] _fields = [];
    StreamReader? _text;
    int _file = -1;
    long _line;

    public JsonLinesRecords(DataSource source) : base(source.Options)
    {
        _source = source;
        using StreamReader text = source.TextOf(0);
        var place = new RecordPlace(source.NameOf(0), 1);
        for (int i = 0; i < FirstRecords && source.LineOf(text, place) is { } line; i++)
        {
            place = place with { Number = i + 1 };
            if (string.IsNullOrWhiteSpace(line)) continue;
            try
            {
                using JsonDocument document = JsonDocument.Parse(line);
                if (document.RootElement.ValueKind != JsonValueKind.Object) continue;
                foreach (JsonProperty property in document.RootElement.EnumerateObject())
                    if (_places.TryAdd(property.Name, _columns.Count)) _columns.Add(property.Name);
            }
            // It is said when the record is read.
            catch (JsonException) { }
        }
        Require.Data(_columns.Count > 0, $"'{source.NameOf(0)}' has no JSON object in its first {FirstRecords:#,0} lines; a record is an object on a line of its own");
        _fields = new string[_columns.Count];
    }

    public override IReadOnlyList<string> Columns => _columns;

    public override SourceLayout Layout { get; } = new() { Kind = "JSON Lines", Format = DataFormat.JsonLines };

    public override RecordPlace Place => new(_source.NameOf(Math.Max(0, _file)), _line);

    public override ReadOnlySpan<char> Field(int column) => _fields[column];

    public override void Dispose() => _text?.Dispose();

    private protected override bool Next()
    {
        while (true)
        {
            if (_text is not null && _source.LineOf(_text, Place) is { } line)
            {
                _line++;
                if (string.IsNullOrWhiteSpace(line)) continue;
                Parse(line);
                return true;
            }
            _text?.Dispose();
            if (_file + 1 == _source.Count) return false;
            _text = _source.TextOf(++_file);
            _line = 0;
        }
    }

    void Parse(string line)
    {
        Array.Fill(_fields, "");
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw new BadRecordException(Place, null, $"a JSON {document.RootElement.ValueKind.ToString().ToLowerInvariant()} where an object is expected");
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (!_places.TryGetValue(property.Name, out int column)) throw new BadRecordException(Place, property.Name, $"none of the first {FirstRecords:#,0} records has this key", "give it a value, or null, in one of them, or pass over such records with --skip-bad N");
                _fields[column] = Text(property.Value, property.Name);
            }
        }
        catch (JsonException broken)
        {
            throw new BadRecordException(Place, null, $"it is not JSON from byte {broken.BytePositionInLine + 1} on", inner: broken);
        }
    }

    string Text(JsonElement value, string key) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Null => "",
        JsonValueKind.Array => string.Join('|', value.EnumerateArray().Select(one => one.ValueKind is JsonValueKind.Array or JsonValueKind.Object ? throw Nested(key) : Text(one, key))),
        _ => throw Nested(key),
    };

    BadRecordException Nested(string key) => new(Place, key, "a nested object; a value is a text, a number, true, false, null, or a list of those", "take it out of the object");
}
