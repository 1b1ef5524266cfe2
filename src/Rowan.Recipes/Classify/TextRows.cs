using System.Globalization;
using Rowan.Data;
using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>
/// Text to rows of one table: row 0 fills up, row 1 stands for unknown words, then come the words, then the buckets that runs of words share. Bags take words and runs, and
/// leave unknown words out; sequences take words alone.
/// </summary>
sealed class TextRows(Vocabulary words, ClassifySettings settings)
{
    public const int Filler = 0, Unknown = 1, FirstWord = 2;

    readonly bool _bag = settings.Model == ClassifyModelKind.Bag;

    /// <summary>Words with a row of their own.</summary>
    public Vocabulary Words => words;

    /// <summary>Rows of the table.</summary>
    public long Rows => FirstWord + words.Count + (_bag && settings.Ngrams > 1 ? settings.Buckets : 0);

    /// <summary>Adds the rows of a text to a list.</summary>
    public void Encode(ReadOnlySpan<char> text, List<int> into)
    {
        var ids = new Tokens(this, settings, into, _bag);
        Split(text, settings.Tokens, settings.Length, ref ids);
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
    struct Tokens(TextRows rows, ClassifySettings settings, List<int> into, bool bag) : ITokens
    {
        readonly ulong[] _last = new ulong[Math.Max(1, settings.Ngrams)];
        int _count;

        public void Add(ReadOnlySpan<char> token)
        {
            bool known = rows.Words.TryGetId(token, out long id);
            if (known) into.Add(FirstWord + (int)id);
            else if (!bag) into.Add(Unknown);
            if (!bag || settings.Ngrams < 2) return;
            ulong hash = 14_695_981_039_346_656_037;
            foreach (char c in token) hash = (hash ^ c) * 1_099_511_628_211;
            // The run of n words that ends here, as a mix of its words' hashes in order.
            ulong run = hash;
            for (int n = 2; n <= settings.Ngrams && n <= _count + 1; n++)
            {
                run = Shuffle.Mix(run, _last[(_count + 1 - n) % settings.Ngrams]);
                into.Add(checked(FirstWord + (int)rows.Words.Count + (int)(run % (ulong)settings.Buckets)));
            }
            _last[_count++ % settings.Ngrams] = hash;
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
