using Rowan.Numerics;
using Rowan.Retrieval;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>
/// How well items are ranked for users. Per user with relevant items R, ranks counted from 1, and then the mean over users:
/// hr@k = 1 if any of R is among the first k;  recall@k = |R among the first k| / |R|;  ndcg@k = Σ 1/log₂(rank + 1) over those / the largest such sum;
/// mrr = 1 / the best rank.
/// </summary>
/// <remarks>
/// Items that score the same stand in front of the relevant one: a score that cannot tell them apart gains nothing. Ranked are all items but those of
/// the user's training records, or, for each record, the items given for it. An unknown item ranks last.
/// </remarks>
static class RankingEvaluation
{
    const int Cut = 10;

    /// <summary>The figures at 10.</summary>
    /// <param name="records">The relevant (user, item) pairs.</param>
    /// <param name="seen">What users have in training.</param>
    /// <param name="negatives">Items to rank each record among; null for all items.</param>
    /// <param name="scores">Fills a user's scores of all items; user −1 is an unknown one.</param>
    /// <param name="items">Items.</param>
    public static IReadOnlyList<Metric> Of(Interactions records, UserItems seen, long[][]? negatives, Action<long, float[]> scores, long items)
    {
        double hits = 0, recall = 0, ndcg = 0, reciprocal = 0;
        int users = 0;
        var all = new float[items];
        foreach (IGrouping<long, int> own in Enumerable.Range(0, records.Count).GroupBy(i => records.Users[i]).OrderBy(group => group.Key))
        {
            scores(own.Key, all);
            // An unknown user is many people; each record stands for itself.
            foreach (int[] relevant in own.Key < 0 ? own.Select(i => (int[])[i]) : [[.. own]])
            {
                long[] ranks = [.. relevant.Select(i => Rank(records, i, relevant, seen, negatives, all)).Order()];
                users++;
                hits += ranks[0] <= Cut ? 1 : 0;
                recall += ranks.Count(rank => rank <= Cut) / (double)ranks.Length;
                ndcg += ranks.Where(rank => rank <= Cut).Sum(Gain) / Enumerable.Range(1, Math.Min(Cut, ranks.Length)).Sum(rank => Gain(rank));
                reciprocal += ranks[0] == long.MaxValue ? 0 : 1.0 / ranks[0];
            }
        }
        return users == 0 ? [] : [new("ndcg@10", ndcg / users), new("hr@10", hits / users), new("recall@10", recall / users), new("mrr", reciprocal / users)];
    }

    /// <summary>
    /// What the first ten recommendations of all users look like: coverage@10 = the share of items that stand in any list;
    /// popular@10 = the share of recommendations that are of the tenth of items that are most chosen.
    /// </summary>
    public static IReadOnlyList<Metric> Spread(IEnumerable<long> users, UserItems seen, long[] counts, Action<long, float[]> scores)
    {
        var all = new float[counts.Length];
        HashSet<long> popular = [.. Enumerable.Range(0, counts.Length).OrderByDescending(item => counts[item]).Take(Math.Max(1, counts.Length / 10)).Select(item => (long)item)], listed = [];
        long recommended = 0, ofPopular = 0;
        foreach (long user in users)
        {
            scores(user, all);
            foreach (Match match in Best(all, Cut, item => !seen.Has(user, item)))
            {
                listed.Add(match.Id);
                recommended++;
                if (popular.Contains(match.Id)) ofPopular++;
            }
        }
        return recommended == 0 ? [] : [new("coverage@10", listed.Count / (double)counts.Length), new("popular@10", ofPopular / (double)recommended, HigherIsBetter: false)];
    }

    /// <summary>The best items that a condition holds for.</summary>
    public static Match[] Best(float[] scores, int count, Func<long, bool> allowed)
    {
        var best = new TopK(count);
        for (long item = 0; item < scores.Length; item++)
            if (allowed(item)) best.Add(item, scores[item]);
        return best.Take();
    }

    /// <summary>Items drawn for each record, none of which its user has.</summary>
    public static long[][] Draw(Interactions records, UserItems seen, long items, int count, Rng rng)
    {
        var drawn = new long[records.Count][];
        for (int i = 0; i < drawn.Length; i++)
        {
            long user = records.Users[i];
            var own = new HashSet<long>();
            for (int tries = 0; own.Count < count && tries < 20 * count; tries++)
            {
                long item = rng.NextUInt32() % items;
                if (item != records.Items[i] && (user < 0 || !seen.Has(user, item))) own.Add(item);
            }
            drawn[i] = [.. own.Order()];
        }
        return drawn;
    }

    static double Gain(long rank) => 1 / Math.Log2(rank + 1);

    static long Rank(Interactions records, int record, int[] relevant, UserItems seen, long[][]? negatives, float[] scores)
    {
        long item = records.Items[record], user = records.Users[record];
        if (item < 0) return long.MaxValue;
        float own = scores[item];
        long rank = 1;
        if (negatives is not null)
        {
            // Written so that a score that is no number stands in front of the relevant item.
            foreach (long other in negatives[record])
                if (other >= 0 && !(scores[other] < own)) rank++;
            return rank;
        }
        for (long other = 0; other < scores.Length; other++)
            if (other != item && !(scores[other] < own) && (user < 0 || !seen.Has(user, other)) && !relevant.Any(i => records.Items[i] == other)) rank++;
        return rank;
    }
}
