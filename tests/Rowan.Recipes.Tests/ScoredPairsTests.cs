using System.Globalization;
using System.Text.RegularExpressions;
using Rowan.Data;
using Rowan.Recipes;
using Rowan.Training;

namespace Rowan.Tests;

/// <summary>Pairs of texts with a score: what is taken for them, what is learned, what is refused.</summary>
public sealed class ScoredPairsTests : RecipeTestBase
{
    const int Topics = 12;

    /// <summary>Pairs whose texts share no word: the score is 0.75 if both are of one topic, else 0.25, plus up to 0.04.</summary>
    static IEnumerable<string> Pairs(int count, int seed, Func<double, string>? score = null)
    {
        var rng = new Rng((ulong)seed);
        int Place() => (int)(rng.NextUInt32() % 3);
        for (int i = 0; i < count; i++)
        {
            int a = (int)(rng.NextUInt32() % Topics), b = i % 2 == 0 ? a : (a + 1 + i % (Topics - 1)) % Topics;
            double value = (i % 2 == 0 ? 0.75 : 0.25) + i % 5 * 0.01;
            yield return $"{Word('l', a, Place())} {Word('l', a, Place())},{Word('r', b, Place())} {Word('r', b, Place())},"
                + (score?.Invoke(value) ?? value.ToString(CultureInfo.InvariantCulture));
        }
    }

    // Words without common n-grams: each is made of letters that depend on side, topic and place.
    static string Word(char side, int topic, int place)
    {
        uint hash = (uint)((side * 31 + topic) * 31 + place) * 2654435761u;
        return string.Concat(Enumerable.Range(0, 7).Select(i => (char)('a' + (hash >> (i * 4)) % 26)));
    }

    string Data(int count = 600, string header = "sentence1,sentence2,score", Func<double, string>? score = null,
        string name = "pairs.csv") =>
        Write(name, Pairs(count, 0, score).Prepend(header));

    static RecipeFit FitOf(string file, StatedRoles? roles = null)
    {
        using DataSource data = DataSource.Of(file);
        return new SearchRecipe().Fit(SchemaInference.Infer(data, roles));
    }

    [Theory]
    [InlineData("sentence1,sentence2,score", true)]
    [InlineData("sentence_A,sentence_B,relatedness_score", true)]
    [InlineData("text1,text2,similarity", true)]
    [InlineData("s1,s2,label", true)]
    [InlineData("title,body,score", false)]
    [InlineData("text1,text2,price", false)]
    public void NamesSayWhetherANumberIsASimilarity(string header, bool pairs)
    {
        string file = Write("pairs.csv", Enumerable.Range(0, 300).Select(i => string.Create(CultureInfo.InvariantCulture,
            $"a man with {i} dogs walks in the park,somebody is outside with {i * 7} animals today,{i % 26 * 0.2:0.0}")).Prepend(header));
        using DataSource data = DataSource.Of(file);
        DataSchema schema = SchemaInference.Infer(data);
        bool taken = RecipeCatalog.Ranked(schema)[0] is { Recipe: SearchRecipe, Fit.Schema: { } used }
            && used.Of(ColumnRole.Rating).Count == 1;
        Assert.Equal(pairs, taken);
        // Stated, any number is one.
        RecipeFit stated = FitOf(file, new StatedRoles().With(header.Split(',')[2], ColumnRole.Rating));
        Assert.Equal("pairs of texts with a score", stated.Reason);
    }

    [Fact]
    public void ClassesAreNotTakenForScores()
    {
        string file = Write("nli.csv", Enumerable.Range(0, 300)
            .Select(i => $"a man walks a dog number {i},somebody is outside with {i * 7},{i % 3}").Prepend("sentence1,sentence2,label"));
        using DataSource data = DataSource.Of(file);
        Assert.IsType<ClassifyRecipe>(RecipeCatalog.Ranked(SchemaInference.Infer(data))[0].Recipe);
    }

    [Fact]
    public void TheVectorsLearnWhatNoSharedWordSays()
    {
        TrainReport report = Train(new SearchRecipe(), Data(), "epochs=40 dim=32", "a");
        // No word is shared, so the overlap is 0 in every pair and has no correlation.
        Assert.True(Figure(report, "pearson") > 0.8, $"pearson {Figure(report, "pearson")}");
        Assert.True(double.IsNaN(report.Baselines.First(baseline => baseline.Name == "word overlap").Metrics[0].Value));
        Match sizes = report.Notes.Select(note => Regex.Match(note, "^(\\d+) pairs trained on, (\\d+) for validation, (\\d+) for the test"))
            .Single(match => match.Success);
        int[] parts = [.. sizes.Groups.Values.Skip(1).Select(part => int.Parse(part.Value, CultureInfo.InvariantCulture))];
        Assert.Equal(600, parts.Sum());
        Assert.InRange(parts[1], 50, 60);
        Assert.InRange(parts[2], 50, 60);
    }

