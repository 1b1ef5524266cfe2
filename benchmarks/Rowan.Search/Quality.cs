using System.Globalization;
using Rowan.Retrieval;

namespace Rowan.Search;

/// <summary>What the graph finds with filters, and after half of its rows went and came back.</summary>
static class Quality
{
    const int K = 10, Queries = 500;

    public static IEnumerable<Result> Run(SearchData data, VectorIndex index, Action<string> log)
    {
        float[] queries = data.Queries[..(Math.Min(Queries, data.QueryCount) * data.Dim)];
        long[] ids = [.. Enumerable.Range(0, data.Count).Select(i => (long)i)];
        foreach (double share in (double[])[0.5, 0.1, 0.01, 0.001])
        {
            // Ids spread over all rows.
            var options = new SearchOptions { Filter = SearchFilter.Where(id => Spread(id) < share) };
            double recall = index.MeasureRecall(queries, K, options).Recall;
            SearchResult[] found = index.SearchMany(queries, K, options);
            log(string.Create(CultureInfo.InvariantCulture,
                $"{data.Name}: a filter that passes {100 * share} %: {found.Count(one => one.Path == SearchPath.Graph)} of {found.Length} "
                + $"answers by the graph, {found.Average(one => one.Compared):0} rows compared"));
            yield return new Result(string.Create(CultureInfo.InvariantCulture,
                $"{data.Name}: recall@10 with a filter that passes {100 * share} %"), "goal", 0.95, recall, "", 0.95, recall);
        }
        var few = new SearchOptions { Candidates = 16 };
        double fresh = index.MeasureRecall(queries, K, few).Recall;
        var random = new Random(1);
        long[] half = [.. ids.Where(_ => random.Next(2) == 0)];
        // In parts, so that lists are repaired and not built anew.
        foreach (long[] part in half.Chunk(data.Count / 20)) index.Remove(part);
        var rows = new float[half.Length * data.Dim];
        for (int i = 0; i < half.Length; i++)
            data.Rows.AsSpan((int)half[i] * data.Dim, data.Dim).CopyTo(rows.AsSpan(i * data.Dim));
        index.Add(half, rows);
        double again = index.MeasureRecall(queries, K, few).Recall;
        yield return new Result($"{data.Name}: recall@10 (16 candidates) after half of the rows went and came back, against a fresh index",
            "fresh", fresh, again, "", 0.99, again / fresh);
    }

    static double Spread(long id)
    {
        ulong hash = ((ulong)id + 1) * 0x9E3779B97F4A7C15;
        return ((hash ^ (hash >> 32)) * 0xD6E8FEB86659FD93 >> 11) / (double)(1L << 53);
    }
}
