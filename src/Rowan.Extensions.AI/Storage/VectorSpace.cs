using Microsoft.Extensions.VectorData;
using Rowan.Numerics;
using Rowan.Retrieval;
using Kinds = Microsoft.Extensions.VectorData.IndexKind;

namespace Rowan.Extensions.AI;

/// <summary>The distance functions and kinds of index that vectors may have, and what they are here.</summary>
static class VectorSpace
{
    static readonly string[] Distances =
    [
        DistanceFunction.CosineSimilarity, DistanceFunction.CosineDistance, DistanceFunction.DotProductSimilarity,
        DistanceFunction.NegativeDotProductSimilarity, DistanceFunction.EuclideanDistance, DistanceFunction.EuclideanSquaredDistance,
        DistanceFunction.ManhattanDistance, DistanceFunction.HammingDistance,
    ];

    static readonly string[] Indexes = [Kinds.Flat, Kinds.QuantizedFlat, Kinds.Hnsw, Kinds.Dynamic];

    /// <summary>Refuses what is not supported.</summary>
    /// <exception cref="NotSupportedException">The distance function or the kind of index is unknown, or they do not go
    /// together.</exception>
    public static void Check(string property, string? distance, string? index)
    {
        if (distance is not null && !Distances.Contains(distance))
            throw new NotSupportedException($"Property '{property}': distance function '{distance}' is not supported; there are "
                + $"{string.Join(", ", Distances)}.");
        if (index is not null && !Indexes.Contains(index))
            throw new NotSupportedException($"Property '{property}': index kind '{index}' is not supported; there are "
                + $"{string.Join(", ", Indexes)}.");
        if (distance is not null && Metric(distance) is null && index is not null and not (Kinds.Flat or Kinds.Dynamic))
            throw new NotSupportedException($"Property '{property}': {distance} is compared row by row, so index kind '{index}' has no "
                + $"effect; use '{Kinds.Flat}'.");
    }

    /// <summary>The metric of <see cref="VectorIndex"/> that ranks as a distance function does; null where none does.</summary>
    public static IndexMetric? Metric(string distance) => distance switch
    {
        DistanceFunction.CosineSimilarity or DistanceFunction.CosineDistance => IndexMetric.Cosine,
        DistanceFunction.DotProductSimilarity or DistanceFunction.NegativeDotProductSimilarity => IndexMetric.DotProduct,
        DistanceFunction.EuclideanDistance or DistanceFunction.EuclideanSquaredDistance => IndexMetric.L2,
        _ => null,
    };

    /// <summary>The kind of index.</summary>
    public static Retrieval.IndexKind Kind(string index) => index switch
    {
        Kinds.Flat => Retrieval.IndexKind.Flat,
        Kinds.QuantizedFlat => Retrieval.IndexKind.Int8,
        Kinds.Hnsw => Retrieval.IndexKind.Graph,
        _ => Retrieval.IndexKind.Auto,
    };

    /// <summary>Whether a higher score is better.</summary>
    public static bool IsSimilarity(string distance) =>
        distance is DistanceFunction.CosineSimilarity or DistanceFunction.DotProductSimilarity;

    /// <summary>The score that a user sees, of one where higher is better.</summary>
    public static double Score(string distance, float better) => distance switch
    {
        DistanceFunction.CosineDistance => 1.0 - better,
        DistanceFunction.EuclideanSquaredDistance => (double)better * better,
        DistanceFunction.CosineSimilarity or DistanceFunction.DotProductSimilarity => better,
        // −0 would print as "-0".
        _ => better == 0 ? 0 : -better,
    };

    /// <summary>Whether a score is as good as a threshold or better.</summary>
    public static bool Passes(string distance, double score, double? threshold) =>
        threshold is not { } bound || (IsSimilarity(distance) ? score >= bound : score <= bound);

    /// <summary>How well two vectors match: higher is better.</summary>
    public static float Better(string distance, ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        switch (distance)
        {
            case DistanceFunction.CosineSimilarity or DistanceFunction.CosineDistance:
                float norms = MathF.Sqrt(RowMath.Dot(x, x)) * MathF.Sqrt(RowMath.Dot(y, y));
                return norms > 0 ? RowMath.Dot(x, y) / norms : 0;
            case DistanceFunction.DotProductSimilarity or DistanceFunction.NegativeDotProductSimilarity:
                return RowMath.Dot(x, y);
            case DistanceFunction.ManhattanDistance:
                float sum = 0;
                for (int i = 0; i < x.Length; i++) sum += MathF.Abs(x[i] - y[i]);
                return -sum;
            case DistanceFunction.HammingDistance:
                int differ = 0;
                for (int i = 0; i < x.Length; i++) differ += x[i] != y[i] ? 1 : 0;
                return -differ;
            default:
                float squares = 0;
                for (int i = 0; i < x.Length; i++) squares += (x[i] - y[i]) * (x[i] - y[i]);
                return -MathF.Sqrt(squares);
        }
    }
}
