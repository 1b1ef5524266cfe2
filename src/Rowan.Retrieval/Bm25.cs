using System.Runtime.InteropServices;
using Rowan.Numerics;

namespace Rowan.Retrieval;

/// <summary>
/// Okapi BM25 over an inverted index: score(q, d) = Σ over words w of q of ln(1 + (N − n_w + ½)/(n_w + ½)) · f·(k₁ + 1) / (f + k₁·(1 − b
/// + b·|d|/mean)), where f counts w in d, and n_w the documents with w. (Robertson and Zaragoza 2009; the idf of Lucene, which is never
/// negative.)
/// </summary>
/// <remarks>Safe for use from several threads at once.</remarks>
public sealed class Bm25
{
    const int CountBits = 16;
    const string PostingsName = "postings", StartsName = "starts", LengthsName = "lengths";

    readonly Dictionary<string, int> _ids;
    readonly string[] _terms;
    readonly long[] _starts, _postings, _lengths;
    readonly float[] _lengthFactor;

    /// <param name="documents">The words of each document.</param>
    /// <param name="k1">How soon further occurrences of a word stop counting.</param>
    /// <param name="b">How much a document's length counts, from 0 to 1.</param>
    public Bm25(IReadOnlyList<IReadOnlyList<string>> documents, float k1 = 1.2f, float b = 0.75f)
    {
        ArgumentNullException.ThrowIfNull(documents);
        _ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var (lists, counts) = (new List<List<long>>(), new Dictionary<int, int>());
        _lengths = new long[documents.Count];
        for (int d = 0; d < documents.Count; d++)
        {
            _lengths[d] = documents[d].Count;
            counts.Clear();
            foreach (string word in documents[d])
            {
                if (!_ids.TryGetValue(word, out int id))
                {
                    _ids.Add(word, id = lists.Count);
                    lists.Add([]);
                }
                CollectionsMarshal.GetValueRefOrAddDefault(counts, id, out _)++;
            }
            foreach ((int id, int count) in counts) lists[id].Add(Packed(d, count));
        }
        _terms = [.. _ids.OrderBy(term => term.Value).Select(term => term.Key)];
        _starts = new long[lists.Count + 1];
        for (int id = 0; id < lists.Count; id++) _starts[id + 1] = _starts[id] + lists[id].Count;
        _postings = [.. lists.SelectMany(list => list)];
        (K1, B) = (k1, b);
        _lengthFactor = Factors();
    }

    Bm25(string[] terms, Dictionary<string, int> ids, long[] starts, long[] postings, long[] lengths, float k1, float b)
    {
        (_terms, _ids, _starts, _postings, _lengths, K1, B) = (terms, ids, starts, postings, lengths, k1, b);
        _lengthFactor = Factors();
    }

    /// <summary>How soon further occurrences of a word stop counting.</summary>
    public float K1 { get; }

    /// <summary>How much a document's length counts, from 0 to 1.</summary>
    public float B { get; }

    /// <summary>Documents.</summary>
    public int Count => _lengths.Length;

    /// <summary>The different words of the documents, in the order of their first occurrence.</summary>
    public IReadOnlyList<string> Terms => _terms;

    /// <summary>The same documents, scored with another k₁ and b. Nothing is copied.</summary>
    public Bm25 With(float k1, float b) => new(_terms, _ids, _starts, _postings, _lengths, k1, b);

    /// <summary>The index without its words: postings, where those of each word start, and the lengths of the documents.</summary>
    public StateDict StateDict() => new(
    [
        StateEntry.Over(PostingsName, [_postings.Length], _postings), StateEntry.Over(StartsName, [_starts.Length], _starts),
        StateEntry.Over(LengthsName, [_lengths.Length], _lengths),
    ]);

