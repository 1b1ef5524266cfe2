using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Rowan.Accuracy;
using Rowan.Data;
using Rowan.Recipes;

// Rowan.Accuracy [NAME…] [--preset NAMES] [--data DIR] [--json FILE]: published figures beside ours, with tuned settings or with presets.
// Each task runs in a process of its own, so that time and memory are its own.
var imdb = new ReadOptions { Header = false, Columns = ["label", "stars", "id", "text"], Escapes = true, NoQuotes = true };
const string byFilms = "the given test file, all of the train file; settings chosen on four blocks of file ids, which follow films, so "
    + "that no film stands on both sides";
AccuracyTask[] all =
[
    new ImplicitTask("lastfm", "ncf", "lastfm",
        "loss=softmax negatives=0 history=100 user-vectors=false dropout=0.5 regularization=0 learning-rate=0.003 epochs=30 patience=4",
        ("NeuMF 0.8868, CFNet 0.8995", 0.890), ("NeuMF 0.6007, CFNet 0.6186", 0.605)),
    new ImplicitTask("amusic", "ncf", "AMusic",
        "loss=bpr negatives=8 dim=128 regularization=0.01 learning-rate=0.003 epochs=50 patience=4", ("NeuMF 0.3891, CFNet 0.4116", 0.400),
        ("NeuMF 0.2391, CFNet 0.2601", 0.245)),
    new ImplicitTask("ml-1m", "ml-1m", "ml-1m",
        "loss=bce negatives=8 dim=192 regularization=0.015 learning-rate=0.001 epochs=40 patience=4 batch-size=2048",
        ("MF 0.7294, NeuMF 0.7210", 0.725), ("MF 0.4523, NeuMF 0.4387", 0.445)),
    new RatingsTask(),
    new AdultTask(),
    new TreeTask(),
    new TextTask("imdb", "accuracy, words", "imdb/imdb_train.tsv.gz", "imdb/imdb_test.tsv.gz", null, imdb,
        "ngrams=1 dim=50 batch-size=64 weights=once min-count=20 dropout=0.5 word-dropout=0.5 learning-rate=0.001 epochs=15 "
        + "average-from=5 validation-share=0", "0.8813 (Keras, mean of embeddings)", 0.885, byFilms),
    new TextTask("imdb-ngrams", "accuracy, n-grams", "imdb/imdb_train.tsv.gz", "imdb/imdb_test.tsv.gz", null, imdb,
        "ngrams=2 buckets=4000000 dim=16 weights=once min-count=5 dropout=0.3 word-dropout=0.5 learning-rate=0.001 batch-size=32 "
        + "epochs=15 average-from=6 validation-share=0", "0.9056 (Keras, bigrams)", 0.910, byFilms),
    new TextTask("sst2", "accuracy, embedding → Conv1d, three models together", "sst2-glue/train.tsv", "sst2-glue/test.tsv",
        "sst2-glue/dev.tsv", new ReadOptions { Header = true, Columns = ["label", "text"], NoQuotes = true },
        "model=convolution tokens=spaces dim=100 batch-size=64 hidden=200 widths=1,2,3 first-deviation=0.25 dropout=0.5 "
        + "word-dropout=0.4 unknown-share=0.1 subwords=true buckets=50000 learning-rate=0.0005 min-count=1 epochs=6 average-from=2 "
        + "restore-best=false members=3", "0.835 (CNN-rand)", 0.835),
    new TenFoldsTask(),
    new TextTask("20news", "accuracy, bag of n-grams", "20newsgroups/20news-bydate-train.tsv.gz", "20newsgroups/20news-bydate-test.tsv.gz",
        null, new ReadOptions { Header = false, Columns = ["label", "id", "text"], Escapes = true, NoQuotes = true },
        "ngrams=2 weights=tfidf dim=64 batch-size=64 learning-rate=0.003 word-dropout=0.3 dropout=0.5 epochs=10 buckets=500000",
        "0.794 (fastText), 0.832 (TF-IDF + LR)", 0.830),
    new NamesTask(), new ShakespeareBigramTask(), new ShakespeareTask(),
    new FastTextTask(), new WordVectorsTask(),
];

string data = Environment.GetEnvironmentVariable("ROWAN_DATA") ?? Path.Combine("..", "shared", "data");
string? json = null, single = null;
string[] presets = [];
var names = new List<string>();
for (int i = 0; i < args.Length; i++)
{
    if (args[i] is "--data" or "--json" or "--single" or "--preset" && i + 1 == args.Length) return Usage($"{args[i]} needs a value");
    switch (args[i])
    {
        case "--data": data = args[++i]; break;
        case "--json": json = args[++i]; break;
        case "--single": single = args[++i]; break;
        case "--preset": presets = args[++i].Split(','); break;
        case ['-', ..]: return Usage($"'{args[i]}' is no option");
        default: names.Add(args[i]); break;
    }
}
if (presets.Select(Preset.Problem).FirstOrDefault(problem => problem is not null) is { } wrong) return Usage(wrong);
if (presets.Length > 0) all = PresetTasks.All;
if (names.Concat(single is null ? [] : [single]).FirstOrDefault(name => all.All(task => task.Name != name)) is { } unknown)
    return Usage($"there is no task '{unknown}'");

