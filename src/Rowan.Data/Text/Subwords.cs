using Rowan.Numerics;

namespace Rowan.Data;

/// <summary>
/// The character n-grams of a word, hashed into a number of buckets, so that a word that was never seen still has a vector
/// (Bojanowski et al. 2017). The word stands between &lt; and &gt;, which tells its ends from its middle.
/// </summary>
/// <param name="Buckets">Rows that n-grams share.</param>
/// <param name="Shortest">Characters of the shortest n-gram.</param>
/// <param name="Longest">Characters of the longest.</param>
public sealed record Subwords(long Buckets, int Shortest = 3, int Longest = 5)
{
    /// <summary>Adds the bucket of each n-gram of a word, plus an offset, to a list.</summary>
    public void AddTo(List<long> ids, ReadOnlySpan<char> word, long offset)
    {
        ArgumentNullException.ThrowIfNull(ids);
        Require.State(Buckets > 0 && Shortest >= 1 && Longest >= Shortest,
            $"Subwords: {Buckets} buckets for n-grams of {Shortest} to {Longest} characters; there is at least one of each");
        Span<char> bounded = word.Length <= 62 ? stackalloc char[word.Length + 2] : new char[word.Length + 2];
        bounded[0] = '<';
        word.CopyTo(bounded[1..]);
        bounded[^1] = '>';
        for (int start = 0; start < bounded.Length; start += Units(bounded, start))
        {
            uint hash = 2_166_136_261;
            int characters = 0;
            for (int end = start, next; end < bounded.Length && characters < Longest; end = next)
            {
                next = end + Units(bounded, end);
                // FNV-1a over both bytes of a UTF-16 code unit.
                foreach (char c in bounded[end..next])
                {
                    hash = (hash ^ (byte)c) * 16_777_619;
                    hash = (hash ^ (byte)(c >> 8)) * 16_777_619;
                }
                if (++characters >= Shortest) ids.Add(offset + hash % Buckets);
            }
        }
    }

    /// <summary>UTF-16 code units of the code point at a place.</summary>
    static int Units(ReadOnlySpan<char> text, int at) =>
        char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) ? 2 : 1;
}
