using Rowan.Data;
using Rowan.Recipes;
using Rowan.Training;

namespace Rowan.Accuracy;

/// <summary>A task that is a recipe: files and settings in, figures out.</summary>
abstract class RecipeTask : AccuracyTask
{
    /// <summary>The preset that is measured; none for settings that each task states.</summary>
    public static string UsedPreset { get; set; } = Preset.None;

    /// <summary>Trains a recipe as <c>rowan train</c> does; the run is not kept.</summary>
    private protected static TrainReport Train(Recipe recipe, string train, string? test, ReadOptions options, StatedRoles roles,
        string settings, TextWriter log, string? validation = null) =>
        Train(recipe, [train], test, options, roles, settings, log, validation);

    private protected static TrainReport Train(Recipe recipe, IReadOnlyList<string> train, string? test, ReadOptions options,
        StatedRoles roles, string settings,
        TextWriter log, string? validation = null)
    {
        log.WriteLine(Command(recipe, string.Join(' ', train), test, options, roles, settings, validation));
        string runs = Path.Combine(Path.GetTempPath(), $"rowan-accuracy-{Guid.NewGuid():N}");
        try
        {
            using DataSource data = DataSource.Of(train, options);
            using DataSource? testData = test is null ? null : DataSource.Of(test, options), validationData = validation is null ? null
                : DataSource.Of(validation, options);
            TrainReport report = recipe.Train(new TrainRequest
            {
                Data = data, Test = testData, Validation = validationData, Schema = SchemaInference.Infer(data, roles),
                RunsDirectory = runs, Preset = UsedPreset,
                Settings = Parsed(settings),
            });
            foreach (string note in report.Notes) log.WriteLine(note);
            log.WriteLine($"{Text(report.Metrics)}; validation {Text(report.Validation)}; {report.Elapsed.TotalSeconds:0} s");
            return report;
        }
        finally
        {
            if (Directory.Exists(runs)) Directory.Delete(runs, recursive: true);
        }
    }

    static string Text(IEnumerable<Metric> metrics) =>
        string.Join(", ", metrics.Select(metric => FormattableString.Invariant($"{metric.Name} {metric.Value:0.0000}")));

    /// <summary>The command that trains the same.</summary>
    static string Command(Recipe recipe, string train, string? test, ReadOptions options, StatedRoles roles, string settings,
        string? validation)
    {
        List<string> words = ["rowan train", train, "--task", recipe.Kind, "--preset", UsedPreset];
        if (validation is not null) words.AddRange(["--validation", validation]);
        if (test is not null) words.AddRange(["--test", test]);
        if (options.Header is { } header) words.Add(header ? "--header" : "--no-header");
        if (options.Columns is { Count: > 0 } columns) words.AddRange(["--columns", string.Join(',', columns)]);
        if (options.Escapes) words.Add("--escapes");
        if (options.NoQuotes == true) words.Add("--no-quotes");
        foreach ((string column, ColumnRole role) in roles.Columns) words.Add($"--{role.ToString().ToLowerInvariant()} {column}");
        foreach ((string name, string value) in Parsed(settings)) words.Add($"--{name} {value}");
        return string.Join(' ', words);
    }

    private protected static double Figure(TrainReport report, string name) => report.Metrics.First(metric => metric.Name == name).Value;

    /// <summary>"epochs=3 dim=64" as settings.</summary>
    static Dictionary<string, string> Parsed(string settings) =>
        settings.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(setting => setting.Split('=', 2))
        .ToDictionary(pair => pair[0], pair => pair[1]);
}

/// <summary>
/// Leave one out in the layout of the neural collaborative filtering paper (He et al. 2017): each user's test item among 99 given ones;
/// equal scores count against the model.
/// </summary>
sealed class ImplicitTask(string name, string folder, string prefix, string settings, (string Published, double Goal) hit,
    (string Published, double Goal) gain) : RecipeTask
{
    public override string Name => name;

    public override string Protocol =>
        "the test item of each user among 99 given items, equal scores against the model; settings chosen on one record of each user "
        + "held out of the train file";

    public override string Needs => $"{folder}/{prefix}.train.rating {folder}/{prefix}.test.rating {folder}/{prefix}.test.negative";

    public override IReadOnlyList<AccuracyRow> Run(string data, TextWriter log)
    {
        string File(string ending) => Path.Combine(data, folder, $"{prefix}.{ending}");
        TrainReport report = Train(new RecommendRecipe(), File("train.rating"), File("test.rating"),
            new ReadOptions { Header = false, Columns = Columns(File("train.rating")) },
            new StatedRoles { Columns = [("user", ColumnRole.User), ("item", ColumnRole.Item)] },
            $"feedback=implicit negatives-file={File("test.negative")} validation-negatives=99 {settings}", log);
        return [new(name, "HR@10", Figure(report, "hr@10"), hit.Published, hit.Goal),
            new(name, "NDCG@10", Figure(report, "ndcg@10"), gain.Published, gain.Goal)];
    }

    static string[] Columns(string file) =>
        ((string[])["user", "item", "rating", "time"])[..System.IO.File.ReadLines(file).First().Split('\t').Length];
}

/// <summary>MovieLens 100k, the five official folds.</summary>
sealed class RatingsTask : RecipeTask
{
    public override string Name => "ml-100k";

    public override string Protocol =>
        "root mean squared error, the mean of the official folds u1 to u5; a tenth of each train file is validated on";

