using Rowan.Data;
using Rowan.Numerics;
using Rowan.Recipes;
using Rowan.TestSupport;
using Rowan.Training;

namespace Rowan.Tests;

/// <summary>What tests of recipes do: write a small file, train on it, look at the run.</summary>
public abstract class RecipeTestBase : IDisposable
{
    private protected readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected string Write(string name, IEnumerable<string> lines)
    {
        File.WriteAllLines(_folder[name], lines);
        return _folder[name];
    }

    private protected TrainReport Train(Recipe recipe, string file, string settings, string? name = null, string? test = null,
        ReadOptions? options = null, StatedRoles? roles = null, IProgress<TrainingProgress>? progress = null)
    {
        using DataSource data = DataSource.Of(file, options);
        using DataSource? testData = test is null ? null : DataSource.Of(test, options);
        DataSchema schema = SchemaInference.Infer(data, roles);
        Assert.Equal(recipe.Kind, RecipeCatalog.Infer(schema).Recipe.Kind);
        TrainReport report = recipe.Train(new TrainRequest
        {
            Data = data, Test = testData, Schema = schema, RunsDirectory = _folder["runs"], Name = name, Preset = Preset.None,
            Settings = settings.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(setting => setting.Split('=', 2))
                .ToDictionary(pair => pair[0], pair => pair[1]),
        }, progress);
        // Commands for a shell, which would run what stands between backquotes.
        Assert.All(report.Next, command => Assert.DoesNotContain('`', command));
        return report;
    }

    private protected static readonly string[] Colors = ["red", "green", "blue", "white", "black"],
    Things = ["car", "house", "boat", "train", "tower"];

    static IEnumerable<string> Texts(int count) => Enumerable.Range(0, count)
        .Select(i => $"a {Colors[i % 5]} {Things[i / 5 % 5]} with the number {i} is seen near the {Things[i / 3 % 5]}");

    /// <summary>A small run of a task; "pairs" for a search run on pairs with a score.</summary>
    private protected string Trained(string task)
    {
        TrainReport report = task switch
        {
            "recommend" => Train(new RecommendRecipe(), Write("clicks.csv", Enumerable.Range(0, 60).SelectMany(user =>
                Enumerable.Range(0, 6).Select(k => $"u{user},i{(user % 2 * 15) + ((user + k) % 15)}")).Prepend("user,item")), "dim=4"),
            "classify" => Train(new ClassifyRecipe(), Write("texts.tsv", Texts(200).Select((text, i) =>
                $"{(i % 5 < 2 ? "warm" : "cold")}\t{text}").Prepend("label\ttext")), "epochs=2 dim=4"),
            "tabular" => Train(new TabularRecipe(), Write("shops.csv", Enumerable.Range(0, 200).Select(i =>
                $"{Colors[i % 5]},{Things[i % 3]},{(i % 5 < 2 ? "yes" : "no")}").Prepend("color,thing,label")), "epochs=2"),
            "words" => Train(new WordsRecipe(), Write("corpus.txt", Texts(400)), "epochs=1 dim=4 min-count=1",
                options: new ReadOptions { Format = DataFormat.Text }),
            "search" => Train(new SearchRecipe(),
                Write("docs.tsv", Texts(200).Select((text, i) => $"doc{i}\t{text}").Prepend("title\ttext")),
                "epochs=1 dim=4"),
            _ => Train(new SearchRecipe(), Write("pairs.csv", Texts(200).Zip(Texts(220).Skip(20), (one, other) => (one, other))
                .Select((pair, i) => $"{pair.one},{pair.other},{(i % 11) / 10.0:0.0}").Prepend("sentence1,sentence2,score")),
                "epochs=1 dim=4"),
        };
        return report.Run;
    }

    private protected static double Figure(TrainReport report, string name) => report.Metrics.First(metric => metric.Name == name).Value;

    /// <summary>The bytes of all files that hold numbers.</summary>
    private protected static byte[][] Bytes(TrainReport report) =>
        [.. Directory.GetFiles(report.Run, "*.safetensors").Order().Select(File.ReadAllBytes)];

    /// <summary>A run gives the same bytes on one, two and three threads.</summary>
    private protected static void SameForAnyThreads(Func<string, TrainReport> train)
    {
        int before = Workers.Threads;
        try
        {
            byte[][][] runs = [.. new[] { 1, 2, 3 }.Select(threads =>
            {
                Workers.Threads = threads;
                return Bytes(train($"threads{threads}"));
            })];
            Assert.Equal(runs[0], runs[1]);
            Assert.Equal(runs[0], runs[2]);
        }
        finally { Workers.Threads = before; }
    }
}
