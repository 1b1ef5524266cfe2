using System.Globalization;
using System.Text.Json;
using Rowan.Data;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>The input of a recipe.</summary>
public sealed record TrainRequest
{
    /// <summary>The training data.</summary>
    public required DataSource Data { get; init; }

    /// <summary>The columns of the data.</summary>
    public required DataSchema Schema { get; init; }

    /// <summary>The validation data; null to hold out a part of the data, as the settings say.</summary>
    public DataSource? Validation { get; init; }

    /// <summary>The test data; null to hold out a part of the data, as the settings say.</summary>
    public DataSource? Test { get; init; }

    /// <summary>Settings by name, as texts; all others are the recipe's defaults.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// The preset under <see cref="Settings"/>: fast, best, auto to choose by the size of the data, or none. A grown run keeps that of
    /// its run.
    /// </summary>
    public string Preset { get; init; } = Recipes.Preset.Auto;

    /// <summary>Names of <see cref="Settings"/> that do not come from the preset; null before the preset was applied.</summary>
    internal IReadOnlySet<string>? Given { get; init; }

    /// <summary>The part of each record of <see cref="Data"/>, counted from 0; null to hold out as the settings say.</summary>
    internal Func<long, DataPart>? PartOf { get; init; }

    /// <summary>The training with held-out records that this one repeats on all of them; null for none.</summary>
    internal TrainReport? RefitOf { get; init; }

    /// <summary>Epochs that it found.</summary>
    internal int RefitEpochs { get; init; }

    /// <summary>Whether a setting was given, not set by the preset.</summary>
    internal bool IsGiven(string setting) => Given?.Contains(setting) ?? Settings.ContainsKey(setting);

    /// <summary>The folder of all runs.</summary>
    public string RunsDirectory { get; init; } = "runs";

    /// <summary>The run's name; null for the name of the data, the task and the next free number: "ratings-recommend-1".</summary>
    public string? Name { get; init; }

    /// <summary>Whether a run of that name is replaced, once the new one is complete.</summary>
    public bool Overwrite { get; init; }

    /// <summary>The name of the data, from which the run's name is made.</summary>
    internal string DataName => Data.Title ?? (Data.Names is [var first, ..] && first != "standard input" ? first : "stdin");

    /// <summary>The command line, for the model card.</summary>
    public string? CommandLine { get; init; }

    /// <summary>The command's arguments, which an interrupted run keeps, so that it can be resumed.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>
    /// A finished run of the same job to grow from: its settings, ids and weights are what this run begins with, and ids that only the
    /// data has get rows of their own. Null for none. Only the data is trained on, so what was learned of ids that it does not hold fades
    /// where rows are shared.
    /// </summary>
    public string? GrownFrom { get; init; }

    /// <summary>Whether rows and layers of <see cref="GrownFrom"/> are frozen, so that only new ids are trained.</summary>
    public bool FreezeEarlier { get; init; }

    /// <summary>Whether to resume the interrupted run of this name.</summary>
    public bool Resume { get; init; }

    /// <summary>Where the run folder will be moved to, which its texts name; null for where it is written.</summary>
    internal string? MovedTo { get; init; }
}

/// <summary>The result of training.</summary>
public sealed record TrainReport
{
    /// <summary>The run folder.</summary>
    public required string Run { get; init; }

    /// <summary>The recipe.</summary>
    public required string Kind { get; init; }

    /// <summary>Why training ended.</summary>
    public required TrainingEnd End { get; init; }

    /// <summary>Epochs that the kept weights were trained for: up to the best validation where its weights were restored.</summary>
    public double Epochs { get; init; }

    /// <summary>Examples seen.</summary>
    public required long Examples { get; init; }

    /// <summary>Metrics on the test data; none for a run that was stopped, or where there is no such data.</summary>
    public required IReadOnlyList<Metric> Metrics { get; init; }

    /// <summary>Metrics on the validation data of the weights that were kept; none if nothing was validated. <c>rowan tune</c> compares
    /// trials by them.</summary>
    public IReadOnlyList<Metric> Validation { get; init; } = [];

    /// <summary>Metrics of each test file, where there are several.</summary>
    public IReadOnlyList<(string File, EvaluationReport Report)> TestFiles { get; init; } = [];

    /// <summary>The same metrics for baselines that need no training, such as the most popular items, by name.</summary>
    public IReadOnlyList<(string Name, IReadOnlyList<Metric> Metrics)> Baselines { get; init; } = [];

    /// <summary>The preset of the settings: fast, best or none. auto is resolved.</summary>
    public string Preset { get; init; } = Recipes.Preset.None;

    /// <summary>Notes on the data and the run: the split, leaks, bad records skipped. Settings are named as `batch-size`.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Warnings about the result, each with the likely remedy: a model that is worse than its baseline, too few test
    /// records.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Commands of the command line to run next.</summary>
    public IReadOnlyList<string> Next { get; init; } = [];

