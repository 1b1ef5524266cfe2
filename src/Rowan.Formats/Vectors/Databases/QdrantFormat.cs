using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>
/// Bodies of Qdrant's request "upsert points", one per line: {"points": [{"id": 0, "vector": […], "payload": {"id": "u7"}}]}. Qdrant's
/// ids are numbers, so rows are numbered and the payload has the name.
/// </summary>
sealed class QdrantFormat() : VectorFormat("qdrant", "JSON for Qdrant: a request body with up to 1,000 points per line", ".jsonl")
{
    const int PointsPerLine = 1_000, MostBytes = 4 << 20;

    public const string LineStart = "{\"points\":[";

    static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public override bool KeepsFields => true;

    internal override VectorReader Open(string path, VectorReadOptions options) => new QdrantVectors(path, options);

    public override IReadOnlyList<string> Loading(string path, VectorSurvey survey, IReadOnlyList<string> fields, string name)
    {
        string collection = $"http://localhost:6333/collections/{Uri.EscapeDataString(name)}";
        const string Json = "-H 'content-type: application/json'";
        return
        [
            $"curl -fX PUT {collection} {Json} -d '{{\"vectors\": {{\"size\": {survey.Dim}, \"distance\": \"Cosine\"}}}}'",
            $"while IFS= read -r body; do printf %s \"$body\" | curl -fX PUT '{collection}/points?wait=true' {Json} --data-binary @-; done "
                + $"< {path}",
        ];
    }

    private protected override void Write(string path, VectorReader rows, VectorSurvey survey, VectorWriteOptions options) =>
        AtomicFile.Write(path, stream =>
        {
            using var line = new MemoryStream();
            bool more = rows.Next();
            while (more)
            {
                line.SetLength(0);
                using (var json = new Utf8JsonWriter(line, Options))
                {
                    json.WriteStartObject();
                    json.WriteStartArray("points");
                    for (int points = 0; more && points < PointsPerLine && json.BytesCommitted + json.BytesPending < MostBytes; points++)
                    {
                        WritePoint(json, rows, survey);
                        more = rows.Next();
                    }
                    json.WriteEndArray();
                    json.WriteEndObject();
                }
                line.WriteByte((byte)'\n');
                line.Position = 0;
                line.CopyTo(stream);
            }
        });

    /// <summary>Writes further fields of a row, whole numbers as numbers.</summary>
    public static void WriteFields(Utf8JsonWriter json, VectorReader rows, VectorSurvey survey)
    {
        for (int field = 0; field < rows.FieldNames.Count; field++)
            if (survey.IntegerFields[field])
                json.WriteNumber(rows.FieldNames[field], long.Parse(rows.Field(field), CultureInfo.InvariantCulture));
            else json.WriteString(rows.FieldNames[field], rows.Field(field));
    }

    static void WritePoint(Utf8JsonWriter json, VectorReader rows, VectorSurvey survey)
    {
        json.WriteStartObject();
        json.WriteNumber("id", rows.Row);
        json.WriteStartArray("vector");
        foreach (float value in rows.Vector) json.WriteNumberValue(value);
        json.WriteEndArray();
        json.WriteStartObject("payload");
        json.WriteString("id", rows.NameBytes);
        WriteFields(json, rows, survey);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}

/// <summary>Reads the request bodies that <see cref="QdrantFormat"/> writes.</summary>
sealed class QdrantVectors : VectorReader
{
    readonly ByteLines _lines;
    readonly float[] _values;
    JsonElement[] _points = [];
    Dictionary<string, string> _fields = [];
    byte[] _name = [];
    int _point = -1;

