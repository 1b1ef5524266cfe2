using Rowan.Numerics;
using Rowan.Recipes;
using Rowan.Training;

namespace Rowan.Tests;

/// <summary>Rankings of items for users: one ranking for each user, computed the slow way next to it.</summary>
public sealed class RankingEvaluationTests : RecipeTestBase
{
    const int Users = 12, Items = 40;

    static Interactions Pairs(IEnumerable<(long User, long Item)> pairs)
    {
        (long User, long Item)[] all = [.. pairs];
        return new([.. all.Select(pair => pair.User)], [.. all.Select(pair => pair.Item)], new float[all.Length], null);
    }

    static ScoreUsers From(float[][] scores) => (users, into) =>
    {
        for (int i = 0; i < users.Length; i++) scores[users.Span[i]].CopyTo(into.Span[(i * Items)..]);
    };

    static double Figure(IReadOnlyList<Metric> metrics, string name) => metrics.First(metric => metric.Name == name).Value;

    [Fact]
    public void SeveralTestItemsOfAUserShareOneRanking()
    {
        var rng = new Rng(11);
        for (int round = 0; round < 20; round++)
        {
            Interactions train = Pairs(Enumerable.Range(0, 60)
                .Select(_ => ((long)(rng.NextUInt32() % Users), (long)(rng.NextUInt32() % Items))));
            var byRow = new UserItems(train, Users);
            var training = new TrainingItems(byRow, Users, train);
            Interactions test = Pairs(Enumerable.Range(0, 50)
                .Select(_ => ((long)(rng.NextUInt32() % Users), (long)(rng.NextUInt32() % Items) - (rng.NextUInt32() % 9 == 0 ? 1000 : 0)))
                .Select(pair => pair.Item1 < 0 ? pair : (pair.Item1, Math.Max(-1, pair.Item2))));
            // Few different scores, so that many are equal.
            float[][] scores = [.. Enumerable.Range(0, Users)
                .Select(_ => Enumerable.Range(0, Items).Select(_ => (float)(rng.NextUInt32() % 7)).ToArray())];
            RankingResult result = RankingEvaluation.Of(test, training, null, From(scores), Items, Items, 5, 10);

            var sums = new Dictionary<string, double>();
            int queries = 0;
            foreach (long user in test.Users.Distinct())
            {
                long[] own = [.. Enumerable.Range(0, test.Count).Where(i => test.Users[i] == user).Select(i => test.Items[i]).Distinct()];
                long[] relevant = [.. own.Where(item => item < 0 || !byRow.Has(user, item))];
                if (relevant.Length == 0) continue;
                queries++;
                int[] ranking = [.. Enumerable.Range(0, Items).Where(item => !byRow.Has(user, item))
                    .OrderByDescending(item => scores[user][item]).ThenBy(item => relevant.Contains(item))];
                foreach (int k in new[] { 5, 10 })
                {
                    int[] hits = [.. ranking.Take(k).Select((item, i) => relevant.Contains(item) ? i + 1 : 0).Where(rank => rank > 0)];
                    Add($"hr@{k}", hits.Length > 0 ? 1 : 0);
                    Add($"recall@{k}", hits.Length / (double)relevant.Length);
                    Add($"precision@{k}", hits.Length / (double)k);
                    Add($"map@{k}", hits.Select((rank, i) => (i + 1.0) / rank).Sum() / relevant.Length);
                    Add($"ndcg@{k}", hits.Sum(rank => 1 / Math.Log2(rank + 1)) / Enumerable.Range(1, Math.Min(k, relevant.Length))
                        .Sum(rank => 1 / Math.Log2(rank + 1)));
                }
                int first = Array.FindIndex(ranking, item => relevant.Contains(item));
                Add("mrr", first < 0 ? 0 : 1.0 / (first + 1));
            }
            Assert.Equal(queries, result.Queries);
            Assert.Equal(sums.Count, result.Metrics.Count);
            foreach ((string name, double sum) in sums) Assert.Equal(sum / queries, Figure(result.Metrics, name), 1e-12);
            Assert.All(result.Metrics, metric => Assert.InRange(metric.Value, 0, 1));

            void Add(string name, double value) => sums[name] = sums.GetValueOrDefault(name) + value;
        }
    }

    [Fact]
    public void AModelThatCannotTellItemsApartFindsNothing()
    {
        Interactions train = Pairs([(0, 1), (1, 2)]), test = Pairs([(0, 3), (1, 4)]);
        var training = new TrainingItems(new UserItems(train, Users), Users, train);
        foreach (float same in new[] { 1f, float.NaN })
            Assert.Equal(0, Figure(RankingEvaluation.Of(test, training, null, (_, into) => into.Span.Fill(same), Items, Items, 10).Metrics,
                "hr@10"));
    }

