using Microsoft.Extensions.VectorData;

namespace Rowan.Extensions.AI.Tests;

public class DistanceTests
{
    /// <summary>The functions as their names say, in doubles, and whether a higher value is better.</summary>
    static readonly Dictionary<string, (Func<float[], float[], double> Value, bool HigherIsBetter)> Oracle = new()
    {
        [DistanceFunction.CosineSimilarity] = ((x, y) => Dot(x, y) / Math.Sqrt(Dot(x, x) * Dot(y, y)), true),
        [DistanceFunction.CosineDistance] = ((x, y) => 1 - Dot(x, y) / Math.Sqrt(Dot(x, x) * Dot(y, y)), false),
        [DistanceFunction.DotProductSimilarity] = (Dot, true),
        [DistanceFunction.NegativeDotProductSimilarity] = ((x, y) => -Dot(x, y), false),
        [DistanceFunction.EuclideanDistance] = ((x, y) => Math.Sqrt(Sum(x, y, (a, b) => (a - b) * (a - b))), false),
        [DistanceFunction.EuclideanSquaredDistance] = ((x, y) => Sum(x, y, (a, b) => (a - b) * (a - b)), false),
        [DistanceFunction.ManhattanDistance] = ((x, y) => Sum(x, y, (a, b) => Math.Abs(a - b)), false),
        [DistanceFunction.HammingDistance] = ((x, y) => Sum(x, y, (a, b) => a == b ? 0 : 1), false),
    };

    public static TheoryData<string, string?, int> Cases
    {
        get
        {
            var cases = new TheoryData<string, string?, int>();
            foreach (string function in Oracle.Keys)
                foreach (int dim in (int[])[1, 2, 3, 7, 8, 17, 33])
                    cases.Add(function, dim == 3 ? null : dim == 7 ? IndexKind.Dynamic : IndexKind.Flat, dim);
            foreach (string function in Oracle.Keys.Take(6))
                foreach (string kind in (string[])[IndexKind.Hnsw, IndexKind.QuantizedFlat]) cases.Add(function, kind, 8);
            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public async Task ScoresAndOrderAreThoseOfTheFormula(string function, string? kind, int dim)
    {
        var rng = new Random(dim);
        VectorStoreCollection<object, Dictionary<string, object?>> rows = Rows(function, kind, dim);
        await rows.EnsureCollectionExistsAsync();
        // Small whole numbers, so that Hamming and equal scores occur.
        float[][] vectors = [.. Enumerable.Range(0, 60).Select(_ => Enumerable.Range(0, dim).Select(_ => (float)rng.Next(1, 5)).ToArray())];
        await rows.UpsertAsync(vectors.Select((vector, id) => new Dictionary<string, object?> { ["Id"] = id, ["Vector"] = vector }));
        float[] query = [.. Enumerable.Range(0, dim).Select(_ => (float)rng.Next(1, 5))];
        (Func<float[], float[], double> value, bool higherIsBetter) = Oracle[function];
        double[] expected = [.. vectors.Select(vector => value(query, vector))];
        List<VectorSearchResult<Dictionary<string, object?>>> found = await rows.SearchAsync(query, 20).All();
        Assert.Equal(20, found.Count);
        foreach (VectorSearchResult<Dictionary<string, object?>> one in found)
            Assert.Equal(expected[(int)one.Record["Id"]!], one.Score!.Value, 3);
        double[] best = [.. (higherIsBetter ? expected.OrderDescending() : expected.Order()).Take(20)];
        for (int i = 0; i < best.Length; i++) Assert.Equal(best[i], found[i].Score!.Value, 3);

        double threshold = found[9].Score!.Value;
        List<VectorSearchResult<Dictionary<string,
        object?>>> cut = await rows.SearchAsync(query, 20, new() { ScoreThreshold = threshold }).All();
        Assert.InRange(cut.Count, 10, 20);
        Assert.All(cut, one => Assert.True(higherIsBetter ? one.Score >= threshold : one.Score <= threshold));
    }

    [Theory]
    [InlineData("L7Distance", null, "L7Distance")]
    [InlineData(null, "IvfFlat", "IvfFlat")]
    [InlineData(null, "DiskAnn", "DiskAnn")]
    [InlineData("ManhattanDistance", "Hnsw", "Flat")]
    public void WhatIsNotSupportedIsNamed(string? function, string? kind, string part) =>
        Assert.Contains(part, Assert.Throws<NotSupportedException>(() => Rows(function, kind, 3)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task AZeroVectorHasCosineZero()
    {
        VectorStoreCollection<object, Dictionary<string, object?>> rows = Rows(DistanceFunction.CosineSimilarity, null, 2);
        await rows.EnsureCollectionExistsAsync();
        await rows.UpsertAsync(new Dictionary<string, object?> { ["Id"] = 1, ["Vector"] = new float[] { 0, 0 } });
        Assert.Equal(0, Assert.Single(await rows.SearchAsync(new float[] { 1, 0 }, 1).All()).Score);
    }

    static VectorStoreCollection<object, Dictionary<string, object?>> Rows(string? function, string? kind, int dim) =>
        new RowanVectorStore().GetDynamicCollection("rows", new()
        {
            Properties =
            [
                new VectorStoreKeyProperty("Id", typeof(int)),
                new VectorStoreVectorProperty("Vector", typeof(float[]), dim) { DistanceFunction = function, IndexKind = kind },
            ],
        });

    static double Dot(float[] x, float[] y) => Sum(x, y, (a, b) => a * b);

    static double Sum(float[] x, float[] y, Func<double, double, double> of) => x.Zip(y, (a, b) => of(a, b)).Sum();
}
