using System.Text.Json;
using Rowan.Data;
using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>A quantity's place among those of the training records.</summary>
/// <param name="Mean">Their mean.</param>
/// <param name="Deviation">Their standard deviation; 1 where all are equal.</param>
/// <param name="Edges">Quantiles that part them in about equal bins, ascending, each once.</param>
sealed record NumericScale(double Mean, double Deviation, float[] Edges)
{
    /// <summary>(x − mean) / deviation.</summary>
    public float Standardised(float x) => (float)((x - Mean) / Deviation);

    /// <summary>
    /// For each bin from edge a to edge b: min(max((x − a) / (b − a), 0), 1), but not below 0 in the first nor above 1 in the last, which
    /// go on in a straight line.
    /// </summary>
    public void Piecewise(float x, Span<float> into)
    {
        into.Clear();
        for (int bin = 0; bin + 1 < Edges.Length; bin++)
        {
            float t = (x - Edges[bin]) / (Edges[bin + 1] - Edges[bin]);
            if (bin > 0) t = Math.Max(t, 0);
            if (bin + 2 < Edges.Length) t = Math.Min(t, 1);
            into[bin] = t;
        }
    }
}

/// <summary>
/// Records as ids and quantities: which columns there are, their values, and their scales. What a run keeps to encode records as they
/// were encoded in training.
/// </summary>
sealed class TabularEncoder
{
    const string DecimalComma = "decimal_comma";


    public required IReadOnlyList<ColumnSchema> Categorical { get; init; }

    public required IReadOnlyList<ColumnSchema> MultiValued { get; init; }

    public required IReadOnlyList<ColumnSchema> Numeric { get; init; }

    public required ColumnSchema Label { get; init; }

    /// <summary>Values of the categorical, then of the multi-valued columns.</summary>
    public required IReadOnlyList<IdMap> Maps { get; init; }

    /// <summary>Values per row of each table, if the run has fixed them; null to compute them by the rule.</summary>
    public IReadOnlyList<int>? Dims { get; init; }

    public required IReadOnlyList<NumericScale> Scales { get; init; }

    /// <summary>Classes in order; null where the label is a number.</summary>
    public required Vocabulary? Classes { get; init; }

    /// <summary>The mean and the standard deviation of a numeric label.</summary>
    public double LabelMean { get; init; }

    public double LabelDeviation { get; init; } = 1;

    public required string LabelTrim { get; init; }

    /// <summary>Outputs of the network: one for a number or for two classes, else one a class.</summary>
    public int Outputs => Classes is null || Classes.Count == 2 ? 1 : checked((int)Classes.Count);

    /// <summary>The places of the columns in a source's records.</summary>
    public Places PlacesIn(RecordReader reader, bool withLabel) => new(
        [.. Categorical.Select(column => reader.Column(column.Name))], [.. MultiValued.Select(column => reader.Column(column.Name))],
        [.. Numeric.Select(column => reader.Column(column.Name))], withLabel ? reader.Column(Label.Name) : -1);

    /// <summary>Encodes the record at hand. Everything is checked before anything is handed on.</summary>
    /// <exception cref="BadRecordException">A quantity or a numeric label is no number, or a value is unknown and that is an
    /// error.</exception>
    public void Encode(RecordReader reader, Places places, TabularRow into)
    {
        for (int i = 0; i < places.Categorical.Length; i++)
            into.Ids[i] = Row(reader, places.Categorical[i], Maps[i], reader.Field(places.Categorical[i]));
        for (int i = 0; i < places.Numeric.Length; i++)
            into.Numbers[i] = reader.IsMissingNumber(places.Numeric[i]) ? float.NaN : reader.Number(places.Numeric[i], Numeric[i].Format);
        for (int i = 0; i < places.MultiValued.Length; i++)
        {
            into.Lists[i].Clear();
            ReadOnlySpan<char> field = reader.Field(places.MultiValued[i]);
            foreach (Range part in field.Split(MultiValued[i].ValueSeparator ?? '|'))
                if (!field[part].Trim().IsEmpty)
                    into.Lists[i].Add(Row(reader, places.MultiValued[i], Maps[Categorical.Count + i], field[part].Trim()));
        }
        if (places.Label >= 0) into.Label = LabelOf(reader, places.Label);
    }

    static int Row(RecordReader reader, int column, IdMap map, ReadOnlySpan<char> value) =>
        map.Unknown != UnknownIds.Error || map.Known.TryGetId(value, out _)
            ? (int)map[value] : throw reader.Bad(column, $"a value that was learned, as `unknown` error asks ({map.Known.Count} were)");

    /// <summary>The class index; −1 for a class that does not occur in the training records.</summary>
    float LabelOf(RecordReader reader, int column)
    {
        if (Classes is null) return (float)((reader.Number(column, Label.Format) - LabelMean) / LabelDeviation);
        return Classes.TryGetId(Trimmed(reader.Field(column), LabelTrim), out long id) ? id : -1;
    }

    public static ReadOnlySpan<char> Trimmed(ReadOnlySpan<char> label, string characters) => characters.Length == 0
        ? label : label.Trim(characters);

