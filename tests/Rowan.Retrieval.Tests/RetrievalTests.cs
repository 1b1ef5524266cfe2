using Rowan.Numerics;
using Rowan.Retrieval;

namespace Rowan.Tests;

public class RetrievalTests
{
    [Fact]
    public void TopKIsASort()
    {
        var rng = new Rng(0);
        for (int n = 0; n < 60; n++)
        {
            long[] scores = new long[n];
            if (n > 0) rng.RandInt(scores, 0, 10);
            foreach (int k in (int[])[0, 1, 5, 100])
            {
                var best = new TopK(k);
                for (int i = 0; i < n; i++) best.Add(i, scores[i]);
                Assert.Equal(Enumerable.Range(0, n).OrderByDescending(i => scores[i]).ThenBy(i => i).Take(k).Select(i => (long)i),
                    best.Take().Select(match => match.Id));
            }
        }
        var nan = new TopK(2);
        nan.Add(0, float.NaN);
        Assert.Empty(nan.Take());
    }

    [Fact]
    public void Bm25IsItsFormula()
    {
        string[][] documents = [["a", "b", "a"], ["b", "c"], ["c", "c", "c", "d"], []];
        var bm25 = new Bm25(documents, k1: 1.5f, b: 0.6f);
        var scores = new float[4];
        bm25.Score(["a", "c", "zzz"], scores);
        double mean = documents.Average(document => document.Length);
        for (int d = 0; d < 4; d++)
        {
            double expected = 0;
            foreach (string word in new[] { "a", "c" })
            {
                int n = documents.Count(document => document.Contains(word)), f = documents[d].Count(w => w == word);
                expected += Math.Log(1 + (4 - n + 0.5) / (n + 0.5)) * f * 2.5 / (f + 1.5 * (0.4 + 0.6 * documents[d].Length / mean));
            }
            Assert.Equal(expected, scores[d], 1e-5);
        }
        Assert.Equal([2, 1], bm25.Search(["c"], 10).Select(match => match.Id));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Bm25(documents, b: 2));
        // The same index from its state, and other settings over it.
        Bm25 read = Bm25.FromState(bm25.Terms, bm25.StateDict(), 1.5f, 0.6f), other = bm25.With(2, 1);
        var again = new float[4];
        read.Score(["a", "c", "zzz"], again);
        Assert.Equal(scores, again);
        new Bm25(documents, 2, 1).Score(["a", "c"], scores);
        other.Score(["a", "c"], again);
        Assert.Equal(scores, again);
        Assert.Throws<InvalidDataException>(() => Bm25.FromState(["a", "b"], bm25.StateDict(), 1, 1));
    }

    [Fact]
    public void NearestRowsAreThoseOfTheLargestCosineForAnyThreads()
    {
        const int dim = 33, rows = 3_000;
        var rng = new Rng(5);
        float[] table = new float[rows * dim], query = new float[dim];
        rng.Randn(table);
        rng.Randn(query);
        table.AsSpan(7 * dim, dim).Clear();
        double Cosine(int row)
        {
            double dot = 0, a = 0, b = 0;
            for (int d = 0; d < dim; d++)
            {
                dot += (double)table[row * dim + d] * query[d];
                a += (double)table[row * dim + d] * table[row * dim + d];
                b += (double)query[d] * query[d];
            }
            return a == 0 ? 0 : dot / Math.Sqrt(a * b);
        }
        int before = Workers.Threads;
        try
        {
            Match[]? first = null;
            foreach (int threads in (int[])[1, 2, 5])
            {
                Workers.Threads = threads;
                Match[] found = new ExactIndex(table, dim).Search(query, 10);
                Assert.Equal(Enumerable.Range(0, rows).OrderByDescending(Cosine).Take(10).Select(row => (long)row),
                    found.Select(match => match.Id));
                Assert.Equal(Cosine((int)found[0].Id), found[0].Score, 1e-5);
                Assert.Equal(first ??= found, found);
            }
        }
        finally { Workers.Threads = before; }
        var scores = new float[rows];
        new ExactIndex(table, dim).Score(query, scores);
        Assert.Equal(0, scores[7]);
        Assert.All(new ExactIndex(table, dim).Search(new float[dim], 3), match => Assert.Equal(0, match.Score));
        Assert.Throws<ArgumentException>(() => new ExactIndex(table, 7_777));
        Assert.Throws<ArgumentException>(() => new ExactIndex(table, dim).Search(new float[3], 1));
    }
}