    [Fact]
    public void ARunIsReadScoresPairsAndIsSearched()
    {
        string test = Write("test.csv", Pairs(100, 5).Prepend("sentence1,sentence2,score"));
        TrainReport report = Train(new SearchRecipe(), Data(), "epochs=40 dim=32", "a", test);
        using DataSource data = DataSource.Of(test);
        EvaluationReport measured = Run.Open(report.Run).As<IEvaluator>().Evaluate(data);
        Assert.Equal(100, measured.Records);
        Assert.Equal(report.Metrics, measured.Metrics);
        using RecordReader reader = data.Open();
        float[] scores = [.. ((PredictingRun)Run.Open(report.Run)).Predict(reader)
            .Select(prediction => float.Parse(prediction.Value, CultureInfo.InvariantCulture))];
        Assert.Equal(100, scores.Length);
        // The units of the file, within its range.
        Assert.All(scores, score => Assert.InRange(score, 0.25f, 0.79f));
        float same = scores.Where((_, i) => i % 2 == 0).Average(), other = scores.Where((_, i) => i % 2 == 1).Average();
        Assert.True(same > 0.65 && other < 0.4, $"{same} and {other}");
        string text = Pairs(1, 0).First().Split(',')[0];
        Assert.Equal(text, SearchRun.Open(report.Run).Search(text, 1, 1)[0].Summary);
    }

    [Fact]
    public void OnlyTheOrderOfScoresIsLearned()
    {
        TrainReport unit = Train(new SearchRecipe(), Data(), "epochs=4 dim=8 fusion-weight=1", "unit");
        string signedFile = Data(score: value => (value * 4 - 2).ToString(CultureInfo.InvariantCulture), name: "signed.csv");
        TrainReport signed = Train(new SearchRecipe(), signedFile, "epochs=4 dim=8 fusion-weight=1", "signed");
        Assert.Equal(Figure(unit, "spearman"), Figure(signed, "spearman"), 6);
        LearnedTable[] first = [.. LearnedTable.Read(unit.Run)], second = [.. LearnedTable.Read(signed.Run)];
        Assert.Equal(first[0].Vectors.Pieces[0].ToArray(), second[0].Vectors.Pieces[0].ToArray());
    }

    [Fact]
    public void TheSameSeedGivesTheSameBytesForAnyThreads()
    {
        string file = Data();
        SameForAnyThreads(name => Train(new SearchRecipe(), file, "epochs=3 dim=16", name));
    }

    [Fact]
    public void TheSamePairIsNeverInTwoParts()
    {
        ScoredPair[] pairs = [.. Enumerable.Range(0, 90).Select(i => i % 2 == 0
            ? new ScoredPair($"a{i / 3}", $"b{i / 3}", i) : new ScoredPair($"b{i / 3}", $"a{i / 3}", i))];
        int[] parts = ScoredPair.Split(pairs, 10, 20, new Rng(3));
        for (int i = 0; i < 90; i += 3) Assert.True(parts[i] == parts[i + 1] && parts[i] == parts[i + 2]);
        Assert.Equal(18, parts.Count(part => part == 2));
        Assert.Equal(9, parts.Count(part => part == 1));
    }

    [Fact]
    public void TheWordOverlapIsTheCosineOfIdfWeights()
    {
        WordOverlap overlap = WordOverlap.Of(["red fox", "red hen", "blue hen"], LexicalAnalysis.Words);
        // 3 texts; red and hen in two of them, fox in one: ln(1 + 3/3) and ln(1 + 3/2).
        double two = Math.Log(2), one = Math.Log(2.5), unseen = Math.Log(4);
        Assert.Equal(two * two / (Math.Sqrt(two * two + one * one) * Math.Sqrt(2) * two), overlap.Cosine("red fox", "red hen"), 6);
        Assert.Equal(unseen * unseen / (unseen * unseen + two * two), overlap.Cosine("zebra red", "zebra hen"), 6);
        Assert.Equal(0, overlap.Cosine("red", "blue"));
        Assert.Equal(0, overlap.Cosine("", "blue"));
        Assert.Equal(1, overlap.Cosine("blue fox", "fox blue"), 6);
    }

    [Fact]
    public void WhatCannotBeLearnedIsRefused()
    {
        void Refused<T>(string said, string file, string settings = "epochs=1", string? test = null) where T : Exception =>
            Assert.Contains(said, Assert.Throws<T>(() => Train(new SearchRecipe(), file, settings, test: test)).Message,
                StringComparison.Ordinal);
        string WithSome(string bad) => Data(score: value => value > 0.78 ? bad : "0.5" + (int)(value * 100));
        Refused<InvalidDataException>("training pairs is 3; pairs with different scores are needed", Data(score: _ => "3"));
        Refused<InvalidDataException>("9 pairs with two texts and a score; at least 10", Data(9));
        Refused<BadRecordException>("'' is not a score", WithSome(""));
        Refused<BadRecordException>("'NaN' is not a score", WithSome("NaN"));
        Refused<ArgumentException>("`hard-negatives`: it has no effect on pairs with a score", Data(), "hard-negatives=1");
        Refused<ArgumentException>("`held-out`: no pairs are held out", Data(), "held-out=5", Data(20, name: "test.csv"));
        string runs = _folder["runs"];
        Assert.Empty(Directory.Exists(runs) ? Directory.GetDirectories(runs).Where(run => !Path.GetFileName(run).StartsWith('.')) : []);
    }

    [Fact]
    public void ATestWhoseScoresAreAllEqualIsNamed()
    {
        string test = Write("test.csv", Pairs(40, 5, _ => "0.5").Prepend("sentence1,sentence2,score"));
        TrainReport report = Train(new SearchRecipe(), Data(), "epochs=1 dim=8", "a", test);
        Assert.True(double.IsNaN(Figure(report, "spearman")));
        Assert.Contains(report.Warnings, warning => warning.StartsWith("a correlation is not defined", StringComparison.Ordinal));
    }
}
