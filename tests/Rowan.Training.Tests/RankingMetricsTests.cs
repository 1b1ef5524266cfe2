using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Tests;

/// <summary>
/// Ranking metrics against a slow and obvious computation by trec_eval's definitions, and laws that hold for every ranking.
/// </summary>
public sealed class RankingMetricsTests
{
    static readonly int[] Cutoffs = [1, 3, 5, 10, 50];

    /// <summary>The ranking as a list of rows, best first; of equal scores the rows that are not relevant come first.</summary>
    static int[] Ranking(float[] scores, long[] relevant, long[] excluded)
    {
        float Key(int row) => !float.IsNaN(scores[row]) ? scores[row] : relevant.Contains(row) ? float.NegativeInfinity
            : float.PositiveInfinity;
        bool IsRelevant(int row) => relevant.Contains(row);
        return [.. Enumerable.Range(0, scores.Length).Where(row => !excluded.Contains(row)).OrderByDescending(Key).ThenBy(IsRelevant)];
    }

    /// <summary>trec_eval's success, P, recall, map_cut, ndcg_cut and recip_rank of one query, from the ranked list.</summary>
    static double[] Oracle(int[] ranking, Dictionary<long, double> gains, int k)
    {
        int[] first = [.. ranking.Take(k)];
        double hits = first.Count(row => gains.ContainsKey(row)), precisions = 0, dcg = 0;
        for (int i = 0; i < first.Length; i++)
        {
            if (!gains.TryGetValue(first[i], out double gain)) continue;
            precisions += first.Take(i + 1).Count(row => gains.ContainsKey(row)) / (i + 1.0);
            dcg += gain / Math.Log2(i + 2);
        }
        double ideal = gains.Values.OrderDescending().Take(k).Select((gain, i) => gain / Math.Log2(i + 2)).Sum();
        int best = Array.FindIndex(ranking, row => gains.ContainsKey(row));
        return [hits > 0 ? 1 : 0, hits / k, hits / gains.Count, precisions / gains.Count, dcg / ideal, best < 0 ? 0 : 1.0 / (best + 1)];
    }

    static double[] Figures(RankingMetrics metrics, int k) =>
        [metrics.HitRate(k), metrics.Precision(k), metrics.Recall(k), metrics.MeanAveragePrecision(k), metrics.Ndcg(k),
            metrics.MeanReciprocalRank];

    [Fact]
    public void MetricsAreThoseOfTheSlowWay()
    {
        var rng = new Rng(7);
        for (int round = 0; round < 60; round++)
        {
            // Few different scores, so that many are equal; now and then one that is not a number; sometimes more relevant rows than a
            // scan handles.
            int rows = 5 + (int)(rng.NextUInt32() % 120), levels = 2 + (int)(rng.NextUInt32() % 30), queries = 1
                + (int)(rng.NextUInt32() % 5);
            var metrics = new RankingMetrics(Cutoffs);
            var expected = Cutoffs.Select(_ => new double[6]).ToArray();
            for (int query = 0; query < queries; query++)
            {
                float[] scores = [.. Enumerable.Range(0, rows)
                    .Select(_ => rng.NextUInt32() % 40 == 0 ? float.NaN : (float)(rng.NextUInt32() % levels))];
                long[] order = rng.RandPerm(rows);
                int count = 1 + (int)(rng.NextUInt32() % Math.Min(rows - 1, 60)), out_ = (int)(rng.NextUInt32() % (rows - count)),
                missing = (int)(rng.NextUInt32() % 3);
                long[] relevant = order[..count], excluded = order[count..(count + out_)];
                var ranks = new long[count + missing];
                RankingMetrics.RanksOf(scores, relevant, excluded, ranks);
                for (int i = count; i < ranks.Length; i++) ranks[i] = RankingMetrics.NotFound;
                metrics.Add(ranks);
                var gains = relevant.ToDictionary(row => row, _ => 1.0);
                for (int i = 0; i < missing; i++) gains.Add(-1 - i, 1);     // Relevant, and in no ranking.
                int[] ranking = Ranking(scores, relevant, excluded);
                for (int c = 0; c < Cutoffs.Length; c++)
                {
                    double[] own = Oracle(ranking, gains, Cutoffs[c]);
                    for (int m = 0; m < own.Length; m++) expected[c][m] += own[m] / queries;
                }
            }
            Assert.Equal(queries, metrics.Queries);
            for (int c = 0; c < Cutoffs.Length; c++)
                Assert.Equal(expected[c], Figures(metrics, Cutoffs[c]), (x, y) => Math.Abs(x - y) < 1e-12);
        }
    }

