using Rowan.Retrieval;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>
/// BM25 and vectors fused: score = (1 − w)·bm25 / max bm25 + w·(cos − min cos) / (max cos − min cos), with the extremes over all
/// documents of the question (a convex combination of normalized scores; Bruch et al., <i>An Analysis of Fusion Functions for Hybrid
/// Retrieval</i>, 2023).
/// </summary>
/// <remarks>w = 0 ranks as BM25 alone, w = 1 as the vectors alone.</remarks>
sealed class FusedIndex(LexicalIndex lexical, PiecewiseIndex vectors)
{
    /// <summary>Weights that are tried on validation questions.</summary>
    public static IReadOnlyList<float> Weights { get; } = [0, 0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f, 0.7f, 0.8f, 0.9f, 1];

    /// <summary>The weight without validation questions.</summary>
    public const float DefaultWeight = 0.3f;

    /// <summary>BM25.</summary>
    public LexicalIndex Lexical => lexical;

    /// <summary>Vectors.</summary>
    public PiecewiseIndex Vectors => vectors;

    /// <summary>Documents.</summary>
    public int Count => lexical.Bm25.Count;

    /// <summary>The scores of every document by BM25 and by cosine.</summary>
    public void Score(string question, ReadOnlyMemory<float> vector, float[] bm25, float[] cosines)
    {
        lexical.Score(question, bm25);
        vectors.Score(vector, cosines);
    }

    /// <summary>Fused scores.</summary>
    public static void Fuse(ReadOnlySpan<float> bm25, ReadOnlySpan<float> cosines, float weight, Span<float> fused)
    {
        float most = 0, low = float.PositiveInfinity, high = float.NegativeInfinity;
        foreach (float score in bm25) most = Math.Max(most, score);
        foreach (float cosine in cosines) (low, high) = (Math.Min(low, cosine), Math.Max(high, cosine));
        float perBm25 = most > 0 ? (1 - weight) / most : 0, perCosine = high > low ? weight / (high - low) : 0;
        for (int i = 0; i < fused.Length; i++) fused[i] = bm25[i] * perBm25 + (cosines[i] - low) * perCosine;
    }

    /// <summary>The weight with the best mean reciprocal rank on questions; of equal ones the smallest.</summary>
    public float Choose(IReadOnlyList<SearchQuestion> questions, Func<string, ReadOnlyMemory<float>> vectorOf)
    {
        if (questions.Count == 0) return DefaultWeight;
        RankingMetrics[] metrics = [.. Weights.Select(_ => new RankingMetrics(10))];
        float[] bm25 = new float[Count], cosines = new float[Count], fused = new float[Count];
        foreach (SearchQuestion question in questions)
        {
            Score(question.Text, vectorOf(question.Text), bm25, cosines);
            for (int w = 0; w < metrics.Length; w++)
            {
                Fuse(bm25, cosines, Weights[w], fused);
                question.AddTo(metrics[w], fused);
            }
        }
        int best = 0;
        for (int w = 1; w < metrics.Length; w++)
            if (metrics[w].MeanReciprocalRank > metrics[best].MeanReciprocalRank) best = w;
        return Weights[best];
    }

    /// <summary>Metrics of the fusion, of BM25 alone and of the vectors alone.</summary>
    public (RankingMetrics Fused, RankingMetrics Bm25, RankingMetrics Vectors) Measure(
        IReadOnlyList<SearchQuestion> questions, Func<string, ReadOnlyMemory<float>> vectorOf, float weight, IReadOnlyList<int> cutoffs)
    {
        float[] bm25 = new float[Count], cosines = new float[Count], scores = new float[Count];
        var (fused, lexicalOnly, vectorsOnly) = (new RankingMetrics(cutoffs), new RankingMetrics(cutoffs), new RankingMetrics(cutoffs));
        foreach (SearchQuestion question in questions)
        {
            Score(question.Text, vectorOf(question.Text), bm25, cosines);
            Fuse(bm25, cosines, weight, scores);
            question.AddTo(fused, scores);
            question.AddTo(lexicalOnly, bm25);
            question.AddTo(vectorsOnly, cosines);
        }
        return (fused, lexicalOnly, vectorsOnly);
    }
}