if (single is not null)
{
    if (presets is [var used]) RecipeTask.UsedPreset = used;
    IReadOnlyList<AccuracyRow> rows = all.First(task => task.Name == single).Run(data, Console.Error);
    Console.WriteLine(JsonSerializer.Serialize(new { rows, peak = Process.GetCurrentProcess().PeakWorkingSet64 }));
    return 0;
}

var culture = CultureInfo.InvariantCulture;
var results = new List<object>();
Console.WriteLine(presets.Length == 0 ? "| data | figure | ours | published | goal | | s | MB |\n|---|---|---:|---|---:|---|---:|---:|"
    : $"| data | figure | published | goal of best "
        + $"|{string.Concat(presets.Select(preset => $" {preset} | s | MB |"))}\n"
        + $"|---|---|---|---:|{string.Concat(presets.Select(_ => "---:|---:|---:|"))}");
foreach (AccuracyTask task in all.Where(task => names.Count == 0 || names.Contains(task.Name)))
{
    string? missing = task.Needs.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .FirstOrDefault(need => !File.Exists(Path.Combine(data, need)) && !Directory.Exists(Path.Combine(data, need)));
    if (missing is not null)
    {
        Console.WriteLine($"| {task.Name} | not run: there is no '{missing}' in '{data}'; name the folder as --data DIR | | | | | | |");
        continue;
    }
    Console.Error.WriteLine($"{task.Name}: {task.Protocol}");
    if (presets.Length > 0)
    {
        Measured?[] each = [.. presets.Select(preset => Measure(task, preset))];
        foreach (string figure in each.FirstOrDefault(measured => measured is not null)?.Rows.Select(row => row.Figure) ?? [])
        {
            AccuracyRow?[] rows = [.. each.Select(measured => measured?.Rows.First(row => row.Figure == figure))];
            AccuracyRow last = rows.Last(row => row is not null)!;
            string cells = string.Concat(rows.Select((row, i) => row is null ? " failed | | |"
                : string.Create(culture, $" {row.Ours:0.0000} | {each[i]!.Seconds:0} | {each[i]!.Peak / 1e6:0} |")));
            Console.WriteLine(string.Create(culture, $"| {last.Data} | {last.Figure} | {last.Published} | {last.Goal:0.0000} |{cells}"));
        }
        if (each.All(measured => measured is null))
            Console.WriteLine($"| {task.Name} | failed | | |{string.Concat(presets.Select(_ => " | | |"))}");
        continue;
    }
    if (Measure(task, null) is { } one)
        foreach (AccuracyRow row in one.Rows)
            Console.WriteLine(string.Create(culture,
                $"| {row.Data} | {row.Figure} | {row.Ours:0.0000} | {row.Published} | {row.Goal:0.0000} | "
                + $"{row.Reached switch { true => "reached", false => "below", null => "" }} | {one.Seconds:0} | {one.Peak / 1e6:0} |"));
    else Console.WriteLine($"| {task.Name} | failed | | | | | | |");
}
if (json is not null) File.WriteAllText(json, JsonSerializer.Serialize(results));
return 0;

// Runs a task in a process of its own; null where that failed.
Measured? Measure(AccuracyTask task, string? preset)
{
    var time = Stopwatch.StartNew();
    string[] options = [.. Host(), "--single", task.Name, "--data", data, .. preset is null ? (string[])[] : ["--preset", preset]];
    using Process process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, options) { RedirectStandardOutput = true })!;
    string output = process.StandardOutput.ReadToEnd();
    process.WaitForExit();
    if (process.ExitCode != 0)
    {
        Console.Error.WriteLine($"{task.Name}: failed with code {process.ExitCode}");
        return null;
    }
    using JsonDocument document = JsonDocument.Parse(output.AsMemory(output.LastIndexOf("{\"rows\"", StringComparison.Ordinal)));
    JsonElement root = document.RootElement;
    results.Add(new { task = task.Name, preset = preset ?? "none", seconds = time.Elapsed.TotalSeconds,
        rows = root.GetProperty("rows").Clone(), peak = root.GetProperty("peak").GetInt64() });
    return new(root.GetProperty("rows").Deserialize<AccuracyRow[]>()!, time.Elapsed.TotalSeconds, root.GetProperty("peak").GetInt64());
}

// Under the dotnet host the program itself is the first argument.
static string[] Host() => Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet"
    ? [Environment.GetCommandLineArgs()[0]] : [];

int Usage(string problem)
{
    Console.Error.WriteLine($"{problem}. Rowan.Accuracy [NAME…] [--preset fast|best|auto|none[,…]] [--data DIR] [--json FILE]; the "
        + $"names are {string.Join(", ", all.Select(task => task.Name))}");
    return 2;
}

/// <summary>A task as it was measured.</summary>
sealed record Measured(AccuracyRow[] Rows, double Seconds, long Peak);
