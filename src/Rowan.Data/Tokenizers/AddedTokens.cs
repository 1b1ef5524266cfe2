using System.Buffers;
using System.Text;

namespace Rowan.Data;

/// <summary>A token that is found in the text before it is split, such as [MASK].</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="SingleWord">Only as a word of its own.</param>
/// <param name="LeftStrip">White space before it belongs to it.</param>
/// <param name="RightStrip">White space after it belongs to it.</param>
/// <param name="Normalized">Found in the normalized text.</param>
/// <param name="Special">A token of the model, not of the language.</param>
sealed record AddedToken(int Id, string Content, bool SingleWord, bool LeftStrip, bool RightStrip, bool Normalized, bool Special);

/// <summary>Finds added tokens in a text.</summary>
sealed class AddedTokens
{
    readonly AddedToken[] _tokens;
    readonly SearchValues<string>? _contents;

    /// <param name="tokens">The tokens, all of which are searched for.</param>
    public AddedTokens(IEnumerable<AddedToken> tokens)
    {
        // Of two tokens that begin at the same character the longer one counts.
        _tokens = [.. tokens.Where(token => token.Content.Length > 0).OrderByDescending(token => token.Content.Length)];
        if (_tokens.Length > 0)
            _contents = SearchValues.Create([.. _tokens.Select(token => token.Content)], StringComparison.Ordinal);
    }

    /// <summary>The first token in a text: its range, white space that belongs to it included.</summary>
    public AddedToken? Find(ReadOnlySpan<char> text, out int start, out int end)
    {
        (start, end) = (text.Length, text.Length);
        if (_contents is null) return null;
        for (int from = 0; from < text.Length; from++)
        {
            int found = text[from..].IndexOfAny(_contents);
            if (found < 0) return null;
            from += found;
            foreach (AddedToken token in _tokens)
            {
                if (!text[from..].StartsWith(token.Content, StringComparison.Ordinal)) continue;
                (start, end) = (from, from + token.Content.Length);
                if (token.SingleWord && (IsWord(text, start - 1) || IsWord(text, end))) continue;
                if (token.LeftStrip) while (start > 0 && char.IsWhiteSpace(text[start - 1])) start--;
                if (token.RightStrip) while (end < text.Length && char.IsWhiteSpace(text[end])) end++;
                return token;
            }
        }
        (start, end) = (text.Length, text.Length);
        return null;
    }

    static bool IsWord(ReadOnlySpan<char> text, int at) =>
        at >= 0 && at < text.Length && (char.IsLetterOrDigit(text[at]) || text[at] == '_');
}
