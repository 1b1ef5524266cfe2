using Rowan.Numerics;

namespace Rowan.Retrieval;

/// <summary>
/// Okapi BM25 over an inverted index:  score(q, d) = Σ over words w of q of ln(1 + (N − n_w + ½)/(n_w + ½)) · f·(k₁ + 1) / (f + k₁·(1 − b + b·|d|/mean)),
/// where f counts w in d, and n_w the documents with w.  (Robertson and Zaragoza 2009; the idf of Lucene, which is never negative.)
/// </summary>
public sealed class Bm25
{
    readonly Dictionary<string, List<(int Document, int Count)>> _postings = new(StringComparer.Ordinal);
    readonly float[] _lengthFactor;
    readonly float _k1;

    /// <param name="documents">The words of each document.</param>
    /// <param name="k1">How soon further occurrences of a word stop counting.</param>
    /// <param name="b">How much a document's length counts, from 0 to 1.</param>
    public Bm25(IReadOnlyList<IReadOnlyList<string>> documents, float k1 = 1.2f, float b = 0.75f)
    {
        ArgumentNullException.ThrowIfNull(documents);
        Require.InRange(k1 >= 0, $"Bm25: k1 {k1}; it is not negative", nameof(k1));
        Require.InRange(b is >= 0 and <= 1, $"Bm25: b {b}; it runs from 0 to 1", nameof(b));
        _k1 = k1;
        double mean = documents.Count == 0 ? 1 : Math.Max(1e-9, documents.Average(document => (double)document.Count));
        _lengthFactor = [.. documents.Select(document => (float)(k1 * (1 - b + b * document.Count / mean)))];
        for (int d = 0; d < documents.Count; d++)
            foreach (var word in documents[d].CountBy(word => word, StringComparer.Ordinal))
            {
                if (!_postings.TryGetValue(word.Key, out var postings)) _postings.Add(word.Key, postings = []);
                postings.Add((d, word.Value));
            }
    }

    /// <summary>The score of every document; 0 where no word of the query stands.</summary>
    public void Score(IEnumerable<string> query, Span<float> scores)
    {
        ArgumentNullException.ThrowIfNull(query);
        Require.That(scores.Length == _lengthFactor.Length, $"Bm25: {scores.Length} scores for {_lengthFactor.Length} documents", nameof(scores));
        scores.Clear();
        foreach (string word in query)
        {
            if (!_postings.TryGetValue(word, out var postings)) continue;
            float idf = MathF.Log(1 + (_lengthFactor.Length - postings.Count + 0.5f) / (postings.Count + 0.5f));
            foreach ((int document, int count) in postings)
                scores[document] += idf * count * (_k1 + 1) / (count + _lengthFactor[document]);
        }
    }

    /// <summary>The best documents that share a word with the query.</summary>
    public Match[] Search(IEnumerable<string> query, int count)
    {
        var scores = new float[_lengthFactor.Length];
        Score(query, scores);
        var best = new TopK(count);
        for (int d = 0; d < scores.Length; d++)
            if (scores[d] > 0) best.Add(d, scores[d]);
        return best.Take();
    }
}
