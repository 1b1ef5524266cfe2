using System.Text.Json;
using Rowan.Data;
using Rowan.Formats;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>Learns to predict a class, a number or a click from categorical, multi-valued and numeric columns.</summary>
public sealed class TabularRecipe : Recipe
{
    internal const string JobName = "tabular", ModelFile = "model.safetensors", FurtherDate = "a further date";
    const double Prose = 4, LastChoice = 0.05;
    const int FewClasses = 10;

    /// <summary>Settings that only text columns use.</summary>
    static readonly string[] OfTexts = ["text-dim", "word-min-count", "max-words", "length", .. PretrainedStart.Names];

    /// <inheritdoc/>
    public override string Kind => JobName;

    /// <inheritdoc/>
    public override string Summary => "Predicts a class, a number or a click from columns of any kind, texts and dates included.";

    /// <inheritdoc/>
    public override IReadOnlyList<Setting> Settings => TabularSettings.List.All;

    /// <inheritdoc/>
    public override IReadOnlyList<Preset> Presets => TabularSettings.Presets;

    /// <inheritdoc/>
    public override bool TakesFolds => true;

    private protected override (string Preset, string Because) AutoPreset(DataSize size) =>
        (TabularSettings.PresetFor(size.Records), size.InWords(size.Records, "records"));

    /// <inheritdoc/>
    public override RecipeFit Fit(DataSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ColumnSchema? named = RoleChoice.Target(schema), label = named ?? Last(schema);
        // Of several dates the first is the time; the others say something too.
        foreach (ColumnSchema date in schema.Columns.Where(column =>
            column is { Role: ColumnRole.None, Kind: ColumnKind.Time, Stated: false } && column != label))
        {
            schema = schema.With(date, ColumnRole.Time, FurtherDate);
            if (date.IsDateOrderOpen) schema = schema.With(SchemaInference.OpenDates(date));
        }
        ColumnSchema[] features = [.. schema.Columns.Where(column => column != label && (column.Role is ColumnRole.Categorical
            or ColumnRole.MultiValued or ColumnRole.Numeric or ColumnRole.User or ColumnRole.Item or ColumnRole.Rating
            or ColumnRole.Text or ColumnRole.Time))];
        string options = label is null ? "" : $"`label` {RoleChoice.Quoted(label.Name)}";
        if (label is null) return new(0, schema.Columns.Count < 2 ? "needs a label and other columns" : "needs a label column");
        if (features.Length == 0) return new(0, "needs other columns next to the label, such as categorical or numeric ones");
        bool prose = schema.Columns.Any(column => column.Role == ColumnRole.Text && column.Words >= Prose),
        described = features.Any(column =>
            column is { Stated: true, Role: ColumnRole.Categorical or ColumnRole.MultiValued or ColumnRole.Numeric });
        double score = label.Stated ? 0.92 : named is null ? 0.4 : label.Role == ColumnRole.Rating ? 0.5 : label.Weak ? 0.6 : 0.85;
        if (described) score += 0.02;
        // A classifier reads prose better than a bag of words does.
        if (prose && !described) score = named is null ? 0.1 : Math.Min(score, label.Stated ? 0.86 : 0.6);
        if (features.All(column => column.Role == ColumnRole.Text || (column.Role == ColumnRole.Time && TabularColumns.IsDate(column))))
            score = LastChoice;
        DataSchema used = label.Role == ColumnRole.Label ? schema : schema.With(label, ColumnRole.Label, named is null
            ? "taken for the label" : "rating, taken for the label");
        if (named is null || label.Weak || label.Role != ColumnRole.Label)
            used = used.With($"The column to predict is '{label.Name}'{(named is null ? ", since no name says which it is" : "")}; "
                + $"`label` COLUMN chooses another.");
        return new RecipeFit(score, $"a label column ('{label.Name}') and {features.Length} "
            + $"{(features.Length == 1 ? "column" : "columns")} to predict it from")
        {
            Schema = used.Only(ColumnRole.Label, ColumnRole.Categorical, ColumnRole.MultiValued, ColumnRole.Numeric,
                ColumnRole.User, ColumnRole.Item, ColumnRole.Rating, ColumnRole.Time, ColumnRole.Text), Options = options,
        };
    }

