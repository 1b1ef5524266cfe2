using System.Globalization;
using Rowan.Data;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>The data of the tabular task: first the values and scales of the training records, then all records as numbers.</summary>
sealed class TabularData : IDisposable
{
    const float DropoutOfClasses = 0.3f;
    const int MostClasses = 20, FewOfAClass = 50, FewRecords = 400;
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
        TabularColumns columns = earlier?.Columns ?? TabularColumns.Of(schema);
        Require.That(columns.All.Any(), $"no categorical, multi-valued, numeric, text or date column was " +
            $"detected; name some as `categorical` a,b `numeric` c,d `text` e");
        string[] unused = [.. schema.Columns.Where(column => !columns.All.Append(label)
            .Any(used => used.Name == column.Name)).Select(column => column.Name)];
        if (unused.Length > 0) session.Note($"not used: {string.Join(", ", unused)}");
        Func<long, DataPart> part = Split(request, settings, session, stop);

        bool isNumber = earlier is not null ? earlier.Classes is null : settings.Target == TabularTarget.Number
            || (settings.Target == TabularTarget.Auto && label.Kind is (ColumnKind.Integer or ColumnKind.Number)
            && label.Distinct > MostClasses);
        TabularEncoder encoder;
        using (RecordReader reader = request.Data.Open())
            encoder = new TabularLearner(columns, label, isNumber, settings, earlier).Learn(reader, part, session, stop);
        Require.Data(encoder.IdCount + encoder.BagCount + encoder.NumberCount > 0,
            $"no column is left to predict from; `word-min-count` 1 keeps rarer words of texts");
        Describe(encoder, session);
        long limit = settings.MemoryLimit;
        TabularRecords Empty(long bytes) => new(encoder, bytes);
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
                $"{encoder.Categorical.Count} categorical, {encoder.MultiValued.Count} multi-valued, {encoder.Numeric.Count} numeric" +
                $"{(encoder.Texts.Count > 0 ? $", {encoder.Texts.Count} text" : "")}" +
                $"{(encoder.Dates.Count > 0 ? $", {encoder.Dates.Count} date" : "")} columns; " +
                $"{(encoder.Classes is null ? "the label is a number" : $"{encoder.Classes.Count} classes")}; " +
                $"{data.Leaks():#,0} of the test records also occur in the training records"));
        return data;
    }

    /// <summary>Says what texts and dates became, and how to leave them out.</summary>
    static void Describe(TabularEncoder encoder, RunSession session)
    {
        for (int i = 0; i < encoder.Texts.Count; i++)
        {
            string name = encoder.Texts[i].Name;
            session.Note(string.Create(CultureInfo.InvariantCulture, $"text column '{name}': the mean of the embeddings of its "
                + $"{encoder.Maps[encoder.Maps.Count - encoder.Texts.Count + i].Known.Count:#,0} words; `ignore` "
                + $"{RoleChoice.Quoted(name)} leaves it out"));
        }
        foreach (DateColumn date in encoder.Dates)
            session.Note($"date column '{date.Column.Name}': {date.InWords}; `ignore` {RoleChoice.Quoted(date.Column.Name)} leaves it "
                + $"out");
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
        ColumnSchema time = request.Schema.Of(ColumnRole.Time).Where(column => column.Note != TabularRecipe.FurtherDate).ToArray()
            is [var one] ? one : request.Schema.Need(ColumnRole.Time);
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

    long Encode(RecordReader reader, Func<long, TabularRecords> part, CancellationToken stop)
    {
        var row = new TabularRow(Encoder);
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
        Span<int> ids = stackalloc int[Encoder.IdCount];
        Span<float> numbers = stackalloc float[Encoder.NumberCount];
        records.Ids(record, ids);
        records.Numbers(record, numbers);
        ulong hash = (ulong)BitConverter.SingleToInt32Bits(records.Label(record));
        foreach (int id in ids) hash = Shuffle.Mix(hash, (ulong)id);
        foreach (float number in numbers) hash = Shuffle.Mix(hash, (uint)BitConverter.SingleToInt32Bits(number));
        for (int column = 0; column < Encoder.BagCount; column++)
            foreach (int id in records.List(column, record)) hash = Shuffle.Mix(hash, (ulong)id);
        return hash;
    }
}
