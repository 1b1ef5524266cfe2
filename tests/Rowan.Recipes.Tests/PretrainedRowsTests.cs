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
    public void RowsOfTheFileLearnAtTheirFactorOfTheLearningRate()
    {
        var rows = PretrainedRows.Read(Vectors("red 1 2", "blue 3 4", "grey 5 6"), new Vocabulary(["red", "green", "blue", "grey"]));
        Embedding words = rows.ToEmbedding(freeze: false, new Rng(1), learningRateFactor: 0.25f);
        float green = words.Weight[1][0];
        words.Forward(new long[] { 0, 1, 2, 3 }).Sum().Backward();
        new Sgd(words.Parameters()) { LearningRate = 1 }.Step();
        Assert.Equal([0.75f, 1.75f, green - 1, 2.75f, 4.75f],
            [words.Weight[0][0], words.Weight[0][1], words.Weight[1][0], words.Weight[2][0], words.Weight[3][0]]);
        Assert.Contains("leave one of the two out", Assert.Throws<ArgumentException>(
            () => rows.ToEmbedding(freeze: true, learningRateFactor: 0.5f)).Message, StringComparison.Ordinal);
        Assert.Contains("positive and finite", Assert.Throws<ArgumentOutOfRangeException>(
            () => rows.ToEmbedding(freeze: false, learningRateFactor: 0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFileForNoWordIsRefused()
    {
        var error = Assert.Throws<InvalidDataException>(() =>
            PretrainedRows.Read(Vectors("rot 1 2", "blau 3 4"), new Vocabulary(["red"])));
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

    /// <summary>What a factor of a table does is tested there; here, that each task sets it for the words of the file alone.</summary>
    [Theory]
    [InlineData("classify", "epochs=1 model=bag")]
    [InlineData("classify", "epochs=1 model=ensemble")]
    [InlineData("search", "epochs=1 min-count=1")]
    [InlineData("words", "epochs=1 min-count=1")]
    [InlineData("words", "epochs=1 min-count=1 model=cbow")]
    public void WordsOfTheFileMoveLessAtALowerRate(string task, string settings)
    {
        string vectors = Vectors([.. Colors.Select((color, i) => $"{color} {i} {i + 1} {-i}")]);
        string data = task switch
        {
            "words" => Corpus(),
            "classify" => Write("texts.tsv", Enumerable.Range(0, 200).Select(i =>
                $"{(i % 5 < 2 ? "warm" : "cold")}\ta {Colors[i % 5]} {Things[i / 5 % 5]} near").Prepend("label\ttext")),
            _ => Write("pairs.tsv", Enumerable.Range(0, 60).Select(i =>
                $"a {Colors[i % 5]} {Things[i / 5 % 5]}\tthe {Things[i / 5 % 5]} is {Colors[i % 5]} near {Things[i / 25]}")
                .Prepend("question\tanswer")),
        };
        TrainReport slow = Train("vectors-rate=0.0001", "slow");
        Assert.Contains("those found learn at 0.0001 times the learning rate", string.Join('\n', slow.Notes), StringComparison.Ordinal);
        (float[] moved, float[] others) = Moved(slow);
        (float[] whole, float[] othersOfWhole) = Moved(Train("vectors-rate=1", "whole"));
        foreach ((float little, float much) in moved.Zip(whole))
            Assert.True(little > 0 && little < 0.01f * much, $"{little} at the rate 0.0001, {much} at 1");
        foreach ((float one, float other) in others.Zip(othersOfWhole))
            Assert.True(one > 0.3f * other, $"{one} and {other} of words that are not in the file");

        TrainReport Train(string rate, string name) =>
            this.Train(RecipeCatalog.Named(task), data, $"{settings} vectors={vectors} {rate}", name);

        (float[], float[]) Moved(TrainReport report)
        {
            LearnedTable words = LearnedTable.Read(report.Run).Single(table => table.Name == "words");
            return ([.. Colors.Select(color => Of(words, color))], [.. Things.Take(2).Select(thing => Of(words, thing))]);
        }

        static float Of(LearnedTable words, string word)
        {
            Assert.True(words.Ids.TryGetId(word, out long row));
            return words.Moved[(int)row];
        }
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

    string Corpus() => Write("corpus.txt", Enumerable.Range(0, 300).Select(i =>
        $"the {Colors[i % 5]} {Things[i / 5 % 5]} is near the {Things[i % 5]} of {Colors[i / 7 % 5]} stone"));

    [Theory]
    [InlineData("model=skip-gram")]
    [InlineData("model=cbow")]
    public void WordVectorsBeginWithTheFileAndFrozenOnesKeepTheirBits(string model)
    {
        // Of the words of the text, stone has none.
        string[] known = [.. Colors, .. Things, "the", "is", "near", "of"];
        string file = Vectors([.. known.Select((word, i) => $"{word} {i * 0.1f} -0.37 {1f / (i + 3)} -0 1e-30")]), corpus = Corpus();
        string settings = $"{model} epochs=3 min-count=1 sample=0 vectors={file}";
        TrainReport frozen = Train(new WordsRecipe(), corpus, $"{settings} freeze-vectors=true", "frozen");
        Assert.Contains("14 of 15 words: 14 as spelled; 1 missing, such as 'stone', begin at random; those found are frozen",
            string.Join('\n', frozen.Notes), StringComparison.Ordinal);
        Assert.DoesNotContain(frozen.Warnings, warning => warning.Contains("too few", StringComparison.Ordinal));
        LearnedTable still = Table(frozen), learned = Table(Train(new WordsRecipe(), corpus, settings, "learned"));
        var read = PretrainedRows.Read(file, still.Ids);
        for (int word = 0; word < still.Ids.Count; word++)
        {
            bool found = still.Ids[word] != "stone";
            Assert.Equal(found, read[word].ToArray().Select(BitConverter.SingleToInt32Bits)
                .SequenceEqual(still.Row(word).ToArray().Select(BitConverter.SingleToInt32Bits)));
            Assert.Equal(found, still.Moved[word] == 0);
            Assert.True(learned.Moved[word] > 0, still.Ids[word]);
        }
        // The outputs of frozen words learn.
        VectorRows outputs = VectorRows.Read(Path.Combine(frozen.Run, "outputs.safetensors"), "rows");
        Assert.All(Enumerable.Range(0, 15), word => Assert.Contains(outputs[word].ToArray(), value => value != 0));

        static LearnedTable Table(TrainReport report) => LearnedTable.Read(report.Run).Single();
    }

    [Fact]
    public void WordVectorsOfAFileDoNotDependOnThreads()
    {
        string file = Vectors([.. Colors.Select((color, i) => $"{color} {i} 1 2")]), corpus = Corpus();
        SameForAnyThreads(name => Train(new WordsRecipe(), corpus,
            $"epochs=1 min-count=1 vectors={file} freeze-vectors=true", name));
    }

    [Theory]
    [InlineData("dim=16", "`dim` 16: ")]
    [InlineData("buckets=100", "`vectors`: a file has no vectors of n-grams (`buckets` 100)")]
    [InlineData("freeze-vectors=true vectors=", "`freeze-vectors`: it needs `vectors` FILE")]
    public void SettingsThatContradictWordVectorsOfAFileAreRefused(string settings, string message)
    {
        string file = Vectors("red 1 2 3", "car 1 2 3"), corpus = Corpus();
        string all = settings.Contains("vectors=", StringComparison.Ordinal) ? "freeze-vectors=true" : $"vectors={file} {settings}";
        var error = Assert.ThrowsAny<ArgumentException>(() => Train(new WordsRecipe(), corpus, $"min-count=1 {all}", "refused"));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WordVectorsThatAreAllFrozenLeaveNothingToTrain()
    {
        string corpus = Write("two.txt", Enumerable.Repeat("red car red car red", 40)), file = Vectors("red 1 2 3", "car 1 2 3");
        var error = Assert.Throws<InvalidDataException>(() =>
            Train(new WordsRecipe(), corpus, $"min-count=1 vectors={file} freeze-vectors=true", "nothing"));
        Assert.Contains("a vector for each of the 2 words", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("classify", "epochs=1")]
    [InlineData("words", "epochs=1 min-count=1")]
    public void AGrownRunTakesNoVectors(string task, string settings)
    {
        string file = Vectors("red 1 2 3", "car 1 2 3");
        string data = task == "words" ? Corpus() : Write("texts.tsv", Enumerable.Range(0, 100).Select(i =>
            $"{(i % 2 == 0 ? "warm" : "cold")}\ta {Colors[i % 2]} car {i}").Prepend("label\ttext"));
        TrainReport first = Train(RecipeCatalog.Named(task), data, $"{settings} vectors={file}", "first");
        foreach (string given in new[] { $"vectors={file}", "freeze-vectors=false", "vectors-rate=0.5" })
        {
            var error = Assert.Throws<ArgumentException>(() => Grow(given));
            Assert.Contains($"`{given.Split('=')[0]}`: a grown run begins with the vectors of", error.Message, StringComparison.Ordinal);
        }
        // Without them it grows: the vectors are those of the earlier run, and learn.
        LearnedTable words = LearnedTable.Read(Grow("epochs=1").Run).Single(table => table.Name == "words");
        Assert.True(words.Ids.TryGetId("red", out long red));
        Assert.True(words.Moved[(int)red] > 0);

        TrainReport Grow(string given)
        {
            using DataSource source = DataSource.Of(data);
            return RecipeCatalog.Named(task).Train(new TrainRequest
            {
                Data = source, Schema = SchemaInference.Infer(source), RunsDirectory = _folder["runs"], Name = "grown",
                GrownFrom = first.Run,
                Settings = new Dictionary<string, string> { [given.Split('=')[0]] = given.Split('=')[1] },
            });
        }
    }

    [Theory]
    [InlineData("dim=16", "has 3 values per row")]
    [InlineData("", "`freeze-vectors`: it needs `vectors` FILE")]
    [InlineData("vectors-rate=0", "`vectors-rate` 0: it must be a number above 0 up to 1")]
    [InlineData("vectors-rate=1.5", "`vectors-rate` 1.5: it must be a number above 0 up to 1")]
    [InlineData("vectors-rate=0.5 freeze-vectors=true", "`vectors-rate` 0.5: vectors that are frozen (`freeze-vectors`) do not learn")]
    [InlineData("vectors= vectors-rate=0.5", "`vectors-rate` 0.5: it needs `vectors` FILE")]
    public void SettingsThatContradictAreRefused(string setting, string message)
    {
        string vectors = Vectors("red 1 2 3", "green 1 2 3"), texts = Write("texts.tsv",
            Enumerable.Range(0, 100).Select(i => $"{(i % 2 == 0 ? "warm" : "cold")}\ta {Colors[i % 2]} car {i}").Prepend("label\ttext"));
        string settings = setting.StartsWith("vectors= ", StringComparison.Ordinal) ? setting[9..]
            : setting.Length > 0 ? $"vectors={vectors} {setting}" : "freeze-vectors=true";
        var error = Assert.ThrowsAny<ArgumentException>(() => Train(new ClassifyRecipe(), texts, settings, "refused"));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }
}
