using Rowan.Data;

namespace Rowan.Recipes;

/// <summary>How texts are cut into words for BM25.</summary>
enum LexicalAnalysis
{
    /// <summary>The words as they are.</summary>
    Words,

    /// <summary>English stems, without stop words.</summary>
    English,
}

/// <summary>Text to words for BM25.</summary>
static class LexicalWords
{
    // Function words that say nothing about the subject of an English text.
    static readonly HashSet<string> StopWords =
        new(("a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was "
        + "will with "
        + "from has have had its were which been do does did can").Split(' '), StringComparer.Ordinal);

    /// <summary>The words of a text.</summary>
    public static List<string> Of(string text, LexicalAnalysis analysis)
    {
        List<string> words = TextTokenizer.Words(text, wholeIdentifiers: true);
        if (analysis == LexicalAnalysis.Words) return words;
        var stems = new List<string>(words.Count);
        foreach (string word in words)
            if (!StopWords.Contains(word)) stems.Add(EnglishStemmer.Stem(word));
        // A text of stop words alone, such as "to be or not to be", keeps them.
        return stems.Count > 0 ? stems : words;
    }
}
