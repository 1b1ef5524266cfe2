using Rowan.Data;

namespace Rowan.Tests;

public class TextTests
{
    [Theory]
    [InlineData("File.ReadAllLines", "file read all lines")]
    [InlineData("XMLReader reads UTF8 text.", "xml reader reads utf 8 text")]
    [InlineData("a-b_c  (d)", "a b c d")]
    [InlineData("Int32", "int 32")]
    [InlineData("", "")]
    [InlineData("...", "")]
    [InlineData("Größe", "größe")]
    public void WordsAreSplitAtCaseAndSigns(string text, string words) => Assert.Equal(words, string.Join(' ', TextTokenizer.Words(text)));

    [Fact]
    public void WholeIdentifiersFollowTheirParts() =>
        Assert.Equal(["read", "all", "readall", "x"], TextTokenizer.Words("ReadAll x", wholeIdentifiers: true));

    [Fact]
    public void SubwordsAreTheNgramsWithinBounds()
    {
        var ids = new List<long>();
        new Subwords(1_000).AddTo(ids, "abc", 50);
        // <ab abc bc>, <abc abc>, <abc>
        Assert.Equal(6, ids.Count);
        Assert.All(ids, id => Assert.InRange(id, 50, 1_049));
        var again = new List<long>();
        new Subwords(1_000).AddTo(again, "abd", 50);
        Assert.Contains(ids[0], again);
        var longWord = new List<long>();
        new Subwords(7, 2, 2).AddTo(longWord, new string('x', 200), 0);
        Assert.Equal(201, longWord.Count);
        Assert.Throws<InvalidOperationException>(() => new Subwords(0).AddTo(ids, "abc", 0));
    }
}
