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

    [Theory]
    [InlineData("राम का काम", "राम|का|काम")]
    [InlineData("क्\u200dष नमस्ते", "क्\u200dष|नमस्ते")]
    [InlineData("ma\u0300 nha\u0323\u0302", "mà|nhậ")]
    [InlineData("Tiếng Việt", "tiếng|việt")]
    [InlineData("كِتَابٌ جديد؟", "كِتَابٌ|جديد")]
    [InlineData("می‌خواهم", "می‌خواهم")]
    [InlineData("שָׁלוֹם עולם", "שָׁלוֹם|עולם")]
    [InlineData("한국어 단어", "한국어|단어")]
    [InlineData("\u1112\u1161\u11ab\u1100\u116e\u11a8", "한국")]
    [InlineData("good 👍🏽 or 👎", "good|👍🏽|or|👎")]
    [InlineData("I ❤️ it, I ❤ it", "i|❤|it|i|❤|it")]
    [InlineData("👨‍👩‍👧🇩🇪🇫🇷", "👨‍👩‍👧|🇩🇪|🇫🇷")]
    [InlineData("5 °C © 2024", "5|c|2024")]
    [InlineData("我喜歡貓", "我喜|喜歡|歡貓")]
    [InlineData("貓 iPhone手機", "貓|i|phone|手機")]
    [InlineData("ภาษาไทย ๑๒", "ภา|าษ|ษา|าไ|ไท|ทย|๑๒")]
    [InlineData("日本語とEnglish", "日本|本語|語と|english")]
    public void WordsOfEveryScriptAreWhole(string text, string words) => Assert.Equal(words, string.Join('|', TextTokenizer.Words(text)));

    [Fact]
    public void NormalizationComposesWhatBelongsTogether()
    {
        // Written by Python's unicodedata.normalize('NFC', …).
        foreach ((string text, string expected) in ((string, string)[])
        [
            ("", ""), ("plain", "plain"), ("e\u0301", "é"), ("é", "é"), ("a\u0323\u0302", "ậ"), ("a\u0302\u0323", "ậ"),
            ("\u0344", "\u0308\u0301"), ("\u212b", "Å"),
            ("\u0958", "\u0915\u093c"), ("\u2126", "Ω"), ("\uf900", "豈"), ("\u1100\u1161\u11a8", "각"), ("가\u11a8", "각"),
            ("\u0061\u0327\u0301", "á\u0327"),
            ("q\u0307\u0323", "q\u0323\u0307"), ("\U000110a5\U000110ba", "\U000110ab"), ("\u0301a", "\u0301a"),
            ("a\u0301\u0301", "á\u0301"), ("o\u031b\u0323", "ợ"), ("\ufb1d", "\u05d9\u05b4"),
        ])
        {
            Assert.Equal(expected, UnicodeNormalization.Nfc(text));
            Assert.Equal(expected, UnicodeNormalization.Nfc($"x {text}")[2..]);
        }
        string lone = "a\ud800 \udc00e\u0301";
        Assert.Equal("a\ud800 \udc00é", UnicodeNormalization.Nfc(lone));
        string same = "déjà vu, Größe, नमस";
        Assert.Same(same, UnicodeNormalization.Nfc(same));
        // All Hangul syllables, from their parts.
        for (int code = 0xAC00; code <= 0xD7A3; code++)
        {
            int syllable = code - 0xAC00, tail = syllable % 28;
            string last = tail > 0 ? ((char)(0x11A7 + tail)).ToString() : "";
            string parts = $"{(char)(0x1100 + syllable / 588)}{(char)(0x1161 + syllable / 28 % 21)}{last}";
            Assert.Equal(((char)code).ToString(), UnicodeNormalization.Nfc(parts));
        }
    }

    [Theory]
    [InlineData("Wow!? 手 don’t", "Word:Wow Sign:! Sign:? Character:手 Word:don’t")]
    [InlineData("ok 🙂 123", "Word:ok Emoji:🙂 Word:123")]
    [InlineData("កម្ពុជា x", "Character:ក Character:ម្ Character:ពុ Character:ជា Word:x")]
    [InlineData("' '' - a' 'b", "Word:a Word:b")]
    public void TokensHaveTheirKind(string text, string expected)
    {
        var found = new List<string>();
        var tokens = new TokenScanner(text);
        while (tokens.Next()) found.Add($"{tokens.Kind}:{tokens.Token}");
        Assert.Equal(expected, string.Join(' ', found));
    }

    [Fact]
    public void FoldedTokensAreLowerCaseWithoutDrawingSigns()
    {
        Span<char> scratch = stackalloc char[4];
        Assert.Equal("straße", TextTokenizer.Folded("STRAßE", scratch));
        Assert.Equal("don't", TextTokenizer.Folded("Don’t", new char[10]));
        Assert.Equal("❤", TextTokenizer.Folded("❤\ufe0f", scratch));
        Assert.Equal(("Thai", "Japanese", null),
            (TextTokenizer.UnspacedScript("ก"), TextTokenizer.UnspacedScript("か"), TextTokenizer.UnspacedScript("a")));
    }

    [Fact]
    public void SubwordsCountCodePoints()
    {
        var ids = new List<long>();
        new Subwords(1_000_000, 3, 3).AddTo(ids, "😀😡", 0);
        // <😀😡 and 😀😡>: no n-gram splits a surrogate pair.
        Assert.Equal(2, ids.Count);
    }

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
