using Rowan.Data;
using Rowan.Formats;
using Rowan.Nn;
using Rowan.Recipes;

namespace Rowan.Tests;

public sealed class PretrainedRowsTests : RecipeTestBase
{
    string Vectors(params string[] lines) => Write("vectors.txt", lines);

    [Fact]
    public void WordsTakeTheirNearestSpelling()
    {
        string file = Vectors("red 1 2 3", "Red 4 5 6", "PARIS 7 8 9", "Paris 10 11 12", "blue 1 1 1");
        var rows = PretrainedRows.Read(file, new Vocabulary(["Red", "red", "paris", "RED", "unknown", "blue"]));
        var table = new Table(8, 3);
        rows.CopyTo(table, first: 2);
        Assert.Equal([4, 5, 6], table[2].ToArray());
        Assert.Equal([1, 2, 3], table[3].ToArray());
        // The first of other spellings, and lower case before them.
        Assert.Equal([7, 8, 9], table[4].ToArray());
        Assert.Equal([1, 2, 3], table[5].ToArray());
        Assert.Equal([0, 0, 0], table[6].ToArray());
        Assert.Equal((5, 6, false), (rows.FoundCount, rows.Count, rows.Has(4)));
        Assert.Equal("5 of 6 words: 3 as spelled, 1 in lower case, 1 in another case; 1 missing, such as 'unknown', begin at random",
            rows.Coverage);
    }

    [Fact]
    public void FrozenRowsStayAndTheOthersLearn()
    {
        var rows = PretrainedRows.Read(Vectors("red 1 2", "blue 3 4"), new Vocabulary(["red", "green", "blue"]));
        Embedding words = rows.ToEmbedding(freeze: true, new Rng(1));
        float[] green = words.Weight[1].ToArray();
        Assert.Contains(green, value => value != 0);
        var optimizer = new Adam(words.Parameters()) { LearningRate = 0.1f };
        void Step()
        {
            words.Forward(new long[] { 0, 1, 2 }).Sum().Backward();
            optimizer.Step();
            optimizer.ZeroGrad();
        }
        Step();
        Assert.Equal([1, 2], words.Weight[0].ToArray());
        Assert.Equal([3, 4], words.Weight[2].ToArray());
        Assert.NotEqual(green, words.Weight[1].ToArray());
        words.Weight.ThawRows(0, 3);
        Step();
        Assert.NotEqual([1, 2], words.Weight[0].ToArray());
    }

    [Fact]
    public void AFileForNoWordIsRefused()
    {
        var error = Assert.Throws<InvalidDataException>(() => PretrainedRows.Read(Vectors("rot 1 2", "blau 3 4"), new Vocabulary(["red"])));
        Assert.Contains("a vector for none of the 1 words, such as 'red'", error.Message, StringComparison.Ordinal);
        var rows = PretrainedRows.Read(Vectors("red 1 2"), new Vocabulary(["red"]));
        Assert.Contains("2 values, those of 'Table' 3",
            Assert.Throws<ArgumentException>(() => rows.CopyTo(new Table(1, 3))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => rows.CopyTo(new Table(1, 2), first: 1));
    }

    [Theory]
    [InlineData("bag")]
    [InlineData("convolution")]
    [InlineData("ensemble")]
    public void AClassifierBeginsWithTheVectorsAndKeepsFrozenOnes(string model)
    {
        string vectors = Vectors([.. Colors.Select((color, i) => $"{color} {i} {i + 1} {-i}"), "other 1 1 1"]);
        string texts = Write("texts.tsv", Enumerable.Range(0, 200).Select(i =>
            $"{(i % 5 < 2 ? "warm" : "cold")}\ta {Colors[i % 5]} {Things[i / 5 % 5]} near {i}").Prepend("label\ttext"));
        TrainReport report = Train(new ClassifyRecipe(), texts, $"model={model} epochs=2 vectors={vectors} freeze-vectors=true", model);
        Assert.Contains("those found are frozen", string.Join('\n', report.Notes), StringComparison.Ordinal);
        LearnedTable words = LearnedTable.Read(report.Run).Single(table => table.Name == "words");
        Assert.Equal(3, words.Dim);
        for (int i = 0; i < Colors.Length; i++)
        {
            Assert.True(words.Ids.TryGetId(Colors[i], out long row));
            Assert.Equal([i, i + 1, -i], words.Row(row).ToArray());
            Assert.Equal(0, words.Moved[(int)row]);
        }
        Assert.True(words.Ids.TryGetId("near", out long near));
        Assert.True(words.Moved[(int)near] > 0);
    }

    [Fact]
    public void ASearchBeginsWithTheVectorsScaledByRarity()
    {
        string vectors = Vectors([.. Colors.Select((color, i) => $"{color} {i + 1} {i + 2} {-i}")]);
        string pairs = Write("pairs.tsv", Enumerable.Range(0, 60).Select(i =>
            $"a {Colors[i % 5]} {Things[i / 5 % 5]}\tthe {Things[i / 5 % 5]} is {Colors[i % 5]} near {Things[i / 25]}")
                .Prepend("question\tanswer"));
        TrainReport report = Train(new SearchRecipe(), pairs, $"epochs=2 min-count=1 vectors={vectors} freeze-vectors=true", "search");
        Assert.Contains("5 as spelled", string.Join('\n', report.Notes), StringComparison.Ordinal);
        LearnedTable words = LearnedTable.Read(report.Run).Single(table => table.Name == "words");
        for (int i = 0; i < Colors.Length; i++)
        {
            Assert.True(words.Ids.TryGetId(Colors[i], out long row));
            float[] values = words.Row(row).ToArray();
            Assert.Equal(values[0] / (i + 1), values[1] / (i + 2), 4);
            Assert.Equal(0, words.Moved[(int)row]);
        }
        var error = Assert.ThrowsAny<ArgumentException>(() => Train(new SearchRecipe(), pairs, $"dim=8 vectors={vectors}", "refused"));
        Assert.Contains("has 3 values per row", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dim=16", "has 3 values per row")]
    [InlineData("", "`freeze-vectors`: it needs `vectors` FILE")]
    public void SettingsThatContradictAreRefused(string setting, string message)
    {
        string vectors = Vectors("red 1 2 3", "green 1 2 3"), texts = Write("texts.tsv",
            Enumerable.Range(0, 100).Select(i => $"{(i % 2 == 0 ? "warm" : "cold")}\ta {Colors[i % 2]} car {i}").Prepend("label\ttext"));
        string settings = setting.Length > 0 ? $"vectors={vectors} {setting}" : "freeze-vectors=true";
        var error = Assert.ThrowsAny<ArgumentException>(() => Train(new ClassifyRecipe(), texts, settings, "refused"));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }
}
