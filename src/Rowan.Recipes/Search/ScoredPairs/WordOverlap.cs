using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>
/// The cosine of the idf-weighted words of two texts, a baseline without training:
/// Σ over shared words a_w·b_w·idf_w² / (|a|·|b|), with idf_w = ln(1 + N / (1 + n_w)), where n_w of N training texts have w.
/// </summary>
sealed class WordOverlap
{
    readonly Dictionary<string, float> _idf;
    readonly float _unseen;

    WordOverlap(Dictionary<string, float> idf, float unseen, LexicalAnalysis analysis) =>
        (_idf, _unseen, Analysis) = (idf, unseen, analysis);

    /// <summary>How texts are cut into words.</summary>
    public LexicalAnalysis Analysis { get; }

    /// <summary>Weighs words by the texts that they occur in.</summary>
    public static WordOverlap Of(IReadOnlyList<string> texts, LexicalAnalysis analysis)
    {
        var found = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string text in texts)
            foreach (string word in LexicalWords.Of(text, analysis).Distinct(StringComparer.Ordinal))
                found[word] = found.GetValueOrDefault(word) + 1;
        return new(found.ToDictionary(word => word.Key, word => Idf(texts.Count, word.Value), StringComparer.Ordinal),
            Idf(texts.Count, 0), analysis);
    }

    static float Idf(int texts, int found) => MathF.Log(1 + texts / (1f + found));

    /// <summary>The cosine, from 0 to 1; 0 where no word is shared.</summary>
    public float Cosine(string first, string second)
    {
        Dictionary<string, int> a = Counts(first), b = Counts(second);
        double shared = 0, aa = 0, bb = 0;
        foreach ((string word, int count) in a)
        {
            double weight = (double)Weight(word) * Weight(word);
            aa += weight * count * count;
            if (b.TryGetValue(word, out int other)) shared += weight * count * other;
        }
        foreach ((string word, int count) in b) bb += (double)Weight(word) * Weight(word) * count * count;
        return aa == 0 || bb == 0 ? 0 : (float)Math.Min(1, shared / Math.Sqrt(aa * bb));
    }

    /// <summary>The cosine of each pair.</summary>
    public float[] Cosines(IReadOnlyList<ScoredPair> pairs) => [.. pairs.Select(pair => Cosine(pair.First, pair.Second))];

    float Weight(string word) => _idf.GetValueOrDefault(word, _unseen);

    Dictionary<string, int> Counts(string text)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string word in LexicalWords.Of(text, Analysis)) counts[word] = counts.GetValueOrDefault(word) + 1;
        return counts;
    }

    /// <summary>The weight of each of the words, for a file.</summary>
    public float[] Weights(IReadOnlyList<string> words) => [.. words.Select(Weight), _unseen];

    /// <summary>What <see cref="Weights"/> gave.</summary>
    public static WordOverlap FromWeights(IReadOnlyList<string> words, ReadOnlySpan<float> weights, LexicalAnalysis analysis)
    {
        Require.Data(weights.Length == words.Count + 1,
            $"word overlap: {weights.Length} weights for {words.Count} words and unknown words");
        var idf = new Dictionary<string, float>(StringComparer.Ordinal);
        for (int i = 0; i < words.Count; i++) idf[words[i]] = weights[i];
        return new(idf, weights[^1], analysis);
    }
}
