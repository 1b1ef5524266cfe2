using System.Globalization;
using System.Text;

namespace Rowan.Data;

/// <summary>
/// Byte-pair encoding: a word begins as its characters; the pair of neighbours that was merged first in training is merged until no pair
/// is known. (Sennrich et al. 2016.)
/// </summary>
sealed class BpeModel : TokenModel
{
    readonly Dictionary<string, int> _vocabulary;
    readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids;
    readonly Dictionary<long, (int Rank, int Id)> _merges;
    readonly Options _options;
    readonly int[]? _bytes;

    /// <summary>What a tokenizer file says of the model.</summary>
    public sealed record Options(int? Unknown, bool FusesUnknown, bool ByteFallback, bool IgnoresMerges, string Prefix, string Suffix);

    /// <param name="vocabulary">Tokens and their ids.</param>
    /// <param name="merges">Pairs of tokens, the first merged first.</param>
    /// <param name="options">What the file says.</param>
    /// <exception cref="InvalidDataException">A merge names a token that is not in the vocabulary.</exception>
    public BpeModel(Dictionary<string, int> vocabulary, IReadOnlyList<(string Left, string Right)> merges, Options options)
    {
        (_vocabulary, _options) = (vocabulary, options);
        _ids = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        _merges = new(merges.Count);
        for (int rank = 0; rank < merges.Count; rank++)
        {
            (string left, string right) = merges[rank];
            string merged = left + (right.StartsWith(options.Prefix, StringComparison.Ordinal) ? right[options.Prefix.Length..] : right);
            foreach (string token in (string[])[left, right, merged])
            {
                if (!vocabulary.ContainsKey(token))
                    throw new InvalidDataException($"merge {rank} ('{left}' '{right}') needs the token '{token}', which the vocabulary "
                        + "does not have");
            }
            _merges.TryAdd(Pair(vocabulary[left], vocabulary[right]), (rank, vocabulary[merged]));
        }
        if (!options.ByteFallback) return;
        _bytes = new int[256];
        for (int i = 0; i < 256; i++)
        {
            if (!vocabulary.TryGetValue(string.Create(CultureInfo.InvariantCulture, $"<0x{i:X2}>"), out _bytes[i])) _bytes[i] = -1;
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, int> Vocabulary => _vocabulary;

    /// <inheritdoc/>
    public override int? Unknown => _options.Unknown;

    /// <inheritdoc/>
    public override void AddTo(List<int> ids, ReadOnlySpan<char> piece)
    {
        if (_options.IgnoresMerges && _ids.TryGetValue(piece, out int whole))
        {
            ids.Add(whole);
            return;
        }
        List<int> word = Symbols(piece);
        Merge(word);
        ids.AddRange(word);
    }

    List<int> Symbols(ReadOnlySpan<char> piece)
    {
        var word = new List<int>(piece.Length);
        bool lastUnknown = false;
        Span<byte> utf8 = stackalloc byte[4];
        for (int at = 0; at < piece.Length;)
        {
            Rune.DecodeFromUtf16(piece[at..], out Rune rune, out int length);
            ReadOnlySpan<char> symbol = piece.Slice(at, length);
            if (at > 0 && _options.Prefix.Length > 0) symbol = string.Concat(_options.Prefix, symbol);
            if (at + length == piece.Length && _options.Suffix.Length > 0) symbol = string.Concat(symbol, _options.Suffix);
            at += length;
            bool unknown = false;
            if (_ids.TryGetValue(symbol, out int id)) word.Add(id);
            else if (_bytes is not null && AllBytes(utf8[..rune.EncodeToUtf8(utf8)], word)) { }
            else if (_options.Unknown is { } other)
            {
                unknown = true;
                if (!(_options.FusesUnknown && lastUnknown)) word.Add(other);
            }
            lastUnknown = unknown;
        }
        return word;
    }

    bool AllBytes(ReadOnlySpan<byte> utf8, List<int> word)
    {
        foreach (byte part in utf8)
            if (_bytes![part] < 0) return false;
        foreach (byte part in utf8) word.Add(_bytes![part]);
        return true;
    }

    /// <summary>Merges pairs in the order of their rank; of equal ranks the first. O(n log n) for a word of n characters.</summary>
    void Merge(List<int> word)
    {
        int count = word.Count;
        if (count < 2) return;
        int[] next = new int[count], before = new int[count];
        var queue = new PriorityQueue<(int At, int Left, int Right, int Merged), (int Rank, int At)>();
        for (int i = 0; i < count; i++) (next[i], before[i]) = (i + 1, i - 1);
        void Offer(int at)
        {
            if (at < 0 || next[at] >= count) return;
            if (_merges.TryGetValue(Pair(word[at], word[next[at]]), out (int Rank, int Id) merge))
                queue.Enqueue((at, word[at], word[next[at]], merge.Id), (merge.Rank, at));
        }
        for (int i = 0; i + 1 < count; i++) Offer(i);
        while (queue.TryDequeue(out (int At, int Left, int Right, int Merged) pair, out _))
        {
            int right = next[pair.At];
            // A pair whose tokens were merged with others meanwhile is out of date.
            if (word[pair.At] != pair.Left || right >= count || word[right] != pair.Right) continue;
            word[pair.At] = pair.Merged;
            word[right] = -1;
            next[pair.At] = next[right];
            if (next[right] < count) before[next[right]] = pair.At;
            Offer(before[pair.At]);
            Offer(pair.At);
        }
        word.RemoveAll(id => id < 0);
    }

    static long Pair(int left, int right) => (long)left << 32 | (uint)right;
}