    /// <summary>Time in all.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>The largest working set, in bytes.</summary>
    public required long PeakMemory { get; init; }

    /// <summary>
    /// Writes "preset", "end", "examples", "seconds", "metrics", "validation", "baselines", "warnings" and "notes" into the object at
    /// hand; a metric that is no finite number as null.
    /// </summary>
    public void Write(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.WriteString("preset", Preset);
        json.WriteString("end", End.ToString());
        json.WriteNumber("examples", Examples);
        json.WriteNumber("seconds", Math.Round(Elapsed.TotalSeconds, 3));
        Write(json, "metrics", Metrics);
        Write(json, "validation", Validation);
        if (TestFiles.Count > 0) Recipes.TestFiles.Write(json, TestFiles);
        json.WriteStartObject("baselines");
        foreach ((string name, IReadOnlyList<Metric> figures) in Baselines) Write(json, name, figures);
        json.WriteEndObject();
        json.WriteStartArray("warnings");
        foreach (string warning in Warnings) json.WriteStringValue(warning);
        json.WriteEndArray();
        json.WriteStartArray("notes");
        foreach (string note in Notes) json.WriteStringValue(note);
        json.WriteEndArray();
    }

    static void Write(Utf8JsonWriter json, string name, IReadOnlyList<Metric> metrics)
    {
        json.WriteStartObject(name);
        foreach (Metric metric in metrics)
            if (double.IsFinite(metric.Value)) json.WriteNumber(metric.Name, Math.Round(metric.Value, 6));
            else json.WriteNull(metric.Name);
        json.WriteEndObject();
    }
}

/// <summary>How well a recipe fits columns.</summary>
/// <param name="Score">0 for not at all; the recipe with the highest score is chosen.</param>
/// <param name="Reason">What it learns from them: "a user, an item and a rating column". What is missing, where the score is 0.</param>
public sealed record RecipeFit(double Score, string Reason)
{
    /// <summary>The columns with the roles in which the recipe uses them; null where it does not fit.</summary>
    public DataSchema? Schema { get; init; }

    /// <summary>Settings that name the columns for this recipe, such as "`user` a `item` b"; empty where the columns give no
    /// hint.</summary>
    public string Options { get; init; } = "";
}

/// <summary>A ready-made task: trains a run from a file of records.</summary>
public abstract class Recipe
{
    /// <summary>Its name: "recommend".</summary>
    public abstract string Kind { get; }

    /// <summary>What it does, in a sentence.</summary>
    public abstract string Summary { get; }

    /// <summary>Its settings.</summary>
    public abstract IReadOnlyList<Setting> Settings { get; }

    /// <summary>Its presets, fast and best.</summary>
    public virtual IReadOnlyList<Preset> Presets => [];

    /// <summary>The preset that auto stands for, by the size of the data, and that size in words. None keeps the defaults.</summary>
    private protected virtual (string Preset, string Because) AutoPreset(DataSize size) => (Preset.None, "");

    /// <summary>Whether columns are what it needs, and in which roles it uses them.</summary>
    public abstract RecipeFit Fit(DataSchema schema);

    /// <summary>Whether the result is measured on <see cref="TrainRequest.Test"/>, and training watched on <see
    /// cref="TrainRequest.Validation"/>.</summary>
    public virtual bool TakesTestFiles => true;

    /// <summary>The same for given columns.</summary>
    private protected virtual bool TakesTestFilesOf(DataSchema schema) => TakesTestFiles;

    /// <summary>Whether records are held out at random, so that it can be cross-validated (<see cref="Folds"/>) and trained again on all of
    /// them (<see cref="Refit"/>).</summary>
    public virtual bool TakesFolds => false;

    /// <summary>The seed of a request.</summary>
    internal ulong SeedOf(TrainRequest request) => ulong.Parse(TextOf(request, "seed"), CultureInfo.InvariantCulture);

    /// <summary>The share of the records for validation.</summary>
    internal double ValidationShareOf(TrainRequest request) =>
        double.Parse(TextOf(request, "validation-share"), CultureInfo.InvariantCulture);

    string TextOf(TrainRequest request, string name)
    {
        Setting setting = Settings.First(setting => setting.Name == name);
        string text = request.Settings.GetValueOrDefault(name, setting.Default);
        Require.That(setting.Accepts(text), $"`{name}` {text}: it must be {setting.Expected}", name);
        return text;
    }

    /// <summary>Whether a search for settings may try a setting on columns: not one for numeric columns where there are none.</summary>
    public virtual bool MayTry(Setting setting, DataSchema schema) => true;

    /// <summary>Whether a finished run can grow by new ids: <see cref="TrainRequest.GrownFrom"/>.</summary>
    public virtual bool CanGrow => true;

    /// <summary>The class of a run, by its run.json.</summary>
    internal abstract Type RunType(JsonElement info);

