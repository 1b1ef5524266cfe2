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
    /// <summary>Whether a value outside the edges counts as the nearest edge.</summary>
    public bool Bounded { get; init; }

    /// <summary>(x − mean) / deviation.</summary>
    public float Standardised(float x) => (float)((Within(x) - Mean) / Deviation);

    float Within(float x) => Bounded ? Math.Clamp(x, Edges[0], Edges[^1]) : x;

    /// <summary>
    /// For each bin from edge a to edge b: min(max((x − a) / (b − a), 0), 1), but not below 0 in the first nor above 1 in the last, which
    /// go on in a straight line.
    /// </summary>
    public void Piecewise(float x, Span<float> into)
    {
        x = Within(x);
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
/// were encoded in training. Ids are those of the categorical columns, then of the components of dates; bags those of multi-valued
/// columns, then of texts; numbers those of numeric columns, then the days of dates.
/// </summary>
sealed class TabularEncoder
{
    const string DecimalComma = "decimal_comma", DateFormat = "date_format";

    public required IReadOnlyList<ColumnSchema> Categorical { get; init; }

    public required IReadOnlyList<ColumnSchema> MultiValued { get; init; }

    public required IReadOnlyList<ColumnSchema> Numeric { get; init; }

    /// <summary>Columns of texts: each is a bag of the rows of its words.</summary>
    public IReadOnlyList<ColumnSchema> Texts { get; init; } = [];

    /// <summary>Columns of dates.</summary>
    public IReadOnlyList<DateColumn> Dates { get; init; } = [];

    /// <summary>Most words that are read of a text.</summary>
    public int TextLength { get; init; }

    /// <summary>Ids of a record: one of each categorical column and of each component of a date.</summary>
    public int IdCount => Categorical.Count + Dates.Sum(date => date.Components.Count);

    /// <summary>Bags of a record: one of each multi-valued column and of each text.</summary>
    public int BagCount => MultiValued.Count + Texts.Count;

    /// <summary>Numbers of a record: one of each numeric column and of each date.</summary>
    public int NumberCount => Numeric.Count + Dates.Count;

    /// <summary>The columns that are read, in no order of the file.</summary>
    public TabularColumns Columns => new(Categorical, MultiValued, Numeric, Texts, [.. Dates.Select(date => date.Column)]);

    /// <summary>Whether the table of a map holds the words of a text.</summary>
    public bool IsText(int map) => map >= Maps.Count - Texts.Count;

    /// <summary>The names of the numbers.</summary>
    public IEnumerable<string> NumberNames => Numeric.Select(column => column.Name).Concat(Dates.Select(date => date.DaysName));

    public required ColumnSchema Label { get; init; }

    /// <summary>Values of the ids, then of the bags.</summary>
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

    /// <summary>The places of the columns in a source's records. Plain text is the text of a run that reads nothing else.</summary>
    public Places PlacesIn(RecordReader reader, bool withLabel)
    {
        if (!withLabel && reader.Columns.Count == 1 && Texts.Count == 1 && Columns.All.Count() == 1) return new([], [], [], [0], [], -1);
        int[] Of(IEnumerable<ColumnSchema> columns) => [.. columns.Select(column => reader.Column(column.Name))];
        return new(Of(Categorical), Of(MultiValued), Of(Numeric), Of(Texts), Of(Dates.Select(date => date.Column)),
            withLabel ? reader.Column(Label.Name) : -1);
    }

    /// <summary>The same with other values.</summary>
    public TabularEncoder With(IReadOnlyList<IdMap> maps) => new()
    {
        Categorical = Categorical, MultiValued = MultiValued, Numeric = Numeric, Texts = Texts, Dates = Dates, TextLength = TextLength,
        Label = Label, LabelTrim = LabelTrim, Scales = Scales, Classes = Classes, LabelMean = LabelMean,
        LabelDeviation = LabelDeviation, Dims = Dims, Maps = maps,
    };

    /// <summary>Maps of known values and words, in the order of ids and bags.</summary>
    public static IReadOnlyList<IdMap> MapsOf(IReadOnlyList<ColumnSchema> categorical, IReadOnlyList<DateColumn> dates,
        IReadOnlyList<ColumnSchema> several, IReadOnlyList<ColumnSchema> texts, IReadOnlyList<Vocabulary> known, TabularSettings settings)
    {
        string[] values = [.. categorical.Select(column => column.Name), .. dates.SelectMany(date => date.Components.Select(component =>
            DateColumn.NameOf(date.Column, component))), .. several.Select(column => column.Name)];
        // A word that was not learned is no error, whatever values are.
        UnknownSettings ofWords = settings.Unknown.Policy == UnknownIds.Error ? settings.Unknown with { Policy = null }
            : settings.Unknown;
        return [.. values.Select((name, i) => settings.Unknown.Map(name, known[i], UnknownIds.Shared)), .. texts.Select((column, i) =>
            ofWords.Map(column.Name, known[values.Length + i], UnknownIds.Shared))];
    }

    /// <summary>The time of a field; null for a missing one.</summary>
    /// <exception cref="BadRecordException">It is no date.</exception>
    public static DateTime? TimeOf(RecordReader reader, int place, ColumnSchema column) => reader.IsMissingNumber(place) ? null
        : DateColumn.TimeOf(reader.Date(place, column.Format));

    /// <summary>Encodes the record at hand. Everything is checked before anything is handed on.</summary>
    /// <exception cref="BadRecordException">A quantity or a numeric label is no number, a date is none, or a value is unknown and that
    /// is an error.</exception>
    public void Encode(RecordReader reader, Places places, TabularRow into)
    {
        for (int i = 0; i < places.Categorical.Length; i++)
            into.Ids[i] = Row(reader, places.Categorical[i], Maps[i], reader.Field(places.Categorical[i]));
        for (int i = 0; i < places.Numeric.Length; i++)
            into.Numbers[i] = reader.IsMissingNumber(places.Numeric[i]) ? float.NaN : reader.Number(places.Numeric[i], Numeric[i].Format);
        EncodeDates(reader, places, into);
        for (int i = 0; i < places.MultiValued.Length; i++)
        {
            into.Lists[i].Clear();
            ReadOnlySpan<char> field = reader.Field(places.MultiValued[i]);
            foreach (Range part in field.Split(MultiValued[i].ValueSeparator ?? '|'))
                if (!field[part].Trim().IsEmpty)
                    into.Lists[i].Add(Row(reader, places.MultiValued[i], Maps[into.Ids.Length + i], field[part].Trim()));
        }
        for (int i = 0; i < places.Texts.Length; i++)
        {
            int bag = places.MultiValued.Length + i;
            into.Lists[bag].Clear();
            if (!reader.IsMissing(places.Texts[i]))
                TabularTexts.Encode(reader.Field(places.Texts[i]), TextLength, Maps[into.Ids.Length + bag], into.Lists[bag]);
        }
        if (places.Label >= 0) into.Label = LabelOf(reader, places.Label);
    }

    void EncodeDates(RecordReader reader, Places places, TabularRow into)
    {
        int at = Categorical.Count;
        for (int i = 0; i < places.Dates.Length; i++)
        {
            DateTime? time = TimeOf(reader, places.Dates[i], Dates[i].Column);
            into.Numbers[Numeric.Count + i] = time is { } known ? DateColumn.DaysOf(known) : float.NaN;
            foreach (DateComponent component in Dates[i].Components)
            {
                into.Ids[at] = Row(reader, places.Dates[i], Maps[at], time is { } given ? DateColumn.ValueOf(component, given) : "");
                at++;
            }
        }
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
            Write(json, Scales[i]);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (Texts.Count > 0) Names(json, "texts", Texts);
        if (Dates.Count > 0) json.WriteStartArray("dates");
        for (int i = 0; i < Dates.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("name", Dates[i].Column.Name);
            json.WriteString(DateFormat, Dates[i].Column.Format.DateFormat);
            json.WriteStartArray("components");
            foreach (DateComponent component in Dates[i].Components) json.WriteStringValue(DateColumn.Name(component));
            json.WriteEndArray();
            Write(json, Scales[Numeric.Count + i]);
            json.WriteEndObject();
        }
        if (Dates.Count > 0) json.WriteEndArray();
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

    static void Write(Utf8JsonWriter json, NumericScale scale)
    {
        json.WriteNumber("mean", scale.Mean);
        json.WriteNumber("deviation", scale.Deviation);
        json.WriteStartArray("edges");
        foreach (float edge in scale.Edges) json.WriteNumberValue(edge);
        json.WriteEndArray();
    }

    /// <summary>Reads what <see cref="Write(Utf8JsonWriter)"/> wrote.</summary>
    public static TabularEncoder Read(JsonElement run, IReadOnlyList<(Vocabulary Ids, int Dim)> tables, TabularSettings settings)
    {
        JsonElement json = run.GetProperty("encoder");
        ColumnSchema[] categorical = ColumnsOf(json, "categorical", ColumnRole.Categorical),
            several = ColumnsOf(json, "multi_valued", ColumnRole.MultiValued), numeric = ColumnsOf(json, "numeric", ColumnRole.Numeric),
            texts = ColumnsOf(json, "texts", ColumnRole.Text);
        DateColumn[] dates = [.. Elements(json, "dates").Select(Date)];
        return new TabularEncoder
        {
            Categorical = categorical, MultiValued = several, Numeric = numeric, Texts = texts, Dates = dates,
            TextLength = settings.Length,
            Label = new ColumnSchema { Name = json.GetProperty("label").GetString()!, Index = -1, Kind = ColumnKind.Name, Role =
                ColumnRole.Label, Format = FormatOf(json, $"label_{DecimalComma}") },
            Maps = MapsOf(categorical, dates, several, texts, [.. tables.Select(table => table.Ids)], settings),
            Dims = [.. tables.Select(table => table.Dim)],
            Scales = [.. Elements(json, "numeric").Select(Scale),
                .. Elements(json, "dates").Select(date => Scale(date) with { Bounded = true })],
            Classes = json.TryGetProperty("classes", out JsonElement classes)
                ? new Vocabulary(classes.EnumerateArray().Select(label => label.GetString()!)) : null,
            LabelMean = json.GetProperty("label_mean").GetDouble(), LabelDeviation = json.GetProperty("label_deviation").GetDouble(),
            LabelTrim = settings.LabelTrim,
        };
    }

    static IEnumerable<JsonElement> Elements(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement list) ? list.EnumerateArray() : [];

    static NumericScale Scale(JsonElement json) => new(json.GetProperty("mean").GetDouble(), json.GetProperty("deviation").GetDouble(),
        [.. json.GetProperty("edges").EnumerateArray().Select(edge => edge.GetSingle())]);

    static DateColumn Date(JsonElement json) => new(new ColumnSchema
    {
        Name = json.GetProperty("name").GetString()!, Index = -1, Kind = ColumnKind.Time, Role = ColumnRole.Time,
        Format = ValueFormat.Default.WithDates(json.GetProperty(DateFormat).GetString()!),
    }, [.. json.GetProperty("components").EnumerateArray().Select(component => DateColumn.Named(component.GetString()!))]);

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

    static ColumnSchema[] ColumnsOf(JsonElement json, string name, ColumnRole role) =>
        [.. Elements(json, name).Select(column => new ColumnSchema
    {
        Name = column.GetProperty("name").GetString()!, Index = -1, Kind = ColumnKind.Name, Role = role, Format =
            FormatOf(column, DecimalComma), ValueSeparator = column.TryGetProperty("separator", out JsonElement separator)
            ? separator.GetString()![0] : null,
    })];

    /// <summary>The places of columns in records; label −1 where it is not needed.</summary>
    public sealed record Places(int[] Categorical, int[] MultiValued, int[] Numeric, int[] Texts, int[] Dates, int Label);
}
