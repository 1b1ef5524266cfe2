using Rowan.Numerics;
using Rowan.Recipes;
using Rowan.TestSupport;
using Rowan.Training;

namespace Rowan.Tests;

public sealed class SearchRecipeTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public SearchRecipeTests() => SmallDocs.Write(_folder["docs"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AQuestionFindsItsMemberAndTheRunIsRead()
    {
        SearchReport report = SearchRecipe.Train(Job("a"));
        Assert.True(report.Finished);
        Assert.Equal(200, report.Members);
        Assert.Equal(20, report.Questions);
        // Chance is 1/200; the words of each question name its verb and its noun.
        Assert.True(report.Learned!.MeanReciprocalRank > 0.5, $"MRR {report.Learned.MeanReciprocalRank}");

        SearchRun run = SearchRun.Open(SearchRun.Newest(_folder["runs"]));
        Assert.Equal("Small.Socket.Verbzubkic", run.Search("the zubkic thing of a socket", 5)[0].Name);
        SearchHit nearest = run.Neighbors("Small.Socket.Verbzubkic", 3)[0];
        Assert.NotEqual("Small.Socket.Verbzubkic", nearest.Name);
        var unknown = Assert.Throws<UnknownNameException>(() => run.Neighbors("Socket.Verbzubkix"));
        Assert.Contains("Small.Socket.Verbzubkic", unknown.Suggestions);
        Assert.Throws<ArgumentException>(() => run.Search("  "));
    }

    [Fact]
    public void TheSameSeedGivesTheSameBytesForAnyThreads()
    {
        int before = Workers.Threads;
        try
        {
            byte[][] models = [.. new[] { 1, 2, 3 }.Select(threads =>
            {
                Workers.Threads = threads;
                return File.ReadAllBytes(Path.Combine(SearchRecipe.Train(Job($"threads{threads}")).Run, "model.safetensors"));
            })];
            Assert.Equal(models[0], models[1]);
            Assert.Equal(models[0], models[2]);
            SearchJob other = Job("other");
            Assert.NotEqual(models[0], File.ReadAllBytes(Path.Combine(SearchRecipe.Train(other with { Settings = other.Settings with { Seed = 1 } }).Run, "model.safetensors")));
        }
        finally { Workers.Threads = before; }
    }

    [Fact]
    public void AStopFinishesTheBatchAndSaves()
    {
        using var stop = new CancellationTokenSource();
        SearchReport report = SearchRecipe.Train(Job("stopped"), new Stopper(stop), stop.Token);
        Assert.False(report.Finished);
        Assert.True(report.Examples > 0);
        Assert.Null(report.Learned);
        Assert.NotEmpty(SearchRun.Open(report.Run).Search("the zubkic thing"));
    }

    [Fact]
    public void WhatIsNotThereOrMakesNoSenseLeavesNothing()
    {
        Assert.Throws<DirectoryNotFoundException>(() => SearchRecipe.Train(Job("x") with { DocsDirectory = _folder["none"] }));
        Assert.Throws<ArgumentOutOfRangeException>(() => SearchRecipe.Train(Job("x") with { Settings = new() { Epochs = 0 } }));
        Assert.Throws<DirectoryNotFoundException>(() => SearchRun.Newest(_folder["runs"]));
        Assert.Empty(Directory.Exists(_folder["runs"]) ? Directory.GetFileSystemEntries(_folder["runs"]) : []);
    }

    SearchJob Job(string name) => new()
    {
        DocsDirectory = _folder["docs"], RunsDirectory = _folder["runs"], Name = name,
        Settings = new() { Dim = 24, Epochs = 30, BatchSize = 50, Buckets = 500, HeldOut = 20 },
    };

    sealed class Stopper(CancellationTokenSource stop) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value is { Phase: "training", Done: > 100 }) stop.Cancel();
        }
    }
}
