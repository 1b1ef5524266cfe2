using Rowan.Data;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>The columns that a tabular run reads, by how they are encoded.</summary>
sealed record TabularColumns(IReadOnlyList<ColumnSchema> Categorical, IReadOnlyList<ColumnSchema> MultiValued,
    IReadOnlyList<ColumnSchema> Numeric, IReadOnlyList<ColumnSchema> Texts, IReadOnlyList<ColumnSchema> Dates)
{
    /// <summary>All of them.</summary>
    public IEnumerable<ColumnSchema> All => Categorical.Concat(MultiValued).Concat(Numeric).Concat(Texts).Concat(Dates);

    /// <summary>The columns of a schema. Users, items and the like are values as others are, here.</summary>
    public static TabularColumns Of(DataSchema schema) => new(
        [.. schema.Columns.Where(column => column.Role is ColumnRole.Categorical or ColumnRole.User or ColumnRole.Item)],
        schema.Of(ColumnRole.MultiValued),
        [.. schema.Columns.Where(column => column.Role is ColumnRole.Numeric or ColumnRole.Rating
            || (column.Role == ColumnRole.Time && !IsDate(column)))],
        schema.Of(ColumnRole.Text), [.. schema.Of(ColumnRole.Time).Where(IsDate)]);

    /// <summary>Whether a column of times holds dates, not numbers.</summary>
    public static bool IsDate(ColumnSchema column) => column.Kind is not (ColumnKind.Integer or ColumnKind.Number);
}

/// <summary>Learns the values, words, scales and classes of the training records: it reads the data once.</summary>
sealed class TabularLearner(TabularColumns columns, ColumnSchema label, bool isNumber, TabularSettings settings, TabularEncoder? earlier)
{
    const int Sampled = 100_000;

    readonly ValueCounter[] _categorical = Counters(columns.Categorical.Count), _several = Counters(columns.MultiValued.Count),
        _texts = Counters(columns.Texts.Count);
    readonly ValueCounter[][] _components = [.. columns.Dates.Select(_ => Counters(DateColumn.All.Count))];
    readonly Sample[] _numbers = Samples(columns.Numeric.Count, settings), _days = Samples(columns.Dates.Count, settings);
    readonly ValueCounter _labels = new();
    readonly Sample _labelSample = new(1, 0);

    static ValueCounter[] Counters(int count) => [.. Enumerable.Range(0, count).Select(_ => new ValueCounter())];

    static Sample[] Samples(int count, TabularSettings settings) =>
        [.. Enumerable.Range(0, count).Select(_ => new Sample(Sampled, settings.Training.Seed))];

    /// <summary>Reads all records and learns from those of the training part.</summary>
    public TabularEncoder Learn(RecordReader reader, Func<long, DataPart> part, RunSession session, CancellationToken stop)
    {
        int[] Places(IReadOnlyList<ColumnSchema> of) => [.. of.Select(column => reader.Column(column.Name))];
        int[] categorical = Places(columns.Categorical), several = Places(columns.MultiValued), numbers = Places(columns.Numeric),
            texts = Places(columns.Texts), dates = Places(columns.Dates);
        int labelPlace = reader.Column(label.Name);
        var row = new float[numbers.Length];
        var times = new DateTime?[dates.Length];
        long example = 0;
        while (reader.Read())
        {
            if (example % 4_096 == 0) stop.ThrowIfCancellationRequested();
            try
            {
                if (isNumber ? reader.IsMissingNumber(labelPlace) : reader.IsMissing(labelPlace)) throw reader.Bad(labelPlace, "a label");
                if (earlier?.Classes is { } known
                    && !known.TryGetId(TabularEncoder.Trimmed(reader.Field(labelPlace), settings.LabelTrim), out _))
                    throw reader.Bad(labelPlace, $"one of the classes of the earlier run ({string.Join(", ", known.Words.Take(10))})");
                float target = isNumber ? reader.Number(labelPlace, label.Format) : 0;
                for (int i = 0; i < numbers.Length; i++)
                    row[i] = reader.IsMissingNumber(numbers[i]) ? float.NaN : reader.Number(numbers[i], columns.Numeric[i].Format);
                for (int i = 0; i < dates.Length; i++) times[i] = TabularEncoder.TimeOf(reader, dates[i], columns.Dates[i]);
                if (part(example++) != DataPart.Train) continue;
                for (int i = 0; i < categorical.Length; i++) _categorical[i].Add(reader.Field(categorical[i]));
                for (int i = 0; i < several.Length; i++)
                {
                    ReadOnlySpan<char> field = reader.Field(several[i]);
                    foreach (Range one in field.Split(columns.MultiValued[i].ValueSeparator ?? '|'))
                        if (!field[one].Trim().IsEmpty) _several[i].Add(field[one].Trim());
                }
                for (int i = 0; i < texts.Length; i++)
                    if (!reader.IsMissing(texts[i])) TabularTexts.Count(reader.Field(texts[i]), settings.Length, _texts[i]);
                for (int i = 0; i < dates.Length; i++) Count(i, times[i]);
                for (int i = 0; i < numbers.Length; i++) _numbers[i].Add(row[i]);
                if (isNumber) _labelSample.Add(target);
                else _labels.Add(TabularEncoder.Trimmed(reader.Field(labelPlace), settings.LabelTrim));
            }
            catch (BadRecordException bad) when (reader.Skip(bad)) { }
        }
        Require.Data(example > 0, $"'{reader.Place.File}' has no record; name a file with records");
        return earlier is not null ? Grown(earlier) : New(session);
    }

    void Count(int date, DateTime? time)
    {
        _days[date].Add(time is { } at ? DateColumn.DaysOf(at) : float.NaN);
        for (int i = 0; i < DateColumn.All.Count; i++)
            _components[date][i].Add(time is { } given ? DateColumn.ValueOf(DateColumn.All[i], given) : "");
    }

