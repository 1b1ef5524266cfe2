using Rowan.Data;
using Rowan.Formats;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>Learns to predict a class, a number or a click from categorical, multi-valued and numeric columns.</summary>
public sealed class TabularRecipe : Recipe
{
    internal const string JobName = "tabular", ModelFile = "model.safetensors";

    /// <inheritdoc/>
    public override string Kind => JobName;

    /// <inheritdoc/>
    public override string Summary => "Learns to predict a class, a number or a click from columns of any kind.";

    /// <inheritdoc/>
    public override IReadOnlyList<Setting> Settings => TabularSettings.List.All;

    /// <inheritdoc/>
    public override RecipeFit Fit(DataSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        if (schema.One(ColumnRole.Label) is null) return new(0, "it needs a label column");
        int columns = schema.Of(ColumnRole.Categorical).Count + schema.Of(ColumnRole.MultiValued).Count + schema.Of(ColumnRole.Numeric).Count;
        return columns switch { 0 => new(0, "it needs categorical or numeric columns"), 1 => new(0.3, "a label and a categorical or numeric column"), _ => new(0.85, $"a label and {columns} categorical or numeric columns") };
    }

    /// <inheritdoc/>
    public override TrainReport Train(TrainRequest request, IProgress<TrainingProgress>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        EarlierRun? earlier = EarlierRun.Of(request, Kind);
        TabularSettings settings = EarlierRun.Settings(TabularSettings.List, request, earlier);
        TabularEncoder? encoder = earlier is null ? null : TabularEncoder.Read(earlier.Info, earlier.Tables, settings);
        Require.That(earlier is null || settings.Dim == TabularSettings.List.Read(earlier.Info).Dim, $"--dim {settings.Dim}: the vectors of '{earlier?.Path}' keep their lengths; settings that shape the model stay as they were in a run that is grown", "dim");
        settings.Training.Check();
        using var session = new RunSession(Kind, request, json => TabularSettings.List.Write(json, settings), progress);
        session.Begin("reading", 1);
        using TabularData data = TabularData.Read(request, settings, encoder, session, stop);
        session.At(1);
        Rng rng = new(settings.Training.Seed), layers = new(settings.Training.Seed);
        var model = new TabularModel(data.Encoder, settings, rng, layers);
        if (earlier is not null) Grow(earlier, encoder!, model, data, session);
        var job = new TabularTraining(model, data, settings, layers);
        TrainingOutcome outcome = session.Train(job, settings.Training, stop);

        session.Begin("measuring", 1);
        IReadOnlyList<Metric> metrics = outcome.End == TrainingEnd.Stopped ? [] : job.Figures(data.Test);
        IReadOnlyList<(string, IReadOnlyList<Metric>)> baselines = metrics.Count == 0 ? [] : [(data.Encoder.Classes is null ? "the mean" : "shares of the classes", Baseline(data))];
        session.At(1);
        session.Begin("saving", 1);
        // The rows before the first step are a function of the seed.
        var first = new TabularModel(data.Encoder, settings, new Rng(settings.Training.Seed), new Rng(0));
        earlier?.LoadInto(first, ModelFile, name => RowsOf(encoder!, data, name));
        Save(session.Run, model, first, data);
        session.At(1);
        return session.Complete(outcome, metrics, baselines, [$"rowan predict {request.Data.Names[0]} --run {{run}}"], data.Encoder.Write);
    }

    static void Grow(EarlierRun earlier, TabularEncoder encoder, TabularModel model, TabularData data, RunSession session)
    {
        earlier.LoadInto(model, ModelFile, name => RowsOf(encoder, data, name));
        for (int column = 0; column < encoder.Maps.Count; column++) EarlierRun.AddCounts(earlier.Tables[column].Counts, encoder.Maps[column].Known.Count, data.Counts[column]);
        session.Note(earlier.Note([.. encoder.Maps.Select((map, i) => ($"values of {map.Name}", data.Encoder.Maps[i].Known.Count - map.Known.Count))]));
    }

    static (long First, long Added)? RowsOf(TabularEncoder encoder, TabularData data, string name) => TabularModel.ColumnOf(name) is { } column
        ? (encoder.Maps[column].Known.Count, data.Encoder.Maps[column].Known.Count - encoder.Maps[column].Known.Count) : null;

    /// <summary>The same prediction for every record: the shares of the classes in training, or the mean.</summary>
    static IReadOnlyList<Metric> Baseline(TabularData data)
    {
        int n = checked((int)data.Test.Count), classes = (int)(data.Encoder.Classes?.Count ?? 1);
        var labels = new float[n];
        for (int i = 0; i < n; i++) labels[i] = data.Test.Label(i);
        if (data.Encoder.Classes is null) return PredictionMetrics.OfNumbers(new float[n], labels, data.Encoder.LabelDeviation);
        var shares = new double[classes];
        for (long record = 0; record < data.Train.Count; record++) shares[(int)data.Train.Label(record)] += 1.0 / data.Train.Count;
        var same = new float[n * classes];
        for (int i = 0; i < same.Length; i++) same[i] = (float)shares[i % classes];
        return PredictionMetrics.OfClasses(same, labels, classes);
    }

    static void Save(RunFolder run, TabularModel model, TabularModel first, TabularData data)
    {
        Safetensors.Write(run.File(ModelFile), model.StateDict(), new Dictionary<string, string> { ["kind"] = JobName });
        LearnedTable.Write(run, [.. data.Encoder.Maps.Select((map, i) =>
        {
            Table table = model.Columns!.EmbeddingBags[TabularModel.Table(i)].Weight;
            var values = new float[table.Count * table.Dim];
            table.ReadValues(0, values);
            var before = new float[values.Length];
            first.Columns!.EmbeddingBags[TabularModel.Table(i)].Weight.ReadValues(0, before);
            return new LearnedTable { Name = FileSafe(map.Name), Ids = map.Known, Dim = table.Dim, Values = values, Counts = data.Counts[i], Moved = LearnedTable.MovedFrom(before, values, table.Dim) };
        })]);
    }

    internal static string FileSafe(string name) => string.Concat(name.Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' ? c : '_'));
}
