using Rowan.Data;

namespace Rowan.Recipes;

/// <summary>The words of a text column, as the classify task splits texts.</summary>
static class TabularTexts
{
    /// <summary>Counts the words of a text.</summary>
    public static void Count(ReadOnlySpan<char> text, int length, ValueCounter into)
    {
        var words = new Counted(into);
        TextTokenStream.Read(text, TextTokens.Words, length, ref words);
    }

    /// <summary>Appends the rows of a text's words.</summary>
    public static void Encode(ReadOnlySpan<char> text, int length, IdMap map, List<int> into)
    {
        var words = new Rows(map, into);
        TextTokenStream.Read(text, TextTokens.Words, length, ref words);
    }

    readonly struct Counted(ValueCounter into) : ITokenSink
    {
        public void Add(ReadOnlySpan<char> token, TokenKind kind) => into.Add(token);
    }

    readonly struct Rows(IdMap map, List<int> into) : ITokenSink
    {
        public void Add(ReadOnlySpan<char> token, TokenKind kind) => into.Add((int)map[token]);
    }
}
