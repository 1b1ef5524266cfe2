using System.Text.Json;
using Rowan.Formats;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>One training of the classify task.</summary>
sealed class ClassifyTask(TrainRequest request)
    : RecipeTask<ClassifySettings, ClassifyData, ClassifyTraining>(ClassifyRecipe.JobName, ClassifySettings.List, request)
{
    PretrainedRows? _pretrained;
    // Inverse document frequencies.
    float[] _inverse = [];
    // None where there is nothing to count, or texts have several labels.
    long[,]? _confusion;

    protected override TrainerSettings Loop => Settings.Training;

    protected override string Remedy => "check that `text` names the column that determines the label, and give more texts per label";

    protected override void Check()
    {
        Settings.Check();
        Settings.Start.RequireFile(Request);
    }

    protected override ClassifyData Read() => ClassifyData.Read(Request, Settings, Earlier, Session, Stop);

    protected override ClassifyTraining Build(ClassifyData data)
    {
        Settings = data.Settings;
        _pretrained = Settings.Start.Read(data.Rows.Words, Settings.Dim, Request, Session, Stop);
        // The settings follow the size and the deviation of given vectors.
        if (_pretrained is not null)
            Settings = Settings with
            {
                Dim = _pretrained.Dim,
                FirstDeviation = Request.IsGiven("init-std") ? Settings.FirstDeviation : _pretrained.Deviation,
            };
        _inverse = [.. data.TextsWith.Select(texts => MathF.Log((1f + data.Train.Count) / (1 + texts)) + 1)];
        if (Earlier is not null) KeepFrequencies(Earlier, data);
        // Initial weights and dropout are independent: their generators have different seeds.
        Rng rng = new(Settings.Training.Seed), layers = new(~Settings.Training.Seed);
        ClassifyModel model = Model(data, rng, layers);
        Begin(model, _pretrained, Settings.Start);
        if (Earlier is not null) Grow(Earlier, model, data);
        return new ClassifyTraining(model, data, Settings, layers);
    }

    protected override Measured Measure(ClassifyData data, ClassifyTraining job, TrainingOutcome outcome)
    {
        Session.Begin("measuring", 1);
        IReadOnlyList<Metric> metrics = outcome.End == TrainingEnd.Stopped ? [] : job.Figures(data.Test, out _confusion);
        bool several = metrics.Count == 0 || Settings.LabelSeparator.Length > 0;
        if (several) _confusion = null;
        var measured = new Measured(metrics, several ? [] : [("most frequent label", MostFrequent(data))]);
        Session.At(1);
        return measured;
    }

    protected override void Save(RunFolder run, ClassifyData data, ClassifyTraining job)
    {
        ClassifyModel model = (ClassifyModel)job.Model, first = FirstModel(data);
        StateDict weights = model.StateDict();
        Safetensors.Write(run.File(ClassifyRecipe.ModelFile), weights,
            new Dictionary<string, string> { ["kind"] = ClassifyRecipe.JobName });
        AtomicFile.WriteLines(run.File(ClassifyRecipe.LabelsFile), data.Labels.Words);
        if (Settings.HasFrequencies)
            Safetensors.Write(run.File(ClassifyRecipe.FrequenciesFile),
                new StateDict(StateEntry.Over("inverse", [_inverse.Length], _inverse)));
        // The words alone, without the rows that fill up, that stand for unknown words, and that runs share.
        int words = (int)data.Rows.Words.Count, dim = model.Words.Dim;
        VectorRows values = Words(model), before = Words(first);
        TableFiles.Write(run, ClassifyRecipe.ModelFile, weights, new LearnedTable
        {
            Name = ClassifyRecipe.WordsTable, Ids = data.Rows.Words, Vectors = values, Weight = ("words", TextRows.FirstWord),
            Counts = data.Occurrences[TextRows.FirstWord..(TextRows.FirstWord + words)], Moved = VectorRows.Moved(before, values),
        });

        VectorRows Words(ClassifyModel of)
        {
            VectorRows rows = VectorRows.Zeros(words, dim);
            rows.Fill((row, into) => of.Words.ReadValues((TextRows.FirstWord + row) * dim, into.Span));
            return rows;
        }
    }

    protected override IEnumerable<string> Next(ClassifyData data) => ["rowan predict \"some text\" --run {run}"];

    protected override void Describe(Utf8JsonWriter json, ClassifyData data)
    {
        if (_confusion is not { } confusion) return;
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
    }

    ClassifyModel Model(ClassifyData data, Rng rng, Rng layers) =>
        ClassifyModel.Of(Settings, data.Rows, (int)data.Labels.Count, _inverse, data.MeetsUnknown, rng, layers);

    /// <summary>The model before the first step, whose rows are a function of the seed.</summary>
    ClassifyModel FirstModel(ClassifyData data)
    {
        ClassifyModel first = Model(data, new Rng(Settings.Training.Seed), new Rng(0));
        Begin(first, _pretrained, Settings.Start);
        Earlier?.LoadInto(first, ClassifyRecipe.ModelFile, name => RowsOf(Earlier, data, name));
        return first;
    }

    static void Begin(ClassifyModel model, PretrainedRows? rows, PretrainedStart start)
    {
        if (rows is null) return;
        foreach (ClassifyModel member in model.Members()) rows.CopyTo(member.Words, TextRows.FirstWord, start.Freeze, start.Rate);
    }

    void Grow(EarlierRun earlier, ClassifyModel model, ClassifyData data)
    {
        long words = earlier.Table(ClassifyRecipe.WordsTable).Ids.Count, labels = Labels(earlier);
        earlier.LoadInto(model, ClassifyRecipe.ModelFile, name => RowsOf(earlier, data, name));
        if (earlier.Table(ClassifyRecipe.WordsTable).Counts is { Length: > 0 } counts)
            EarlierRun.AddCounts(counts, words, data.Occurrences.AsSpan(TextRows.FirstWord, (int)data.Rows.Words.Count));
        Session.Note(earlier.Note(("words", data.Rows.Words.Count - words), ("labels", data.Labels.Count - labels)));
    }

    /// <summary>The first new row of a parameter and the number of new rows; null if it does not grow. In an ensemble, names begin with
    /// <c>models.N.</c></summary>
    static (long First, long Added)? RowsOf(EarlierRun earlier, ClassifyData data, string name)
    {
        if (name.Split('.', 3) is ["models", _, var own]) name = own;
        long words = earlier.Table(ClassifyRecipe.WordsTable).Ids.Count, labels = Labels(earlier);
        return name.StartsWith("head.", StringComparison.Ordinal) ? (labels, data.Labels.Count - labels) : name is "words" or "bag.weight"
            or "embedding.weight" ? (TextRows.FirstWord + words, data.Rows.Words.Count - words) : null;
    }

    static long Labels(EarlierRun earlier) => File.ReadLines(earlier.File(ClassifyRecipe.LabelsFile)).LongCount();

    /// <summary>What the earlier run weighed stays as heavy as it was.</summary>
    void KeepFrequencies(EarlierRun earlier, ClassifyData data)
    {
        if (!Settings.HasFrequencies) return;
        float[] then = Safetensors.Read(earlier.File(ClassifyRecipe.FrequenciesFile))["inverse"].Floats();
        long first = TextRows.FirstWord + earlier.Table(ClassifyRecipe.WordsTable).Ids.Count, added = data.Rows.Rows - then.Length;
        for (int row = 0; row < then.Length; row++) _inverse[EarlierRun.Moved(row, first, added)] = then[row];
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
}
