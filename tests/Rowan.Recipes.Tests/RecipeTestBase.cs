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
        return recipe.Train(new TrainRequest
        {
            Data = data, Test = testData, Schema = schema, RunsDirectory = _folder["runs"], Name = name, Preset = Preset.None,
            Settings = settings.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(setting => setting.Split('=', 2))
                .ToDictionary(pair => pair[0], pair => pair[1]),
        }, progress);
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
