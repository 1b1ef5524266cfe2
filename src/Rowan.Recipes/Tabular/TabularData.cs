using System.Globalization;
using Rowan.Data;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>The data of the tabular task: first the values and scales of the training records, then all records as numbers.</summary>
sealed class TabularData : IDisposable
{
    const float DropoutOfClasses = 0.3f;
    const int MostClasses = 20, Sampled = 100_000, FewOfAClass = 50, FewRecords = 400;
    const double MostOfOneClass = 0.9;

    public required TabularEncoder Encoder { get; init; }

    public required TabularRecords Train { get; init; }

    public required TabularRecords Validation { get; init; }

    public required TabularRecords Test { get; init; }

    /// <summary>Occurrences of each row of each table in the training records.</summary>
    public required long[][] Counts { get; init; }

    public static TabularData Read(TrainRequest request, TabularSettings settings, TabularEncoder? earlier, RunSession session,
        CancellationToken stop)
    {
        DataSchema schema = request.Schema;
        ColumnSchema label = earlier?.Label ?? schema.Need(ColumnRole.Label);
        // Users, items and the like are values as others are, here.
        ColumnSchema[] categorical =
            [.. schema.Columns.Where(column => column.Role is ColumnRole.Categorical or ColumnRole.User or ColumnRole.Item)],
            several = [.. schema.Of(ColumnRole.MultiValued)],
            numeric = [.. schema.Columns.Where(column => column.Role is ColumnRole.Numeric or ColumnRole.Rating
                || (column.Role == ColumnRole.Time && column.Kind is (ColumnKind.Integer or ColumnKind.Number)))];
        if (earlier is not null)
            (categorical, several, numeric) = ([.. earlier.Categorical], [.. earlier.MultiValued], [.. earlier.Numeric]);
        Require.That(categorical.Length + several.Length + numeric.Length > 0, $"no categorical, multi-valued or numeric column was " +
            $"detected; name some as `categorical` a,b `numeric` c,d");
        string[] unused = [.. schema.Columns.Where(column => !categorical.Concat(several).Concat(numeric).Append(label)
            .Any(used => used.Name == column.Name)).Select(column => column.Name)];
        if (unused.Length > 0) session.Note($"not used: {string.Join(", ", unused)}");
        Func<long, DataPart> part = Split(request, settings, session, stop);

        bool isNumber = earlier is not null ? earlier.Classes is null : settings.Target == TabularTarget.Number
            || (settings.Target == TabularTarget.Auto && label.Kind is (ColumnKind.Integer or ColumnKind.Number)
            && label.Distinct > MostClasses);
        TabularEncoder encoder;
        using (RecordReader reader = request.Data.Open())
            encoder = Learn(reader, categorical, several, numeric, label, isNumber, settings, earlier, part, stop);
        long limit = settings.MemoryLimit;
        TabularRecords Empty(long bytes) => new(categorical.Length, several.Length, numeric.Length, bytes);
        var data = new TabularData
        {
            Encoder = encoder, Train = Empty(limit * 8 / 10), Validation = Empty(limit / 10), Test = Empty(limit / 10),
            Counts = [.. encoder.Maps.Select(map => new long[map.Rows])],
        };
        long unseen = 0;
        using (RecordReader reader = request.Data.Open())
        {
            unseen += data.Encode(reader,
                i => part(i) switch { DataPart.Train => data.Train, DataPart.Validation => data.Validation, _ => data.Test }, stop);
            if (reader.Skipped > 0) session.Note(string.Create(CultureInfo.InvariantCulture, $"{reader.Skipped} bad records skipped, " +
                $"such as {reader.SkippedMessages[0]}"));
        }
        if (request.Validation is { } validation)
            using (RecordReader reader = validation.Open()) unseen += data.Encode(reader, _ => data.Validation, stop);
        if (request.Test is { } test)
            using (RecordReader reader = test.Open()) unseen += data.Encode(reader, _ => data.Test, stop);
        foreach (TabularRecords records in (TabularRecords[])[data.Train, data.Validation, data.Test]) records.Complete();
        if (unseen > 0)
            session.Warn(string.Create(CultureInfo.InvariantCulture,
                $"{unseen:#,0} records of the validation and test data have a label that does not occur in the training records; they "
                + $"count as wrong. The training records have {
                string.Join(", ", encoder.Classes!.Words.Take(10).Select(word => $"'{word}'"))}{(encoder.Classes.Count > 10
                    ? " …" : "")}: correct the spelling (`label-trim` removes characters at the ends), or add such records"));
        if (ResultWarnings.FewTested(data.Test.Count, "records", request.Test is not null) is { } few) session.Warn(few);
        session.Note(string.Create(CultureInfo.InvariantCulture,
            $"{data.Train.Count:#,0} records to train, {data.Validation.Count:#,0} to validate, {data.Test.Count:#,0} to test; " +
                $"{categorical.Length} categorical, {several.Length} multi-valued, {numeric.Length} numeric columns; " +
                $"{(encoder.Classes is null ? "the label is a number" : $"{encoder.Classes.Count} classes")}; " +
                $"{data.Leaks():#,0} of the test records also occur in the training records"));
        return data;
    }

    /// <summary>
    /// The settings with the loop's lengths, the metric that is watched, and dropout, chosen by the records and the label.
    /// </summary>
    public TabularSettings Loop(TabularSettings settings)
    {
        LoopSizes sizes = settings.Sizes.For(Train.Count, new LoopRule(Batch: 256, Epochs: 20, Steps: 1_500, MinSteps: 300));
        TrainerSettings loop = sizes.In(settings.Training);
        if (Encoder.Classes is not null && Validation.Count > 0 && loop.Monitor is null)
        {
            // Of few records of a class the AUC, and of few records, or nearly all of one class, the accuracy, hardly tells models apart.
            var counts = new long[Encoder.Classes.Count];
            for (long record = 0; record < Validation.Count; record++)
                if (Validation.Label(record) is >= 0 and var label) counts[(int)label]++;
            bool few = counts.Length == 2 ? counts.Min() < FewOfAClass : Validation.Count < FewRecords
                || counts.Max() >= MostOfOneClass * Validation.Count;
            if (few) loop = loop with { Monitor = "log loss" };
        }
        float dropout = settings.Dropout ?? (Encoder.Classes is null ? 0 : DropoutOfClasses);
        return settings with { Sizes = sizes, Training = loop, Dropout = dropout };
    }

    public void Dispose()
    {
        Train.Dispose();
        Validation.Dispose();
        Test.Dispose();
    }

    static Func<long, DataPart> Split(TrainRequest request, TabularSettings settings, RunSession session, CancellationToken stop)
    {
        if (request.PartOf is { } given) return given;
        double validation = request.Validation is null ? settings.ValidationShare : 0, test = request.Test is null ? settings.TestShare : 0;
        if (!settings.SplitByTime)
        {
            var random = new RandomSplit(validation, test, settings.Training.Seed);
            return i => random.PartOf(i);
        }
        ColumnSchema time = request.Schema.Need(ColumnRole.Time);
        var times = new List<decimal>();
        using RecordReader reader = request.Data.Open();
        int column = reader.Column(time.Name);
        while (reader.Read())
        {
            if (times.Count % 4_096 == 0) stop.ThrowIfCancellationRequested();
            times.Add(reader.Time(column, time.Format));
        }
        var byTime = new TimeSplit(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(times), validation, test);
        if (times.Count > 0 && times.TrueForAll(other => other == times[0]))
        {
            session.Note($"The time column '{time.Name}' holds one value only, so no record is the last: records are held out at random.");
            var random = new RandomSplit(validation, test, settings.Training.Seed);
            return i => random.PartOf(i);
        }
        session.Note("The last records by time are held out.");
        return i => byTime.PartOf(times[(int)i]);
    }

    /// <summary>The values, scales and classes of the training records.</summary>
    static TabularEncoder Learn(RecordReader reader, ColumnSchema[] categorical, ColumnSchema[] several, ColumnSchema[] numeric,
        ColumnSchema label, bool isNumber, TabularSettings settings, TabularEncoder? earlier, Func<long, DataPart> part,
        CancellationToken stop)
    {
        ValueCounter[] counters = [.. categorical.Concat(several).Select(_ => new ValueCounter())];
        var samples = numeric.Select(_ => new Sample(Sampled, settings.Training.Seed)).ToArray();
        var labels = new ValueCounter();
        var labelSample = new Sample(1, 0);
        int[] places = [.. categorical.Select(column => reader.Column(column.Name))],
        lists = [.. several.Select(column => reader.Column(column.Name))],
        numbers = [.. numeric.Select(column => reader.Column(column.Name))];
        int labelPlace = reader.Column(label.Name);
        var row = new float[numbers.Length];
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
                    row[i] = reader.IsMissingNumber(numbers[i]) ? float.NaN : reader.Number(numbers[i], numeric[i].Format);
                if (part(example++) != DataPart.Train) continue;
                for (int i = 0; i < places.Length; i++) counters[i].Add(reader.Field(places[i]));
                for (int i = 0; i < lists.Length; i++)
                {
                    ReadOnlySpan<char> field = reader.Field(lists[i]);
                    foreach (Range one in field.Split(several[i].ValueSeparator ?? '|'))
                        if (!field[one].Trim().IsEmpty) counters[places.Length + i].Add(field[one].Trim());
                }
                for (int i = 0; i < numbers.Length; i++) samples[i].Add(row[i]);
                if (isNumber) labelSample.Add(target);
                else labels.Add(TabularEncoder.Trimmed(reader.Field(labelPlace), settings.LabelTrim));
            }
            catch (BadRecordException bad) when (reader.Skip(bad)) { }
        }
        Require.Data(example > 0, $"'{reader.Place.File}' has no record; name a file with records");
        if (earlier is not null)
            return new TabularEncoder
            {
                Categorical = earlier.Categorical, MultiValued = earlier.MultiValued, Numeric = earlier.Numeric, Label = earlier.Label,
                LabelTrim = earlier.LabelTrim, Scales = earlier.Scales, Classes = earlier.Classes,
                LabelMean = earlier.LabelMean, LabelDeviation = earlier.LabelDeviation, Dims = earlier.Dims,
                Maps = [.. earlier.Maps.Select(
                    (map, i) => settings.Unknown.Map(map.Name,
                    EarlierRun.Grown(map.Known, counters[i].Build(settings.MinCount, settings.MaxValues)), map.Unknown))],
            };
        Vocabulary? classes = isNumber ? null : new Vocabulary(labels.Build().Words.Order(StringComparer.Ordinal));
        Require.Data(classes is null || classes.Count >= 2, $"all {labels.Total:#,0} training records have the same label " +
            $"'{classes?.Words.FirstOrDefault()}'; at least two classes are needed");
        for (int i = 0; i < numeric.Length; i++)
            Require.Data(samples[i].Count > 0,
                $"column '{numeric[i].Name}' has no value in any training record; leave it out as `ignore` {numeric[i].Name}");
        return new TabularEncoder
        {
            Categorical = categorical, MultiValued = several, Numeric = numeric, Label = label, LabelTrim = settings.LabelTrim,
            Maps = [.. categorical.Concat(several)
                .Select((column, i) => settings.Unknown.Map(column.Name, counters[i].Build(settings.MinCount, settings.MaxValues),
                UnknownIds.Shared))],
            Scales = [.. samples.Select(sample => sample.Scale(settings.Bins))], Classes = classes,
            LabelMean = isNumber ? labelSample.Mean : 0, LabelDeviation = isNumber ? labelSample.Deviation : 1,
        };
    }

    long Encode(RecordReader reader, Func<long, TabularRecords> part, CancellationToken stop)
    {
        var row = new TabularRow(Encoder.Categorical.Count, Encoder.MultiValued.Count, Encoder.Numeric.Count);
        TabularEncoder.Places places = Encoder.PlacesIn(reader, withLabel: true);
        long example = 0, unseen = 0;
        while (reader.Read())
        {
            if (example % 4_096 == 0) stop.ThrowIfCancellationRequested();
            try
            {
                if (Encoder.Classes is null ? reader.IsMissingNumber(places.Label) : reader.IsMissing(places.Label))
                    throw reader.Bad(places.Label, "a label");
                Encoder.Encode(reader, places, row);
                TabularRecords to = part(example++);
                if (row.Label < 0 && Encoder.Classes is not null) unseen++;
                to.Add(row);
                if (to != Train) continue;
                for (int i = 0; i < row.Ids.Length; i++) Counts[i][row.Ids[i]]++;
                for (int i = 0; i < row.Lists.Length; i++)
                    foreach (int id in row.Lists[i]) Counts[row.Ids.Length + i][id]++;
            }
            catch (BadRecordException bad) when (reader.Skip(bad)) { }
        }
        return unseen;
    }

    /// <summary>Test records that are, label and all, one of the training records.</summary>
    long Leaks()
    {
        if (Test.Count == 0) return 0;
        HashSet<ulong> tested = [];
        var hashes = new ulong[Test.Count];
        for (long record = 0; record < Test.Count; record++) tested.Add(hashes[record] = Hash(Test, record));
        HashSet<ulong> trained = [];
        for (long record = 0; record < Train.Count; record++)
            if (Hash(Train, record) is var hash && tested.Contains(hash)) trained.Add(hash);
        return hashes.Count(trained.Contains);
    }

    ulong Hash(TabularRecords records, long record)
    {
        Span<int> ids = stackalloc int[Encoder.Categorical.Count];
        Span<float> numbers = stackalloc float[Encoder.Numeric.Count];
        records.Ids(record, ids);
        records.Numbers(record, numbers);
        ulong hash = (ulong)BitConverter.SingleToInt32Bits(records.Label(record));
        foreach (int id in ids) hash = Shuffle.Mix(hash, (ulong)id);
        foreach (float number in numbers) hash = Shuffle.Mix(hash, (uint)BitConverter.SingleToInt32Bits(number));
        for (int column = 0; column < Encoder.MultiValued.Count; column++)
            foreach (int id in records.List(column, record)) hash = Shuffle.Mix(hash, (ulong)id);
        return hash;
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