    /// <summary>Loads a run whose files were verified.</summary>
    internal abstract Run Open(string path, JsonElement info);

    /// <summary>Reads, trains, measures, and writes the run.</summary>
    /// <param name="request">What to read, where to write, and the settings.</param>
    /// <param name="progress">Receives the progress.</param>
    /// <param name="stop">Asks to finish the batch at hand and save.</param>
    /// <exception cref="ArgumentException">A setting or a column is not what it must be.</exception>
    /// <exception cref="BadRecordException">A record is bad, and more than allowed are.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or says nothing to learn from.</exception>
    /// <exception cref="IOException">The run exists, or can't be written.</exception>
    /// <exception cref="NonFiniteLossException">A loss is no finite number; what was good was saved.</exception>
    public abstract TrainReport Train(TrainRequest request, IProgress<TrainingProgress>? progress = null, CancellationToken stop = default);

    /// <summary>The request with columns in the roles in which this recipe uses them, and with notes on what was stated and is not
    /// used.</summary>
    /// <exception cref="ArgumentException">The columns are not what it needs, or a file was given that it does not use.</exception>
    private protected TrainRequest Prepared(TrainRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        foreach ((string option, DataSource? file) in new[] { ("validation", request.Validation), ("test", request.Test) })
            Require.That(file is null || TakesTestFilesOf(request.Schema),
                $"`{option}` {file?.Names[0]}: the {Kind} task does not use it; leave it out, or "
                + $"choose another task with `task`", option);
        RecipeFit fit = Fit(request.Schema);
        // A run that is grown has its columns from the earlier run.
        if (fit.Schema is not { } schema)
        {
            if (request.GrownFrom is not null) return WithPreset(request);
            throw new NoTaskException($"the {Kind} task {fit.Reason}", [this], request.Schema);
        }
        foreach (ColumnSchema column in schema.Columns)
            if (column is { Stated: true, Role: ColumnRole.None } && request.Schema.Columns[column.Index].Role is not ColumnRole.None
                and var stated)
                schema = schema.With($"`{RoleNames.Of(stated)}` {column.Name}: the {Kind} task does not use this column.");
        return WithPreset(request with { Schema = schema });
    }

    /// <summary>The request with the values of its preset among the settings.</summary>
    TrainRequest WithPreset(TrainRequest request)
    {
        Preset.Check(request.Preset);
        IReadOnlySet<string> given = request.Given ?? new HashSet<string>(request.Settings.Keys);
        if (request.GrownFrom is { } path)
        {
            Require.That(request.Preset == Preset.Auto,
                $"`preset` {request.Preset}: a grown run keeps the settings of its run; leave it out", "preset");
            bool known = RunFolder.Open(path).TryGetProperty("preset", out JsonElement kept);
            return request with { Preset = known ? kept.GetString()! : Preset.None, Given = given };
        }
        (string name, string because, Preset? preset) = Chosen(request);
        var settings = new Dictionary<string, string>(request.Settings);
        foreach ((string setting, string value) in preset?.Under(request.Settings, Settings) ?? []) settings[setting] = value;
        return request with
        {
            Preset = name, Given = given, Settings = settings, Schema = because.Length == 0 ? request.Schema
                : request.Schema.With($"preset: {(preset is null ? "none, each setting has its default" : name)} ({because}); `preset` "
                    + $"changes it"),
        };
    }

    /// <summary>The preset of a request, auto resolved, and the values that it adds to those given.</summary>
    internal (string Name, IReadOnlyDictionary<string, string> Values) PresetOf(TrainRequest request)
    {
        Preset.Check(request.Preset);
        (string name, _, Preset? preset) = Chosen(request with { Schema = Fit(request.Schema).Schema ?? request.Schema });
        return (name, preset?.Under(request.Settings, Settings) ?? []);
    }

    (string Name, string Because, Preset? Preset) Chosen(TrainRequest request)
    {
        (string name, string because) = request.Preset == Preset.Auto ? Automatic(request) : (request.Preset, "");
        Preset? preset = Presets.FirstOrDefault(preset => preset.Name == name);
        Require.That(preset is not null || name == Preset.None, $"`preset` {name}: the {Kind} task has no presets; leave it out", "preset");
        return (name, because, preset);
    }

    /// <summary>
    /// What auto stands for. The values of a preset belong to its model, so auto sets nothing where another model was given.
    /// </summary>
    (string Preset, string Because) Automatic(TrainRequest request)
    {
        (string name, string because) = AutoPreset(new DataSize(request.Data, request.Schema));
        bool otherModel = request.Settings.TryGetValue("model", out string? model)
            && Presets.FirstOrDefault(preset => preset.Name == name)?.Values.GetValueOrDefault("model", model) != model;
        return otherModel ? (Preset.None, $"`model` {model}") : (name, because);
    }
}