    /// <summary>Where no name tells: the last column; of a file without header the first, where it has a few values and the last is a
    /// continuous number.</summary>
    static ColumnSchema? Last(DataSchema schema)
    {
        static bool Can(ColumnSchema column) => column.Role is ColumnRole.Categorical or ColumnRole.Numeric && column.Distinct >= 2
            && !(column.Kind == ColumnKind.Name && column.IsUnique && column.Values > FewClasses);
        ColumnSchema? last = schema.Columns.LastOrDefault(Can);
        if (!RoleChoice.Nameless(schema) || last is not { Kind: ColumnKind.Number or ColumnKind.Integer }) return last;
        bool continuous = last.Kind == ColumnKind.Number || last.Distinct > RoleChoice.MostClasses;
        return continuous && schema.Columns[0] is { Kind: ColumnKind.Integer or ColumnKind.Name, Distinct: <= FewClasses,
            Repeats: true } first && Can(first) ? first : last;
    }

    /// <inheritdoc/>
    public override bool MayTry(Setting setting, DataSchema schema)
    {
        ArgumentNullException.ThrowIfNull(setting);
        ArgumentNullException.ThrowIfNull(schema);
        bool numbers = schema.Of(ColumnRole.Numeric).Count + schema.Of(ColumnRole.Rating).Count + schema.Of(ColumnRole.Time).Count > 0;
        bool values = schema.Columns.Any(column => column.Role is ColumnRole.Categorical or ColumnRole.MultiValued or ColumnRole.User
            or ColumnRole.Item);
        return setting.Name switch
        {
            "numeric-embedding" or "bins" => numbers, "dim" or "min-count" => values,
            _ => !OfTexts.Contains(setting.Name) || schema.Of(ColumnRole.Text).Count > 0,
        };
    }

    internal override Type RunType(JsonElement info) => typeof(TabularRun);

    internal override Run Open(string path, JsonElement info) => TabularRun.Load(path, info);

    /// <inheritdoc/>
    public override TrainReport Train(TrainRequest request, IProgress<TrainingProgress>? progress = null, CancellationToken stop = default)
    {
        request = Prepared(request);
        EarlierRun? earlier = EarlierRun.Of(request, Kind);
        TabularSettings settings = EarlierRun.Settings(TabularSettings.List, request, earlier);
        TabularEncoder? encoder = earlier is null
            ? null : TabularEncoder.Read(earlier.Info, [.. earlier.Tables.Select(table => (table.Ids, table.Dim))], settings);
        Require.That(earlier is null || settings.Dim == TabularSettings.List.Read(earlier.Info).Dim, $"`dim` {settings.Dim}: " +
            $"'{earlier?.Path}' has other embedding dimensions; a grown run keeps the settings that shape the model", "dim");
        settings.Training.Check();
        settings.Start.Check();
        Require.That(settings.Interaction != Interaction.FactorizationMachine || !request.IsGiven("text-dim"),
            $"`text-dim` {settings.TextDim}: a factorization machine (`interaction` fm) has one dimension for all columns; set `dim`",
            "text-dim");
        using var session = new RunSession(Kind, request, json => TabularSettings.List.Write(json, settings), progress)
        {
            Remedy = "the columns may not predict the label: check their roles (`categorical`, `numeric`), or add columns and records",
        };
        session.Begin("reading", 1);
        using TabularData data = TabularData.Read(request, settings, encoder, session, stop);
        session.At(1);
        foreach (string setting in OfTexts)
            Require.That(data.Encoder.Texts.Count > 0 || !request.IsGiven(setting),
                $"`{setting}`: it is for text columns, and there is none; name one as `text` COLUMN, or leave it out", setting);
        settings = data.Loop(settings);
        PretrainedRows[] pretrained = Pretrained(ref settings, data.Encoder, request, session, stop);
        // Initial weights and dropout are independent: their generators have different seeds.
        Rng rng = new(settings.Training.Seed), layers = new(~settings.Training.Seed);
        var model = new TabularModel(data.Encoder, settings, rng, layers);
        Begin(model, data.Encoder, pretrained, settings, request);
        if (earlier is not null) Grow(earlier, encoder!, model, data, session);
        var job = new TabularTraining(model, data, settings, layers);
        TrainingOutcome outcome = session.Train(job, settings.Training, stop);

        session.Begin("measuring", 1);
        IReadOnlyList<Metric> metrics = outcome.End == TrainingEnd.Stopped ? [] : job.Figures(data.Test);
        IReadOnlyList<(string, IReadOnlyList<Metric>)> baselines = metrics.Count == 0
            ? [] : [(data.Encoder.Classes is null ? "the mean" : "shares of the classes", Baseline(data))];
        session.At(1);
        session.Begin("saving", 1);
        // The rows before the first step are a function of the seed.
        var first = new TabularModel(data.Encoder, settings, new Rng(settings.Training.Seed), new Rng(0));
        Begin(first, data.Encoder, pretrained, settings, request);
        earlier?.LoadInto(first, ModelFile, name => RowsOf(encoder!, data, name));
        Save(session.Run, model, first, data);
        session.At(1);
        return session.Complete(outcome, metrics, baselines, [$"rowan predict {request.Data.Names[0]} --run {{run}}"], data.Encoder.Write);
    }

