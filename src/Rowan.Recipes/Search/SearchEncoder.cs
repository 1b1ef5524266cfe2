using Rowan.Data;
using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>
/// Text to rows of one table. Either words: a word of the vocabulary has a row of its own; a rarer or unknown one stands for its character
/// n-grams, whose rows follow. Or the tokens of a static encoder.
/// </summary>
sealed class SearchEncoder
{
    const int LongestText = 96;        // Rows of one text that count: articles run to thousands of words.
    const float Deviation = 0.1f;

    readonly Subwords? _subwords;

    /// <summary>Words and n-grams.</summary>
    /// <param name="vocabulary">Words with a row.</param>
    /// <param name="subwords">N-grams of all other words.</param>
    public SearchEncoder(Vocabulary vocabulary, Subwords subwords) =>
        (Vocabulary, _subwords, Buckets) = (vocabulary, subwords, subwords.Buckets);

    /// <summary>The tokens of a static encoder.</summary>
    public SearchEncoder(StaticEncoder encoder)
    {
        Static = encoder.Weights is null && encoder.Mapping is null ? encoder : encoder.RowPerToken();
        Vocabulary = new Vocabulary(Enumerable.Range(0, (int)Static.Rows.Count)
            .Select(id => (id < encoder.Tokenizer.Count ? encoder.Tokenizer[id] : null) ?? $"[row {id}]"));
    }

    /// <summary>Words, or tokens.</summary>
    public Vocabulary Vocabulary { get; }

    /// <summary>Rows that n-grams share.</summary>
    public long Buckets { get; }

    /// <summary>The static encoder; null for words.</summary>
    public StaticEncoder? Static { get; }

    /// <summary>Vectors that the words begin with; null for random ones.</summary>
    public PretrainedRows? Pretrained { get; init; }

    /// <summary>Rows the table needs.</summary>
    public long Rows => Vocabulary.Count + Buckets;

    /// <summary>The rows of a text, in order, as far as they count.</summary>
    public long[] Encode(string text)
    {
        if (Static is not null) return Static.RowsOf(text);
        var ids = new List<long>();
        foreach (string word in TextTokenizer.Words(text, wholeIdentifiers: true))
            if (Vocabulary.TryGetId(word, out long id)) ids.Add(id);
            else _subwords!.AddTo(ids, word, Vocabulary.Count);
        if (ids.Count > LongestText) ids.RemoveRange(LongestText, ids.Count - LongestText);
        return [.. ids];
    }

    /// <summary>
    /// Writes the static encoder's rows into a table, scaled to the deviation that rows begin with, so that learning rates mean the same.
    /// Cosines stay as they are.
    /// </summary>
    public void CopyStartTo(Table table)
    {
        var values = new float[checked((int)(Static!.Rows.Count * Static.Dim))];
        Static.Rows.ReadValues(0, values);
        double squares = 0;
        foreach (float value in values) squares += (double)value * value;
        double deviation = Math.Sqrt(squares / values.Length);
        if (deviation > 0) RowMath.Scale(values, (float)(Deviation / deviation));
        table.CopyFrom(values);
    }
}
