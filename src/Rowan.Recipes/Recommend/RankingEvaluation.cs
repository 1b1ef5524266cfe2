using System.Globalization;
using Rowan.Numerics;
using Rowan.Retrieval;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>Fills the scores of all items for some users.</summary>
/// <param name="users">Rows of users; a negative row is an unknown user.</param>
/// <param name="scores">Receives the scores [users, items].</param>
delegate void ScoreUsers(ReadOnlyMemory<long> users, Memory<float> scores);

/// <summary>What an evaluation found.</summary>
/// <param name="Metrics">Means over the queries; empty if there was none.</param>
/// <param name="Queries">Users with test items; with given candidates, test records.</param>
/// <param name="Known">Test records left out because the user has the item in the training records.</param>
sealed record RankingResult(IReadOnlyList<Metric> Metrics, long Queries, long Known);

/// <summary>
/// Ranks items for users and computes the metrics of <see cref="RankingMetrics"/>, as means over users. The relevant items of a user are
/// the distinct items of the user's records; the ranking holds every item with its own row, less those that the user has in the training
/// records.
/// </summary>
/// <remarks>
/// With given candidates each record is a query of its own: its item among its candidates.
/// A record whose item the user has in training already is left out and counted: <c>recommend</c> never suggests such an item.
/// An item that training does not know is relevant, and never found.
/// </remarks>
static class RankingEvaluation
{
    const int ScoresAtOnce = 1 << 22, MostUsersAtOnce = 256;

    /// <summary>Evaluates records.</summary>
    /// <param name="records">The relevant (user, item) pairs.</param>
    /// <param name="training">The items of users in the training records.</param>
    /// <param name="candidates">Items to rank each record's item among; null for all items.</param>
    /// <param name="score">Scores of all items.</param>
    /// <param name="rows">Values that <paramref name="score"/> gives per user; the first <paramref name="items"/> are of items with their
    /// own row.</param>
    /// <param name="items">Items that are ranked.</param>
    /// <param name="cutoffs">The values of k.</param>
    public static RankingResult Of(Interactions records, TrainingItems training, long[][]? candidates, ScoreUsers score, long rows,
        long items, params IReadOnlyList<int> cutoffs)
    {
        var metrics = new RankingMetrics(cutoffs);
        Query[] queries = Queries(records, training, items, candidates, out long known);
        int atOnce = (int)Math.Clamp(ScoresAtOnce / Math.Max(1, rows), 1, MostUsersAtOnce), done = 0;
        var scores = new float[atOnce * rows];
        foreach (long[] users in queries.Select(query => query.User).Distinct().Chunk(atOnce))
        {
            int from = done;
            while (done < queries.Length && queries[done].User <= users[^1]) done++;
            score(users, scores.AsMemory(0, checked((int)(users.Length * rows))));
            Workers.For(done - from, 1, new Ranked(queries, from, users, scores, rows, items));
            for (int i = from; i < done; i++) metrics.Add(queries[i].Ranks);
        }
        return new(metrics.Queries == 0 ? [] : Named(metrics), metrics.Queries, known);
    }

    /// <summary>The metrics by name: ndcg, hr, recall, precision and map at each cutoff, and mrr.</summary>
    public static IReadOnlyList<Metric> Named(RankingMetrics metrics) =>
    [
        .. metrics.Cutoffs.SelectMany(k => (Metric[])
        [
            new(Name("ndcg", k), metrics.Ndcg(k)), new(Name("hr", k), metrics.HitRate(k)), new(Name("recall", k), metrics.Recall(k)),
            new(Name("precision", k), metrics.Precision(k)), new(Name("map", k), metrics.MeanAveragePrecision(k)),
        ]),
        new("mrr", metrics.MeanReciprocalRank),
    ];

    /// <summary>
    /// What the first k recommendations of users look like: coverage@k = the share of items that are in any list;
    /// popular@k = the share of recommendations that are of the tenth of items with the most training records.
    /// </summary>
    public static IReadOnlyList<Metric> Spread(IReadOnlyList<long> users, TrainingItems training, long[] counts, ScoreUsers score,
        long rows, params IReadOnlyList<int> cutoffs)
    {
        int items = counts.Length, atOnce = (int)Math.Clamp(ScoresAtOnce / Math.Max(1, rows), 1, MostUsersAtOnce);
        HashSet<long> popular = [.. Enumerable.Range(0, items).OrderByDescending(item => counts[item]).ThenBy(item => item)
            .Take(Math.Max(1, items / 10)).Select(item => (long)item)];
        int[] distinct = [.. cutoffs.Distinct()];
        HashSet<long>[] listed = [.. distinct.Select(_ => new HashSet<long>())];
        var (recommended, ofPopular) = (new long[distinct.Length], new long[distinct.Length]);
        var scores = new float[atOnce * rows];
        var best = new Match[atOnce][];
        foreach (long[] some in users.Chunk(atOnce))
        {
            score(some, scores.AsMemory(0, checked((int)(some.Length * rows))));
            Workers.For(some.Length, 1, new Listed(some, training, scores, rows, items, distinct.Max(), best));
            for (int i = 0; i < some.Length; i++)
                for (int c = 0; c < distinct.Length; c++)
                    foreach (Match match in best[i].AsSpan(0, Math.Min(distinct[c], best[i].Length)))
                    {
                        listed[c].Add(match.Id);
                        recommended[c]++;
                        if (popular.Contains(match.Id)) ofPopular[c]++;
                    }
        }
        return recommended[0] == 0 ? [] : [.. distinct.SelectMany((k, c) => (Metric[])
        [
            new(Name("coverage", k), listed[c].Count / (double)items),
            new(Name("popular", k), ofPopular[c] / (double)recommended[c], HigherIsBetter: false),
        ])];
    }