    [Fact]
    public void GradedGainsAreThoseOfTheSlowWay()
    {
        var rng = new Rng(8);
        for (int round = 0; round < 50; round++)
        {
            int count = 1 + (int)(rng.NextUInt32() % 12);
            long[] ranks = [.. rng.RandPerm(40).Take(count).Select(rank => rank + 1).Order()];
            float[] gains = [.. ranks.Select(_ => 1f + rng.NextUInt32() % 3)];
            var metrics = new RankingMetrics(Cutoffs);
            metrics.Add(ranks, gains);
            int[] ranking = [.. Enumerable.Range(1, 40)];
            var byRow = ranks.Zip(gains).ToDictionary(pair => pair.First, pair => (double)pair.Second);
            foreach (int k in Cutoffs) Assert.Equal(Oracle(ranking, byRow, k), Figures(metrics, k), (x, y) => Math.Abs(x - y) < 1e-12);
        }
    }

    [Fact]
    public void KnownValues()
    {
        // Relevant at ranks 1 and 3: the numbers of a textbook.
        var metrics = new RankingMetrics(3, 5);
        metrics.Add([1, 3]);
        Assert.Equal([1, 2 / 3.0, 1, (1 + 2 / 3.0) / 2, 1.5 / (1 + 1 / Math.Log2(3)), 1], Figures(metrics, 3),
            (x, y) => Math.Abs(x - y) < 1e-12);
        Assert.Equal(0.4, metrics.Precision(5), 1e-12);
        metrics.Add([RankingMetrics.NotFound]);
        Assert.Equal(0.5, metrics.MeanReciprocalRank, 1e-12);
        Assert.Equal(1, RankingMetrics.RankOf([5, 1, 2], 0));
        Assert.Equal(3, RankingMetrics.RankOf([5, 1, 2], 1));
        Assert.Equal(3, RankingMetrics.RankOf([0, 0, 0], 1));
        Assert.Equal(3, RankingMetrics.RankOf([1, float.NaN, 2], 1));
        Assert.Equal(2, RankingMetrics.RankOf([1, float.NaN], 0));
        Assert.True(double.IsNaN(new RankingMetrics(1).Recall(1)));
    }

    [Fact]
    public void EveryMetricIsInItsRangeAndPerfectRankingsGiveOne()
    {
        var rng = new Rng(9);
        for (int round = 0; round < 200; round++)
        {
            int count = 1 + (int)(rng.NextUInt32() % 20);
            long[] ranks = [.. rng.RandPerm(100).Take(count).Select(rank => rank + 1).Order()];
            var metrics = new RankingMetrics(Cutoffs);
            metrics.Add(ranks);
            foreach (int k in Cutoffs)
            {
                Assert.All(Figures(metrics, k), figure => Assert.InRange(figure, 0, 1));
                Assert.True(metrics.Recall(k) <= Math.Min(1, k / (double)count) + 1e-12);
            }
            var perfect = new RankingMetrics(Cutoffs);
            perfect.Add([.. Enumerable.Range(1, count).Select(rank => (long)rank)]);
            foreach (int k in Cutoffs)
            {
                Assert.Equal(1, perfect.Ndcg(k), 1e-12);
                Assert.Equal(1, perfect.HitRate(k));
                Assert.Equal(Math.Min(1, k / (double)count), perfect.Recall(k), 1e-12);
            }
            Assert.Equal(1, perfect.MeanReciprocalRank);
        }
    }

    [Fact]
    public void ABetterRankNeverLowersAMetric()
    {
        var rng = new Rng(10);
        for (int round = 0; round < 200; round++)
        {
            int count = 1 + (int)(rng.NextUInt32() % 8), moved = (int)(rng.NextUInt32() % count);
            long[] ranks = [.. rng.RandPerm(30).Take(count).Select(rank => rank + 1).Order()];
            if (ranks[moved] == 1 || ranks.Contains(ranks[moved] - 1)) continue;
            long[] better = [.. ranks];
            better[moved]--;
            var (before, after) = (new RankingMetrics(Cutoffs), new RankingMetrics(Cutoffs));
            before.Add(ranks);
            after.Add(better);
            foreach (int k in Cutoffs)
                Assert.All(Figures(after, k).Zip(Figures(before, k)), pair => Assert.True(pair.First >= pair.Second - 1e-12));
        }
    }

    [Fact]
    public void BadInputIsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new RankingMetrics(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RankingMetrics());
        var metrics = new RankingMetrics(10);
        Assert.Throws<ArgumentException>(() => metrics.Add([]));
        Assert.Throws<ArgumentException>(() => metrics.Add([0]));
        Assert.Throws<ArgumentException>(() => metrics.Add([2, 2]));
        Assert.Throws<ArgumentException>(() => metrics.Add([1, 2], [1]));
        Assert.Throws<ArgumentException>(() => metrics.Add([1], [0]));
        Assert.Throws<ArgumentOutOfRangeException>(() => metrics.Ndcg(5));
        Assert.Contains("row 3 of 3", Assert.Throws<ArgumentException>(() => RankingMetrics.RankOf([1, 2, 3], 3)).Message,
            StringComparison.Ordinal);
        Assert.Equal(0, metrics.Queries);
    }
}
