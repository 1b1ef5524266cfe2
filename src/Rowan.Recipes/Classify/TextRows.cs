using Rowan.Data;
using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>Words of the texts that have no row: each has a code and its character n-grams.</summary>
sealed class UnknownWords
{
    readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    readonly List<int[]> _ngrams = [];

    /// <summary>The n-grams of an unknown word.</summary>
    public int[] this[int number] => _ngrams[number];

    public int Add(ReadOnlySpan<char> word, Subwords subwords)
    {
        if (_numbers.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(word, out int number)) return number;
        _ngrams.Add(TextRows.NgramsOf(word, subwords));
        return _numbers[word.ToString()] = _ngrams.Count - 1;
    }
}

/// <summary>
/// Encodes texts as rows of one table: row 0 is padding, row 1 the unknown word, then come the words, then the buckets of word n-grams.
/// Bags use words and word n-grams, and leave unknown words out; sequences use only words. The texts of an ensemble hold the codes of
/// both, and each model picks its own. With character n-grams, the code of an unknown
/// word is beyond all rows and identifies its n-grams; a negative code is a known word that is read as unknown, except for its n-grams.
/// </summary>
/// <remarks>Settings that depend on the data are chosen first, by <see cref="ClassifySizes"/>.</remarks>
sealed class TextRows
{
    public const int Filler = 0, Unknown = 1, FirstWord = 2;

    readonly ClassifySettings _settings;
    readonly bool _bag;
    readonly Subwords? _subwords;
    readonly int[][] _ngrams = [];

    public TextRows(Vocabulary words, ClassifySettings settings)
    {
        (Words, _settings, _bag) = (words, settings, settings.HasBag);
        if (!settings.Subwords) return;
        _subwords = new Subwords(settings.Buckets!.Value, settings.ShortestNgram, settings.LongestNgram);
        _ngrams = [.. words.Words.Select(word => NgramsOf(word, _subwords))];
    }

    /// <summary>Words with a row of their own.</summary>
    public Vocabulary Words { get; }

    /// <summary>Rows of the table of a model that reads words in order.</summary>
    public long SequenceRows => FirstWord + Words.Count;

    /// <summary>Whether the codes of a text are for a bag and for a model that reads words in order.</summary>
    public bool IsMixed => _settings is { HasBag: true, HasSequence: true };

    /// <summary>Whether a code is a row that bags read.</summary>
    public bool IsInBag(int code) => code >= FirstWord && code < Rows;

    /// <summary>Whether a code is the bucket of a word n-gram.</summary>
    public bool IsWordNgram(int code) => code >= SequenceRows && code < Rows;

    /// <summary>Rows of the table of a bag; the codes of unknown words begin after them.</summary>
    public long Rows => FirstWord + Words.Count + (_bag && _settings.Ngrams > 1 ? _settings.Buckets!.Value : 0);

    /// <summary>The row of a token code.</summary>
    public int RowOf(int code) => code < 0 || code >= Rows ? Unknown : code;

    /// <summary>The n-grams of a token code; none for padding.</summary>
    public int[] NgramsOf(int code, UnknownWords unknown)
    {
        int word = Math.Abs(code);
        return word >= Rows ? unknown[(int)(word - Rows)] : word < FirstWord ? [] : _ngrams[word - FirstWord];
    }

    /// <summary>The buckets of a word's n-grams.</summary>
    public static int[] NgramsOf(ReadOnlySpan<char> word, Subwords subwords)
    {
        var ids = new List<long>();
        subwords.AddTo(ids, word, 0);
        return [.. ids.Select(id => (int)id)];
    }

    /// <summary>Appends the token codes of a text to a list.</summary>
    /// <param name="text">The text.</param>
    /// <param name="into">Receives the codes.</param>
    /// <param name="unknown">Receives words without a row, if words have character n-grams.</param>
    /// <returns>Tokens of the text, and those among them that have a row of their own.</returns>
    public (int Tokens, int Known) Encode(ReadOnlySpan<char> text, List<int> into, UnknownWords unknown)
    {
        var ids = new Encoded(this, into, unknown);
        TextTokenStream.Read(text, _settings.Tokens, _settings.Length, ref ids);
        return (ids.All, ids.Known);
    }

    /// <summary>Words as rows, and the word n-grams that end in each.</summary>
    struct Encoded(TextRows rows, List<int> into, UnknownWords unknown) : ITokenSink
    {
        readonly WordRuns? _runs = rows._bag && rows._settings.Ngrams > 1 ? new WordRuns(rows._settings.Ngrams!.Value) : null;

        public int All { get; private set; }

        public int Known { get; private set; }

        public void Add(ReadOnlySpan<char> token, TokenKind kind)
        {
            All++;
            if (rows.Words.TryGetId(token, out long id))
            {
                Known++;
                into.Add(FirstWord + (int)id);
            }
            else if (rows._subwords is not null) into.Add(checked((int)rows.Rows + unknown.Add(token, rows._subwords)));
            else if (rows._settings.HasSequence) into.Add(Unknown);
            if (_runs is null) return;
            foreach (ulong run in _runs.EndingIn(token))
                into.Add(checked(FirstWord + (int)rows.Words.Count + (int)(run % (ulong)rows._settings.Buckets!.Value)));
        }
    }
}
