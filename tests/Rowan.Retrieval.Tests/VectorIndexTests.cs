using Rowan.Retrieval;

namespace Rowan.Tests;

public class VectorIndexTests
{
    public static TheoryData<IndexMetric, IndexKind, RowPrecision> All()
    {
        var data = new TheoryData<IndexMetric, IndexKind, RowPrecision>();
        foreach (IndexMetric metric in Enum.GetValues<IndexMetric>())
            foreach (IndexKind kind in (IndexKind[])[IndexKind.Flat, IndexKind.Int8, IndexKind.Graph])
                foreach (RowPrecision precision in Enum.GetValues<RowPrecision>()) data.Add(metric, kind, precision);
        return data;
    }

    [Theory, MemberData(nameof(All))]
    public void ExactAnswersAreThoseOfASort(IndexMetric metric, IndexKind kind, RowPrecision precision)
    {
        foreach (int dim in (int[])[1, 3, 8, 17, 64, 100])
        {
            var index = new VectorIndex(dim, new IndexOptions { Metric = metric, Kind = kind, Precision = precision });
            var random = new Random(dim);
            long[] ids = [.. Enumerable.Range(0, 700).Select(_ => random.NextInt64(long.MinValue, long.MaxValue)).Distinct()];
            index.Add(ids, IndexData.Clustered(ids.Length, dim, 9, dim));
            float[] queries = IndexData.Clustered(20, dim, 9, dim + 1);
            var exact = new SearchOptions { Exact = true };
            SearchResult[] many = index.SearchMany(queries, 10, exact);
            for (int q = 0; q < 20; q++)
            {
                float[] query = queries[(q * dim)..((q + 1) * dim)];
                SearchResult one = index.Search(query, 10, exact);
                Assert.Equal(one.Matches, many[q].Matches);
                if (q < 4) IndexData.AssertExact(one, index, ids, query, 10);
            }
            IndexData.AssertExact(index.Search(queries.AsSpan(0, dim), 1_000, exact), index, ids, queries[..dim], 1_000);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void FewAndStrangeRows(IndexMetric metric, IndexKind kind, RowPrecision precision)
    {
        var index = new VectorIndex(4, new IndexOptions { Metric = metric, Kind = kind, Precision = precision });
        Assert.Empty(index.Search([1, 2, 3, 4], 5).Matches);
        Assert.Equal(0, index.Remove([3L]));
        Assert.False(index.Contains(3));
        index.Add(-5, [1, 0, 0, 0]);
        Assert.Equal(-5, Assert.Single(index.Search([0, 0, 0, 0], 5).Matches).Id);
        // A row of zeros, equal rows, and more rows asked for than there are.
        index.Add([1, 2, 3, 4], [0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, -1, -1, 0, 0]);
        SearchResult found = index.Search([2, 2, 0, 0], 100);
        Assert.Equal(5, found.Matches.Count);
        Assert.Equal([2, 3], found.Matches.Take(2).Select(match => match.Id));
        if (metric == IndexMetric.Cosine) Assert.Equal(0, found.Matches.Single(match => match.Id == 1).Score);
        IndexData.AssertExact(index.Search([0, 0, 0, 0], 100, new SearchOptions { Exact = true }), index, [-5, 1, 2, 3, 4], [0, 0, 0, 0],
            100);
        // Removed to the last row, and used again.
        Assert.Equal(5, index.Remove([1, 2, 3, 4, -5, 77]));
        Assert.Equal(0, index.Count);
        Assert.Empty(index.Search([1, 2, 3, 4], 5).Matches);
        index.Add(9, [0, 1, 0, 0]);
        Assert.Equal(9, Assert.Single(index.Search([0, 1, 0, 0], 3).Matches).Id);
    }

    [Fact]
    public void WhatIsWrongIsRefusedAndChangesNothing()
    {
        var index = new VectorIndex(2);
        index.Add([1, 2], [1, 0, 0, 1]);
        var nan = Assert.Throws<ArgumentException>(() => index.Add([3, 4], [1, 0, float.NaN, 1]));
        Assert.Contains("NaN at [1, 0]", nan.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => index.Add([3, 4], [1, 0, float.PositiveInfinity, 1]));
        Assert.Throws<ArgumentException>(() => index.Add(3, [1e30f, 0]));
        Assert.Throws<ArgumentException>(() => index.Add([3, 2], [1, 0, 0, 1]));
        Assert.Throws<ArgumentException>(() => index.Upsert([3, 3], [1, 0, 0, 1]));
        Assert.Throws<ArgumentException>(() => index.Add([3, 4], [1, 0, 0]));
        Assert.Throws<KeyNotFoundException>(() => index.Update([1, 3], [1, 0, 0, 1]));
        Assert.Equal(2, index.Count);
        Assert.False(index.Contains(3));
        Assert.Throws<ArgumentException>(() => index.Search([1, float.NaN], 1));
        Assert.Throws<ArgumentException>(() => index.Search([1, 2, 3], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => index.Search([1, 2], 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => index.Search([1, 2], 1, new SearchOptions { Candidates = 0 }));
        Assert.Throws<ArgumentException>(() => index.TryGet(1, new float[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new VectorIndex(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new VectorIndex(2, new IndexOptions { Degree = 3 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new VectorIndex(2, new IndexOptions { Metric = (IndexMetric)7 }));
        Assert.Throws<InvalidOperationException>(() => new VectorIndex(2).MeasureRecall([1, 2]));
        index.Dispose();
        Assert.Throws<ObjectDisposedException>(() => index.Search([1, 2], 1));
        Assert.Throws<ObjectDisposedException>(() => index.Add(8, [1, 2]));
    }

    [Theory, MemberData(nameof(All))]
    public void ChangesAreThoseOfADictionary(IndexMetric metric, IndexKind kind, RowPrecision precision)
    {
        const int dim = 12;
        var random = new Random(5);
        var index = new VectorIndex(dim, new IndexOptions { Metric = metric, Kind = kind, Precision = precision, BuildCandidates = 24 });
        var known = new HashSet<long>();
        for (int step = 0; step < 60; step++)
        {
            long[] ids = [.. Enumerable.Range(0, random.Next(1, 60)).Select(_ => (long)random.Next(400)).Distinct()];
            float[] rows = IndexData.Clustered(ids.Length, dim, 5, step);
            if (step % 3 == 2)
            {
                Assert.Equal(ids.Count(known.Contains), index.Remove(ids));
                known.ExceptWith(ids);
            }
            else
            {
                index.Upsert(ids, rows);
                known.UnionWith(ids);
            }
            Assert.Equal(known.Count, index.Count);
            Assert.Equal(known.Order(), index.Ids().Order());
            if (step % 10 != 9) continue;
            float[] query = IndexData.Clustered(1, dim, 5, 1_000 + step);
            IndexData.AssertExact(index.Search(query, 10, new SearchOptions { Exact = true }), index, known, query, 10);
            Assert.All(index.Search(query, 10).Matches, match => Assert.Contains(match.Id, known));
            Assert.Equal(Math.Min(10, known.Count), index.Search(query, 10).Matches.Count);
        }
    }

    [Fact]
    public void RowsOfTheCallerAreNotCopiedUntilRowsAreAdded()
    {
        float[] rows = IndexData.Clustered(500, 16, 5, 1);
        VectorIndex index = VectorIndex.Over(rows, 16);
        Assert.True(index.MemoryBytes < 500 * 16 * sizeof(float));
        IndexData.AssertExact(index.Search(rows.AsSpan(32, 16), 5), index, Enumerable.Range(0, 500).Select(i => (long)i), rows[32..48], 5);
        Assert.Equal(2, index.Search(rows.AsSpan(32, 16), 1).Matches[0].Id);
        float[] before = [.. rows];
        Assert.True(index.Remove(2));
        index.Upsert([3, 900], IndexData.Clustered(2, 16, 5, 3));
        Assert.Equal(before, rows);
        Assert.Equal(500, index.Count);
        Assert.False(index.Contains(2));
        Assert.Throws<ArgumentException>(() => VectorIndex.Over(rows, 7));
        Assert.Throws<ArgumentException>(() => VectorIndex.Over(new float[] { 1, float.NaN }, 2));
        Assert.Equal(0, VectorIndex.Over(default, 2).Count);
    }

    [Fact]
    public void KindsAreChosenByTheNumberOfRows()
    {
        var index = new VectorIndex(2);
        Assert.Equal(IndexKind.Flat, index.Kind);
        float[] rows = IndexData.Normal(2 * 20_000, 1);
        index.Add([.. Enumerable.Range(0, 19_999).Select(i => (long)i)], rows.AsSpan(0, 2 * 19_999));
        Assert.Equal((IndexKind.Flat, SearchPath.Flat), (index.Kind, index.Search([1, 2], 1).Path));
        Match[] flat = [.. index.Search([1, 2], 10).Matches];
        index.Add(19_999, [-1, -2]);
        Assert.Equal((IndexKind.Int8, SearchPath.Int8), (index.Kind, index.Search([1, 2], 1).Path));
        Assert.Equal(flat, index.Search([1, 2], 10).Matches);
    }

    [Theory]
    [InlineData(IndexKind.Flat)]
    [InlineData(IndexKind.Int8)]
    public void EmptySlotsOfAScanAreGivenBack(IndexKind kind)
    {
        var index = new VectorIndex(64, new IndexOptions { Kind = kind });
        index.Add([.. Enumerable.Range(0, 4_000).Select(i => (long)i)], IndexData.Normal(64 * 4_000, 1));
        long bytes = index.MemoryBytes;
        index.Remove([.. Enumerable.Range(0, 3_900).Select(i => (long)i)]);
        Assert.True(index.MemoryBytes < bytes / 4);
        Assert.Equal(Enumerable.Range(3_900, 100).Select(i => (long)i), index.Ids());
    }
}