    public QdrantVectors(string path, VectorReadOptions options) : base(path, options)
    {
        _lines = new ByteLines(path);
        try
        {
            Require.Data(NextLine() && _points.Length > 0 && _points[0].TryGetProperty("vector", out JsonElement vector)
                && vector.ValueKind == JsonValueKind.Array && vector.GetArrayLength() > 0,
                $"{path}: line 1: no points with vectors, as in {{\"points\": [{{\"id\": 0, \"vector\": […], \"payload\": {{\"id\": "
                    + $"…}}}}]}}");
            _values = new float[_points[0].GetProperty("vector").GetArrayLength()];
            FieldNames = [.. Checked(() => Payload(_points[0])).Keys.Where(name => name != "id")];
        }
        catch
        {
            _lines.Dispose();
            throw;
        }
    }

    public override string Format => "qdrant";

    public override string Dialect => "JSON for Qdrant, points per line"
        + (FieldNames.Count > 0 ? $", further fields {string.Join(", ", FieldNames)}" : "");

    public override long? Count => null;

    public override int Dim => _values.Length;

    public override ReadOnlySpan<float> Vector => _values;

    public override string Place => string.Create(CultureInfo.InvariantCulture, $"line {_lines.Number}, point {_point}");

    public override IReadOnlyList<string> FieldNames { get; } = [];

    public override string Field(int field) => _fields.GetValueOrDefault(FieldNames[field], "");

    /// <summary>The members of a JSON object as texts.</summary>
    public static Dictionary<string, string> Fields(byte[] json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object ? Members(document.RootElement) : [];
        }
        // Text that is no Unicode is told by the other exception.
        catch (Exception bad) when (bad is JsonException or InvalidOperationException) { return []; }
    }

    private protected override ReadOnlySpan<byte> RawName => _name;

    private protected override bool Advance(out string? problem)
    {
        problem = null;
        while (++_point >= _points.Length)
            if (!NextLine()) return false;
            else _point = -1;
        JsonElement point = _points[_point];
        _fields = Checked(() => Payload(point));
        _name = Encoding.UTF8.GetBytes(_fields.GetValueOrDefault("id", ""));
        if (!point.TryGetProperty("vector", out JsonElement vector) || vector.ValueKind != JsonValueKind.Array)
            problem = "a point without a vector";
        else if (vector.GetArrayLength() != _values.Length) problem = $"{vector.GetArrayLength()} values instead of {_values.Length}";
        else
        {
            int i = 0;
            foreach (JsonElement value in vector.EnumerateArray())
                if (value.ValueKind == JsonValueKind.Number) _values[i++] = value.GetSingle();
                else problem = $"'{value}' is not a number";
        }
        return true;
    }

    private protected override void Close() => _lines.Dispose();

    static Dictionary<string, string> Payload(JsonElement point) => point.TryGetProperty("payload", out JsonElement payload)
        && payload.ValueKind == JsonValueKind.Object ? Members(payload) : [];

    static Dictionary<string, string> Members(JsonElement from) =>
        from.EnumerateObject().DistinctBy(member => member.Name).ToDictionary(member => member.Name, member => member.Value.ToString());

    bool NextLine()
    {
        if (!_lines.Next(out ReadOnlySpan<byte> line)) return false;
        byte[] text = line.ToArray();
        _points = Checked(() =>
        {
            using JsonDocument document = JsonDocument.Parse(text);
            Require.Data(document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("points", out JsonElement points) && points.ValueKind == JsonValueKind.Array,
                $"{Path}: line {_lines.Number}: no object with an array 'points'; {ByteSource.Remedy}");
            JsonElement[] found = [.. document.RootElement.GetProperty("points").Clone().EnumerateArray()];
            Require.Data(found.All(point => point.ValueKind == JsonValueKind.Object),
                $"{Path}: line {_lines.Number}: a point that is no object; {ByteSource.Remedy}");
            return found;
        });
        return true;
    }

    /// <summary>Damaged JSON, and text in it that is no Unicode, as an error of the file.</summary>
    T Checked<T>(Func<T> read)
    {
        try { return read(); }
        catch (Exception bad) when (bad is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{Path}: line {_lines.Number}: no valid JSON: {bad.Message} Write the file again", bad);
        }
    }
}
