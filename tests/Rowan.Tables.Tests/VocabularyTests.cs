namespace Rowan.Tests;

public class VocabularyTests
{
    [Fact]
    public void AWordIsAskedForItsId()
    {
        var words = new Vocabulary(["apple", "pear"]);
        Assert.Equal((1, "apple"), (words["pear"], words[0]));
        Assert.True(words.Contains("apple"));
        Assert.Contains("did you mean 'apple'?", Assert.Throws<KeyNotFoundException>(() => words["aple"]).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void WordsAndIdsGoBothWays()
    {
        var vocabulary = Vocabulary.Build(["b", "a", "b", "c", "a", "b", "d"], minCount: 1, maxSize: 3);
        Assert.Equal(["b", "a", "c"], vocabulary.Words);
        Assert.True(vocabulary.TryGetId("a", out long id));
        Assert.Equal(1, id);
        Assert.Equal("a", vocabulary[1]);
        Assert.False(vocabulary.TryGetId("d", out _));
        Assert.Equal(["a", "b"], Vocabulary.Build(["b", "a", "b", "c", "a"], minCount: 2).Words);
        Assert.Throws<ArgumentOutOfRangeException>(() => vocabulary[3]);
        Assert.Throws<ArgumentException>(() => new Vocabulary(["x", "x"]));
    }

    [Fact]
    public void AFileBringsBackEveryWord()
    {
        string[] words = ["plain", "with space", "back\\slash", "line\nend", "return\r", "", "é"];
        var written = new StringWriter();
        new Vocabulary(words).Write(written);
        Assert.Equal(words, Vocabulary.Read(new StringReader(written.ToString()), "v.txt").Words);
        var twice = Assert.Throws<InvalidDataException>(() => Vocabulary.Read(new StringReader("a\nb\na\n"), "v.txt"));
        Assert.Contains("line 3", twice.Message, StringComparison.Ordinal);
        var escape = Assert.Throws<InvalidDataException>(() => Vocabulary.Read(new StringReader("a\\x\n"), "v.txt"));
        Assert.Contains("'v.txt' line 1", escape.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CloseSpellingsAreFound()
    {
        var names = new Vocabulary(
            ["System.IO.File.ReadAllLines", "System.IO.File.ReadAllText", "System.IO.Path.Combine", "System.Net.Sockets.Socket.Send"]);
        Assert.Equal("System.IO.File.ReadAllLines", names.Closest("File.ReadAllLine", 1)[0]);
        Assert.Equal("System.IO.File.ReadAllLines", names.Closest("system.io.file.readalllines", 1)[0]);
        Assert.Equal("System.IO.Path.Combine", names.Closest("Combin", 3)[0]);
        Assert.Empty(names.Closest("Wholly.Other.Thing", 3));
    }
}
