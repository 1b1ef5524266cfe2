using System.Runtime.InteropServices;
using Rowan.Data;

namespace Rowan.Recipes;

delegate void WordAction(ReadOnlySpan<char> word);

/// <summary>
/// The words of a text, and pairs of words that are one: score(a, b) = (count(ab) − δ)·n / (count(a)·count(b)) above a threshold (Mikolov
/// et al. 2013), joined by "_".
/// </summary>
/// <param name="kind">What a word is.</param>
/// <param name="known">Pairs that are one from the start.</param>
sealed class WordPhrases(TextTokens kind, IEnumerable<string>? known)
{
    readonly HashSet<string> _known = new(known ?? [], StringComparer.Ordinal);

    /// <summary>Words so far that are characters of a script without spaces between words.</summary>
    public long Characters { get; private set; }

    /// <summary>The last such script; empty before the first.</summary>
    public string Script { get; private set; } = "";

    /// <summary>Learns pairs from the words of a text.</summary>
    public void Learn(DataSource source, ColumnSchema text, ValueCounter words, WordsSettings settings, CancellationToken stop)
    {
        var pairs = new Dictionary<(string, string), long>();
        string? before = null;
        // A word that is too rare for a vector of its own makes no phrase: few different strings stay.
        var interned = new Dictionary<string, string>(StringComparer.Ordinal);
        var bySpan = interned.GetAlternateLookup<ReadOnlySpan<char>>();
        Each(source, text, stop, word =>
        {
            string? now = null;
            if (words[word] >= settings.MinCount && !bySpan.TryGetValue(word, out now)) interned.Add(now = word.ToString(), now);
            if (before is not null && now is not null) CollectionsMarshal.GetValueRefOrAddDefault(pairs, (before, now), out _)++;
            before = now;
        }, () => before = null);
        foreach (((string first, string second), long count) in pairs)
            if ((double)(count - settings.MinCount!.Value) * words.Total / (
                (double)words[first] * words[second]) > settings.PhraseThreshold) _known.Add($"{first}_{second}");
    }

    /// <summary>Goes through the words of all lines, pairs that are one joined, from the left.</summary>
    public void Each(DataSource source, ColumnSchema text, CancellationToken stop, WordAction word, Action lineEnd)
    {
        using RecordReader reader = source.Open();
        int column = reader.Column(text.Name);
        var words = new Joined(this, word);
        long lines = 0;
        Characters = 0;
        while (reader.Read())
        {
            if (lines++ % 1_024 == 0) stop.ThrowIfCancellationRequested();
            ReadOnlySpan<char> line = reader.Field(column);
            if (kind == TextTokens.Words) TextTokenStream.Read(line, kind, int.MaxValue, ref words);
            else
            {
                line = UnicodeNormalization.Nfc(line);
                foreach (Range range in line.SplitAny([' ', '\t']))
                    if (!line[range].IsEmpty) words.Add(line[range], TokenKind.Word);
            }
            words.End();
            lineEnd();
        }
    }

    /// <summary>Hands words on, a known pair as one word.</summary>
    struct Joined(WordPhrases phrases, WordAction word) : ITokenSink
    {
        readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _known = phrases._known.GetAlternateLookup<ReadOnlySpan<char>>();

        // The word before, if it is not handed on yet, and room for "_" and the word after it.
        char[] _pair = new char[256];
        int _before;

        public void Add(ReadOnlySpan<char> token, TokenKind kind)
        {
            if (kind == TokenKind.Sign) return;
            if (kind == TokenKind.Character && TextTokenizer.UnspacedScript(token) is { } script)
                (phrases.Characters, phrases.Script) = (phrases.Characters + 1, script);
            if (phrases._known.Count == 0)
            {
                word(token);
                return;
            }
            if (_before > 0)
            {
                int length = _before + 1 + token.Length;
                if (length > _pair.Length) Array.Resize(ref _pair, 2 * length);
                _pair[_before] = '_';
                token.CopyTo(_pair.AsSpan(_before + 1));
                if (_known.Contains(_pair.AsSpan(0, length)))
                {
                    word(_pair.AsSpan(0, length));
                    _before = 0;
                    return;
                }
                word(_pair.AsSpan(0, _before));
            }
            if (token.Length > _pair.Length) Array.Resize(ref _pair, 2 * token.Length);
            token.CopyTo(_pair);
            _before = token.Length;
        }

        public void End()
        {
            if (_before > 0) word(_pair.AsSpan(0, _before));
            _before = 0;
        }
    }
}
