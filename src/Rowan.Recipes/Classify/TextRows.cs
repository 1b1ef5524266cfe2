using System.Globalization;
using Rowan.Data;
using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>Words that stand in texts and have no row, each with the number that stands for it, and its n-grams of characters.</summary>
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
/// Text to rows of one table: row 0 fills up, row 1 stands for unknown words, then come the words, then the buckets that runs of words share. Bags take words and runs, and
/// leave unknown words out; sequences take words alone. With n-grams of characters an unknown word is a number beyond all rows, by which its n-grams are found; a word that is to be
/// read as unknown, n-grams apart, is its row's negative.
/// </summary>
sealed class TextRows
{
    public const int Filler = 0, Unknown = 1, FirstWord = 2;

    readonly ClassifySettings _settings;
    readonly bool _bag;
    readonly Subwords? _subwords;
    readonly int[][] _ngrams = [];

    /// <exception cref="ArgumentException">N-grams of characters for a bag, or the longest shorter than the shortest.</exception>
    public TextRows(Vocabulary words, ClassifySettings settings)
    {
        (Words, _settings, _bag) = (words, settings, settings.Model == ClassifyModelKind.Bag);
        if (!settings.Subwords) return;
        Require.That(!_bag, $"--subwords: a bag has runs of words (--ngrams); n-grams of characters are for the other models");
        Require.That(settings.LongestNgram >= settings.ShortestNgram, $"--longest-ngram {settings.LongestNgram}: it is shorter than --shortest-ngram {settings.ShortestNgram}");
        _subwords = new Subwords(settings.Buckets, settings.ShortestNgram, settings.LongestNgram);
        _ngrams = [.. words.Words.Select(word => NgramsOf(word, _subwords))];
    }

    /// <summary>Words with a row of their own.</summary>
    public Vocabulary Words { get; }

    /// <summary>Rows of the table.</summary>
    public long Rows => FirstWord + Words.Count + (_bag && _settings.Ngrams > 1 ? _settings.Buckets : 0);

    /// <summary>The row of what stands in a text.</summary>
    public int RowOf(int code) => code < 0 || code >= Rows ? Unknown : code;

    /// <summary>The n-grams of what stands in a text; none for what fills up.</summary>
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

    /// <summary>Adds what stands in a text to a list.</summary>
    /// <param name="text">The text.</param>
    /// <param name="into">Rows, or numbers beyond them.</param>
    /// <param name="unknown">Takes what has no row, where words have n-grams.</param>
    public void Encode(ReadOnlySpan<char> text, List<int> into, UnknownWords unknown)
    {
        var ids = new Tokens(this, into, unknown);
        Split(text, _settings.Tokens, _settings.Length, ref ids);
    }

    /// <summary>Counts the words of a text.</summary>
    public static void Count(ReadOnlySpan<char> text, ClassifySettings settings, ValueCounter counter)
    {
        var counted = new Counted(counter);
        Split(text, settings.Tokens, settings.Length, ref counted);
    }

    interface ITokens
    {
        void Add(ReadOnlySpan<char> token);
    }

    readonly struct Counted(ValueCounter counter) : ITokens
    {
        public void Add(ReadOnlySpan<char> token) => counter.Add(token);
    }

    /// <summary>Words as rows, and the runs that end in each.</summary>
    struct Tokens(TextRows rows, List<int> into, UnknownWords unknown) : ITokens
    {
        readonly ulong[] _last = new ulong[Math.Max(1, rows._settings.Ngrams)];
        int _count;

        public void Add(ReadOnlySpan<char> token)
        {
            bool known = rows.Words.TryGetId(token, out long id);
            if (known) into.Add(FirstWord + (int)id);
            else if (rows._subwords is not null) into.Add(checked((int)rows.Rows + unknown.Add(token, rows._subwords)));
            else if (!rows._bag) into.Add(Unknown);
            int ngrams = rows._settings.Ngrams;
            if (!rows._bag || ngrams < 2) return;
            ulong hash = 14_695_981_039_346_656_037;
            foreach (char c in token) hash = (hash ^ c) * 1_099_511_628_211;
            // The run of n words that ends here, as a mix of its words' hashes in order.
            ulong run = hash;
            for (int n = 2; n <= ngrams && n <= _count + 1; n++)
            {
                run = Shuffle.Mix(run, _last[(_count + 1 - n) % ngrams]);
                into.Add(checked(FirstWord + (int)rows.Words.Count + (int)(run % (ulong)rows._settings.Buckets)));
            }
            _last[_count++ % ngrams] = hash;
        }
    }

    static void Split<TTokens>(ReadOnlySpan<char> text, TextTokens kind, int most, ref TTokens into) where TTokens : struct, ITokens
    {
        Span<char> lower = stackalloc char[128];
        int count = 0;
        for (int start = 0, end; start < text.Length && count < most; start = end)
        {
            end = start + 1;
            char first = text[start];
            if (kind == TextTokens.Characters)
            {
                into.Add(text.Slice(start, 1));
                count++;
                continue;
            }
            if (char.IsWhiteSpace(first)) continue;
            if (kind == TextTokens.Spaces)
                while (end < text.Length && !char.IsWhiteSpace(text[end])) end++;
            else if (char.IsLetterOrDigit(first))
                while (end < text.Length && (char.IsLetterOrDigit(text[end]) || (text[end] == '\'' && end + 1 < text.Length && char.IsLetter(text[end + 1])))) end++;
            else if (first is not ('!' or '?')) continue;
            ReadOnlySpan<char> token = text[start..end];
            if (token.Length > lower.Length) into.Add(token.ToString().ToLower(CultureInfo.InvariantCulture));
            else
            {
                token.ToLowerInvariant(lower);
                into.Add(lower[..token.Length]);
            }
            count++;
        }
    }
}
