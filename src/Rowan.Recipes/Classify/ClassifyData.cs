using System.Globalization;
using Rowan.Data;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>Texts as rows, and their labels.</summary>
sealed class LabelledTexts : IDisposable
{
    public ListStore<int> Texts { get; } = new();

    public ListStore<int> Labels { get; } = new();

    public long Count => Texts.Count;

    /// <summary>A hash of each text.</summary>
    public List<ulong> Hashes { get; } = [];

    /// <summary>Tokens of all texts.</summary>
    public long Tokens { get; set; }

    /// <summary>Tokens among them that are in the vocabulary.</summary>
    public long Covered { get; set; }

    /// <summary>Texts by their label, where each has one.</summary>
    public long[] LabelCounts(int labels)
    {
        var counts = new long[labels];
        Span<int> label = stackalloc int[1];
        for (long text = 0; text < Count; text++)
        {
            Labels.Read(text, label);
            if (label[0] >= 0) counts[label[0]]++;
        }
        return counts;
    }

    public void Complete()
    {
        Texts.Complete();
        Labels.Complete();
    }

    public void Dispose()
    {
        Texts.Dispose();
        Labels.Dispose();
    }
}

/// <summary>The data of the classify task.</summary>
sealed class ClassifyData : IDisposable
{
    const int FewTexts = 400;
    const double MostOfOneLabel = 0.9, LeastCovered = 0.7;

    public required TextRows Rows { get; init; }

    public required Vocabulary Labels { get; init; }

    /// <summary>The settings, with those that depend on the data filled in.</summary>
    public required ClassifySettings Settings { get; set; }

    /// <summary>Words without a row, where words have n-grams.</summary>
    public UnknownWords Unknown { get; } = new();

    public LabelledTexts Train { get; } = new();

    public LabelledTexts Validation { get; } = new();

    public LabelledTexts Test { get; } = new();

    /// <summary>Document frequency of each row: the number of training texts that it occurs in.</summary>
    public long[] TextsWith { get; private set; } = [];

    /// <summary>Occurrences of each row in the training texts.</summary>
    public long[] Occurrences { get; private set; } = [];

    /// <summary>Whether the training texts contain words without a row.</summary>
    public bool MeetsUnknown => Occurrences[TextRows.Unknown] > 0;