    [Fact]
    public void UsersThatShareARowAndUnknownUsersAreEachOnesOwnQuery()
    {
        // Row 2 is shared by the users with keys 10 and 11; −1 has no row and is two users, 12 and 13. Key 10 has item 5 in training, key
        // 11 has not.
        var train = new Interactions([0, 1, 2], [0, 1, 5], new float[3], null) { UserKeys = [0, 1, 10] };
        var training = new TrainingItems(new UserItems(train, 3), 2, train);
        var test = new Interactions([2, 2, -1, -1, -1], [6, 5, 6, 7, 7], new float[5], null) { UserKeys = [10, 11, 12, 13, 13] };
        RankingResult result = RankingEvaluation.Of(test, training, null, (users, into) =>
        {
            for (int i = 0; i < users.Length; i++)
                // 5 first, then 4 and 6, then 3 and 7.
                for (int item = 0; item < 10; item++) into.Span[i * 10 + item] = -Math.Abs(item - 5);
        }, 10, 10, 1, 2, 10);
        Assert.Equal(4, result.Queries);
        // Key 10: 6 after 4 → rank 2. Key 11: 5 is first. Key 12: 5, 4, 6 → rank 3. Key 13: 5, 4, 6, 3, 7 → rank 5, once.
        Assert.Equal((1 / 2.0 + 1 + 1 / 3.0 + 1 / 5.0) / 4, Figure(result.Metrics, "mrr"), 1e-12);
        Assert.Equal(0.25, Figure(result.Metrics, "hr@1"));
        Assert.Equal(0.5, Figure(result.Metrics, "hr@2"));
    }

    [Fact]
    public void PairsOfTheTrainingRecordsAndItemsWithoutARowAreCounted()
    {
        Interactions train = Pairs([(0, 1), (0, 2), (1, 3)]);
        var training = new TrainingItems(new UserItems(train, 2), 2, train);
        // Item 9 is a row that rare items share: it is never recommended, so it is never found.
        Interactions test = Pairs([(0, 1), (0, 4), (1, 9), (1, 9)]);
        RankingResult result = RankingEvaluation.Of(test, training, null, (users, into) =>
        {
            for (int i = 0; i < users.Length; i++)
                for (int item = 0; item < 10; item++) into.Span[i * 10 + item] = item;
        }, 10, 9, 10);
        Assert.Equal(1, result.Known);
        Assert.Equal(2, result.Queries);
        Assert.Equal(1 / 5.0 / 2, Figure(result.Metrics, "mrr"), 1e-12);         // 8 7 6 5 4.
        Assert.Equal(0.5, Figure(result.Metrics, "recall@10"));
    }

    [Fact]
    public void CoverageAndPopularityAreThoseOfTheSlowWay()
    {
        var rng = new Rng(12);
        Interactions train = Pairs(Enumerable.Range(0, 90)
            .Select(_ => ((long)(rng.NextUInt32() % Users), (long)(rng.NextUInt32() % Items * (rng.NextUInt32() % Items) / Items))));
        var byRow = new UserItems(train, Users);
        long[] counts = [.. Enumerable.Range(0, Items).Select(item => train.Items.LongCount(other => other == item))],
        users = [.. Enumerable.Range(0, Users).Select(user => (long)user)];
        float[][] scores = [.. Enumerable.Range(0, Users).Select(_ => Enumerable.Range(0, Items).Select(_ => rng.NextSingle()).ToArray())];
        IReadOnlyList<Metric> spread =
            RankingEvaluation.Spread(users, new TrainingItems(byRow, Users, train), counts, From(scores), Items, 3, 10);
        HashSet<int> popular = [.. Enumerable.Range(0, Items).OrderByDescending(item => counts[item]).ThenBy(item => item)
            .Take(Items / 10)];
        foreach (int k in new[] { 3, 10 })
        {
            int[][] lists = [.. users.Select(user => Enumerable.Range(0, Items).Where(item => !byRow.Has(user, item))
                .OrderByDescending(item => scores[user][item]).Take(k).ToArray())];
            Assert.Equal(lists.SelectMany(list => list).Distinct().Count() / (double)Items, Figure(spread, $"coverage@{k}"), 1e-12);
            Assert.Equal(lists.SelectMany(list => list).Count(popular.Contains) / (double)lists.Sum(list => list.Length),
                Figure(spread, $"popular@{k}"), 1e-12);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("split=random")]
    [InlineData("split=time")]
    public void EveryMetricOfARunIsInItsRange(string split)
    {
        // Users choose every item of their taste many times: several test records each.
        string Line(int user, int k) => $"u{user},i{user % 3 * 20 + (user * 7 + k * 3) % 20},{k}";
        string train = Write("many.csv",
            Enumerable.Range(0, 60).SelectMany(user => Enumerable.Range(0, 12).Select(k => Line(user, k))).Prepend("user,item,time"));
        string? test = split.Length > 0
            ? null : Write("many-test.csv",
            Enumerable.Range(0, 60).SelectMany(user => Enumerable.Range(12, 6).Select(k => Line(user, k))).Prepend("user,item,time"));
        TrainReport report = Train(new RecommendRecipe(), train, $"dim=8 epochs=3 at=5,10,20 validation-share=0.2 test-share=0.3 {split}",
            test: test);
        Assert.Equal(3 * 5 + 1 + 3 * 2, report.Metrics.Count);
        Assert.All(report.Metrics, metric => Assert.InRange(metric.Value, 0, 1));
        Assert.All(report.Baselines[0].Metrics, metric => Assert.InRange(metric.Value, 0, 1));
        Assert.True(Figure(report, "recall@5") <= Figure(report, "recall@10")
            && Figure(report, "recall@10") <= Figure(report, "recall@20"));
        Assert.Contains(report.Notes, note => note.StartsWith("ranking metrics are means over", StringComparison.Ordinal));
    }
}
