using Rowan.Data;
using Rowan.Formats;
using Rowan.Numerics;
using Rowan.Recipes;
using Rowan.Training;

namespace Rowan.Tests;

public sealed class ClassifyRecipeTests : RecipeTestBase
{
    /// <summary>
    /// Texts of three kinds: each holds two words of its kind among twelve that say nothing. In the last kind, two words say what they
    /// say only side by side.
    /// </summary>
    string Texts(int count = 600)
    {
        var rng = new Rng(5);
        string[] kinds = ["animal", "plant", "stone"], own = ["zebra lion tiger wolf", "rose oak fern moss", "quartz slate flint chalk"];
        return Write("texts.tsv", Enumerable.Range(0, count).Select(i =>
        {
            string[] words = [.. Enumerable.Range(0, 12).Select(_ => $"word{rng.NextUInt32() % 60}")];
            foreach (int at in new[] { 3, 8 }) words[at] = own[i % 3].Split(' ')[rng.NextUInt32() % 4];
            return $"{kinds[i % 3]}\t{string.Join(' ', words)}";
        }).Prepend("label\ttext"));
    }

    [Theory]
    [InlineData("model=bag ngrams=1")]
    [InlineData("model=bag ngrams=3 buckets=2000 weights=tfidf word-dropout=0.2")]
    [InlineData("model=convolution widths=2,3 hidden=16")]
    [InlineData("model=convolution widths=1,3 hidden=16 pooling=mean")]
    [InlineData("model=convolution widths=2 hidden=16 pooling=both")]
    [InlineData("model=convolution widths=2 hidden=8 members=3")]
    [InlineData("model=bag ngrams=2 buckets=2000 members=2 word-dropout=0.2")]
    [InlineData("model=bag ngrams=2 buckets=2000 weights=both")]
    [InlineData("model=ensemble weights=both buckets=500 widths=1,2 hidden=8 subwords=true unknown-share=0.1 word-dropout=0.2")]
    [InlineData("model=ensemble ngrams=1 widths=1,2 hidden=8 members=2")]
    [InlineData("model=lstm hidden=16 layers=2")]
    [InlineData("model=lstm hidden=16 unknown-share=0.1 label-weights=balanced")]
    [InlineData("model=transformer heads=2 length=20")]
    [InlineData("model=convolution widths=2,3 hidden=16 subwords=true buckets=500 unknown-share=0.1")]
    [InlineData("model=lstm hidden=16 subwords=true buckets=500 shortest-ngram=2 longest-ngram=4")]
    [InlineData("model=transformer heads=2 length=20 subwords=true buckets=500 unknown-share=0.1")]
    public void EveryModelLearnsAndPredictsTheSameFromItsRun(string settings)
    {
        TrainReport report = Train(new ClassifyRecipe(), Texts(),
            $"dim=16 epochs=12 patience=none batch-size=32 learning-rate=0.01 {settings}");
        Assert.True(Figure(report, "accuracy") > 0.9, $"accuracy {Figure(report, "accuracy")}");
        Assert.True(report.Baselines[0].Metrics[0].Value < 0.5);
        ClassifyRun run = ClassifyRun.Open(report.Run);
        Prediction prediction = run.Predict("word3 the oak and the fern word9", 3);
        Assert.Equal("plant", prediction.Value);
        Assert.Equal(1, prediction.Top.Sum(label => label.Probability), 4);
        Assert.Equal(prediction.Top.Select(label => label.Label).Order(), run.Labels);
        // A text without a known word is answered too.
        Assert.Equal(1, run.Predict("", 3).Top.Sum(label => label.Probability), 4);
        using DataSource source = DataSource.Of(Write("new.txt", ["a zebra", "moss moss"]));
        using RecordReader reader = source.Open();
        Assert.Equal(["animal", "plant"], run.Predict(reader).Select(record => record.Value));
    }