    /// <summary>The best items that a condition holds for.</summary>
    public static Match[] Best(ReadOnlySpan<float> scores, int count, Func<long, bool> allowed)
    {
        var best = new TopK(count);
        for (int item = 0; item < scores.Length; item++)
            if (allowed(item)) best.Add(item, scores[item]);
        return best.Take();
    }

    /// <summary>Items drawn for each record, none of which its user has in training.</summary>
    public static long[][] Draw(Interactions records, TrainingItems training, long items, int count, Rng rng)
    {
        var drawn = new long[records.Count][];
        for (int i = 0; i < drawn.Length; i++)
        {
            ReadOnlySpan<long> has = training.Of(records.Users[i], records.UserKeys[i]);
            var own = new HashSet<long>();
            for (int tries = 0; own.Count < count && tries < 20 * count; tries++)
            {
                long item = rng.NextUInt32() % items;
                if (item != records.Items[i] && has.BinarySearch(item) < 0) own.Add(item);
            }
            drawn[i] = [.. own.Order()];
        }
        return drawn;
    }

    /// <summary>"ndcg@10".</summary>
    static string Name(string metric, int k) => string.Create(CultureInfo.InvariantCulture, $"{metric}@{k}");

    /// <summary>One query for each user, or for each record where candidates are given; ordered by the user's row.</summary>
    static Query[] Queries(Interactions records, TrainingItems training, long items, long[][]? candidates, out long known)
    {
        var queries = new List<Query>();
        long left = 0;
        if (candidates is not null)
            for (int i = 0; i < records.Count; i++)
            {
                bool found = records.Items[i] >= 0 && records.Items[i] < items;
                queries.Add(new Query(records.Users[i], found ? [records.Items[i]] : [], [], found ? 0 : 1,
                    candidates[i].Where(item => item >= 0 && item < items && item != records.Items[i]).ToArray()));
            }
        else
            foreach (IGrouping<long, int> own in Enumerable.Range(0, records.Count).GroupBy(i => records.UserKeys[i]))
            {
                int first = own.First();
                long user = records.Users[first];
                long[] has = training.Of(user, own.Key).ToArray();
                long[] relevant = [.. own.Select(i => records.Items[i]).Where(item => item >= 0 && item < items).Distinct().Order()];
                long[] fresh = [.. relevant.Where(item => Array.BinarySearch(has, item) < 0)];
                left += relevant.Length - fresh.Length;
                int missing = own.Where(i => records.Items[i] < 0 || records.Items[i] >= items).Select(i => records.ItemKeys[i]).Distinct()
                    .Count();
                if (fresh.Length + missing > 0)
                    queries.Add(new Query(user, fresh, [.. has.Where(item => item < items).Distinct()], missing, null));
            }
        known = left;
        return [.. queries.OrderBy(query => query.User)];
    }

    /// <summary>A ranking to be evaluated.</summary>
    /// <param name="User">The user's row.</param>
    /// <param name="Relevant">Distinct relevant items with their own row.</param>
    /// <param name="Excluded">Distinct items that are not ranked.</param>
    /// <param name="Missing">Relevant items that cannot be found.</param>
    /// <param name="Candidates">Items to rank among; null for all.</param>
    sealed record Query(long User, long[] Relevant, long[] Excluded, int Missing, long[]? Candidates)
    {
        public long[] Ranks { get; } = [.. Enumerable.Repeat(RankingMetrics.NotFound, Relevant.Length + Missing)];
    }

    readonly struct Ranked(Query[] queries, int first, long[] users, float[] scores, long rows, long items) : IRangeBody
    {
        public void Run(long from, long to)
        {
            for (long i = from; i < to; i++)
            {
                Query query = queries[first + i];
                if (query.Relevant.Length == 0) continue;
                ReadOnlySpan<float> own = scores.AsSpan(checked((int)(Array.BinarySearch(users, query.User) * rows)), (int)items);
                if (query.Candidates is null) RankingMetrics.RanksOf(own, query.Relevant, query.Excluded, query.Ranks);
                else
                {
                    var among = new float[query.Candidates.Length + 1];
                    for (int c = 0; c < query.Candidates.Length; c++) among[c + 1] = own[(int)query.Candidates[c]];
                    among[0] = own[(int)query.Relevant[0]];
                    query.Ranks[0] = RankingMetrics.RankOf(among, 0);
                }
            }
        }
    }

    readonly struct Listed(long[] users, TrainingItems training, float[] scores, long rows, int items, int count, Match[][] best)
        : IRangeBody
    {
        public void Run(long from, long to)
        {
            for (long i = from; i < to; i++)
            {
                Span<float> own = scores.AsSpan(checked((int)(i * rows)), items);
                // What a user has is not recommended: a score that is not a number is never among the best.
                foreach (long item in training.Of(users[i]))
                    if (item < items) own[(int)item] = float.NaN;
                var top = new TopK(count);
                for (int item = 0; item < own.Length; item++) top.Add(item, own[item]);
                best[i] = top.Take();
            }
        }
    }
}
