namespace Rowan.Formats;

/// <summary>The character n-grams of a word as fastText hashes them: FNV-1a over the bytes of UTF-8, as signed numbers.</summary>
static class FastTextNgrams
{
    /// <summary>Adds the bucket of each n-gram of &lt;word&gt; to a list.</summary>
    /// <param name="into">Receives the buckets, in fastText's order.</param>
    /// <param name="word">The word without its boundaries.</param>
    /// <param name="shortest">Characters of the shortest n-gram.</param>
    /// <param name="longest">Characters of the longest.</param>
    /// <param name="buckets">Rows that n-grams share.</param>
    public static void AddTo(List<long> into, ReadOnlySpan<byte> word, int shortest, int longest, int buckets)
    {
        if (longest <= 0 || buckets <= 0) return;
        Span<byte> bounded = word.Length <= 254 ? stackalloc byte[word.Length + 2] : new byte[word.Length + 2];
        bounded[0] = (byte)'<';
        word.CopyTo(bounded[1..]);
        bounded[^1] = (byte)'>';
        for (int start = 0; start < bounded.Length; start++)
        {
            if (IsContinuation(bounded[start])) continue;
            uint hash = 2_166_136_261;
            int end = start;
            for (int characters = 1; characters <= longest && end < bounded.Length; characters++)
            {
                do hash = (hash ^ (uint)(sbyte)bounded[end++]) * 16_777_619;
                while (end < bounded.Length && IsContinuation(bounded[end]));
                // A boundary alone is no n-gram.
                bool isBoundary = characters == 1 && (start == 0 || end == bounded.Length);
                if (characters >= shortest && !isBoundary) into.Add(hash % (uint)buckets);
            }
        }
    }

    static bool IsContinuation(byte one) => (one & 0xC0) == 0x80;
}
