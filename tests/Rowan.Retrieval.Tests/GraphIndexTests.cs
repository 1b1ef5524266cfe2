using Rowan.Retrieval;

namespace Rowan.Tests;

public class GraphIndexTests
{
    const int Rows = 3_000, Dim = 24;

    static readonly long[] FirstIds = [.. Enumerable.Range(0, Rows).Select(i => (long)i)];

    static VectorIndex Built(IndexMetric metric, float[] rows)
    {
        var index = new VectorIndex(Dim, new IndexOptions { Metric = metric, Kind = IndexKind.Graph });
        index.Add(FirstIds, rows);
        return index;
    }

    [Theory]
    [InlineData(IndexMetric.Cosine)]
    [InlineData(IndexMetric.DotProduct)]
    [InlineData(IndexMetric.L2)]
    public void FindsNearlyAll(IndexMetric metric)
    {
        float[] rows = IndexData.Clustered(Rows, Dim, 60, 1), queries = IndexData.Clustered(200, Dim, 60, 2);
        VectorIndex index = Built(metric, rows);
        SearchResult before = index.Search(queries.AsSpan(0, Dim), 10);
        Assert.Equal((SearchPath.Graph, false, null), (before.Path, before.IsExact, before.Recall));
        RecallMeasurement measured = index.MeasureRecall(queries);
        Assert.True(measured.Recall >= 0.97, $"{measured}");
        Assert.Equal(measured.Recall, index.Search(queries.AsSpan(0, Dim), 10).Recall);
        // Fewer candidates than were measured promise nothing.
        Assert.Null(index.Search(queries.AsSpan(0, Dim), 10, new SearchOptions { Candidates = 12 }).Recall);
        Assert.True(before.Compared < Rows / 2);
        foreach (Match match in before.Matches)
            Assert.Equal(IndexData.Score(metric, queries.AsSpan(0, Dim), rows.AsSpan((int)match.Id * Dim, Dim)), match.Score, 1e-4);
    }

    [Theory]
    [InlineData(IndexMetric.Cosine)]
    [InlineData(IndexMetric.DotProduct)]
    [InlineData(IndexMetric.L2)]
    public void HalfOfTheRowsRemovedAndAddedAgainIsAsGoodAsNew(IndexMetric metric)
    {
        float[] rows = IndexData.Clustered(Rows, Dim, 60, 1), queries = IndexData.Clustered(300, Dim, 60, 2);
        VectorIndex index = Built(metric, rows);
        var few = new SearchOptions { Candidates = 16 };
        double fresh = index.MeasureRecall(queries, 10, few).Recall;
        long bytes = index.MemoryBytes;
        for (int round = 0; round < 2; round++)
        {
            long[] half = [.. FirstIds.Where(id => id % 2 == round)];
            Assert.Equal(half.Length, index.Remove(half));
            double left = index.MeasureRecall(queries, 10, few).Recall;
            Assert.True(left >= fresh - 0.02, $"after removing: {left}, fresh {fresh}");
            index.Add(half, half.SelectMany(id => rows[((int)id * Dim)..(((int)id + 1) * Dim)]).ToArray());
        }
        double again = index.MeasureRecall(queries, 10, few).Recall;
        Assert.True(again >= fresh - 0.015, $"after adding again: {again}, fresh {fresh}");
        Assert.True(index.MemoryBytes <= bytes * 1.1);
    }

