using System.Globalization;
using Rowan.Data;
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
        TrainReport report = Train("a");
        Assert.Equal(TrainingEnd.Finished, report.End);
        Assert.Contains("200 documents", string.Join("\n", report.Notes), StringComparison.Ordinal);
        Assert.Contains("20 questions", string.Join("\n", report.Notes), StringComparison.Ordinal);
        // Chance is 1/200; the words of each question name its verb and its noun.
        Assert.True(report.Metrics[0] is { Name: "mrr", Value: > 0.5 }, $"MRR {report.Metrics[0].Value}");

        SearchRun run = SearchRun.Open(SearchRun.Newest(_folder["runs"]));
        Assert.Equal("Small.Socket.Verbzubkic", run.Search("the zubkic thing of a socket", 5)[0].Name);
        Neighbor nearest = run.Neighbors("Small.Socket.Verbzubkic", 3).Found[0];
        Assert.NotEqual("Small.Socket.Verbzubkic", nearest.Id);
        var unknown = Assert.Throws<UnknownNameException>(() => run.Neighbors("Socket.Verbzubkix"));
        Assert.Contains("Small.Socket.Verbzubkic", unknown.Suggestions);
        Assert.Throws<ArgumentException>(() => run.Search("  "));
        // What stood in the documents moved, and nothing else.
        foreach (LearnedTable table in LearnedTable.Read(report.Run))
            for (int row = 0; row < table.Rows; row++) Assert.Equal(table.Counts[row] > 0, table.Moved[row] > 0);
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
                return Tables(Train($"threads{threads}"));
            })];
            Assert.Equal(models[0], models[1]);
            Assert.Equal(models[0], models[2]);
            Assert.NotEqual(models[0], Tables(Train("other", settings: [("seed", "1")])));
        }
        finally { Workers.Threads = before; }
    }

    [Fact]
    public void AStopFinishesTheBatchAndSaves()
    {
        using var stop = new CancellationTokenSource();
        TrainReport report = Train("stopped", new Stopper(stop), stop.Token);
        Assert.Equal(TrainingEnd.Stopped, report.End);
        Assert.True(report.Examples > 0);
        Assert.Empty(report.Metrics);
        Assert.NotEmpty(SearchRun.Open(report.Run).Search("the zubkic thing"));
    }

    [Fact]
    public void WhatIsNotThereOrMakesNoSenseLeavesNothing()
    {
        Assert.Throws<DirectoryNotFoundException>(() => ApiDocs.Source(_folder["none"]));
        Assert.Throws<ArgumentException>(() => Train("x", settings: [("epochs", "0")]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Train("x", settings: [("batch-size", "1")]));
        Assert.Contains("no such setting", Assert.Throws<ArgumentException>(() => Train("x", settings: [("frobs", "1")])).Message,
            StringComparison.Ordinal);
        Assert.Throws<DirectoryNotFoundException>(() => SearchRun.Newest(_folder["runs"]));
        Assert.Empty(Directory.Exists(_folder["runs"]) ? Directory.GetFileSystemEntries(_folder["runs"]) : []);
    }

    [Fact]
    public void PairsOfTextsAreFoundByTheShorter()
    {
        // A question of five words and an answer of ten share the words of their topic.
        var lines = new List<string> { "question,answer" };
        for (int i = 0; i < 240; i++)
            lines.Add($"how do i {Word(i % 30)} the {Word(30 + i / 30)},to {Word(i % 30)} any {Word(30 + i / 30)} take both hands and "
            + $"pull it very slowly");
        File.WriteAllLines(_folder["faq.csv"], lines);
        using DataSource source = DataSource.Of(_folder["faq.csv"]);
        DataSchema schema = SchemaInference.Infer(source,
            new StatedRoles { Columns = [("question", ColumnRole.Text), ("answer", ColumnRole.Text)] });
        (Recipe recipe, RecipeFit fit) = RecipeCatalog.Infer(schema);
        Assert.Equal("search", recipe.Kind);
        Assert.Contains("pairs", fit.Reason, StringComparison.Ordinal);
        TrainReport report = recipe.Train(Request(source, schema, "faq"));
        Assert.True(report.Metrics[0].Value > 0.4, $"MRR {report.Metrics[0].Value}");
        Assert.Contains(Word(3), SearchRun.Open(report.Run).Search($"how do i {Word(3)} the {Word(31)}", 1)[0].Summary,
            StringComparison.Ordinal);
    }

    [Fact]
    public void NamedTextsOfOnePartAreAskedByAPartOfThem()
    {
        var lines = new List<string> { "id\ttext" };
        for (int i = 0; i < 120; i++)
            lines.Add($"note{i}\t" + string.Join(' ',
            Enumerable.Range(0, 24).Select(word => Word(word % 3 == 0 ? i : 200 + (i * 7 + word * 13) % 40))));
        File.WriteAllLines(_folder["notes.tsv"], lines);
        using DataSource source = DataSource.Of(_folder["notes.tsv"]);
        DataSchema schema = SchemaInference.Infer(source);
        TrainReport report = new SearchRecipe().Train(Request(source, schema, "notes"));
        Assert.Contains("12 questions", string.Join("\n", report.Notes), StringComparison.Ordinal);
        Assert.True(report.Metrics[0].Value > 0.4, $"MRR {report.Metrics[0].Value}");
    }

    [Fact]
    public void ANameThatStandsTwiceIsABadRecord()
    {
        File.WriteAllText(_folder["twice.tsv"], "id\ttext\na\tone two\na\tthree four\nb\tfive six\n");
        DataSchema schema;
        using (DataSource source = DataSource.Of(_folder["twice.tsv"]))
        {
            schema = SchemaInference.Infer(source, new StatedRoles { Columns = [("id", ColumnRole.Id), ("text", ColumnRole.Text)] });
            var bad = Assert.Throws<BadRecordException>(() => new SearchRecipe().Train(Request(source, schema, "twice")));
            Assert.Contains("line 3, column 'id': 'a' occurs in an earlier record", bad.Message, StringComparison.Ordinal);
        }
        using DataSource tolerant = DataSource.Of(_folder["twice.tsv"], new ReadOptions { SkipBad = 1 });
        Assert.Contains(new SearchRecipe().Train(Request(tolerant, schema, "twice")).Notes,
            note => note.StartsWith("1 bad records skipped", StringComparison.Ordinal));
    }

    static byte[] Tables(TrainReport report) => File.ReadAllBytes(Path.Combine(report.Run, "tables.safetensors"));

    static string Word(int number) => string.Concat("zu", (char)('a' + number / 20), "k", (char)('a' + number % 20), "m");

    TrainReport Train(string name, IProgress<TrainingProgress>? progress = null, CancellationToken stop = default,
        params (string Name, string Value)[] settings)
    {
        using DataSource source = ApiDocs.Source(_folder["docs"]);
        TrainRequest request = Request(source, ApiDocs.Schema, name);
        var all = new Dictionary<string, string>(request.Settings) { ["extra"] = "details" };
        foreach ((string setting, string value) in settings) all[setting] = value;
        return new SearchRecipe().Train(request with { Settings = all }, progress, stop);
    }

    TrainRequest Request(DataSource source, DataSchema schema, string name) => new()
    {
        Data = source, Schema = schema, RunsDirectory = _folder["runs"], Name = name,
        Settings = new Dictionary<string,
        string> { ["dim"] = "24", ["epochs"] = "30", ["batch-size"] = "50", ["buckets"] = "500",
        ["held-out"] = 20.ToString(CultureInfo.InvariantCulture) },
    };

    sealed class Stopper(CancellationTokenSource stop) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value is { Phase: "training", Done: > 100 }) stop.Cancel();
        }
    }
}
