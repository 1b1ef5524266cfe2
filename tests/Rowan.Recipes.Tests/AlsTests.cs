using Rowan.Numerics;
using Rowan.Recipes;
using Rowan.Training;

namespace Rowan.Tests;

/// <summary>Alternating least squares: the solution of each row, what it learns, and how its settings are chosen.</summary>
public sealed class AlsTests : RecipeTestBase
{
    /// <summary>120 users of three tastes choose 12 of the 20 items of their taste.</summary>
    string Choices() => Write("choices.csv",
        Enumerable.Range(0, 120)
        .SelectMany(user => Enumerable.Range(0, 12).Select(k => $"u{user},i{user % 3 * 20 + (user * 7 + k) % 20},{k}"))
        .Prepend("user,item,time"));

    string Ratings()
    {
        var rng = new Rng(3);
        return Write("ratings.csv", Enumerable.Range(0, 4_000).Select(_ =>
        {
            int user = (int)(rng.NextUInt32() % 80), item = (int)(rng.NextUInt32() % 60);
            return $"u{user},i{item},{Math.Clamp(3 + (user % 2 == item % 2 ? 2 : -2) + (rng.NextSingle() < 0.2f ? -1 : 0), 1, 5)}";
        }).Distinct().Prepend("user,item,rating"));
    }

    [Fact]
    public void TheDefaultForChoicesLearnsThemAndSaysWhatItChose()
    {
        TrainReport report = Train(new RecommendRecipe(), Choices(), "dim=16");
        Assert.True(Figure(report, "hr@10") > 0.8, $"HR {Figure(report, "hr@10")}");
        Assert.True(Figure(report, "hr@10") > report.Baselines[0].Metrics.First(metric => metric.Name == "hr@10").Value + 0.2);
        Assert.Contains(report.Notes, note => note.Contains("`unobserved-weight`", StringComparison.Ordinal)
            && note.Contains("settings tried", StringComparison.Ordinal));
        Assert.Contains(report.Notes, note => note.StartsWith("model: als", StringComparison.Ordinal));
        // What was chosen is in run.json, as numbers.
        Assert.DoesNotContain("\"regularization\": \"auto\"", File.ReadAllText(Path.Combine(report.Run, "run.json")),
            StringComparison.Ordinal);
        RecommendRun run = RecommendRun.Open(report.Run);
        Assert.Equal(run.Recommend("u4", 5), RecommendRun.Open(report.Run).Recommend("u4", 5));
    }

    /// <summary>The model from a user's history by itself learns tastes, and can be asked about users.</summary>
    [Fact]
    public void TheModelFromHistoryLearnsChoices()
    {
        TrainReport report = Train(new RecommendRecipe(), Choices(),
            "temperature=0.1 negatives=40 history=50 user-vectors=false learning-rate=0.01 batch-size=128 epochs=20 dim=16");
        Assert.True(Figure(report, "hr@10") > 0.8, $"HR {Figure(report, "hr@10")}");
        Assert.All(RecommendRun.Open(report.Run).Recommend("u4", 3), item => Assert.InRange(item.Score, -1.001, 1.001));
    }

    [Fact]
    public void TheDefaultForRatingsIsBetterThanMeans()
    {
        TrainReport report = Train(new RecommendRecipe(), Ratings(), "dim=8");
        Assert.True(Figure(report, "rmse") < 0.7, $"RMSE {Figure(report, "rmse")}");
        Assert.True(report.Baselines[0].Metrics[0].Value > 1.5);
    }

    [Fact]
    public void RatingsOfNoStructureAreNoWorseThanMeans()
    {
        // Biases and noise alone: factors can only overfit.
        var rng = new Rng(5);
        float[] user = [.. Enumerable.Range(0, 60).Select(_ => rng.NextSingle() * 2 - 1)],
        item = [.. Enumerable.Range(0, 60).Select(_ => rng.NextSingle() * 2 - 1)];
        string file = Write("noise.csv", Enumerable.Range(0, 2_500).Select(_ =>
        {
            int u = (int)(rng.NextUInt32() % 60), i = (int)(rng.NextUInt32() % 60);
            return $"u{u},i{i},{Math.Clamp((int)MathF.Round(3 + user[u] + item[i] + (rng.NextSingle() - 0.5f) * 3), 1, 5)}";
        }).DistinctBy(line => line[..line.LastIndexOf(',')]).Prepend("user,item,rating"));
        TrainReport report = Train(new RecommendRecipe(), file, "");
        Assert.True(Figure(report, "rmse") <= report.Baselines[0].Metrics[0].Value * 1.01,
            $"{Figure(report, "rmse")} where means have {report.Baselines[0].Metrics[0].Value}");
    }

    [Theory]
    [InlineData("model=als dim=16 epochs=3")]
    [InlineData("dim=8 epochs=2")]
    public void TheSameBytesForAnyThreads(string settings)
    {
        SameForAnyThreads(name => Train(new RecommendRecipe(), Choices(), settings, name));
        SameForAnyThreads(name => Train(new RecommendRecipe(), Ratings(), settings, $"r-{name}"));
    }

    [Fact]
    public void AnOptionOfOneModelChoosesIt()
    {
        string file = Choices();
        Assert.Contains(Train(new RecommendRecipe(), file, "loss=bpr epochs=1").Notes,
            note => note.StartsWith("model: factors, because of `loss`", StringComparison.Ordinal));
        Assert.Contains("`learning-rate`: `model` als does not use it",
            Assert.Throws<ArgumentException>(() => Train(new RecommendRecipe(), file, "model=als learning-rate=0.1")).Message,
            StringComparison.Ordinal);
        Assert.Contains(Train(new RecommendRecipe(), file, "heads=2 epochs=1").Notes,
            note => note.StartsWith("model: sequence, because of `heads`", StringComparison.Ordinal));
        Assert.Contains(Train(new RecommendRecipe(), file, "hidden=8 epochs=1").Notes,
            note => note.StartsWith("model: two-tower, because of `hidden`", StringComparison.Ordinal));
    }

    [Fact]
    public void UnknownUsersGetWhatIsChosenMost()
    {
        string file = Write("popular.csv",
            Enumerable.Range(0, 60).SelectMany(user => Enumerable.Range(0, 4)
            .Select(k => k == 0 ? $"u{user},hit,{k}" : $"u{user},i{(user * 5 + k) % 40},{k}")).Prepend("user,item,time"));
        TrainReport report = Train(new RecommendRecipe(), file, "split=none epochs=3 unknown=shared dim=8");
        Assert.Equal("hit", RecommendRun.Open(report.Run).Recommend("stranger", 1)[0].Id);
    }

    [Fact]
    public void RecordsThatRepeatLeaveNothingToChooseBy()
    {
        // Every user chooses the same two items again and again: the last one is never new.
        string file = Write("repeats.csv",
            Enumerable.Range(0, 40).SelectMany(user => Enumerable.Range(0, 6).Select(k => $"u{user},i{(user + k % 2) % 12}"))
            .Prepend("user,item"));
        TrainReport report = Train(new RecommendRecipe(), file, "dim=8 epochs=2");
        Assert.Contains(report.Notes, note => note.Contains("no setting was tuned", StringComparison.Ordinal));
        Assert.Empty(report.Metrics);
    }
}
