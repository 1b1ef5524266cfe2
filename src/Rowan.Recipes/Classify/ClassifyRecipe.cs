using System.Text.Json;
using Rowan.Data;
using Rowan.Formats;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>Learns which label a text has, or which labels.</summary>
public sealed class ClassifyRecipe : Recipe
{
    internal const string JobName = "classify", WordsTable = "words", ModelFile = "model.safetensors", LabelsFile = "labels.txt",
    FrequenciesFile = "frequencies.safetensors";
    const int MostGuessedClasses = 50;
    const double ShortText = 4;

    /// <inheritdoc/>
    public override string Kind => JobName;

    /// <inheritdoc/>
    public override string Summary => "Classifies texts: one label for each, or several.";

    /// <inheritdoc/>
    public override IReadOnlyList<Setting> Settings => ClassifySettings.List.All;

    /// <inheritdoc/>
    public override IReadOnlyList<Preset> Presets => ClassifySettings.Presets;

    /// <inheritdoc/>
    public override bool TakesFolds => true;

    private protected override (string Preset, string Because) AutoPreset(DataSize size) =>
        (ClassifySettings.PresetFor(size.Records, size.Characters, size.Labels), size.InWords(size.Records, "texts"));

    /// <inheritdoc/>
    public override RecipeFit Fit(DataSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ColumnSchema[] texts = Texts(schema);
        ColumnSchema? named = RoleChoice.Target(schema), label = named ?? Classes(schema);
        string options = $"`text` {(texts.Length > 0 ? RoleChoice.Quoted(texts[0].Name) : "COLUMN")} `label` "
            + $"{(label is not null ? RoleChoice.Quoted(label.Name) : "COLUMN")}";
        if (texts.Length == 0) return new(0, "needs a text column");
        if (label is null) return new(0, "needs a label column") { Options = schema.Columns.Count > 1
            && schema.Columns.LastOrDefault(column => column.Role is ColumnRole.Categorical or ColumnRole.Numeric) is { } last
            ? $"`text` {RoleChoice.Quoted(texts[0].Name)} `label` {RoleChoice.Quoted(last.Name)}" : "" };
        if (!label.Stated && label.Kind is ColumnKind.Integer or ColumnKind.Number && label.Distinct > RoleChoice.MostClasses)
            return new(0, $"needs classes, and '{label.Name}' has {label.Distinct} different numbers") { Options = options };
        DataSchema used = schema;
        foreach (ColumnSchema other in schema.Of(ColumnRole.Text).Except(texts))
            used = used.With(other, ColumnRole.None, "text that repeats, not joined");
        if (label.Role != ColumnRole.Label) used = used.With(label, ColumnRole.Label, named is null ? "taken for the label" : "rating, "
            + "taken for the label").With($"The label to predict is '{label.Name}'; `label` COLUMN chooses another.");
        if (texts.Length > 1) used = used.With($"The texts of {RoleChoice.Listed(texts)} are joined; `text` COLUMN takes one.");
        int features = schema.Columns.Count(column => column.Role is ColumnRole.Categorical or ColumnRole.Numeric);
        double score = label.Stated || texts[0].Stated ? 0.94 : named is null ? 0.62 : label.Weak ? 0.8 : 0.88;
        // Short texts among other columns are names; records of users and items are recommended from first.
        if (!label.Stated && !texts[0].Stated && ((features >= 2 && texts.All(text => text.Words < ShortText))
            || (schema.One(ColumnRole.User) is not null && schema.One(ColumnRole.Item) is not null))) score = Math.Min(score, 0.7);
        return new RecipeFit(score, $"a text and a label column ({RoleChoice.Listed(texts)} and '{label.Name}')") { Schema =
            used.Only(ColumnRole.Text, ColumnRole.Label), Options = options };
    }

    /// <summary>The texts to read; a text that repeats in many records next to one that does not describes something else, such as the
    /// title of a product.</summary>
    static ColumnSchema[] Texts(DataSchema schema)
    {
        ColumnSchema[] texts = [.. schema.Of(ColumnRole.Text)];
        return texts.Any(text => text.Stated) || texts.All(text => text.Repeats) ? texts : [.. texts.Where(text => !text.Repeats)];
    }

    /// <summary>The last column with a few values that occur again.</summary>
    static ColumnSchema? Classes(DataSchema schema) => schema.Columns.LastOrDefault(column =>
        column is { Role: ColumnRole.Categorical or ColumnRole.Numeric, Kind: ColumnKind.Integer or ColumnKind.Name, Repeats: true,
        Distinct: >= 2 and <= MostGuessedClasses });

