using Rowan.Retrieval;

namespace Rowan.Tests;

/// <summary>Rows for tests of indexes, and the slow answer to compare with.</summary>
static class IndexData
{
    public static float[] Normal(int count, int seed)
    {
        var random = new Random(seed);
        var values = new float[count];
        for (int i = 0; i < count; i++)
            values[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return values;
    }

    /// <summary>Rows around centres: what vectors that were learned look like.</summary>
    public static float[] Clustered(int rows, int dim, int clusters, int seed)
    {
        float[] centres = Normal(clusters * dim, 7), values = Normal(rows * dim, seed);
        var random = new Random(seed);
        for (int i = 0; i < rows; i++)
        {
            int cluster = random.Next(clusters);
            for (int c = 0; c < dim; c++) values[i * dim + c] = centres[cluster * dim + c] + 0.5f * values[i * dim + c];
        }
        return values;
    }

    public static double Score(IndexMetric metric, ReadOnlySpan<float> q, ReadOnlySpan<float> r)
    {
        double dot = 0, qq = 0, rr = 0, distance = 0;
        for (int i = 0; i < q.Length; i++)
        {
            dot += (double)q[i] * r[i];
            qq += (double)q[i] * q[i];
            rr += (double)r[i] * r[i];
            distance += ((double)q[i] - r[i]) * ((double)q[i] - r[i]);
        }
        return metric switch
        {
            IndexMetric.DotProduct => dot,
            IndexMetric.L2 => -Math.Sqrt(distance),
            _ => qq > 0 && rr > 0 ? dot / Math.Sqrt(qq) / Math.Sqrt(rr) : 0,
        };
    }

    /// <summary>Checks an exact answer: as many rows as there are, in order, each with its score, and none better left out.</summary>
    public static void AssertExact(SearchResult found, VectorIndex index, IEnumerable<long> ids, float[] query, int count)
    {
        var scores = new Dictionary<long, double>();
        var row = new float[index.Dim];
        foreach (long id in ids)
        {
            Assert.True(index.TryGet(id, row));
            scores[id] = Score(index.Metric, query, row);
        }
        double size = scores.Count == 0 ? 0 : scores.Values.Max(Math.Abs), tolerance = 1e-5 * (1 + size);
        Assert.Equal(Math.Min(count, scores.Count), found.Matches.Count);
        Assert.True(found.IsExact);
        Assert.Equal(found.Matches.Count, found.Matches.Select(match => match.Id).Distinct().Count());
        for (int i = 0; i < found.Matches.Count; i++)
        {
            Match match = found.Matches[i];
            Assert.Equal(scores[match.Id], match.Score, tolerance);
            if (i == 0) continue;
            Match before = found.Matches[i - 1];
            Assert.True(before.Score > match.Score || (before.Score == match.Score && before.Id < match.Id));
        }
        if (found.Matches.Count == 0) return;
        var returned = found.Matches.Select(match => match.Id).ToHashSet();
        double least = found.Matches[^1].Score;
        Assert.DoesNotContain(scores, pair => !returned.Contains(pair.Key) && pair.Value > least + tolerance);
    }
}
