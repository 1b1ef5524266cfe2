namespace Rowan.Data;

/// <summary>Turns one piece of a text into tokens of a vocabulary.</summary>
abstract class TokenModel
{
    /// <summary>The tokens of the vocabulary.</summary>
    public abstract IReadOnlyDictionary<string, int> Vocabulary { get; }

    /// <summary>The id of what has no token; null if nothing is unknown or it is left out.</summary>
    public abstract int? Unknown { get; }

    /// <summary>Adds the tokens of a piece.</summary>
    public abstract void AddTo(List<int> ids, ReadOnlySpan<char> piece);
}

/// <summary>Each piece is a token.</summary>
sealed class WordLevelModel(Dictionary<string, int> vocabulary, int? unknown) : TokenModel
{
    readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids =
        vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, int> Vocabulary => vocabulary;

    /// <inheritdoc/>
    public override int? Unknown => unknown;

    /// <inheritdoc/>
    public override void AddTo(List<int> ids, ReadOnlySpan<char> piece)
    {
        if (_ids.TryGetValue(piece, out int id)) ids.Add(id);
        else if (unknown is { } other) ids.Add(other);
    }
}

/// <summary>
/// WordPiece: the longest token at the start of a word, then the longest that continues it, and so on. A word that cannot be covered is
/// unknown as a whole. (Schuster and Nakajima 2012; Devlin et al. 2019.)
/// </summary>
sealed class WordPieceModel : TokenModel
{
    readonly Dictionary<string, int> _vocabulary;
    readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _first, _next;
    readonly int _longestFirst, _longestNext, _longestWord, _unknown;

    /// <param name="vocabulary">Tokens and their ids.</param>
    /// <param name="prefix">What tokens that continue a word begin with.</param>
    /// <param name="unknown">The id of unknown words.</param>
    /// <param name="longestWord">Longer words, in code points, are unknown.</param>
    public WordPieceModel(Dictionary<string, int> vocabulary, string prefix, int unknown, int longestWord)
    {
        (_vocabulary, _unknown, _longestWord) = (vocabulary, unknown, longestWord);
        _first = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        var next = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach ((string token, int id) in vocabulary)
        {
            _longestFirst = Math.Max(_longestFirst, token.Length);
            if (token.Length <= prefix.Length || !token.StartsWith(prefix, StringComparison.Ordinal)) continue;
            next[token[prefix.Length..]] = id;
            _longestNext = Math.Max(_longestNext, token.Length - prefix.Length);
        }
        _next = next.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, int> Vocabulary => _vocabulary;

    /// <inheritdoc/>
    public override int? Unknown => _unknown;

    /// <inheritdoc/>
    public override void AddTo(List<int> ids, ReadOnlySpan<char> piece)
    {
        int before = ids.Count;
        if (piece.Length > _longestWord && CodePoints(piece) > _longestWord)
        {
            ids.Add(_unknown);
            return;
        }
        for (int start = 0; start < piece.Length;)
        {
            var tokens = start == 0 ? _first : _next;
            int length = Math.Min(piece.Length - start, start == 0 ? _longestFirst : _longestNext), id = 0;
            while (length > 0 && !tokens.TryGetValue(piece.Slice(start, length), out id)) length--;
            if (length == 0)
            {
                ids.RemoveRange(before, ids.Count - before);
                ids.Add(_unknown);
                return;
            }
            ids.Add(id);
            start += length;
        }
    }

    static int CodePoints(ReadOnlySpan<char> text)
    {
        int count = text.Length;
        foreach (char c in text)
            if (char.IsLowSurrogate(c)) count--;
        return count;
    }
}
