using System.Text.Json;
using Rowan.Formats;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>One training of the tabular task.</summary>
sealed class TabularTask(TrainRequest request)
    : RecipeTask<TabularSettings, TabularData, TabularTraining>(TabularRecipe.JobName, TabularSettings.List, request)
{
    // That of the earlier run.
    TabularEncoder? _encoder;
    PretrainedRows[] _pretrained = [];

    protected override TrainerSettings Loop => Settings.Training;

    protected override string Remedy =>
        "the columns may not predict the label: check their roles (`categorical`, `numeric`), or add columns and records";

    protected override void Check()
    {
        if (Earlier is not null)
        {
            _encoder = TabularEncoder.Read(Earlier.Info, [.. Earlier.Tables.Select(table => (table.Ids, table.Dim))], Settings);
            Require.That(Settings.Dim == TabularSettings.List.Read(Earlier.Info).Dim, $"`dim` {Settings.Dim}: "
                + $"'{Earlier.Path}' has other embedding dimensions; a grown run keeps the settings that shape the model", "dim");
        }
        Loop.Check();
        Settings.Start.Check();
        Require.That(Settings.Interaction != Interaction.FactorizationMachine || !Request.IsGiven("text-dim"),
            $"`text-dim` {Settings.TextDim}: a factorization machine (`interaction` fm) has one dimension for all columns; set `dim`",
            "text-dim");
    }

    protected override TabularData Read() => TabularData.Read(Request, Settings, _encoder, Session, Stop);

    protected override TabularTraining Build(TabularData data)
    {
        foreach (string setting in TabularRecipe.OfTexts)
            Require.That(data.Encoder.Texts.Count > 0 || !Request.IsGiven(setting),
                $"`{setting}`: it is for text columns, and there is none; name one as `text` COLUMN, or leave it out", setting);
        Settings = data.Loop(Settings);
        _pretrained = Pretrained(data.Encoder);
        // Initial weights and dropout are independent: their generators have different seeds.
        Rng rng = new(Settings.Training.Seed), layers = new(~Settings.Training.Seed);
        var model = new TabularModel(data.Encoder, Settings, rng, layers);
        Begin(model, data.Encoder);
        if (Earlier is not null) Grow(Earlier, model, data);
        return new TabularTraining(model, data, Settings, layers);
    }

    protected override Measured Measure(TabularData data, TabularTraining job, TrainingOutcome outcome)
    {
        Session.Begin("measuring", 1);
        IReadOnlyList<Metric> metrics = outcome.End == TrainingEnd.Stopped ? [] : job.Figures(data.Test);
        var measured = new Measured(metrics, metrics.Count == 0
            ? [] : [(data.Encoder.Classes is null ? "the mean" : "shares of the classes", Baseline(data))]);
        Session.At(1);
        return measured;
    }

    protected override void Save(RunFolder run, TabularData data, TabularTraining job)
    {
        var model = (TabularModel)job.Model;
        // The rows before the first step are a function of the seed.
        var first = new TabularModel(data.Encoder, Settings, new Rng(Settings.Training.Seed), new Rng(0));
        Begin(first, data.Encoder);
        Earlier?.LoadInto(first, TabularRecipe.ModelFile, name => RowsOf(_encoder!, data, name));
        StateDict weights = model.StateDict();
        Safetensors.Write(run.File(TabularRecipe.ModelFile), weights, new Dictionary<string, string> { ["kind"] = TabularRecipe.JobName });
        var names = new HashSet<string>();
        TableFiles.Write(run, TabularRecipe.ModelFile, weights, [.. data.Encoder.Maps.Select((map, i) =>
        {
            VectorRows Rows(TabularModel of) => VectorRows.Of(of.Columns!.EmbeddingBags[TabularModel.Table(i)].Weight);
            return new LearnedTable
            {
                Name = Unique(TabularRecipe.FileSafe(map.Name), names), Ids = map.Known, Vectors = Rows(model),
                Weight = (Name(model.Columns!.EmbeddingBags[TabularModel.Table(i)].Weight), 0),
                Counts = data.Counts[i], Moved = VectorRows.Moved(Rows(first), Rows(model)),
            };
        })]);

        string Name(Table table) => model.TablesByName().First(named => ReferenceEquals(named.Value, table)).Key;
    }

    protected override IEnumerable<string> Next(TabularData data) => [$"rowan predict {Request.Data.Names[0]} --run {{run}}"];

    protected override void Describe(Utf8JsonWriter json, TabularData data) => data.Encoder.Write(json);

    /// <summary>The vectors of the file for each text column; the settings follow their size.</summary>
    PretrainedRows[] Pretrained(TabularEncoder encoder)
    {
        var all = new List<PretrainedRows>();
        foreach (IdMap map in encoder.Maps.TakeLast(encoder.Texts.Count))
            if (Settings.Start.Read(map.Known, Settings.TextDim, Request, Session, Stop, "text-dim", map.Name) is { } rows) all.Add(rows);
        if (all.Count == 0) return [];
        int dim = all[0].Dim;
        bool isFm = Settings.Interaction == Interaction.FactorizationMachine;
        Require.That(!isFm || (Settings.Dim > 0 ? Settings.Dim : TabularModel.FactorDim) == dim,
            $"`vectors`: '{Settings.Vectors}' has {dim} values per row, and a factorization machine (`interaction` fm) has one dimension "
            + $"for all columns; set `dim` {dim}, or choose another interaction", "vectors");
        Settings = Settings with { TextDim = dim };
        return [.. all];
    }

    /// <summary>Tables of words begin with the vectors of the file; their other rows are drawn with the same deviation.</summary>
    void Begin(TabularModel model, TabularEncoder encoder)
    {
        for (int i = 0; i < _pretrained.Length; i++)
        {
            Table table = model.Columns!.EmbeddingBags[TabularModel.Table(encoder.Maps.Count - _pretrained.Length + i)].Weight;
            if (!Request.IsGiven("init-std") && Settings.FirstDeviation > 0)
                foreach (Memory<float> values in table.Values)
                    RowMath.Scale(values.Span, _pretrained[i].Deviation / Settings.FirstDeviation);
            _pretrained[i].CopyTo(table, 0, Settings.FreezeVectors, Settings.VectorsRate);
        }
    }

    void Grow(EarlierRun earlier, TabularModel model, TabularData data)
    {
        TabularEncoder encoder = _encoder!;
        earlier.LoadInto(model, TabularRecipe.ModelFile, name => RowsOf(encoder, data, name));
        for (int column = 0; column < encoder.Maps.Count; column++)
            EarlierRun.AddCounts(earlier.Tables[column].Counts, encoder.Maps[column].Known.Count, data.Counts[column]);
        Session.Note(earlier.Note(
            [.. encoder.Maps.Select((map, i) => ($"{(encoder.IsText(i) ? "words" : "values")} of {map.Name}",
                data.Encoder.Maps[i].Known.Count - map.Known.Count))]));
    }

    static (long First, long Added)? RowsOf(TabularEncoder encoder, TabularData data, string name) =>
        TabularModel.ColumnOf(name) is { } column
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

    /// <summary>A name that no other table has: 'when.month' and 'when_month' are two.</summary>
    static string Unique(string name, HashSet<string> taken)
    {
        string free = name;
        for (int i = 2; !taken.Add(free); i++) free = $"{name}_{i}";
        return free;
    }
}