    internal override Type RunType(JsonElement info) => typeof(ClassifyRun);

    internal override Run Open(string path, JsonElement info) => ClassifyRun.Load(path, info);

    /// <inheritdoc/>
    public override TrainReport Train(TrainRequest request, IProgress<TrainingProgress>? progress = null, CancellationToken stop = default)
    {
        request = Prepared(request);
        EarlierRun? earlier = EarlierRun.Of(request, Kind);
        ClassifySettings settings = EarlierRun.Settings(ClassifySettings.List, request, earlier);
        settings.Check();
        settings.Start.RequireFile(request);
        using var session = new RunSession(Kind, request, json => ClassifySettings.List.Write(json, settings), progress)
        {
            Remedy = "check that `text` names the column that determines the label, and give more texts per label",
        };
        session.Begin("reading", 1);
        using ClassifyData data = ClassifyData.Read(request, settings, earlier, session, stop);
        session.At(1);
        settings = data.Settings;
        PretrainedRows? pretrained = Pretrained(ref settings, data, request, session, stop);

        // Initial weights and dropout are independent: their generators have different seeds.
        Rng rng = new(settings.Training.Seed), layers = new(~settings.Training.Seed);
        float[] inverse = [.. data.TextsWith.Select(texts => MathF.Log((1f + data.Train.Count) / (1 + texts)) + 1)];
        if (earlier is not null) KeepFrequencies(earlier, data, settings, inverse);
        ClassifyModel model = ClassifyModel.Of(settings, data.Rows, (int)data.Labels.Count, inverse, data.MeetsUnknown, rng, layers);
        Begin(model, pretrained, settings.Start);
        if (earlier is not null) Grow(earlier, model, data, session);
        var job = new ClassifyTraining(model, data, settings, layers);
        TrainingOutcome outcome = session.Train(job, settings.Training, stop);

        session.Begin("measuring", 1);
        var confusion = new long[0, 0];
        IReadOnlyList<Metric> metrics = outcome.End == TrainingEnd.Stopped ? [] : job.Figures(data.Test, out confusion);
        IReadOnlyList<(string, IReadOnlyList<Metric>)> baselines = metrics.Count == 0 || settings.LabelSeparator.Length > 0
            ? [] : [("most frequent label", MostFrequent(data))];
        session.At(1);
        session.Begin("saving", 1);
        // The rows before the first step are a function of the seed.
        ClassifyModel first = ClassifyModel.Of(settings, data.Rows, (int)data.Labels.Count, inverse, data.MeetsUnknown,
            new Rng(settings.Training.Seed), new Rng(0));
        Begin(first, pretrained, settings.Start);
        earlier?.LoadInto(first, ModelFile, name => RowsOf(earlier, data, name));
        Save(session.Run, model, first, data, inverse, settings);
        session.At(1);
        return session.Complete(outcome, metrics, baselines, ["rowan predict \"some text\" --run {run}"], json =>
        {
            if (metrics.Count == 0 || settings.LabelSeparator.Length > 0) return;
            json.WriteStartObject("confusion");
            json.WriteString("rows", "the true label, in the order of labels.txt; columns: the predicted one");
            json.WriteStartArray("counts");
            for (int truth = 0; truth < confusion.GetLength(0); truth++)
            {
                json.WriteStartArray();
                for (int taken = 0; taken < confusion.GetLength(1); taken++) json.WriteNumberValue(confusion[truth, taken]);
                json.WriteEndArray();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    /// <summary>The vectors of the setting vectors; the settings follow their size and their deviation.</summary>
    static PretrainedRows? Pretrained(ref ClassifySettings settings, ClassifyData data, TrainRequest request, RunSession session,
        CancellationToken stop)
    {
        if (settings.Start.Read(data.Rows.Words, settings.Dim, request, session, stop) is not { } rows) return null;
        settings = settings with
        {
            Dim = rows.Dim, FirstDeviation = request.IsGiven("init-std") ? settings.FirstDeviation : rows.Deviation,
        };
        return rows;
    }

    static void Begin(ClassifyModel model, PretrainedRows? rows, PretrainedStart start)
    {
        if (rows is null) return;
        foreach (ClassifyModel member in model.Members()) rows.CopyTo(member.Words, TextRows.FirstWord, start.Freeze, start.Rate);
    }

    static void Grow(EarlierRun earlier, ClassifyModel model, ClassifyData data, RunSession session)
    {
        long words = earlier.Table(WordsTable).Ids.Count, labels = Labels(earlier);
        earlier.LoadInto(model, ModelFile, name => RowsOf(earlier, data, name));
        if (earlier.Table(WordsTable).Counts is { Length: > 0 } counts)
            EarlierRun.AddCounts(counts, words, data.Occurrences.AsSpan(TextRows.FirstWord, (int)data.Rows.Words.Count));
        session.Note(earlier.Note(("words", data.Rows.Words.Count - words), ("labels", data.Labels.Count - labels)));
    }

    /// <summary>The first new row of a parameter and the number of new rows; null if it does not grow. In an ensemble, names begin with
    /// <c>models.N.</c></summary>
    static (long First, long Added)? RowsOf(EarlierRun earlier, ClassifyData data, string name)
    {
        if (name.Split('.', 3) is ["models", _, var own]) name = own;
        long words = earlier.Table(WordsTable).Ids.Count, labels = Labels(earlier);
        return name.StartsWith("head.", StringComparison.Ordinal) ? (labels, data.Labels.Count - labels) : name is "words" or "bag.weight"
            or "embedding.weight" ? (TextRows.FirstWord + words, data.Rows.Words.Count - words) : null;
    }

    static long Labels(EarlierRun earlier) => File.ReadLines(earlier.File(LabelsFile)).LongCount();

    /// <summary>What the earlier run weighed stays as heavy as it was.</summary>
    static void KeepFrequencies(EarlierRun earlier, ClassifyData data, ClassifySettings settings, float[] inverse)
    {
        if (!settings.HasFrequencies) return;
        float[] then = Safetensors.Read(earlier.File(FrequenciesFile))["inverse"].Floats();
        long first = TextRows.FirstWord + earlier.Table(WordsTable).Ids.Count, added = data.Rows.Rows - then.Length;
        for (int row = 0; row < then.Length; row++) inverse[EarlierRun.Moved(row, first, added)] = then[row];
    }

    static IReadOnlyList<Metric> MostFrequent(ClassifyData data)
    {
        int labels = (int)data.Labels.Count;
        var (train, test, confusion) = (data.Train.LabelCounts(labels), data.Test.LabelCounts(labels), new long[labels, labels]);
        int most = Array.IndexOf(train, train.Max());
        for (int label = 0; label < labels; label++) confusion[label, most] = test[label];
        var unseen = new long[labels];
        unseen[most] = data.Test.Count - test.Sum();
        // The loss of the labels' shares in training, where every label has a text or half of one; a label that was never learned has the
        // least probability.
        double total = train.Sum(), logLoss = unseen[most] * -Math.Log(PredictionMetrics.LeastProbability);
        for (int label = 0; label < labels; label++) logLoss -= test[label] * Math.Log(Math.Max(0.5, train[label]) / total);
        return
        [
            new("accuracy", test[most] / (double)data.Test.Count), new("macro f1", PredictionMetrics.MacroF1(confusion, unseen)),
            new("log loss", logLoss / data.Test.Count, HigherIsBetter: false),
        ];
    }

    static void Save(RunFolder run, ClassifyModel model, ClassifyModel first, ClassifyData data, float[] inverse, ClassifySettings settings)
    {
        StateDict weights = model.StateDict();
        Safetensors.Write(run.File(ModelFile), weights, new Dictionary<string, string> { ["kind"] = JobName });
        AtomicFile.WriteLines(run.File(LabelsFile), data.Labels.Words);
        if (settings.HasFrequencies)
            Safetensors.Write(run.File(FrequenciesFile), new StateDict(StateEntry.Over("inverse", [inverse.Length], inverse)));
        // The words alone, without the rows that fill up, that stand for unknown words, and that runs share.
        int words = (int)data.Rows.Words.Count, dim = model.Words.Dim;
        VectorRows values = Words(model), before = Words(first);
        TableFiles.Write(run, ModelFile, weights, new LearnedTable
        {
            Name = WordsTable, Ids = data.Rows.Words, Vectors = values, Weight = ("words", TextRows.FirstWord),
            Counts = data.Occurrences[TextRows.FirstWord..(TextRows.FirstWord + words)], Moved = VectorRows.Moved(before, values),
        });

        VectorRows Words(ClassifyModel of)
        {
            VectorRows rows = VectorRows.Zeros(words, dim);
            rows.Fill((row, into) => of.Words.ReadValues((TextRows.FirstWord + row) * dim, into.Span));
            return rows;
        }
    }
}