    [Fact]
    public void UnknownWordsSayNothingUnlessTheyLearned()
    {
        // With every word known in training, an unknown one is read as nothing; else it has a vector of its own.
        ClassifyRun Of(string settings) =>
            ClassifyRun.Open(Train(new ClassifyRecipe(), Texts(),
            $"model=convolution widths=1 hidden=8 dim=8 epochs=1 min-count=1 {settings}").Run);
        ClassifyRun never = Of("unknown-share=0"), learned = Of("unknown-share=0.2");
        Assert.Equal(never.Predict("", 3).Top, never.Predict("unheard", 3).Top);
        Assert.Equal(never.Predict("word1 lion", 3).Top, never.Predict("word1 lion unheard", 3).Top);
        float[] Row(ClassifyRun run) =>
            Safetensors.Read(Path.Combine(run.Path, "model.safetensors"))["embedding.weight"].ToTensor().ToArray()[8..16];
        Assert.All(Row(never), value => Assert.Equal(0, value));
        Assert.All(Row(learned), value => Assert.NotEqual(0, value));
    }

    [Fact]
    public void UnknownWordsAreReadByTheirNgrams()
    {
        ClassifyRun run = ClassifyRun.Open(Train(new ClassifyRecipe(), Texts(), "model=convolution widths=1 hidden=16 dim=16 epochs=20 "
            + "patience=none learning-rate=0.01 min-count=1 subwords=true buckets=50000 unknown-share=0.5").Run);
        // None of these stands in the texts; what they are made of does, and of what they are not, the one or other n-gram too.
        (string Word, string Kind)[] unheard =
            [("zebras", "animal"), ("lions", "animal"), ("tigers", "animal"), ("wolfs", "animal"), ("roses", "plant"), ("oaks", "plant"),
            ("ferns", "plant"), ("mossy", "plant"), ("quartzy", "stone"), ("slates", "stone"), ("flints", "stone"), ("chalky", "stone")];
        string[] wrong = [.. unheard.Where(pair => run.Predict($"word3 {pair.Word} {pair.Word} word9").Value != pair.Kind)
            .Select(pair => pair.Word)];
        Assert.True(wrong.Length <= 2, $"{string.Join(", ", wrong)} of {unheard.Length}");
        // Several at a time are told apart.
        using DataSource source = DataSource.Of(Write("unheard.txt", ["tigers tigers", "quartzy quartzy", "ferns ferns"]));
        using RecordReader reader = source.Open();
        Assert.Equal(["animal", "stone", "plant"], run.Predict(reader).Select(record => record.Value));
        Assert.Contains("for the other models",
            Assert.Throws<ArgumentException>(() => Train(new ClassifyRecipe(), Texts(), "model=bag subwords=true")).Message,
            StringComparison.Ordinal);
        Assert.Contains("shorter than",
            Assert.Throws<ArgumentException>(() => Train(new ClassifyRecipe(), Texts(), "model=lstm subwords=true shortest-ngram=4 "
            + "longest-ngram=3")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BalancedWeightsGiveARareLabelItsDue()
    {
        // Every tenth text is rare; its word stands in a third of the others too, so that most texts with the word are not.
        var rng = new Rng(8);
        string file = Write("rare.tsv",
            Enumerable.Range(0, 1_000)
            .Select(i => $"{(i % 10 == 0 ? "rare" : "common")}\t{(i % 10 == 0 || rng.NextSingle() < 0.33f ? "sign" : "other")} "
            + $"word{rng.NextUInt32() % 5}").Prepend("label\ttext"));
        string Said(string settings) =>
            ClassifyRun.Open(Train(new ClassifyRecipe(), file,
            $"ngrams=1 dim=8 batch-size=64 epochs=20 patience=none learning-rate=0.02 {settings}").Run).Predict("sign word1").Value;
        Assert.Equal("common", Said(""));
        Assert.Equal("rare", Said("label-weights=balanced"));
        Assert.Contains("one label each",
            Assert.Throws<ArgumentException>(() => Train(new ClassifyRecipe(), file, "label-weights=balanced label-separator=|")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void SeveralLabelsOfATextAreLearned()
    {
        var rng = new Rng(7);
        string[] topics = ["art", "bread", "cars", "dogs", "earth"];
        string file = Write("several.csv", Enumerable.Range(0, 500).Select(_ =>
        {
            string[] own = [.. topics.Where(_ => rng.NextSingle() < 0.4f)];
            IEnumerable<string> words = own.SelectMany(topic => new[] { topic + "y", $"filler{rng.NextUInt32() % 30}" });
            return own.Length == 0 ? "art,art" : $"{string.Join('|', own)},{string.Join(' ', words)}";
        }).Prepend("label,text"));
        TrainReport report = Train(new ClassifyRecipe(), file,
            "label-separator=| ngrams=1 dim=16 epochs=20 patience=none learning-rate=0.02 dropout=0",
            roles: new StatedRoles { Columns = [("text", ColumnRole.Text), ("label", ColumnRole.Label)] });
        Assert.Equal(["p@1", "p@5", "r@5", "log loss"], report.Metrics.Select(metric => metric.Name));
        Assert.True(Figure(report, "p@1") > 0.9, $"p@1 {Figure(report, "p@1")}");
        Assert.Equal(1, Figure(report, "r@5"), 6);
        TrainReport together = Train(new ClassifyRecipe(), file,
            "label-separator=| ngrams=1 dim=16 epochs=20 patience=none learning-rate=0.02 dropout=0.2 members=2", "together",
            roles: new StatedRoles { Columns = [("text", ColumnRole.Text), ("label", ColumnRole.Label)] });
        Assert.True(Figure(together, "p@1") > 0.9, $"p@1 {Figure(together, "p@1")}");
    }

    /// <summary>What stands beside a text in a batch fills it up, and says nothing of it.</summary>
    [Theory]
    [InlineData("model=convolution widths=1,2,4 pooling=max")]
    [InlineData("model=convolution widths=1,2,4 pooling=mean")]
    [InlineData("model=convolution widths=3 pooling=both subwords=true buckets=100")]
    [InlineData("model=lstm subwords=true buckets=100")]
    [InlineData("model=transformer heads=2 length=20")]
    [InlineData("model=bag")]
    [InlineData("model=ensemble weights=both subwords=true buckets=100")]
    public void ATextIsReadTheSameBesideALongerOne(string settings)
    {
        ClassifyRun run = ClassifyRun.Open(Train(new ClassifyRecipe(), Texts(120), $"hidden=4 dim=8 epochs=3 learning-rate=0.01 "
            + $"{settings}").Run);
        string[] texts = ["lion word3 word4 oak", "oak", "nothing known",
            "word1 word2 word3 lion slate word5 word6 word7 word8 word9 word1 word2"];
        string together = Write("together.tsv", texts.Prepend("text"));
        using DataSource data = DataSource.Of(together, new ReadOptions { Header = true });
        using RecordReader reader = data.Open();
        double[] beside = [.. run.Predict(reader).Select(prediction => prediction.Probability!.Value)],
        alone = [.. texts.Select(text => run.Predict(text).Probability!.Value)];
        Assert.Equal(alone, beside, (x, y) => Math.Abs(x - y) < 1e-6);
    }

    [Fact]
    public void ARepeatedWordCountsAsTheWeightsSay()
    {
        string file = Texts(120);
        double Said(string weights, string text) =>
            ClassifyRun.Open(Train(new ClassifyRecipe(), file, $"dim=8 epochs=2 ngrams=1 weights={weights}", weights + text.Length).Run)
            .Predict(text).Probability!.Value;
        const string Word = "word3";
        Assert.Equal(Said("once", $"lion {Word}"), Said("once", $"lion {Word} {Word} lion {Word}"), 1e-6);
        Assert.Equal(Said("mean", $"lion {Word} {Word}"), Said("mean", $"{Word} lion {Word} {Word} lion {Word}"), 1e-6);
        Assert.NotEqual(Said("mean", $"lion {Word}"), Said("mean", $"lion {Word} {Word} {Word} {Word}"), 1e-6);
        Assert.NotEqual(Said("tfidf", $"lion {Word}"), Said("tfidf", $"lion {Word} {Word} {Word} {Word}"), 1e-6);
    }

    [Fact]
    public void TheSameBytesForAnyThreads()
    {
        string file = Texts(200);
        SameForAnyThreads(name =>
            Train(new ClassifyRecipe(), file, "dim=16 epochs=2 ngrams=2 buckets=500 batch-size=64 word-dropout=0.2", name));
        SameForAnyThreads(name =>
            Train(new ClassifyRecipe(), file, "model=convolution hidden=8 dim=16 epochs=1 batch-size=64", "convolution" + name));
    }

    [Fact]
    public void WhatIsWrongIsSaid()
    {
        string one = Write("one.tsv", ["label\ttext", .. Enumerable.Range(0, 30).Select(i => $"good\ta fine thing number {i}")]);
        Assert.Contains("the same label " +
            "'good'", Assert.Throws<InvalidDataException>(() => Train(new ClassifyRecipe(), one, "")).Message, StringComparison.Ordinal);
        string missing = Write("missing.tsv", ["label\ttext", "good\ta fine thing", "\tnobody knows what", "bad\ta sad thing indeed"]);
        Assert.Contains("line 3, column 'label'",
            Assert.Throws<BadRecordException>(() => Train(new ClassifyRecipe(), missing, "")).Message, StringComparison.Ordinal);
        string test = Write("test.tsv", ["label\ttext", "zebra kind\tnew", "animal\ta lion"]);
        TrainReport report = Train(new ClassifyRecipe(), Texts(90), "epochs=1", test: test);
        Assert.Contains(report.Warnings, note => note.Contains("'zebra kind'", StringComparison.Ordinal)
            && note.Contains("line 2", StringComparison.Ordinal));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void SeveralModelsAnswerByTheMeanOfTheirProbabilities(bool several)
    {
        var settings = new ClassifySettings {
            Model = ClassifyModelKind.Convolution, Widths = "1,2", Hidden = 4, Dim = 6, Members = 3, LabelSeparator = several ? "|" : "" };
        var rows = new TextRows(new Vocabulary(["a", "b", "c"]), settings);
        ClassifyModel model = ClassifyModel.Of(settings, rows, 4, null, meetsUnknown: true, new Rng(1), new Rng(2));
        var batch = new TextBatch([[2, 3, 4], [4]], rows, new UnknownWords());
        float[] together = ClassifyTraining.Probabilities(model, batch, several);
        float[][] each = [.. model.Members().Select(member => ClassifyTraining.Probabilities(member, batch, several))];
        Assert.Equal(3, each.Length);
        Assert.NotEqual(each[0], each[1]);
        for (int i = 0; i < together.Length; i++) Assert.Equal(each.Average(own => (double)own[i]), together[i], 1e-6);
    }

    [Fact]
    public void AnEnsembleHasABagOfEachWeightAndAConvolutionAndEachReadsItsOwnCodes()
    {
        var settings = new ClassifySettings
        {
            Model = ClassifyModelKind.Ensemble, Weights = BagWeights.Both, Ngrams = 2, Buckets = 10, Subwords = true, Widths = "1,2",
            Hidden = 4, Dim = 6,
            Members = 2,
        };
        Assert.Equal(["Bag TfIdf", "Bag Once", "Convolution Both", "Bag TfIdf", "Bag Once", "Convolution Both"],
            settings.Parts().Select(part => $"{part.Model} {part.Weights}"));
        var (rows, unknown, text) = (new TextRows(new Vocabulary(["a", "b", "c"]), settings), new UnknownWords(), new List<int>());
        rows.Encode("a b strange a", text, unknown);
        // Three words and an unknown one, and the two-word n-grams that end in the last three of them.
        Assert.Equal((2 + 3 + 10, 2 + 3), (rows.Rows, rows.SequenceRows));
        var batch = new TextBatch([[.. text]], rows, unknown);
        Assert.Equal([2, 3, 15, 2], batch.Sequences().Texts[0]);
        int[] bag = batch.Bags().Texts[0];
        Assert.Equal([2, 3, 2], bag.Where(code => code < 5));
        Assert.Equal(3, bag.Count(rows.IsWordNgram));
        float[] inverse = [.. Enumerable.Repeat(1f, (int)rows.Rows)];
        ClassifyModel model = ClassifyModel.Of(settings, rows, 3, inverse, meetsUnknown: true, new Rng(1), new Rng(2));
        float[] together = ClassifyTraining.Probabilities(model, batch, several: false);
        float[][] each = [.. model.Members().Select(member => ClassifyTraining.Probabilities(member, batch, several: false))];
        Assert.Equal(6, each.Length);
        for (int i = 0; i < together.Length; i++) Assert.Equal(each.Average(own => (double)own[i]), together[i], 1e-6);
    }

    /// <summary>
    /// The generator of dropout draws no initial weight: with the seed of the weights, two parts would start with the same numbers.
    /// </summary>
    [Theory, InlineData(ClassifyModelKind.Transformer), InlineData(ClassifyModelKind.Convolution), InlineData(ClassifyModelKind.Lstm)]
    public void InitialWeightsDoNotDependOnTheGeneratorOfDropout(ClassifyModelKind kind)
    {
        var settings = new ClassifySettings { Model = kind, Dim = 8, Heads = 2, Hidden = 4, Length = 10 };
        var rows = new TextRows(new Vocabulary(["a", "b", "c"]), settings);
        float[] Weights(ulong layers) =>
            [.. ClassifyModel.Of(settings, rows, 3, null, meetsUnknown: true, new Rng(1), new Rng(layers)).StateDict()
            .SelectMany(entry => entry.ToTensor().ToArray())];
        Assert.Equal(Weights(2), Weights(3));
    }

    [Fact]
    public void MacroF1IsTheMeanOverClasses()
    {
        // Class 0: 2·3/(4 + 4) = 0.75; class 1: 2·1/(2 + 3) = 0.4; class 2, once in the place of 1: 0.
        Assert.Equal((0.75 + 0.4 + 0) / 3, PredictionMetrics.MacroF1(new long[,] { { 3, 1, 0 }, { 1, 1, 0 }, { 0, 1, 0 } }, [0, 0, 0]), 12);
        // A class that does not occur and is not predicted does not count. An unknown label, predicted as 0, is a third class and a false
        // positive of 0.
        Assert.Equal(1, PredictionMetrics.MacroF1(new long[,] { { 3, 0, 0 }, { 0, 2, 0 }, { 0, 0, 0 } }, [0, 0, 0]), 12);
        Assert.Equal((6 / 7.0 + 1) / 3, PredictionMetrics.MacroF1(new long[,] { { 3, 0 }, { 0, 2 } }, [1, 0]), 12);
    }

    [Theory]
    [InlineData("model=bag")]
    [InlineData("model=convolution")]
    public void TextsThatAreAlsoTrainedOnAreCountedTheSameForEveryModel(string model)
    {
        string train = Write("leak-train.tsv",
            Enumerable.Range(0, 60).Select(i => $"{(i % 2 == 0 ? "good" : "bad")}\tthis is text number {i} and it is "
            + $"{(i % 2 == 0 ? "fine" : "poor")}").Prepend("label\ttext"));
        // Two are the same, one but for case and spaces; words that training does not know make none the same.
        string test = Write("leak-test.tsv",
            ["label\ttext", "good\tthis is text number 0 and it is fine", "bad\tThis is  text NUMBER 1 and it is poor", "good\tqqq zzz",
            "bad\tqqq xxx", "bad\tthis is text number 999 and it is poor"]);
        TrainReport report = Train(new ClassifyRecipe(), train, $"{model} epochs=1 dim=8", test: test);
        Assert.Contains(report.Notes, note => note.Contains("2 of the test texts also", StringComparison.Ordinal));
    }
}