    /// <summary>The index that <see cref="StateDict"/> wrote.</summary>
    /// <param name="terms">The words, as <see cref="Terms"/> gave them.</param>
    /// <param name="state">The index.</param>
    /// <param name="k1">How soon further occurrences of a word stop counting.</param>
    /// <param name="b">How much a document's length counts, from 0 to 1.</param>
    /// <exception cref="InvalidDataException">The parts do not match.</exception>
    public static Bm25 FromState(IReadOnlyList<string> terms, StateDict state, float k1, float b)
    {
        ArgumentNullException.ThrowIfNull(terms);
        ArgumentNullException.ThrowIfNull(state);
        long[] starts = Integers(state, StartsName), postings = Integers(state, PostingsName), lengths = Integers(state, LengthsName);
        Require.Data(starts.Length == terms.Count + 1 && starts[0] == 0 && starts[^1] == postings.Length,
            $"Bm25: {terms.Count} words, {starts.Length} starts and {postings.Length} postings do not match");
        for (int i = 0; i < terms.Count; i++)
            Require.Data(starts[i] <= starts[i + 1], $"Bm25: the postings of word {i} end before they start");
        foreach (long posting in postings)
            Require.Data((ulong)posting >> CountBits < (ulong)lengths.Length,
                $"Bm25: a posting names document {posting >> CountBits} of {lengths.Length}");
        var ids = new Dictionary<string, int>(terms.Count, StringComparer.Ordinal);
        for (int i = 0; i < terms.Count; i++) Require.Data(ids.TryAdd(terms[i], i), $"Bm25: the word '{terms[i]}' occurs twice");
        return new Bm25([.. terms], ids, starts, postings, lengths, k1, b);
    }

    /// <summary>The score of every document; 0 where no word of the query occurs.</summary>
    public void Score(IEnumerable<string> query, Span<float> scores)
    {
        ArgumentNullException.ThrowIfNull(query);
        Require.That(scores.Length == Count, $"Bm25: {scores.Length} scores for {Count} documents", nameof(scores));
        scores.Clear();
        foreach (string word in query)
        {
            if (!_ids.TryGetValue(word, out int id)) continue;
            ReadOnlySpan<long> postings = _postings.AsSpan((int)_starts[id], (int)(_starts[id + 1] - _starts[id]));
            float idf = Idf(Count, postings.Length);
            foreach (long posting in postings)
            {
                var (document, count) = ((int)(posting >> CountBits), (int)(posting & ((1 << CountBits) - 1)));
                scores[document] += Gain(idf, count, _lengthFactor[document], K1);
            }
        }
    }

    /// <summary>The best documents that share a word with the query.</summary>
    public Match[] Search(IEnumerable<string> query, int count)
    {
        var scores = new float[Count];
        Score(query, scores);
        var best = new TopK(count);
        for (int d = 0; d < scores.Length; d++)
            if (scores[d] > 0) best.Add(d, scores[d]);
        return best.Take();
    }

    static long Packed(int document, int count) => (long)document << CountBits | (long)Math.Min(count, (1 << CountBits) - 1);

    static long[] Integers(StateDict state, string name)
    {
        StateEntry entry = state[name];
        var numbers = new long[entry.Count];
        entry.Read(0, numbers.AsSpan());
        return numbers;
    }

    /// <summary>k₁·(1 − b + b·|d|/mean) of each document.</summary>
    float[] Factors()
    {
        Require.InRange(K1 >= 0, $"Bm25: k1 {K1}; it must not be negative", "k1");
        Require.InRange(B is >= 0 and <= 1, $"Bm25: b {B}; it must be from 0 to 1", "b");
        double mean = Count == 0 ? 1 : Math.Max(1e-9, _lengths.Average());
        return [.. _lengths.Select(length => LengthFactor(length, mean, K1, B))];
    }

    /// <summary>ln(1 + (N − n_w + ½)/(n_w + ½)).</summary>
    internal static float Idf(int documents, int with) => MathF.Log(1 + (documents - with + 0.5f) / (with + 0.5f));

    /// <summary>idf·f·(k₁ + 1) / (f + factor), where the factor is that of the document's length.</summary>
    internal static float Gain(float idf, int count, float lengthFactor, float k1) => idf * count * (k1 + 1) / (count + lengthFactor);

    /// <summary>k₁·(1 − b + b·|d|/mean).</summary>
    internal static float LengthFactor(long length, double mean, float k1, float b) => (float)(k1 * (1 - b + b * length / mean));
}