    public static ClassifyData Read(TrainRequest request, ClassifySettings settings, EarlierRun? earlier, RunSession session,
        CancellationToken stop)
    {
        ColumnSchema label = request.Schema.Need(ColumnRole.Label);
        string[] text = [.. request.Schema.Of(ColumnRole.Text).Select(column => column.Name)];
        var random = new RandomSplit(request.Validation is null ? settings.ValidationShare : 0, request.Test is null ? settings.TestShare
            : 0, settings.Training.Seed);
        Func<long, DataPart> partOf = request.PartOf ?? (i => random.PartOf(i));
        var sizes = new ClassifySizes(settings);
        var labels = new ValueCounter();
        // First the words and labels of the training part, then all texts as rows.
        using (RecordReader reader = request.Data.Open())
            Each(reader, text, label, settings, stop, (i, said, named) =>
            {
                if (partOf(i) != DataPart.Train) return;
                sizes.Add(said);
                foreach (string one in LabelsOf(named, settings)) labels.Add(one);
            });
        Require.Data(labels.Distinct > 0, $"'{request.Data.Names[0]}' has no labelled text; name a file with texts and labels");
        Vocabulary known = EarlierRun.Grown(earlier is null
            ? null : new Vocabulary(File.ReadAllLines(earlier.File(ClassifyRecipe.LabelsFile))),
            new(labels.Build().Words.Order(StringComparer.Ordinal)));
        Require.Data(known.Count >= 2, $"all {labels.Total:#,0} training texts have the same label '{known[0]}'; at least " +
            $"two labels are needed");
        settings = sizes.Choose(session);
        Vocabulary words = EarlierRun.Grown(earlier?.Table(ClassifyRecipe.WordsTable).Ids,
            sizes.Words.Build(settings.MinCount, settings.MaxWords));
        var data = new ClassifyData { Rows = new TextRows(words, settings), Labels = known, Settings = settings };
        Unseen unseen = new();
        using (RecordReader reader = request.Data.Open())
        {
            data.Encode(reader, text, label, settings, stop, unseen,
                i => partOf(i) switch { DataPart.Train => data.Train, DataPart.Validation => data.Validation, _ => data.Test });
            if (reader.Skipped > 0) session.Note(string.Create(CultureInfo.InvariantCulture, $"{reader.Skipped} bad records skipped, " +
                $"such as {reader.SkippedMessages[0]}"));
        }
        if (request.Validation is { } validation)
            using (RecordReader reader = validation.Open()) data.Encode(reader, text, label, settings, stop, unseen, _ => data.Validation);
        if (request.Test is { } test)
            using (RecordReader reader = test.Open()) data.Encode(reader, text, label, settings, stop, unseen, _ => data.Test);
        foreach (LabelledTexts part in (LabelledTexts[])[data.Train, data.Validation, data.Test]) part.Complete();
        data.CountRows();
        data.Settings = data.Loop(settings);
        if (unseen.Count > 0)
            session.Warn(string.Create(CultureInfo.InvariantCulture,
                $"{unseen.Count:#,0} labels of the validation and test texts do not occur in the training texts, such as {unseen.First
                }; they count as wrong. The training texts have {
                    string.Join(", ", known.Words.Take(10).Select(word => $"'{word}'"))}{(known.Count > 10
                    ? " …" : "")}: correct the spelling, or add texts with these labels"));
        if (request.RefitOf is null && ResultWarnings.FewTested(data.Test.Count, "texts", request.Test is not null) is { } few)
            session.Warn(few);
        data.Coverage(settings, session);
        session.Note(string.Create(CultureInfo.InvariantCulture, $"{data.Train.Count:#,0} texts to train, {data.Validation.Count:#,0} " +
            $"to validate, {data.Test.Count:#,0} to test; {known.Count:#,0} labels, {data.Rows.Words.Count:#,0} words; " +
            $"{data.Leaks():#,0} of the test texts also occur in the training texts"));
        return data;
    }

    public void Dispose()
    {
        Train.Dispose();
        Validation.Dispose();
        Test.Dispose();
    }

    /// <summary>The settings with the loop's lengths, and the metric that is watched, chosen by the examples.</summary>
    ClassifySettings Loop(ClassifySettings settings)
    {
        LoopSizes sizes = settings.Sizes.For(Train.Count, new LoopRule(Batch: 64, Epochs: 8, Steps: 1_500, MinSteps: 300));
        TrainerSettings loop = sizes.In(settings.Training);
        bool single = settings.LabelSeparator.Length == 0 && Validation.Count > 0;
        if (single && loop.Monitor is null)
        {
            // Of few texts, or where nearly all have one label, the accuracy hardly tells models apart.
            long[] counts = Validation.LabelCounts((int)Labels.Count);
            if (Validation.Count < FewTexts || counts.Max() >= MostOfOneLabel * Validation.Count) loop = loop with { Monitor = "log loss" };
        }
        return settings with { Sizes = sizes, Training = loop };
    }

    /// <summary>Warns of a vocabulary that knows little of the texts.</summary>
    void Coverage(ClassifySettings settings, RunSession session)
    {
        string Share(LabelledTexts texts) => (texts.Covered / (double)texts.Tokens).ToString("0 %", CultureInfo.InvariantCulture);
        string more = !settings.HasSequence || settings.Subwords ? "" : ", and `subwords` true reads unknown words by their characters";
        if (Train.Tokens == 0) session.Warn("the training texts hold no word: choose another `text` column, or `tokens` characters");
        else if (Train.Covered < LeastCovered * Train.Tokens)
            session.Warn($"the vocabulary covers {Share(Train)} of the training texts; other words occur less than {settings.MinCount} "
                + $"times, or are beyond the {settings.MaxWords} most frequent: `min-count` 1 keeps them{more}");
        else if (Test.Tokens > 0 && Test.Covered < LeastCovered * Test.Tokens)
            session.Warn($"the vocabulary covers {Share(Test)} of the test texts, whose other words do not occur in the training texts "
                + $"often enough: train on texts like them{more}");
    }

    /// <summary>The labels of a field.</summary>
    public static string[] LabelsOf(string field, ClassifySettings settings) =>
        settings.LabelSeparator.Length == 0
            ? [field] : field.Split(settings.LabelSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    static void Each(RecordReader reader, string[] text, ColumnSchema label, ClassifySettings settings, CancellationToken stop,
        TextAction act)
    {
        var texts = new JoinedText(reader, text);
        int labels = reader.Column(label.Name);
        long i = 0;
        while (reader.Read())
        {
            if (i % 1_024 == 0) stop.ThrowIfCancellationRequested();
            try
            {
                string named = reader.Field(labels).ToString();
                if (named.Length == 0) throw reader.Bad(labels, "a label");
                act(i, texts.Of(reader), named);
                i++;
            }
            catch (BadRecordException bad) when (reader.Skip(bad)) { }
        }
    }

    delegate void TextAction(long example, ReadOnlySpan<char> text, string label);

    sealed class Unseen
    {
        public long Count { get; set; }

        public string First { get; set; } = "";
    }

    void Encode(RecordReader reader, string[] text, ColumnSchema label, ClassifySettings settings, CancellationToken stop, Unseen unseen,
        Func<long, LabelledTexts> part)
    {
        var (rows, ids) = (new List<int>(), new List<int>());
        Each(reader, text, label, settings, stop, (i, said, named) =>
        {
            rows.Clear();
            ids.Clear();
            (int tokens, int covered) = Rows.Encode(said, rows, Unknown);
            foreach (string one in LabelsOf(named, settings))
                if (Labels.TryGetId(one, out long id)) ids.Add((int)id);
                else
                {
                    ids.Add(-1);
                    if (unseen.Count++ == 0) unseen.First = $"'{one}' ({reader.Place})";
                }
            LabelledTexts to = part(i);
            to.Hashes.Add(HashOf(said));
            to.Tokens += tokens;
            to.Covered += covered;
            to.Texts.Add(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(rows));
            to.Labels.Add(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(ids));
        });
    }

    void CountRows()
    {
        (TextsWith, Occurrences) = (new long[Rows.Rows], new long[Rows.Rows]);
        var last = new long[Rows.Rows];
        var rows = new int[1 << 16];
        for (long text = 0; text < Train.Count; text++)
        {
            int length = Train.Texts.Length(text);
            if (length > rows.Length) rows = new int[2 * length];
            Train.Texts.Read(text, rows.AsSpan(0, length));
            foreach (int code in rows.AsSpan(0, length))
            {
                int row = Rows.RowOf(code);
                Occurrences[row]++;
                if (last[row] == text + 1) continue;
                (last[row], TextsWith[row]) = (text + 1, TextsWith[row] + 1);
            }
        }
    }

    /// <summary>Test texts that are also training texts, whatever their case and spaces; the same for every model.</summary>
    long Leaks()
    {
        HashSet<ulong> trained = [.. Train.Hashes];
        return Test.Hashes.LongCount(trained.Contains);
    }

    /// <summary>A hash that ignores case and runs of white space.</summary>
    internal static ulong HashOf(ReadOnlySpan<char> text)
    {
        ulong hash = 0;
        bool space = false;
        foreach (char c in text.Trim())
        {
            if (char.IsWhiteSpace(c))
            {
                space = true;
                continue;
            }
            if (space) hash = Shuffle.Mix(hash, ' ');
            space = false;
            hash = Shuffle.Mix(hash, char.ToLowerInvariant(c));
        }
        return hash;
    }
}
