using Rowan.Numerics;
using Rowan.Recipes;
using Rowan.Training;

namespace Rowan.Tests;

/// <summary><c>--model select</c>: two models are compared on validation data, and the better one is trained.</summary>
public sealed class RecommendModelSelectionTests : RecipeTestBase
{
    /// <summary>120 users choose 12 of the 20 items of their taste; one item in five is chosen by everyone.</summary>
    string Choices() => Write("choices.csv",
        Enumerable.Range(0, 120)
        .SelectMany(user => Enumerable.Range(0, 12).Select(k => $"u{user},i{user % 3 * 20 + (user * 7 + k) % 20},{k}"))
        .Prepend("user,item,time"));

    [Fact]
    public void TheModelWithTheBetterMetricOnValidationDataIsTrained()
    {
        TrainReport report = Train(new RecommendRecipe(), Choices(), "model=select dim=16 epochs=6");
        string note = Assert.Single(report.Notes, note => note.Contains("on validation data: als", StringComparison.Ordinal));
        // "ndcg@10 on validation data: als 0.5000, softmax over cosines 0.6000 after 6 epochs at most; model: factors …"
        string[] words = note.Split(' ', ',');
        double Of(string word) => double.Parse(words[Array.IndexOf(words, word) + 1], System.Globalization.CultureInfo.InvariantCulture);
        bool softmax = Of("cosines") > Of("als");
        string run = File.ReadAllText(Path.Combine(report.Run, "run.json"));
        Assert.Contains(softmax ? "\"model\": \"factors\"" : "\"model\": \"als\"", run, StringComparison.Ordinal);
        Assert.Contains(softmax ? "model: factors" : "model: als", note, StringComparison.Ordinal);
        Assert.True(Figure(report, "hr@10") > 0.8, $"HR {Figure(report, "hr@10")}");
    }

    [Fact]
    public void RatingsAreLearnedByLeastSquares()
    {
        var rng = new Rng(3);
        string file = Write("ratings.csv", Enumerable.Range(0, 1_500).Select(_ =>
        {
            int user = (int)(rng.NextUInt32() % 60), item = (int)(rng.NextUInt32() % 40);
            return $"u{user},i{item},{(user % 2 == item % 2 ? 5 : 2)}";
        }).Distinct().Prepend("user,item,rating"));
        TrainReport report = Train(new RecommendRecipe(), file, "model=select dim=8 epochs=3");
        Assert.Contains("\"model\": \"als\"", File.ReadAllText(Path.Combine(report.Run, "run.json")), StringComparison.Ordinal);
    }

    /// <summary>The preset "best" compares; an option of one model still chooses that model.</summary>
    [Fact]
    public void AnOptionOfOneModelEndsTheComparisonOfThePreset()
    {
        using Rowan.Data.DataSource data = Rowan.Data.DataSource.Of(Choices());
        TrainReport report = new RecommendRecipe().Train(new TrainRequest
        {
            Data = data, Schema = Rowan.Data.SchemaInference.Infer(data, null), RunsDirectory = _folder["runs"], Preset = Preset.Best,
            Settings = new Dictionary<string, string> { ["loss"] = "bpr", ["epochs"] = "1" },
        });
        Assert.Contains(report.Notes, note => note.StartsWith("model: factors, because of `loss`", StringComparison.Ordinal));
    }

    /// <summary>Least squares takes 64 dimensions and the softmax 256, unless the number is given.</summary>
    [Theory]
    [InlineData("epochs=1", null)]
    [InlineData("epochs=1 dim=8", "8")]
    public void TheDimensionIsThatOfTheModelUnlessItIsGiven(string settings, string? dim)
    {
        using Rowan.Data.DataSource data = Rowan.Data.DataSource.Of(Choices());
        TrainReport report = new RecommendRecipe().Train(new TrainRequest
        {
            Data = data, Schema = Rowan.Data.SchemaInference.Infer(data, null), RunsDirectory = _folder["runs"], Preset = Preset.Best,
            Settings = settings.Split(' ').Select(one => one.Split('=')).ToDictionary(one => one[0], one => one[1]),
        });
        string run = File.ReadAllText(Path.Combine(report.Run, "run.json"));
        dim ??= run.Contains("\"model\": \"als\"", StringComparison.Ordinal) ? "64" : "256";
        Assert.Contains($"\"dim\": \"{dim}\"", run, StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutValidationRecordsThereIsNothingToCompareOn()
    {
        TrainReport report = Train(new RecommendRecipe(), Choices(), "model=select dim=8 epochs=2 split=none");
        Assert.Contains("\"model\": \"als\"", File.ReadAllText(Path.Combine(report.Run, "run.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void TheSameBytesForAnyThreads() =>
        SameForAnyThreads(name => Train(new RecommendRecipe(), Choices(), "model=select dim=8 epochs=3", name));
}
