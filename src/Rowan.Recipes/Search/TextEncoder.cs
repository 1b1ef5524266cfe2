using Rowan.Data;

namespace Rowan.Recipes;

/// <summary>
/// Text to rows of one table: a word of the vocabulary has a row of its own; a rarer or unknown one stands for its character n-grams,
/// whose rows follow.
/// </summary>
/// <param name="Vocabulary">Words with a row.</param>
/// <param name="Subwords">N-grams of all other words.</param>
public sealed record TextEncoder(Vocabulary Vocabulary, Subwords Subwords)
{
    /// <summary>Rows the table needs.</summary>
    public long Rows => Vocabulary.Count + Subwords.Buckets;

    /// <summary>The rows of a text, in order.</summary>
    public long[] Encode(string text)
    {
        var ids = new List<long>();
        foreach (string word in TextTokenizer.Words(text, wholeIdentifiers: true))
            if (Vocabulary.TryGetId(word, out long id)) ids.Add(id);
            else Subwords.AddTo(ids, word, Vocabulary.Count);
        return [.. ids];
    }
}