    /// <summary>Writes the object "encoder": everything but the values, which are stored in separate files.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("encoder");
        Names(json, "categorical", Categorical);
        Names(json, "multi_valued", MultiValued);
        json.WriteStartArray("numeric");
        for (int i = 0; i < Numeric.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("name", Numeric[i].Name);
            if (Numeric[i].Format.DecimalComma) json.WriteBoolean(DecimalComma, true);
            json.WriteNumber("mean", Scales[i].Mean);
            json.WriteNumber("deviation", Scales[i].Deviation);
            json.WriteStartArray("edges");
            foreach (float edge in Scales[i].Edges) json.WriteNumberValue(edge);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteString("label", Label.Name);
        if (Label.Format.DecimalComma) json.WriteBoolean($"label_{DecimalComma}", true);
        json.WriteNumber("label_mean", LabelMean);
        json.WriteNumber("label_deviation", LabelDeviation);
        if (Classes is not null)
        {
            json.WriteStartArray("classes");
            foreach (string label in Classes.Words) json.WriteStringValue(label);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static TabularEncoder Read(JsonElement run, IReadOnlyList<(Vocabulary Ids, int Dim)> tables, TabularSettings settings)
    {
        JsonElement json = run.GetProperty("encoder");
        ColumnSchema[] categorical = Columns(json, "categorical", ColumnRole.Categorical),
        several = Columns(json, "multi_valued", ColumnRole.MultiValued), numeric = Columns(json, "numeric", ColumnRole.Numeric);
        return new TabularEncoder
        {
            Categorical = categorical, MultiValued = several, Numeric = numeric,
            Label = new ColumnSchema { Name = json.GetProperty("label").GetString()!, Index = -1, Kind = ColumnKind.Name, Role =
                ColumnRole.Label, Format = FormatOf(json, $"label_{DecimalComma}") },
            Maps = [.. categorical.Concat(several)
                .Select((column, i) => settings.Unknown.Map(column.Name, tables[i].Ids, UnknownIds.Shared))],
                Dims = [.. tables.Select(table => table.Dim)],
            Scales = [.. json.GetProperty("numeric").EnumerateArray()
                .Select(scale => new NumericScale(scale.GetProperty("mean").GetDouble(), scale.GetProperty("deviation").GetDouble(),
                [.. scale.GetProperty("edges").EnumerateArray().Select(edge => edge.GetSingle())]))],
            Classes = json.TryGetProperty("classes", out JsonElement classes)
                ? new Vocabulary(classes.EnumerateArray().Select(label => label.GetString()!)) : null,
            LabelMean = json.GetProperty("label_mean").GetDouble(), LabelDeviation = json.GetProperty("label_deviation").GetDouble(),
            LabelTrim = settings.LabelTrim,
        };
    }

    static void Names(Utf8JsonWriter json, string name, IReadOnlyList<ColumnSchema> columns)
    {
        json.WriteStartArray(name);
        foreach (ColumnSchema column in columns)
        {
            json.WriteStartObject();
            json.WriteString("name", column.Name);
            if (column.ValueSeparator is { } separator) json.WriteString("separator", separator.ToString());
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    static ValueFormat FormatOf(JsonElement json, string name) => json.TryGetProperty(name, out _)
        ? ValueFormat.Default with { DecimalComma = true } : ValueFormat.Default;

    static ColumnSchema[] Columns(JsonElement json, string name, ColumnRole role) =>
        [.. json.GetProperty(name).EnumerateArray().Select(column => new ColumnSchema
    {
        Name = column.GetProperty("name").GetString()!, Index = -1, Kind = ColumnKind.Name, Role = role, Format =
            FormatOf(column, DecimalComma), ValueSeparator = column.TryGetProperty("separator", out JsonElement separator)
            ? separator.GetString()![0] : null,
    })];

    /// <summary>The places of columns in records; label −1 where it is not needed.</summary>
    public sealed record Places(int[] Categorical, int[] MultiValued, int[] Numeric, int Label);
}

/// <summary>An encoded record.</summary>
sealed class TabularRow(int categorical, int several, int numeric)
{
    public int[] Ids { get; } = new int[categorical];

    public List<int>[] Lists { get; } = [.. Enumerable.Range(0, several).Select(_ => new List<int>())];

    /// <summary>Quantities; NaN where one is missing.</summary>
    public float[] Numbers { get; } = new float[numeric];

    public float Label { get; set; }
}

/// <summary>Encoded records: in memory, or in mapped temporary files.</summary>
sealed class TabularRecords(int categorical, int several, int numeric, long memoryLimit) : IDisposable
{
    readonly ValueStore<int> _ids = new(memoryLimit / 3);
    readonly ValueStore<float> _numbers = new(memoryLimit / 3), _labels = new(memoryLimit / 12);
    readonly ListStore<int>[] _lists =
        [.. Enumerable.Range(0, several).Select(_ => new ListStore<int>(memoryLimit / 6 / Math.Max(1, several)))];

    public long Count => _labels.Count;

    public void Add(TabularRow row)
    {
        _ids.Add(row.Ids);
        _numbers.Add(row.Numbers);
        for (int i = 0; i < several; i++) _lists[i].Add(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(row.Lists[i]));
        _labels.Add(row.Label);
    }

    public void Complete()
    {
        _ids.Complete();
        _numbers.Complete();
        _labels.Complete();
        foreach (ListStore<int> list in _lists) list.Complete();
    }

    public void Ids(long record, Span<int> into) => _ids.Read(record * categorical, into);

    public void Numbers(long record, Span<float> into) => _numbers.Read(record * numeric, into);

    public float Label(long record) => _labels[record];

    public int[] List(int column, long record)
    {
        var list = new int[_lists[column].Length(record)];
        _lists[column].Read(record, list);
        return list;
    }

    public void Dispose()
    {
        _ids.Dispose();
        _numbers.Dispose();
        _labels.Dispose();
        foreach (ListStore<int> list in _lists) list.Dispose();
    }
}
