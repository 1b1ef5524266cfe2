using System.Globalization;
using System.Text.Json;
using Rowan.Data;
using Rowan.Numerics;
using Rowan.Recipes;
using Rowan.Training;

namespace Rowan.Tests;

public sealed class RecommendRecipeTests : RecipeTestBase
{
    /// <summary>
    /// 120 users of three tastes choose 12 of the 20 items of their taste, in an order that goes on from one to the next.
    /// </summary>
    string Choices() => Write("choices.csv",
        Enumerable.Range(0, 120)
        .SelectMany(user => Enumerable.Range(0, 12).Select(k => $"u{user},i{user % 3 * 20 + (user * 7 + k) % 20},{k}"))
        .Prepend("user,item,time"));

    [Theory]
    [InlineData("model=factors loss=softmax negatives=0")]
    [InlineData("model=factors loss=softmax negatives=30")]
    [InlineData("model=factors loss=bce negatives=6")]
    [InlineData("model=factors loss=bpr negatives=6")]
    [InlineData("model=factors loss=bpr negatives=6 history=20 dropout=0.2")]
    [InlineData("model=factors loss=softmax negatives=0 history=5 user-vectors=false")]
    [InlineData("loss=softmax temperature=0.2 negatives=0 history=12 user-vectors=false regularization=0")]
    [InlineData("loss=softmax temperature=0.2 negatives=30 regularization=0")]
    [InlineData("loss=ccl negatives=30 margin=0.4 negative-weight=20 regularization=0")]
    [InlineData("model=two-tower loss=ccl negatives=30 margin=0.4 negative-weight=20 regularization=0")]
    [InlineData("model=two-tower loss=softmax negatives=0 hidden=16")]
    [InlineData("model=sequence heads=2 layers=1 length=12")]
    [InlineData("model=sequence loss=bce negatives=8 heads=2 layers=1 length=12")]
    public void EveryModelAndLossLearnsWhoLikesWhat(string settings)
    {
        TrainReport report = Train(new RecommendRecipe(), Choices(), $"dim=16 epochs=30 patience=none batch-size=64 learning-rate=0.02 "
            + (settings.Contains("regularization", StringComparison.Ordinal) ? settings : $"regularization=0.0001 {settings}"));
        // A list of the user's own taste at random has the item among its first ten more than every second time; of all items, one time
        // in six.
        Assert.True(Figure(report, "hr@10") > 0.8, $"HR {Figure(report, "hr@10")}");
        Assert.True(Figure(report, "hr@10") > report.Baselines[0].Metrics.First(metric => metric.Name == "hr@10").Value + 0.2);
        RecommendRun run = RecommendRun.Open(report.Run);
        IReadOnlyList<Recommendation> items = run.Recommend("u4", 5);
        Assert.Equal(5, items.Count);
        // Eight of the user's own taste are not seen yet.
        Assert.InRange(items.Count(item => int.Parse(item.Id[1..], CultureInfo.InvariantCulture) is >= 20 and < 40), 3, 5);
        Assert.Equal(items[0].Id, RecommendRun.Open(report.Run).Recommend("u4", 1)[0].Id);
        Assert.DoesNotContain(run.Recommend("u4", 10), item => item.Id is "i28" or "i29");
        Assert.All(run.Similar("i25", 3), item => Assert.InRange(int.Parse(item.Id[1..], CultureInfo.InvariantCulture), 20, 39));
        Assert.Contains("did you mean u4", Assert.Throws<KeyNotFoundException>(() => run.Recommend("uu4")).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("loss=bpr temperature=0.1", "only `loss` softmax uses it")]
    [InlineData("loss=softmax margin=0.5", "only `loss` ccl uses it")]
    [InlineData("loss=bce negative-weight=5", "only `loss` ccl uses it")]
    [InlineData("loss=ccl regularization=0.01", "the length of a vector has no effect")]
    [InlineData("model=als temperature=0.1", "`model` als does not use it")]
    public void AnOptionWithoutEffectIsAnError(string settings, string message) => Assert.Contains(message,
        Assert.Throws<ArgumentException>(() => Train(new RecommendRecipe(), Choices(), settings)).Message, StringComparison.Ordinal);

    [Fact]
    public void ARunGoesOnWithAnotherLearningRateAndSaysSo()
    {
        using DataSource data = DataSource.Of(Choices());
        TrainRequest Asked(string rate, string epochs, int dim = 8, bool resume = false) => new()
        {
            Data = data, Schema = SchemaInference.Infer(data), RunsDirectory = _folder["runs"], Name = "cut", Resume = resume,
            Settings = new Dictionary<string,
            string> { ["dim"] = $"{dim}", ["epochs"] = epochs, ["learning-rate"] = rate, ["checkpoint-every"] = "0", ["batch-size"] = "64",
            ["patience"] = "none" },
        };
        Assert.Throws<IOException>(() => new RecommendRecipe().Train(Asked("0.01", "4"), new CutAt(30)));
        Assert.Contains("`dim` was 8",
            Assert.Throws<InvalidDataException>(() => new RecommendRecipe().Train(Asked("0.01", "4", dim: 16, resume: true))).Message,
            StringComparison.Ordinal);
        TrainReport report = new RecommendRecipe().Train(Asked("0.001", "6", resume: true));
        Assert.Contains("resumed from its last checkpoint with another `learning-rate`; it was 0.01", report.Notes);
        Assert.Contains("resumed from its last checkpoint with another `epochs`; it was 4", report.Notes);
        Assert.Equal(6 * 1_200, report.Examples);
    }

    sealed class CutAt(int step) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Step == step) throw new IOException("cut off");
        }
    }

    [Fact]
    public void UnknownUsersAreAnsweredAsWasSettled()
    {
        string file = Choices();
        RecommendRun Of(string settings) =>
            RecommendRun.Open(Train(new RecommendRecipe(), file, $"model=factors dim=8 epochs=1 {settings}").Run);
        Assert.Throws<KeyNotFoundException>(() => Of("").Recommend("nobody"));
        Assert.Throws<KeyNotFoundException>(() => Of("min-count=2 unknown=error").Recommend("nobody"));
        RecommendRun shared = Of("unknown=shared");
        Assert.Equal(shared.Recommend("nobody", 5), shared.Recommend("somebody", 5));
        RecommendRun hashed = Of("unknown=hashed unknown-rows=7");
        Assert.Equal(hashed.Recommend("nobody", 5), hashed.Recommend("nobody", 5));
        Assert.InRange(Enumerable.Range(0, 50).Select(i => string.Join(' ', hashed.Recommend($"stranger{i}", 5))).Distinct().Count(), 4, 7);
    }

    [Fact]
    public void RatingsAreLearnedBetterThanByMeans()
    {
        var rng = new Rng(3);
        string[] lines = [.. Enumerable.Range(0, 4_000).Select(_ =>
        {
            int user = (int)(rng.NextUInt32() % 80), item = (int)(rng.NextUInt32() % 60);
            int rating = Math.Clamp(3 + (user % 2 == item % 2 ? 2 : -2) + (rng.NextSingle() < 0.2f ? -1 : 0), 1, 5);
            return $"{user}\t{item}\t{rating}";
        }).Distinct()];
        string file = Write("ratings.tsv", lines.Prepend("user\titem\trating"));
        foreach (string model in new[] { "dim=8", "dim=8 history=20", "model=two-tower dim=8 hidden=8" })
        {
            TrainReport report = Train(new RecommendRecipe(), file,
                $"{model} epochs=60 patience=none learning-rate=0.02 batch-size=128 regularization=0.005");
            Assert.Contains(report.Notes, note => note.Contains("treated as ratings", StringComparison.Ordinal));
            Assert.True(Figure(report, "rmse") < 0.7, $"{model}: RMSE {Figure(report, "rmse")}");
            Assert.True(report.Baselines[0].Metrics[0].Value > 1.5);
            RecommendRun run = RecommendRun.Open(report.Run);
            Assert.True(run.Score("2", "4") > 3.5 && run.Score("2", "5") < 2.5, $"{run.Score("2", "4")} and {run.Score("2", "5")}");
            Assert.InRange(run.Recommend("2", 1, excludeSeen: false)[0].Score, 3.5f, 6f);
        }
    }

    [Fact]
    public void FeaturesTellOfItemsThatAreSeldomChosen()
    {
        string file = Write("featured.csv", Enumerable.Range(0, 150).SelectMany(user => Enumerable.Range(0, 6).Select(k =>
        {
            int item = user % 2 * 150 + (user * 11 + k * 17) % 150;
            return $"u{user},i{item},{(item < 150 ? "comedy" : "drama")},{(user % 2 == 0 ? "young" : "old")}";
        })).Prepend("user,item,genre,age"));
        TrainReport without = Train(new RecommendRecipe(), file, "model=two-tower dim=8 epochs=30 patience=none learning-rate=0.02",
            "without"),
            with = Train(new RecommendRecipe(), file,
                "model=two-tower dim=8 epochs=30 patience=none learning-rate=0.02 item-columns=genre user-columns=age", "with");
        int Right(TrainReport report)
        {
            RecommendRun run = RecommendRun.Open(report.Run);
            return Enumerable.Range(0, 100)
                .Sum(user => run.Recommend($"u{user}", 10)
                .Count(item => (int.Parse(item.Id[1..], CultureInfo.InvariantCulture) >= 150) == (user % 2 == 1)));
        }
        Assert.True(Right(with) > 950, $"{Right(with)} of 1000 with features, {Right(without)} without");
        Assert.True(Right(with) >= Right(without));
    }

    [Theory]
    [InlineData("loss=ccl negatives=50 history=10")]
    [InlineData("loss=softmax temperature=0.2 negatives=50")]
    [InlineData("loss=bpr negatives=4 history=10 dropout=0.3")]
    public void TheSameBytesForAnyThreads(string settings) =>
        SameForAnyThreads(name => Train(new RecommendRecipe(), Choices(), $"{settings} dim=16 epochs=3 batch-size=256", name));

    [Fact]
    public void GivenNegativesAreRankedAmong()
    {
        string file = Choices();
        string test = Write("test.csv", ["user,item,time", "u0,i15,99", "u1,i35,99", "u2,i999,99"]);
        string negatives = Write("negatives.tsv", ["(u0,i15)\ti40\ti41\ti42", "(u1,i35)\ti2\ti3\ti35\ti55", "(u2,i999)\ti1"]);
        TrainReport report = Train(new RecommendRecipe(), file,
            $"loss=softmax negatives=0 dim=16 epochs=20 patience=none learning-rate=0.02 negatives-file={negatives}", test: test);
        // Three negatives and the item itself: the first ten hold it always; the unknown item is found never.
        Assert.Equal(2 / 3.0, Figure(report, "hr@10"), 6);
        Assert.Contains(report.Notes, note => note.Contains("item 'i999'", StringComparison.Ordinal)
            && note.Contains("line 4", StringComparison.Ordinal));
        Assert.Contains("line 1",
            Assert.Throws<BadRecordException>(
            () => Train(new RecommendRecipe(), file, $"negatives-file={Write("bad.tsv", ["u0 i15"])}", test: test)).Message,
            StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(
            () => Train(new RecommendRecipe(), file, $"negatives-file={Write("short.tsv", ["(u0,i15)\ti40"])}", test: test));
    }

    [Fact]
    public void WhatIsWrongIsSaidBeforeAnythingIsLeft()
    {
        string bad = Write("bad.csv", ["user,item,rating", "a,x,4", "b,y,good", "a,y,3", "b,x,5"]);
        Assert.Contains("line 3, column 'rating': 'good' is not a number",
            Assert.Throws<BadRecordException>(() => Train(new RecommendRecipe(), bad, "")).Message, StringComparison.Ordinal);
        TrainReport report = Train(new RecommendRecipe(), bad, "split=none epochs=1", options: new ReadOptions { SkipBad = 1 });
        Assert.Contains(report.Notes, note => note.StartsWith("1 bad records skipped", StringComparison.Ordinal));
        Assert.Contains("`model` sequence",
            Assert.Throws<ArgumentException>(
            () => Train(new RecommendRecipe(), Write("r.csv", ["user,item,rating", "a,x,1", "a,y,2", "b,x,3", "b,y,4"]),
            "model=sequence split=none")).Message, StringComparison.Ordinal);
        Assert.Single(Directory.GetDirectories(_folder["runs"]));
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Path.Combine(report.Run, "run.json")));
        Assert.Equal("none", document.RootElement.GetProperty("settings").GetProperty("split").GetString());
    }

    [Theory]
    [InlineData("2.5 4.5", true)]
    [InlineData("1 2", true)]
    [InlineData("1 2 3 4 5", true)]
    [InlineData("0 1", false)]
    [InlineData("-1 1", false)]
    [InlineData("1", false)]
    public void ValuesOfARatingColumnDecideWhetherTheyAreRatings(string values, bool ratings)
    {
        string[] each = values.Split(' ');
        string file = Write("ratings.csv",
            Enumerable.Range(0, 200).Select(i => $"u{i % 20},i{i * 7 % 23},{each[i * 3 % each.Length]}").Prepend("user,item,rating"));
        TrainReport report = Train(new RecommendRecipe(), file, "epochs=1 dim=4");
        Assert.Contains(report.Notes,
            note => note.StartsWith(ratings ? "Records are treated as ratings" : "Records are treated as interactions",
            StringComparison.Ordinal));
    }

    [Fact]
    public void ATestFileOfRatingsMustHaveThem()
    {
        string file = Write("rated.csv",
            Enumerable.Range(0, 200).Select(i => $"u{i % 20},i{i * 7 % 23},{1 + i % 5}").Prepend("user,item,rating"));
        string without = Write("unrated.csv", ["user,item", "u1,i3", "u2,i4"]);
        // Nothing is stated: that records are ratings is detected.
        Assert.Contains("'rating'",
            Assert.ThrowsAny<Exception>(() => Train(new RecommendRecipe(), file, "epochs=1 dim=4", test: without)).Message,
            StringComparison.Ordinal);
        RecommendRun run = RecommendRun.Open(Train(new RecommendRecipe(), file, "epochs=1 dim=4").Run);
        using DataSource data = DataSource.Of(without);
        Assert.Contains("'rating'", Assert.ThrowsAny<Exception>(() => run.Evaluate(data)).Message, StringComparison.Ordinal);
    }
}