    [Theory]
    [InlineData(IndexMetric.Cosine)]
    [InlineData(IndexMetric.DotProduct)]
    [InlineData(IndexMetric.L2)]
    public void RowsThatComeAndGoKeepTheRecall(IndexMetric metric)
    {
        float[] rows = IndexData.Clustered(Rows, Dim, 60, 1), queries = IndexData.Clustered(300, Dim, 60, 2);
        VectorIndex index = Built(metric, rows);
        var few = new SearchOptions { Candidates = 16 };
        double fresh = index.MeasureRecall(queries, 10, few).Recall;
        // A tenth at a time, so that lists are repaired: every row goes once and comes back, to a slot that was another's.
        for (int part = 0; part < 10; part++)
        {
            long[] some = [.. FirstIds.Where(id => id % 10 == part)];
            index.Remove(some);
            index.Add(some, some.SelectMany(id => rows[((int)id * Dim)..(((int)id + 1) * Dim)]).ToArray());
        }
        double again = index.MeasureRecall(queries, 10, few).Recall;
        Assert.True(again >= fresh - 0.015, $"after all went and came back: {again}, fresh {fresh}");
        // Replaced by the rows of their neighbours in the file, and put back.
        float[] turned = [.. rows[Dim..], .. rows[..Dim]];
        index.Update(FirstIds, turned);
        index.Update(FirstIds, rows);
        again = index.MeasureRecall(queries, 10, few).Recall;
        Assert.True(again >= fresh - 0.015, $"after all were replaced: {again}, fresh {fresh}");
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.1)]
    [InlineData(0.01)]
    [InlineData(0.001)]
    public void FiltersKeepTheRecall(double share)
    {
        float[] rows = IndexData.Clustered(Rows, Dim, 60, 1), queries = IndexData.Clustered(100, Dim, 60, 2);
        VectorIndex index = Built(IndexMetric.Cosine, rows);
        var random = new Random(3);
        HashSet<long> passing = [.. FirstIds.Where(_ => random.NextDouble() < share)];
        // Those that pass lie together and far from most queries: what loses rows without a word in other indexes.
        HashSet<long> together = [.. index.Search(rows.AsSpan(0, Dim), Math.Max(1, (int)(share * Rows))).Matches.Select(m => m.Id)];
        foreach (HashSet<long> set in (HashSet<long>[])[passing, together])
            foreach (SearchFilter filter in (SearchFilter[])[SearchFilter.Where(set.Contains), SearchFilter.AnyOf(set)])
            {
                var options = new SearchOptions { Filter = filter };
                Assert.True(index.MeasureRecall(queries, 10, options).Recall >= 0.95);
                Assert.All(index.SearchMany(queries, 10, options), found =>
                {
                    Assert.Equal(Math.Min(10, set.Count), found.Matches.Count);
                    Assert.All(found.Matches, match => Assert.Contains(match.Id, set));
                });
            }
    }

    [Fact]
    public void ManyEqualRowsAreFound()
    {
        float[] rows = IndexData.Clustered(1_000, Dim, 30, 1);
        for (int i = 0; i < 400; i++) rows.AsSpan(0, Dim).CopyTo(rows.AsSpan(i * Dim));
        var index = new VectorIndex(Dim, new IndexOptions { Kind = IndexKind.Graph });
        index.Add(FirstIds.AsSpan(0, 1_000), rows);
        SearchResult found = index.Search(rows.AsSpan(0, Dim), 20);
        Assert.Equal(20, found.Matches.Count);
        Assert.All(found.Matches, match => Assert.True(match.Id < 400));
        Assert.True(index.MeasureRecall(IndexData.Clustered(100, Dim, 30, 2)).Recall >= 0.95);
    }

    [Fact]
    public void ClustersAddedOneAfterTheOtherAreFound()
    {
        // Rows sorted by cluster, in calls of one and of many rows.
        float[] centres = IndexData.Normal(40 * Dim, 7);
        var index = new VectorIndex(Dim, new IndexOptions { Kind = IndexKind.Graph });
        var queries = new List<float>();
        for (int cluster = 0; cluster < 40; cluster++)
        {
            float[] noise = IndexData.Normal(50 * Dim, cluster);
            for (int i = 0; i < noise.Length; i++) noise[i] = centres[cluster * Dim + i % Dim] + 0.4f * noise[i];
            queries.AddRange(noise[..Dim]);
            long[] ids = [.. Enumerable.Range(cluster * 50, 50).Select(i => (long)i)];
            if (cluster % 2 == 0) index.Add(ids, noise);
            else
                for (int i = 0; i < 50; i++) index.Add(ids[i], noise.AsSpan(i * Dim, Dim));
        }
        Assert.True(index.MeasureRecall([.. queries]).Recall >= 0.97);
    }
}