    /// <summary>The vectors of the file for each text column; the settings follow their size.</summary>
    static PretrainedRows[] Pretrained(ref TabularSettings settings, TabularEncoder encoder, TrainRequest request, RunSession session,
        CancellationToken stop)
    {
        var all = new List<PretrainedRows>();
        foreach (IdMap map in encoder.Maps.TakeLast(encoder.Texts.Count))
            if (settings.Start.Read(map.Known, settings.TextDim, request, session, stop, "text-dim", map.Name) is { } rows) all.Add(rows);
        if (all.Count == 0) return [];
        int dim = all[0].Dim;
        bool isFm = settings.Interaction == Interaction.FactorizationMachine;
        Require.That(!isFm || (settings.Dim > 0 ? settings.Dim : TabularModel.FactorDim) == dim,
            $"`vectors`: '{settings.Vectors}' has {dim} values per row, and a factorization machine (`interaction` fm) has one dimension "
            + $"for all columns; set `dim` {dim}, or choose another interaction", "vectors");
        settings = settings with { TextDim = dim };
        return [.. all];
    }

    /// <summary>Tables of words begin with the vectors of the file; their other rows are drawn with the same deviation.</summary>
    static void Begin(TabularModel model, TabularEncoder encoder, PretrainedRows[] pretrained, TabularSettings settings,
        TrainRequest request)
    {
        for (int i = 0; i < pretrained.Length; i++)
        {
            Table table = model.Columns!.EmbeddingBags[TabularModel.Table(encoder.Maps.Count - pretrained.Length + i)].Weight;
            if (!request.IsGiven("init-std") && settings.FirstDeviation > 0)
                foreach (Memory<float> values in table.Values)
                    RowMath.Scale(values.Span, pretrained[i].Deviation / settings.FirstDeviation);
            pretrained[i].CopyTo(table, 0, settings.FreezeVectors, settings.VectorsRate);
        }
    }

    static void Grow(EarlierRun earlier, TabularEncoder encoder, TabularModel model, TabularData data, RunSession session)
    {
        earlier.LoadInto(model, ModelFile, name => RowsOf(encoder, data, name));
        for (int column = 0; column < encoder.Maps.Count; column++)
            EarlierRun.AddCounts(earlier.Tables[column].Counts, encoder.Maps[column].Known.Count, data.Counts[column]);
        session.Note(earlier.Note(
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

    static void Save(RunFolder run, TabularModel model, TabularModel first, TabularData data)
    {
        StateDict weights = model.StateDict();
        Safetensors.Write(run.File(ModelFile), weights, new Dictionary<string, string> { ["kind"] = JobName });
        var names = new HashSet<string>();
        TableFiles.Write(run, ModelFile, weights, [.. data.Encoder.Maps.Select((map, i) =>
        {
            VectorRows Rows(TabularModel of) => VectorRows.Of(of.Columns!.EmbeddingBags[TabularModel.Table(i)].Weight);
            return new LearnedTable
            {
                Name = Unique(FileSafe(map.Name), names), Ids = map.Known, Vectors = Rows(model),
                Weight = (Name(model.Columns!.EmbeddingBags[TabularModel.Table(i)].Weight), 0),
                Counts = data.Counts[i], Moved = VectorRows.Moved(Rows(first), Rows(model)),
            };
        })]);

        string Name(Table table) => model.TablesByName().First(named => ReferenceEquals(named.Value, table)).Key;
    }

    /// <summary>A name that no other table has: 'when.month' and 'when_month' are two.</summary>
    static string Unique(string name, HashSet<string> taken)
    {
        string free = name;
        for (int i = 2; !taken.Add(free); i++) free = $"{name}_{i}";
        return free;
    }

    internal static string FileSafe(string name) => string.Concat(name.Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' ? c : '_'));
}