    public override string Needs =>
        string.Join(' ', Enumerable.Range(1, 5).SelectMany(fold => (string[])[$"ml-100k/u{fold}.base", $"ml-100k/u{fold}.test"]));

    public override IReadOnlyList<AccuracyRow> Run(string data, TextWriter log)
    {
        double[] errors = [.. Enumerable.Range(1, 5)
            .Select(fold => Figure(Train(new RecommendRecipe(), Path.Combine(data, "ml-100k", $"u{fold}.base"),
            Path.Combine(data, "ml-100k", $"u{fold}.test"),
            new ReadOptions { Header = false, Columns = ["user", "item", "rating", "time"] }, new StatedRoles(), Settings, log), "rmse"))];
        return [new(Name, "RMSE, mean of five folds", errors.Average(), "0.9355 (Surprise, random folds)", 0.930, HigherIsBetter: false)];
    }

    const string Settings = "feedback=explicit dim=32 history=300 learning-rate=0.002 regularization=0.12 dropout=0.2 "
        + "first-deviation=0.02 epochs=80 patience=5 batch-size=512";
}

/// <summary>UCI Adult, the given test file.</summary>
sealed class AdultTask(string settings = AdultTask.Tuned) : RecipeTask
{
    public override string Name => "adult";

    public override string Protocol => "the given test file; a tenth of the train file is validated on";

    public override string Needs => "adult/adult.data adult/adult.test";

    public override IReadOnlyList<AccuracyRow> Run(string data, TextWriter log)
    {
        TrainReport report = Train(new TabularRecipe(), Path.Combine(data, "adult", "adult.data"),
            Path.Combine(data, "adult", "adult.test"), new ReadOptions(), new StatedRoles(),
            $"label-trim=. {settings}", log);
        return [new(Name, "AUC", Figure(report, "auc"), "0.8929 (PERSIA)", 0.912),
            new(Name, "accuracy", Figure(report, "accuracy"), "0.852–0.859 (MLP, FT-Transformer)", 0.857)];
    }

    const string Tuned = "batch-size=256 learning-rate=0.0005 patience=8 epochs=40 dropout=0.4 bins=32 dim=8 network=512,256";
}

/// <summary>Texts and labels: IMDB, 20 Newsgroups, SST-2.</summary>
sealed class TextTask(string name, string figure, string train, string test, string? validation, ReadOptions options, string settings,
    string published, double goal, string? protocol = null) : RecipeTask
{
    public override string Name => name;

    public override string Protocol => protocol
        ?? "the given test file; settings chosen on a part of the train file, or on the given validation file";

    public override string Needs => validation is null ? $"{train} {test}" : $"{train} {test} {validation}";

    public override IReadOnlyList<AccuracyRow> Run(string data, TextWriter log)
    {
        TrainReport report = Train(new ClassifyRecipe(), Path.Combine(data, train), Path.Combine(data, test), options,
            new StatedRoles { Columns = [("label", ColumnRole.Label), ("text", ColumnRole.Text)] }, settings, log, validation is null
            ? null : Path.Combine(data, validation));
        return [new(name, figure, Figure(report, "accuracy"), published, goal)];
    }
}

/// <summary>Movie review sentences, ten folds.</summary>
sealed class TenFoldsTask(string settings = TenFoldsTask.Settings) : RecipeTask
{
    const int Folds = 10;

    public override string Name => "mr";

    public override string Protocol =>
        "ten folds by the place of a sentence modulo ten, the mean accuracy; settings chosen on four parts of what the first fold is "
        + "trained on";

    public override string Needs => "sentences/rt-polarity.all";

    public override IReadOnlyList<AccuracyRow> Run(string data, TextWriter log)
    {
        string[] lines = File.ReadAllLines(Path.Combine(data, "sentences", "rt-polarity.all"), System.Text.Encoding.Latin1);
        string folder = Directory.CreateTempSubdirectory("rowan-mr-").FullName;
        try
        {
            var accuracies = new List<double>();
            for (int fold = 0; fold < Folds; fold++)
            {
                string train = Path.Combine(folder, "train.tsv"), test = Path.Combine(folder, "test.tsv");
                Write(train, lines.Where((_, i) => i % Folds != fold));
                Write(test, lines.Where((_, i) => i % Folds == fold));
                TrainReport report = Train(new ClassifyRecipe(), train, test, new ReadOptions { Header = true, NoQuotes = true },
                    new StatedRoles { Columns = [("label", ColumnRole.Label), ("text", ColumnRole.Text)] }, settings, log);
                accuracies.Add(Figure(report, "accuracy"));
            }
            return [new(Name, "accuracy, ten folds, embedding → Conv1d", accuracies.Average(), "0.759 (CNN-rand)", 0.762)];
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    static void Write(string path, IEnumerable<string> lines) =>
        File.WriteAllLines(path,
        lines.Select(line => $"{line[..line.IndexOf(' ')]}\t{line[(line.IndexOf(' ') + 1)..]}").Prepend("label\ttext"));

    const string Settings = "model=convolution tokens=spaces dim=100 batch-size=64 hidden=100 widths=1,2 pooling=mean "
        + "first-deviation=0.1 dropout=0.5 word-dropout=0.5 learning-rate=0.001 min-count=2 epochs=12 average-from=4 validation-share=0";
}
