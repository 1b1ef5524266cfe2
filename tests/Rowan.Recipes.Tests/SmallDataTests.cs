using Rowan.Data;
using Rowan.Numerics;
using Rowan.Recipes;
using Rowan.Training;

namespace Rowan.Tests;

/// <summary>Small files are learned with the defaults: whatever the seed, in any script, and with sizes that follow them.</summary>
public sealed class SmallDataTests : RecipeTestBase
{
    static readonly ReadOptions PlainText = new() { Format = DataFormat.Text };

    static readonly StatedRoles TextAndLabel = new() { Columns = [("label", ColumnRole.Label), ("text", ColumnRole.Text)] };

    string Labelled(string name, int count, Func<int, Rng, (string Label, string Text)> row)
    {
        var rng = new Rng(3);
        return Write(name, Enumerable.Range(0, count).Select(i => row(i, rng)).Select(pair => $"{pair.Label}\t{pair.Text}")
            .Prepend("label\ttext"));
    }

    [Theory]
    [InlineData(0), InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6), InlineData(7)]
    public void ALabelThatIsOneColumnIsLearned(int seed)
    {
        var rng = new Rng(1);
        string file = Write("shops.csv",
            Enumerable.Range(0, 600).Select(_ => (rng.NextUInt32() % 3) switch { 0 => "Oslo,no,3", 1 => "Rome,yes,5", _ => "Kyiv,yes,3" })
            .Prepend("town,label,size"));
        TrainReport report = Train(new TabularRecipe(), file, $"seed={seed}", $"t{seed}",
            roles: new StatedRoles { Columns = [("label", ColumnRole.Label), ("town", ColumnRole.Categorical)] });
        Assert.Equal(1, Figure(report, "accuracy"));
        Assert.True(Figure(report, "log loss") < 0.02, $"log loss {Figure(report, "log loss")}");
        string texts = Labelled("texts.tsv", 600, (i, _) => i % 3 == 0
            ? ("cold", $"snow and ice today {i % 7}") : ("warm", $"sun and sand today {i % 7}"));
        TrainReport classified = Train(new ClassifyRecipe(), texts, $"seed={seed}", $"c{seed}", roles: TextAndLabel);
        Assert.Equal(1, Figure(classified, "accuracy"));
        Assert.True(Figure(classified, "log loss") < 0.02, $"log loss {Figure(classified, "log loss")}");
    }

    [Fact]
    public void ARareClassThatNothingTellsApartEndsWithItsShare()
    {
        var rng = new Rng(6);
        string[] rows = [.. Enumerable.Range(0, 1_000)
            .Select(i => (Label: i % 100 == 7 ? "rare" : "usual", A: rng.NextUInt32() % 8, B: rng.NextUInt32() % 8))
            .Select(row => $"v{row.A},w{row.B},{row.Label}")];
        TrainReport report = Train(new TabularRecipe(), Write("rare.csv", rows.Prepend("a,b,label")), "",
            roles: new StatedRoles {
            Columns = [("a", ColumnRole.Categorical), ("b", ColumnRole.Categorical), ("label", ColumnRole.Label)] });
        double share = report.Baselines[0].Metrics.First(metric => metric.Name == "log loss").Value;
        Assert.True(Figure(report, "log loss") < share + 0.02, $"log loss {Figure(report, "log loss")}, of the shares alone {share}");
        Assert.Equal("log loss", report.Validation[0].Name);
        TrainReport text = Train(new ClassifyRecipe(),
            Write("rare.tsv", rows.Select(row => row.Split(',')).Select(row => $"{row[2]}\t{row[0]} said {row[1]} again")
            .Prepend("label\ttext")), "", "text", roles: TextAndLabel);
        Assert.True(Figure(text, "log loss") < share + 0.03, $"log loss {Figure(text, "log loss")}, of the shares alone {share}");
    }

    [Theory]
    [InlineData("राम का काम", "राम की काम")]
    [InlineData("mà nhà có", "ma nhà có")]
    [InlineData("that film 😀 ok", "that film 😡 ok")]
    [InlineData("good 👍🏽", "good 👍🏿")]
    [InlineData("from 🇩🇪", "from 🇫🇷")]
    [InlineData("كتاب جديد", "كتب جديد")]
    [InlineData("我喜歡貓", "我討厭貓")]
    [InlineData("この本が好きです", "この本が嫌いです")]
    [InlineData("อาหารอร่อยมาก", "อาหารแย่มาก")]
    [InlineData("ខ្ញុំចូលចិត្ត", "ខ្ញុំស្អប់")]
    [InlineData("ကောင်းတယ်", "ဆိုးတယ်")]
    public void WhatTellsTextsApartIsReadInEveryScript(string first, string second)
    {
        string file = Labelled("script.tsv", 300, (_, rng) => rng.NextUInt32() % 2 == 0 ? ("a", first) : ("b", second));
        TrainReport report = Train(new ClassifyRecipe(), file, "", roles: TextAndLabel);
        Assert.Equal(1, Figure(report, "accuracy"));
        ClassifyRun run = ClassifyRun.Open(report.Run);
        Assert.Equal(("a", "b"), (run.Predict(first).Value, run.Predict(second).Value));
    }

    [Fact]
    public void DecomposedLettersAreTheSameWord()
    {
        const string Composed = "m\u00e0 nh\u1ead", Decomposed = "ma\u0300 nha\u0323\u0302";
        string file = Labelled("nfd.tsv", 200, (i, _) => i % 2 == 0 ? ("a", Composed) : ("b", "ma nha"));
        ClassifyRun run = ClassifyRun.Open(Train(new ClassifyRecipe(), file, "", roles: TextAndLabel).Run);
        Assert.Equal(run.Predict(Composed).Probability, run.Predict(Decomposed).Probability);
        Assert.Equal("a", run.Predict(Decomposed).Value);
    }

    [Fact]
    public void ScriptsWithoutSpacesAreSaidToBeReadByCharacters()
    {
        string[] Notes(string text, string settings = "") =>
            [.. Train(new ClassifyRecipe(),
                Labelled("spaces.tsv", 60, (i, _) => (i % 2 == 0 ? "a" : "b", $"{text} {(i % 2 == 0 ? "x" : "y")}")),
                $"epochs=1 {settings}", roles: TextAndLabel).Notes];
        Assert.Contains(Notes("ภาษาไทยไม่มีช่องว่าง"), note => note.Contains("Thai", StringComparison.Ordinal)
            && note.Contains("1 to 4 characters", StringComparison.Ordinal) && note.Contains("`ngrams`", StringComparison.Ordinal));
        Assert.Contains(Notes("中文沒有空格"), note => note.Contains("Chinese", StringComparison.Ordinal)
            && note.Contains("1 to 3 characters", StringComparison.Ordinal));
        Assert.Contains(Notes("中文沒有空格", "ngrams=2"), note => note.Contains("1 to 2 characters", StringComparison.Ordinal));
        Assert.DoesNotContain(Notes("words with spaces"), note => note.Contains("spaces", StringComparison.Ordinal));
    }

    [Fact]
    public void SizesFollowTheData()
    {
        string small = Labelled("small.tsv", 400,
            (i, rng) => (i % 2 == 0 ? "spam" : "ham", $"{(i % 2 == 0 ? "win" : "meet")} w{rng.NextUInt32() % 9} now"));
        TrainReport report = Train(new ClassifyRecipe(), small, "", roles: TextAndLabel);
        Assert.InRange(new DirectoryInfo(report.Run).EnumerateFiles().Sum(file => file.Length), 1, 500_000);
        IReadOnlyDictionary<string, string> settings = Settings(report);
        Assert.Equal(("64", "16", "2"), (settings["buckets"], settings["batch-size"], settings["ngrams"]));
        Assert.InRange(int.Parse(settings["epochs"], System.Globalization.CultureInfo.InvariantCulture), 50, 200);
        // What is given stays.
        IReadOnlyDictionary<string,
        string> given = Settings(
        Train(new ClassifyRecipe(), small, "buckets=100 batch-size=50 epochs=2 min-steps=3 ngrams=3", "given", roles: TextAndLabel));
        Assert.Equal(("100", "50", "2", "3", "3"),
            (given["buckets"], given["batch-size"], given["epochs"], given["min-steps"], given["ngrams"]));
    }

    [Fact]
    public void FewWordsAreLearnedFromRawProse()
    {
        var rng = new Rng(5);
        string[] animals = ["Cat", "dog", "horse"], verbs = ["eats", "sleeps", "runs"], stones = ["granite", "marble", "slate"],
        makes = ["breaks", "weighs", "shines"];
        string Of(string[] words) => words[rng.NextUInt32() % words.Length];
        string file = Write("prose.txt",
            Enumerable.Range(0, 1_500)
            .Select(i => i % 2 == 0 ? $"The {Of(animals)} {Of(verbs)}, and {Of(animals)} {Of(verbs)}."
            : $"A {Of(stones)} {Of(makes)}; \u201c{Of(stones)}\u201d {Of(makes)}!"));
        TrainReport report = Train(new WordsRecipe(), file, "dim=16", options: PlainText);
        WordsRun run = WordsRun.Open(report.Run);
        // Marks are no part of words, and case says nothing.
        string[] expected = ["a", "and", "the", .. animals.Select(word => word.ToLowerInvariant()), .. verbs, .. stones, .. makes];
        Assert.Equal(expected.Order(StringComparer.Ordinal), run.Words.Words.Order(StringComparer.Ordinal));
        foreach (string word in (string[])["cat", "dog", "horse"])
            Assert.Contains(run.Neighbors(word, 2).Found[0].Id, (string[])["cat", "dog", "horse"]);
        Assert.Equal(run["cat"], run["CAT"]);
        Assert.Equal(["The", "Cat"],
            WordsRun.Open(Train(new WordsRecipe(),
            Write("spaced.txt", Enumerable.Range(0, 50).Select(i => i % 3 == 0 ? "The Cat The" : "The The Cat The Cat The The")),
            "tokens=spaces dim=4 epochs=1", "spaced", options: PlainText).Run).Words.Words);
    }

    [Fact]
    public void BatchesAndEpochsFollowTheExamples()
    {
        var rule = new LoopRule(Batch: 256, Epochs: 20, Steps: 1_500, MinSteps: 300);
        LoopSizes Of(long examples) => new LoopSizes().For(examples, rule);
        Assert.Equal(new LoopSizes { BatchSize = 16, Epochs = 200, MinSteps = 200 }, Of(30));
        Assert.Equal(new LoopSizes { BatchSize = 16, Epochs = 50, MinSteps = 300 }, Of(480));
        Assert.Equal(new LoopSizes { BatchSize = 256, Epochs = 20, MinSteps = 300 }, Of(30_000));
        Assert.Equal(new LoopSizes { BatchSize = 4_096, Epochs = 20, MinSteps = 300 }, Of(1_000_000_000));
        for (long examples = 1; examples < 1_000_000_000; examples = examples * 3 / 2 + 1)
            Assert.True(Of(examples).BatchSize <= Of(examples * 3 / 2 + 1).BatchSize);
        Assert.Equal(new LoopSizes { BatchSize = 7, Epochs = 3, MinSteps = 0 },
            new LoopSizes { BatchSize = 7, Epochs = 3, MinSteps = 0 }.For(1_000, rule));
    }

    [Fact]
    public void DistinctThingsAreCountedWithinAPercent()
    {
        var counter = new DistinctCounter();
        long all = 0;
        foreach (long upTo in new[] { 10L, 1_000, 100_000, 3_000_000 })
        {
            for (; all < upTo; all++)
                for (int twice = 0; twice < 2; twice++) counter.Add((ulong)all);
            Assert.InRange(counter.Count, upTo * 0.99 - 1, upTo * 1.01 + 1);
        }
        Assert.Equal((64, 1_024, 1_152, 1 << 20),
            (DistinctCounter.Buckets(3, 64, 1 << 20), DistinctCounter.Buckets(1_024, 64, 1 << 20),
            DistinctCounter.Buckets(1_025, 64, 1 << 20), DistinctCounter.Buckets(1L << 40, 64, 1 << 20)));
    }

    static Dictionary<string, string> Settings(TrainReport report)
    {
        using var json = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(Path.Combine(report.Run, "run.json")));
        return json.RootElement.GetProperty("settings").EnumerateObject()
            .ToDictionary(setting => setting.Name, setting => setting.Value.GetString()!);
    }
}
