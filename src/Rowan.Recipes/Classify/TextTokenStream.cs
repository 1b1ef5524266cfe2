using System.Globalization;
using Rowan.Data;
using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>Takes the tokens of a text one by one.</summary>
interface ITokenSink
{
    /// <summary>Takes a token, in the form that vocabularies hold.</summary>
    void Add(ReadOnlySpan<char> token, TokenKind kind);
}

/// <summary>Splits texts into tokens as a setting says.</summary>
static class TextTokenStream
{
    /// <summary>Hands over the tokens of a text.</summary>
    /// <param name="text">The text, in any normalization form.</param>
    /// <param name="kind">What a token is.</param>
    /// <param name="most">The most tokens.</param>
    /// <param name="into">Takes them.</param>
    public static void Read<TSink>(ReadOnlySpan<char> text, TextTokens kind, int most, ref TSink into) where TSink : struct, ITokenSink
    {
        Span<char> scratch = stackalloc char[128];
        text = UnicodeNormalization.Nfc(text);
        if (kind == TextTokens.Words)
        {
            var tokens = new TokenScanner(text);
            for (int count = 0; count < most && tokens.Next(); count++) into.Add(TextTokenizer.Folded(tokens.Token, scratch), tokens.Kind);
            return;
        }
        for (int start = 0, end, count = 0; start < text.Length && count < most; start = end)
        {
            if (kind == TextTokens.Characters)
            {
                end = start + StringInfo.GetNextTextElementLength(text[start..]);
                into.Add(text[start..end], TokenKind.Character);
                count++;
                continue;
            }
            end = start + 1;
            if (char.IsWhiteSpace(text[start])) continue;
            while (end < text.Length && !char.IsWhiteSpace(text[end])) end++;
            into.Add(TextTokenizer.Folded(text[start..end], scratch), TokenKind.Word);
            count++;
        }
    }
}

/// <summary>Hashes of runs of words: of n words that follow one another, a mix of their hashes in order.</summary>
/// <param name="longest">Words of the longest run; at least 2.</param>
sealed class WordRuns(int longest)
{
    readonly ulong[] _last = new ulong[longest], _found = new ulong[longest - 1];
    int _count;

    /// <summary>The runs of 2, 3, … words that end in a word that follows the last one.</summary>
    public ReadOnlySpan<ulong> EndingIn(ReadOnlySpan<char> token)
    {
        // FNV-1a.
        ulong hash = 14_695_981_039_346_656_037;
        foreach (char c in token) hash = (hash ^ c) * 1_099_511_628_211;
        ulong run = hash;
        int runs = 0;
        for (int n = 2; n <= longest && n <= _count + 1; n++) _found[runs++] = run = Shuffle.Mix(run, _last[(_count + 1 - n) % longest]);
        _last[_count++ % longest] = hash;
        return _found.AsSpan(0, runs);
    }
}