    Vocabulary Values(ValueCounter counter) => counter.Build(settings.MinCount, settings.MaxValues);

    Vocabulary Words(ValueCounter counter) => counter.Build(settings.WordMinCount, settings.MaxWords);

    /// <summary>The encoder of an earlier run, with new values and words after its own.</summary>
    TabularEncoder Grown(TabularEncoder earlier)
    {
        IEnumerable<Vocabulary> now = _categorical.Select(Values)
            .Concat(earlier.Dates.SelectMany((date, i) => date.Components.Select(component => Values(_components[i][(int)component]))))
            .Concat(_several.Select(Values)).Concat(_texts.Select(Words));
        return earlier.With([.. earlier.Maps.Zip(now, (map, values) =>
            new IdMap(map.Name, EarlierRun.Grown(map.Known, values), map.Unknown, settings.Unknown.Rows))]);
    }

    TabularEncoder New(RunSession session)
    {
        Vocabulary? classes = isNumber ? null : new Vocabulary(_labels.Build().Words.Order(StringComparer.Ordinal));
        Require.Data(classes is null || classes.Count >= 2, $"all {_labels.Total:#,0} training records have the same label " +
            $"'{classes?.Words.FirstOrDefault()}'; at least two classes are needed");
        foreach ((ColumnSchema column, Sample sample) in columns.Numeric.Concat(columns.Dates).Zip(_numbers.Concat(_days)))
            Require.Data(sample.Count > 0,
                $"column '{column.Name}' has no value in any training record; leave it out as `ignore` {column.Name}");
        DateColumn[] dates = [.. columns.Dates.Select((column, i) => new DateColumn(column,
            [.. DateColumn.All.Where(component => Varies(_components[i][(int)component]))]))];
        (ColumnSchema Column, Vocabulary Words)[] texts = Texts(session);
        return new TabularEncoder
        {
            Categorical = columns.Categorical, MultiValued = columns.MultiValued, Numeric = columns.Numeric, Dates = dates,
            Texts = [.. texts.Select(text => text.Column)], Label = label, LabelTrim = settings.LabelTrim, TextLength = settings.Length,
            Maps = TabularEncoder.MapsOf(columns.Categorical, dates, columns.MultiValued, [.. texts.Select(text => text.Column)],
                [.. _categorical.Select(Values),
                    .. dates.SelectMany((date, i) => date.Components.Select(component => Values(_components[i][(int)component]))),
                    .. _several.Select(Values), .. texts.Select(text => text.Words)], settings),
            Scales = [.. _numbers.Select(sample => sample.Scale(settings.Bins)),
                .. _days.Select(sample => sample.Scale(settings.Bins) with { Bounded = true })],
            Classes = classes, LabelMean = isNumber ? _labelSample.Mean : 0, LabelDeviation = isNumber ? _labelSample.Deviation : 1,
        };

        // Missing dates are no variation: the number says already that they are missing.
        static bool Varies(ValueCounter counter) => counter.Distinct - (counter[""] > 0 ? 1 : 0) > 1;
    }

    /// <summary>Text columns with their words. One in which no word occurs often enough is left out, unless it was stated.</summary>
    (ColumnSchema, Vocabulary)[] Texts(RunSession session)
    {
        var texts = new List<(ColumnSchema, Vocabulary)>();
        for (int i = 0; i < columns.Texts.Count; i++)
        {
            ColumnSchema column = columns.Texts[i];
            Vocabulary words = Words(_texts[i]);
            string problem = $"no word of the text column '{column.Name}' occurs {settings.WordMinCount} times in the training records";
            Require.Data(words.Count > 0 || !column.Stated,
                $"{problem}; `word-min-count` 1 keeps rarer words, `ignore` {column.Name} leaves the column out");
            if (words.Count > 0) texts.Add((column, words));
            else session.Note($"{problem}: it is left out; `word-min-count` 1 keeps rarer words");
        }
        return [.. texts];
    }

    /// <summary>Mean, deviation, and a random sample of fixed size (Vitter's algorithm R), whose quantiles stand for all.</summary>
    sealed class Sample(int size, ulong seed)
    {
        readonly List<float> _kept = [];
        double _mean, _squares;

        public long Count { get; private set; }

        public double Mean => _mean;

        public double Deviation => Count > 1 && _squares > 0 ? Math.Sqrt(_squares / Count) : 1;

        public void Add(float value)
        {
            if (float.IsNaN(value)) return;
            Count++;
            double before = value - _mean;
            _mean += before / Count;
            _squares += before * (value - _mean);
            if (_kept.Count < size) _kept.Add(value);
            else if (Shuffle.Mix(seed, (ulong)Count) % (ulong)Count is var place && place < (ulong)size) _kept[(int)place] = value;
        }

        public NumericScale Scale(int bins)
        {
            float[] sorted = [.. _kept.Order()];
            float[] edges = Quantiles(sorted, bins);
            // Where one value fills most bins (a gain that mostly is 0), the quantiles of the different values part the rest.
            if (edges.Length - 1 < bins)
                edges = [.. edges.Concat(Quantiles([.. sorted.Distinct()], bins - edges.Length + 1)).Distinct().Order()];
            if (edges.Length < 2) edges = [edges[0], edges[0] + 1];
            return new NumericScale(_mean, Deviation, edges);
        }

        static float[] Quantiles(float[] sorted, int bins) => bins <= 0
            ? [] : [.. Enumerable.Range(0, bins + 1).Select(i => sorted[(int)((long)i * (sorted.Length - 1) / bins)]).Distinct()];
    }
}
