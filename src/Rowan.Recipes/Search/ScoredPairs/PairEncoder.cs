namespace Rowan.Recipes;

/// <summary>Text to rows: the words of the word overlap, so that stems share a row, through a <see cref="SearchEncoder"/>.</summary>
/// <param name="Rows">Words to rows.</param>
/// <param name="Analysis">How texts are cut into words.</param>
sealed record PairEncoder(SearchEncoder Rows, LexicalAnalysis Analysis)
{
    /// <summary>The rows of a text, in order; at most as many as count in the search task.</summary>
    public long[] Encode(string text) => Rows.Encode(WordsOf(text, Analysis));

    /// <summary>The words of a text, separated by spaces.</summary>
    public static string WordsOf(string text, LexicalAnalysis analysis) => string.Join(' ', LexicalWords.Of(text, analysis));
}
