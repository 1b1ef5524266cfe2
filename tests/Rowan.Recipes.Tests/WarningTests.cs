using Rowan.Data;
using Rowan.Numerics;
using Rowan.Recipes;
using Rowan.Training;

namespace Rowan.Tests;

/// <summary>A result that should not be trusted says so, with what to try.</summary>
public sealed class WarningTests : RecipeTestBase
{
    static readonly StatedRoles TextAndLabel = new() { Columns = [("label", ColumnRole.Label), ("text", ColumnRole.Text)] };

    string Noise(int count) => Write("noise.csv", Noisy(count).Prepend("a,b,label"));

    static IEnumerable<string> Noisy(int count)
    {
        var rng = new Rng(2);
        return Enumerable.Range(0, count)
            .Select(_ => $"v{rng.NextUInt32() % 30},w{rng.NextUInt32() % 30},{(rng.NextUInt32() % 2 == 0 ? "yes" : "no")}");
    }

    static readonly StatedRoles NoiseRoles = new() {
        Columns = [("a", ColumnRole.Categorical), ("b", ColumnRole.Categorical), ("label", ColumnRole.Label)] };

    [Fact]
    public void AModelThatIsNoBetterThanItsBaselineSaysSo()
    {
        TrainReport report = Train(new TabularRecipe(), Noise(500),
            "epochs=60 patience=none restore-best=false dropout=0 learning-rate=0.01", roles: NoiseRoles);
        string warning = Assert.Single(report.Warnings,
            warning => warning.Contains("no better than its baseline", StringComparison.Ordinal));
        Assert.Contains("log loss", warning, StringComparison.Ordinal);
        Assert.Contains("`categorical`", warning, StringComparison.Ordinal);
        // On the model card and in run.json too.
        Assert.Contains("**Warning:** the model is no better", File.ReadAllText(Path.Combine(report.Run, "README.md")),
            StringComparison.Ordinal);
        using var json = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(Path.Combine(report.Run, "run.json")));
        Assert.Equal(report.Warnings, json.RootElement.GetProperty("warnings").EnumerateArray().Select(one => one.GetString()!));
        string good = Write("good.csv",
            Enumerable.Range(0, 500).Select(i => $"v{i % 7},w{i % 3},{(i % 7 < 3 ? "yes" : "no")}").Prepend("a,b,label"));
        Assert.Empty(Train(new TabularRecipe(), good, "", "good", roles: NoiseRoles).Warnings);
    }

    [Theory]
    [InlineData(1, 3, 100, true)]
    [InlineData(1, 1.1, 100, false)]
    [InlineData(1, 3, 5, false)]
    [InlineData(3, 1, 100, false)]
    [InlineData(double.NaN, 1, 100, false)]
    public void ALossThatRoseIsDivergence(double first, double last, long steps, bool diverged)
    {
        var outcome = new TrainingOutcome(TrainingEnd.Finished, steps, 10 * steps, last, [], default);
        Assert.Equal(diverged ? 1 : 0,
            ResultWarnings.Of(outcome, first, [], [], "")
            .Count(warning => warning.Contains("diverged", StringComparison.Ordinal)
            && warning.Contains("`learning-rate`", StringComparison.Ordinal)));
    }

    [Fact]
    public void TrainingThatDivergesSaysSo()
    {
        TrainReport report = Train(new TabularRecipe(), Noise(500), "epochs=20 patience=none learning-rate=3 dropout=0", roles: NoiseRoles);
        Assert.Contains(report.Warnings, warning => warning.Contains("diverged", StringComparison.Ordinal));
    }

    [Fact]
    public void LabelsThatTrainingDoesNotHoldAreWarnedOf()
    {
        string file = Write("train.csv",
            Enumerable.Range(0, 200).Select(i => $"v{i % 7},w{i % 3},{(i % 7 < 3 ? "yes" : "no")}").Prepend("a,b,label"));
        string test = Write("test.csv",
            Enumerable.Range(0, 40).Select(i => $"v{i % 7},w1,{(i == 3 ? "maybe" : "yes")}").Prepend("a,b,label"));
        Assert.Contains(Train(new TabularRecipe(), file, "epochs=1", test: test, roles: NoiseRoles).Warnings,
            warning => warning.StartsWith("1 records", StringComparison.Ordinal)
            && warning.Contains("'no', 'yes'", StringComparison.Ordinal) && warning.Contains("`label-trim`", StringComparison.Ordinal));
        string texts = Write("train.tsv",
            Enumerable.Range(0, 200).Select(i => $"{(i % 2 == 0 ? "good" : "bad")}\tit was {(i % 2 == 0 ? "fine" : "sad")} indeed")
            .Prepend("label\ttext"));
        string other = Write("test.tsv",
            Enumerable.Range(0, 40).Select(i => $"{(i % 2 == 0 ? "Good" : "bad")}\tit was sad").Prepend("label\ttext"));
        Assert.Contains(Train(new ClassifyRecipe(), texts, "epochs=1", test: other, roles: TextAndLabel).Warnings,
            warning => warning.StartsWith("20 labels", StringComparison.Ordinal) && warning.Contains("'Good'", StringComparison.Ordinal)
            && warning.Contains("'bad', 'good'", StringComparison.Ordinal));
    }

    [Fact]
    public void AVocabularyThatCoversLittleIsWarnedOf()
    {
        var rng = new Rng(4);
        string file = Write("rare.tsv",
            Enumerable.Range(0, 300).Select(i => $"{(i % 2 == 0 ? "a" : "b")}\t{(i % 2 == 0 ? "this" : "that")} u{i} v{i} w{i}")
            .Prepend("label\ttext"));
        Assert.Contains(Train(new ClassifyRecipe(), file, "epochs=1", roles: TextAndLabel).Warnings,
            warning => warning.Contains("covers 25 % of the training texts", StringComparison.Ordinal)
            && warning.Contains("`min-count` 1", StringComparison.Ordinal));
        Assert.DoesNotContain(Train(new ClassifyRecipe(), file, "epochs=1 min-count=1", "all", roles: TextAndLabel).Warnings,
            warning => warning.Contains("of the training texts", StringComparison.Ordinal));
        string words = Write("words.txt", Enumerable.Range(0, 400).Select(i => $"the same again u{i} v{i} w{i} x{i}"));
        string[] warnings = [.. Train(new WordsRecipe(), words, "epochs=1 min-count=2 dim=8",
            options: new ReadOptions { Format = DataFormat.Text }).Warnings];
        Assert.Contains(warnings, warning => warning.Contains("covers 43 % of the text", StringComparison.Ordinal)
            && warning.Contains("`min-count`", StringComparison.Ordinal));
        Assert.Contains(warnings, warning => warning.Contains("1,200 words are too few", StringComparison.Ordinal));
    }

    [Fact]
    public void FewTestRecordsAreWarnedOf()
    {
        string file = Write("tiny.csv",
            Enumerable.Range(0, 40).Select(i => $"v{i % 4},w{i % 3},{(i % 4 < 2 ? "yes" : "no")}").Prepend("a,b,label"));
        Assert.Contains(Train(new TabularRecipe(), file, "", roles: NoiseRoles).Warnings,
            warning => warning.Contains("the test data has only", StringComparison.Ordinal)
                && warning.Contains("`test-share`", StringComparison.Ordinal));
        Assert.Contains(Train(new TabularRecipe(), file, "test-share=0", "none", roles: NoiseRoles).Warnings,
            warning => warning.Contains("nothing was measured", StringComparison.Ordinal));
    }

    [Fact]
    public void RankingAmongFewItemsIsWarnedOf()
    {
        string file = Write("likes.csv",
            Enumerable.Range(0, 60).SelectMany(user => Enumerable.Range(0, 4).Select(item => $"u{user},i{(user + item) % 6}"))
            .Prepend("user,item"));
        Assert.Contains(Train(new RecommendRecipe(), file, "epochs=1").Warnings,
            warning => warning.Contains("among only 6 items", StringComparison.Ordinal));
    }
}
