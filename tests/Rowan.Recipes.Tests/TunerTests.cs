using Rowan.Data;
using Rowan.Numerics;
using Rowan.Recipes;
using Rowan.TestSupport;

namespace Rowan.Tests;

public sealed class TunerTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    TrainRequest Request(string settings, StatedRoles? roles = null, params string[] lines)
    {
        if (lines.Length == 0) lines = [.. Enumerable.Range(0, 200).Select(i => $"{(i % 2 == 0 ? "good" : "bad")}\tit was "
            + $"{(i % 2 == 0 ? "fine" : "sad")} number{i % 9}").Prepend("label\ttext")];
        File.WriteAllLines(_folder["data.tsv"], lines);
        DataSource data = DataSource.Of(_folder["data.tsv"]);
        return new TrainRequest
        {
            Data = data, Schema = SchemaInference.Infer(data, roles
                ?? new StatedRoles { Columns = [("label", ColumnRole.Label), ("text", ColumnRole.Text)] }),
                RunsDirectory = _folder["runs"], Name = "best",
            Settings = settings.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(setting => setting.Split('='))
                .ToDictionary(pair => pair[0], pair => pair[1]),
        };
    }

    [Theory]
    [InlineData("bag"), InlineData("convolution"), InlineData(null)]
    public void OnlySettingsWithAnEffectAreTried(string? model)
    {
        TrainRequest request = Request($"epochs=1 dim=4 hidden=4{(model is null ? "" : $" model={model}")}") with { Preset = Preset.None };
        IReadOnlyList<Trial> trials = new Tuner(new ClassifyRecipe(), request, seed: 3).Run(TimeSpan.FromMinutes(2), 25);
        Assert.Equal(25, trials.Count);
        foreach (Trial trial in trials)
        {
            string own = trial.Settings.GetValueOrDefault("model") ?? model ?? "bag";
            foreach (string name in trial.Settings.Keys)
            {
                if (name is "ngrams" or "weights") Assert.Contains(own, (string[])["bag", "ensemble"]);
                if (name is "widths" or "pooling" or "subwords" or "unknown-share")
                    Assert.Contains(own, (string[])["convolution", "ensemble"]);
            }
        }
        Assert.Equal(trials.Count, trials.Select(trial => string.Join(' ', trial.Settings.OrderBy(pair => pair.Key))).Distinct().Count());
        if (model is null) Assert.Contains(trials, trial => trial.Settings.ContainsKey("widths"));
    }

    [Fact]
    public void SettingsForColumnsThatAreNotThereAreNotTried()
    {
        var rng = new Rng(1);
        TrainRequest values = Request("epochs=1",
            new StatedRoles { Columns = [("a", ColumnRole.Categorical), ("b", ColumnRole.Categorical), ("label", ColumnRole.Label)] },
            [.. Enumerable.Range(0, 200).Select(i => $"v{i % 5}\tw{i % 7}\t{(i % 5 < 2 ? "yes" : "no")}").Prepend("a\tb\tlabel")]);
        Assert.DoesNotContain(new Tuner(new TabularRecipe(), values).Run(TimeSpan.FromMinutes(1), 12),
            trial => trial.Settings.ContainsKey("numeric-embedding") || trial.Settings.ContainsKey("bins"));
    }

    [Fact]
    public void TheBestRunIsKeptUnderItsName()
    {
        IReadOnlyList<Trial> trials = new Tuner(new ClassifyRecipe(), Request("epochs=2 dim=4"), seed: 1).Run(TimeSpan.FromMinutes(1), 6);
        Assert.Equal(Path.Combine(_folder["runs"], "best"), trials[0].Run);
        Assert.All(trials.Skip(1), trial => Assert.Null(trial.Run));
        Assert.Equal([trials[0].Run!], Directory.GetFileSystemEntries(_folder["runs"]));
        ClassifyRun run = ClassifyRun.Open(trials[0].Run!);
        Assert.Equal(2, run.Labels.Count);
        using var json = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(Path.Combine(trials[0].Run!, "run.json")));
        foreach ((string name, string value) in trials[0].Settings)
            if (value != "auto") Assert.Equal(value, json.RootElement.GetProperty("settings").GetProperty(name).GetString());
        Assert.Contains($"--run {trials[0].Run}", File.ReadAllText(Path.Combine(trials[0].Run!, "README.md")), StringComparison.Ordinal);
        Assert.Contains("exists already",
            Assert.Throws<IOException>(() => new Tuner(new ClassifyRecipe(), Request("epochs=1")).Run(TimeSpan.FromMinutes(1), 1)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void AStopLeavesTheBestSoFar()
    {
        using var stop = new CancellationTokenSource();
        int seen = 0;
        IReadOnlyList<Trial> trials = new Tuner(new ClassifyRecipe(), Request("epochs=1 dim=4"))
            .Run(TimeSpan.FromMinutes(1), 50, _ => { if (++seen == 3) stop.Cancel(); }, stop.Token);
        Assert.Equal(3, trials.Count);
        ClassifyRun.Open(trials[0].Run!);
        Assert.Single(Directory.GetFileSystemEntries(_folder["runs"]));
        // In the middle of a trial too.
        using var later = new CancellationTokenSource();
        TrainRequest slow = Request("epochs=100000 min-steps=100000000 patience=none") with { Name = "slow" };
        later.CancelAfter(TimeSpan.FromSeconds(3));
        Assert.NotNull(new Tuner(new ClassifyRecipe(), slow).Run(TimeSpan.FromMinutes(5), 50, null, later.Token)[0].Run);
    }
}
