using Rowan.Recipes;
using Rowan.Retrieval;

namespace Rowan.Extensions.AI;

/// <summary>The words of one property of all records, scored by BM25 as <see cref="Bm25"/> does. Rows come and go.</summary>
/// <remarks>Safe for readers as long as nobody changes it.</remarks>
sealed class TextColumn
{
    const float K1 = 1.2f, B = 0.75f;

    // Entries of removed rows cost time in every search; lists are cleaned when a third of the entries is of removed rows.
    const int RemovedShare = 3, LeastRemoved = 1_024;

    readonly Dictionary<string, List<(long Row, int Count)>> _postings = new(StringComparer.Ordinal);
    readonly Dictionary<long, (int Words, int Different)> _lengths = [];
    long _words, _entries, _removed;

    /// <summary>The words of a text and how often each occurs: what <see cref="Add"/> takes.</summary>
    public static Dictionary<string, int> WordsOf(string text)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string word in LexicalWords.Of(text, LexicalAnalysis.English)) counts[word] = counts.GetValueOrDefault(word) + 1;
        return counts;
    }

    /// <summary>Adds the words of a row; one without words is not counted as a document.</summary>
    public void Add(long row, Dictionary<string, int> words)
    {
        if (words.Count == 0) return;
        int length = words.Values.Sum();
        _lengths.Add(row, (length, words.Count));
        _words += length;
        _entries += words.Count;
        foreach ((string word, int count) in words)
        {
            if (!_postings.TryGetValue(word, out List<(long, int)>? list)) _postings.Add(word, list = []);
            list.Add((row, count));
        }
    }

    /// <summary>Removes a row; one that has no words is skipped.</summary>
    public void Remove(long row)
    {
        if (!_lengths.Remove(row, out (int Words, int Different) length)) return;
        _words -= length.Words;
        _removed += length.Different;
        if (_removed < LeastRemoved || _removed * RemovedShare < _entries) return;
        foreach (string word in _postings.Keys.ToArray())
        {
            List<(long Row, int Count)> list = _postings[word];
            _entries -= list.RemoveAll(entry => !_lengths.ContainsKey(entry.Row));
            if (list.Count == 0) _postings.Remove(word);
        }
        _removed = 0;
    }

    /// <summary>The scores of the rows that share a word with a query.</summary>
    /// <param name="query">Words or phrases; a word counts once.</param>
    /// <param name="passes">Which rows count; null for all.</param>
    public Dictionary<long, float> Score(IEnumerable<string> query, Func<long, bool>? passes)
    {
        var scores = new Dictionary<long, float>();
        float mean = _lengths.Count == 0 ? 1 : (float)_words / _lengths.Count;
        foreach (string word in query.SelectMany(text => WordsOf(text).Keys).Distinct(StringComparer.Ordinal))
        {
            if (!_postings.TryGetValue(word, out List<(long Row, int Count)>? list)) continue;
            int with = _removed == 0 ? list.Count : list.Count(entry => _lengths.ContainsKey(entry.Row));
            float idf = Bm25.Idf(_lengths.Count, with);
            foreach ((long row, int count) in list)
                if (_lengths.TryGetValue(row, out (int Words, int) length) && (passes is null || passes(row)))
                    scores[row] = scores.GetValueOrDefault(row)
                        + Bm25.Gain(idf, count, Bm25.LengthFactor(length.Words, mean, K1, B), K1);
        }
        return scores;
    }
}
