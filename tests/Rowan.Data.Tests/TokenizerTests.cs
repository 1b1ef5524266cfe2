using System.Text.Json.Nodes;
using Rowan.TestSupport;

namespace Rowan.Data.Tests;

public sealed class TokenizerTests
{
    static readonly JsonNode Goldens = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "tokenizer-goldens.json")))!;

    static readonly string[] Bert = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "##s", "東"];

    public static TheoryData<string> Cases => [.. ((JsonArray)Goldens["cases"]!).Select(one => (string)one!["name"]!)];

    /// <summary>The ids are those of Hugging Face's library; eng/tokenizer-goldens.sh writes them.</summary>
    [Theory, MemberData(nameof(Cases))]
    public void IdsAreThoseOfTheReference(string name)
    {
        using var folder = new TemporaryFolder();
        JsonNode golden = ((JsonArray)Goldens["cases"]!).Single(one => (string)one!["name"]! == name)!;
        File.WriteAllText(folder["tokenizer.json"], golden["tokenizer"]!.ToJsonString());
        Tokenizer tokenizer = Tokenizer.Open(folder.Path);
        tokenizer.Save(folder["again.json"]);
        Tokenizer again = Tokenizer.Open(folder["again.json"]);
        string[] texts = [.. ((JsonArray)Goldens["texts"]!).Select(text => (string)text!)];
        for (int i = 0; i < texts.Length; i++)
        {
            int[] expected = [.. ((JsonArray)golden["ids"]![i]!).Select(id => (int)id!)];
            Assert.True(expected.SequenceEqual(tokenizer.Encode(texts[i])),
                $"'{texts[i]}': {string.Join(' ', tokenizer.Encode(texts[i]))}; expected {string.Join(' ', expected)}");
            Assert.Equal(expected, again.Encode(texts[i]));
        }
    }

    [Fact]
    public void AVocabularyFileIsBertsTokenizer()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder["vocab.txt"], Bert);
        Tokenizer tokenizer = Tokenizer.Open(folder.Path);
        Assert.Equal([2, 5, 6, 7, 8, 1, 4, 3], tokenizer.Encode("The CATS東dog [MASK]"));
        Assert.Equal([5, 6, 7], tokenizer.Encode("The CATS", specialTokens: false));
        Assert.Equal([2, 5, 6, 3], tokenizer.Encode("the cats the cats", maxTokens: 4));
        Assert.Equal((9, 1, 0, 2, "##s"), (tokenizer.Count, tokenizer.Unknown, tokenizer.Padding, tokenizer.SpecialTokens, tokenizer[7]));
        Assert.Equal([0, 1, 2, 3, 4], tokenizer.Special.Order());
    }

    [Fact]
    public void ACasedVocabularyKeepsCapitals()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder["vocab.txt"], [.. Bert, "The"]);
        Assert.Equal([9, 5], Tokenizer.Open(folder.Path).Encode("The the", specialTokens: false));
    }

    [Fact]
    public void OtherTokensKeepTheMeaningOfSpecialOnes()
    {
        Tokenizer changed = Tokenizer.Bert(Bert).WithTokens(["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]", "the", "catsuit", "cat"]);
        Assert.Equal([1, 5, 6, 7, 0, 2], changed.Encode("the catsuit cat cats"));
        Assert.Equal((0, 3), (changed.Unknown, changed.Padding));
        var error = Assert.Throws<InvalidDataException>(() => Tokenizer.Bert(Bert).WithTokens(["[UNK]", "the"]));
        Assert.Contains("[PAD]", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("the\ncat", "none of which is [UNK]")]
    [InlineData("[UNK]\nthe\nthe", "line 3: the token 'the' is also in line 2")]
    [InlineData("{\"model\": {\"type\": \"Unigram\", \"vocab\": []}}", "the model 'Unigram' is not supported")]
    [InlineData("{\"model\": {\"type\": \"WordPiece\", \"unk_token\": \"[UNK]\", \"vocab\": {\"the\": 0}}}",
        "'[UNK]' is not in the vocabulary")]
    [InlineData("{\"model\": {\"type\": \"WordPiece\", \"vocab\": {\"the\": -1}}}", "the token 'the' has the id -1")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [\"a b\"]}}", "needs the token 'b'")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [\"ab\"]}}", "merge 0 is \"ab\"")]
    [InlineData("{\"normalizer\": {\"type\": \"NFKC\"}, \"model\": {}}", "'vocab' is missing|model.vocab")]
    [InlineData("{\"normalizer\": {\"type\": \"NFKC\"}, \"model\": {\"vocab\": {\"a\": 0}, \"merges\": []}}",
        "the normalizer 'NFKC' is not supported")]
    [InlineData("{\"pre_tokenizer\": {\"type\": \"Metaspace\"}, \"model\": {\"vocab\": {\"a\": 0}, \"merges\": []}}",
        "'Metaspace' is not supported")]
    [InlineData("{\"post_processor\": {\"type\": \"X\"}, \"model\": {\"vocab\": {\"a\": 0}, \"merges\": []}}", "the post-processor 'X'")]
    [InlineData("{\"model\": 7", "damaged JSON")]
    [InlineData("{\"model\": 7}", "no tokenizer that can be read")]
    public void AFileThatCannotBeReadIsNamed(string content, string message)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["tokenizer.json"], content);
        var error = Assert.Throws<InvalidDataException>(() => Tokenizer.Open(folder.Path));
        Assert.Contains(folder["tokenizer.json"], error.Message, StringComparison.Ordinal);
        Assert.True(message.Split('|').Any(part => error.Message.Contains(part, StringComparison.Ordinal)), error.Message);
    }

    [Fact]
    public void AFolderWithoutATokenizerIsNamed()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("neither tokenizer.json nor vocab.txt",
            Assert.Throws<FileNotFoundException>(() => Tokenizer.Open(folder.Path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void ManyThreadsReadTheSameIds()
    {
        Tokenizer tokenizer = Tokenizer.Bert(Bert);
        string text = string.Concat(Enumerable.Repeat("The cats, 東 cat! ", 200));
        int[] expected = tokenizer.Encode(text);
        Parallel.For(0, 64, _ => Assert.Equal(expected, tokenizer.Encode(text)));
    }
}
