using Rowan.Data;
using Rowan.Recipes;
using Rowan.Training;

namespace Rowan.Tests;

/// <summary>Search runs that fine-tune a static encoder.</summary>
public sealed class StaticStartTests : RecipeTestBase
{
    const int Dim = 8;

    /// <summary>A static encoder of single words with random rows.</summary>
    string Start(string name = "start", bool mapped = false)
    {
        string[] words = [.. Colors, .. Things, "a", "with", "the", "number", "is", "seen", "near"];
        Tokenizer tokenizer = Tokenizer.Bert(["[PAD]", "[UNK]", .. words]);
        var table = new Table(tokenizer.Count, Dim);
        var rng = new Rng(7);
        for (int id = 0; id < tokenizer.Count; id++)
            table.Write(id, [.. Enumerable.Range(0, Dim).Select(_ => rng.NextSingle() * 4 - 2)]);
        float[]? weights = mapped ? [.. Enumerable.Range(0, tokenizer.Count).Select(id => 1 + id % 3)] : null;
        int[]? mapping = mapped ? [.. Enumerable.Range(0, tokenizer.Count).Select(id => id / 2)] : null;
        new StaticEncoder(tokenizer, table, weights, mapping).Save(_folder[name]);
        return _folder[name];
    }

    string Pairs() => Write("pairs.tsv", Enumerable.Range(0, 120).Select(i =>
        $"a {Colors[i % 5]} {Things[i / 5 % 5]}\tthe {Things[i / 5 % 5]} is {Colors[i % 5]} near {Things[i / 25]}")
            .Prepend("question\tanswer"));

    TrainReport Tuned(string start, string settings, string name) =>
        Train(new SearchRecipe(), Pairs(), $"from={start} epochs=3 {settings}", name);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WithoutSteepStepsTheRunHasTheVectorsOfItsStart(bool mapped)
    {
        string start = Start(mapped: mapped);
        TrainReport report = Tuned(start, "learning-rate=1e-12", "same");
        StaticEncoder before = StaticEncoder.Open(start), after = StaticEncoder.Open(Path.Combine(report.Run, "static"));
        string[] texts = ["a red car", "the blue boat is seen near the tower", "red"];
        Assert.Equal(before.Encode(texts), after.Encode(texts), (a, b) => MathF.Abs(a - b) < 1e-4f);
        Assert.Null(after.Mapping);
    }

    [Fact]
    public void FineTuningMovesTheRowsAndTheRunIsSearched()
    {
        TrainReport report = Tuned(Start(), "learning-rate=0.03", "tuned");
        Assert.Contains("tokens", string.Join('\n', report.Notes), StringComparison.Ordinal);
        SearchRun run = SearchRun.Open(report.Run);
        SearchHit[] hits = [.. run.Search("a red car", 3, fusionWeight: 1)];
        Assert.Contains("red", hits[0].Summary, StringComparison.Ordinal);
        // The static folder and the run give the same cosine.
        StaticEncoder tuned = StaticEncoder.Open(Path.Combine(report.Run, "static"));
        StaticEncoder start = StaticEncoder.Open(_folder["start"]);
        Assert.NotEqual(start.Encode("red car"), tuned.Encode("red car"));
        string[] lines = [.. File.ReadLines(_folder["pairs.tsv"]).Skip(1)];
        float[] question = tuned.Encode("a red car"), documents = tuned.Encode([.. lines.Select(line => line.Replace('\t', ' '))]);
        double best = Enumerable.Range(0, lines.Length)
            .Max(i => Enumerable.Range(0, Dim).Sum(d => (double)question[d] * documents[i * Dim + d]));
        Assert.Equal(best, hits[0].Cosine, 4);
    }

    [Fact]
    public void TheSameSeedGivesTheSameBytes()
    {
        string start = Start();
        byte[][] models = [.. ((string[])["one", "two"]).Select(name =>
            File.ReadAllBytes(Path.Combine(Tuned(start, "", name).Run, "static", "model.safetensors")))];
        Assert.Equal(models[0], models[1]);
    }

    [Theory]
    [InlineData("dim=16", "'{0}' has 8 values per row")]
    [InlineData("min-count=2", "`min-count`: it has no effect with `from`")]
    [InlineData("buckets=1000", "`buckets`: it has no effect with `from`")]
    public void SettingsWithoutEffectAreRefused(string setting, string message)
    {
        string start = Start();
        var error = Assert.ThrowsAny<ArgumentException>(() => Tuned(start, setting, "refused"));
        Assert.Contains(message.Replace("{0}", start, StringComparison.Ordinal), error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["runs"]) && Directory.EnumerateDirectories(_folder["runs"]).Any());
    }

    [Fact]
    public void AFolderThatIsNoStaticEncoderIsNamed()
    {
        var error = Assert.Throws<FileNotFoundException>(() => Tuned(_folder.Path, "", "none"));
        Assert.Contains("Model2Vec", error.Message, StringComparison.Ordinal);
    }
}
