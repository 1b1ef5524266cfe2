using Rowan.Data;
using Rowan.Numerics;
using Rowan.Recipes;
using Rowan.Tables;
using Rowan.Training;

namespace Rowan.Tests;

public sealed class WordsRecipeTests : RecipeTestBase
{
    static readonly string[] Animals = ["cat", "dog", "horse", "cow", "sheep", "goat"],
    Tools = ["hammer", "saw", "drill", "plane", "chisel", "file"];

    /// <summary>Lines about animals hold words of barns, lines about tools words of workshops.</summary>
    string Text(int lines = 3_000)
    {
        var rng = new Rng(8);
        return Write("text.txt", Enumerable.Range(0, lines).Select(i =>
        {
            string[] own = i % 2 == 0 ? Animals : Tools;
            string place = i % 2 == 0 ? "barn" : "shop";
            return string.Join(' ', Enumerable.Range(0, 9)
                .Select(k => k % 3 == 0 ? own[rng.NextUInt32() % 6] : $"{place}{rng.NextUInt32() % 15}"));
        }));
    }

    const string Small = "dim=20 min-count=2 sample=0 epochs=5 learning-rate=0.05 window=3";

    [Theory]
    [InlineData("")]
    [InlineData("model=cbow")]
    [InlineData("buckets=2000")]
    [InlineData("model=cbow buckets=2000")]
    [InlineData("sample=0.01")]
    [InlineData("negative-power=0")]
    public void WordsOfLikeCompanyLieSideBySide(string settings)
    {
        TrainReport report = Train(new WordsRecipe(), Text(),
            $"{string.Join(' ', Small.Split(' ').Where(own => !settings.Contains(own.Split('=')[0] + "=", StringComparison.Ordinal)))} "
            + $"{settings}");
        WordsRun run = WordsRun.Open(report.Run);
        int right = Animals.Sum(word => run.Neighbors(word, 5).Found
            .Count(match => Animals.Contains(match.Id) || match.Id.StartsWith("barn", StringComparison.Ordinal)));
        Assert.True(right >= 28, $"{right} of 30 neighbours of animals are of the barn");
        Assert.True(File.ReadLines(Path.Combine(report.Run, "vectors.txt")).First() is "42 20");
        Assert.Equal(run.Neighbors("horse"), run.Neighbors("HORSE"), (x, y) => x!.Found.SequenceEqual(y!.Found));
        if (settings.Contains("buckets", StringComparison.Ordinal))
        {
            Assert.Equal(20, run["horsey"].Length);
            Assert.Equal(5, run.Neighbors("horsey", 5).Found.Count);
        }
        else
        {
            Assert.Throws<KeyNotFoundException>(() => run["horsey"]);
            Assert.Throws<UnknownNameException>(() => run.Neighbors("horsey", 5));
        }
    }

    [Fact]
    public void DrawnWordsAreAsFrequentAsThePowerSays()
    {
        // One word in a hundred is rare: drawn as often as all others it is pushed from what it is not more often, and its output row is
        // longer.
        string file = Write("rare.txt",
            Enumerable.Range(0, 2_000)
            .Select(i => string.Join(' ', Enumerable.Range(0, 6).Select(k => i % 20 == 0 && k == 3 ? "rare" : $"w{(i * 7 + k * 3) % 9}"))));
        double Output(string power)
        {
            TrainReport report = Train(new WordsRecipe(), file, $"{Small} negative-power={power}", $"power{power}");
            int row = Array.IndexOf(WordsRun.Open(report.Run).Words.Words.ToArray(), "rare");
            return RowMath.Norm(Formats.Safetensors.Read(Path.Combine(report.Run, "outputs.safetensors"))["rows"].ToTensor().ToArray()
                .AsSpan(row * 20, 20), 2);
        }
        (double evenly, double byFrequency) = (Output("0"), Output("1"));
        Assert.True(evenly > 1.2 * byFrequency, $"{evenly} drawn evenly, {byFrequency} by frequency");
    }

    [Fact]
    public void TheSameBytesForAnyThreads()
    {
        string file = Text(600);
        foreach (string settings in new[] { "", "model=cbow", "buckets=500" })
            SameForAnyThreads(name =>
                Train(new WordsRecipe(), file, $"{Small} {settings}", $"{name}{settings.Replace("=", "", StringComparison.Ordinal)}"));
    }

    [Theory]
    [InlineData(WordsModelKind.SkipGram, false)]
    [InlineData(WordsModelKind.Cbow, false)]
    [InlineData(WordsModelKind.SkipGram, true)]
    [InlineData(WordsModelKind.Cbow, true)]
    public void AStepIsTheGradientOfTheLoss(WordsModelKind model, bool parts)
    {
        // One window: the middle word with both neighbours. The step per rate is minus the derivative of the loss, but that in CBOW and
        // with parts each row takes the whole step.
        const int Dim = 5;
        int stride = WordsKernel.StrideOf(Dim);
        var rng = new Rng(2);
        RowMemory<float> xRows = new(9, stride), yRows = new(6, stride);
        for (int row = 0; row < 9; row++) rng.Uniform(xRows[row][..Dim], -1, 1);
        for (int row = 0; row < 6; row++) rng.Uniform(yRows[row][..Dim], -1, 1);
        Span<float> x = xRows.Chunk(0).Span, y = yRows.Chunk(0).Span;
        int[][]? rows = parts ? [.. Enumerable.Range(0, 6).Select(word => new[] { word, 6 + word % 3 })] : null;
        var settings = new WordsSettings { Model = model, Dim = Dim, Window = 1, Negatives = 2 };
        var draw = new AliasTable([1, 1, 1, 1, 1, 1]);
        (float[] beforeX, float[] beforeY) = (x.ToArray(), y.ToArray());
        const float Rate = 1e-3f;
        int[] tokens = [3, WordsCorpus.LineEnd, 0, 1];
        new WordsKernel(xRows, yRows, Dim, stride, settings, draw, [1 / 6.0, 1 / 6.0, 1 / 6.0, 1 / 6.0, 1 / 6.0, 1 / 6.0], rows)
            .Train(tokens, 100, 0, Rate);

        // The slow way: each window by itself, all from the rows before.
        double[] wantX = new double[x.Length], wantY = new double[y.Length];
        ulong seed = Shuffle.Mix(0, 0);
        foreach ((int at, int center, int neighbour) in new[] { (2, 0, 1), (3, 1, 0) })
        {
            int[] targets = [center,
                .. Enumerable.Range(1, 2).Select(k => draw.At(Shuffle.Mix(seed ^ 0x6e65_6761, (ulong)(100 + at) * 256 + (ulong)k)))];
            int[] own = rows?[neighbour] ?? [neighbour];
            double[] input = [.. Enumerable.Range(0, Dim).Select(d => own.Average(row => (double)beforeX[row * stride + d]))];
            for (int o = 0; o < targets.Length; o++)
            {
                if (o > 0 && targets[o] == center) continue;
                double score = Enumerable.Range(0, Dim).Sum(d => input[d] * beforeY[targets[o] * stride + d]);
                double g = Rate * ((o == 0 ? 1 : 0) - 1 / (1 + Math.Exp(-score)));
                for (int d = 0; d < Dim; d++)
                {
                    foreach (int row in own) wantX[row * stride + d] += g * beforeY[targets[o] * stride + d];
                    wantY[targets[o] * stride + d] += g * input[d];
                }
            }
        }
        for (int i = 0; i < x.Length; i++) Assert.Equal(wantX[i], x[i] - beforeX[i], 6);
        for (int i = 0; i < y.Length; i++) Assert.Equal(wantY[i], y[i] - beforeY[i], 6);
        Assert.Contains(wantX, step => Math.Abs(step) > 1e-5);
    }

    [Fact]
    public void PhrasesAreJoined()
    {
        var rng = new Rng(12);
        string file = Write("phrases.txt",
            Enumerable.Range(0, 800)
            .Select(_ => string.Join(' ', Enumerable.Range(0, 8).Select(k => k == 3 ? "new york" : $"w{rng.NextUInt32() % 40}"))));
        WordsRun run = WordsRun.Open(Train(new WordsRecipe(), file, $"{Small} phrase-passes=1 phrase-threshold=5").Run);
        Assert.Contains("new_york", run.Words.Words);
        Assert.DoesNotContain("york", run.Words.Words);
    }

    [Fact]
    public void AnalogiesAndPairsAreThoseOfTheSlowWay()
    {
        var words = new Vocabulary(["king", "queen", "man", "woman", "apple"]);
        float[] vectors = [1, 1, 0, 1, -1, 0.1f, 0.2f, 1, 0, 0.2f, -1, 0, 0, 0.1f, 1];
        WordsRun run = WordsRun.Of(words, vectors, 3);
        Assert.Equal("queen", run.Analogy(["king", "woman"], ["man"], 1)[0].Word);
        Assert.Equal("queen", run.Analogy(["king", "woman"], ["man"], 1, AnalogyRule.Multiply)[0].Word);
        float[][] units = [.. words.Words.Select(word => run[word])];
        double Cos(int i, int j) => units[i].Zip(units[j]).Sum(pair => (double)pair.First * pair.Second);
        double expected = (1 + Cos(1, 0)) / 2 * ((1 + Cos(1, 3)) / 2) / ((1 + Cos(1, 2)) / 2 + 0.001);
        Assert.Equal(expected, run.Analogy(["king", "woman"], ["man"], 1, AnalogyRule.Multiply)[0].Score, 4);

        string analogies = Write("analogies.txt",
            [": royal", "man king woman queen", "Man king unknown queen", ": fruit", "king queen apple man"]);
        IReadOnlyList<AnalogySection> sections = run.EvaluateAnalogies(analogies);
        Assert.Equal([new AnalogySection("royal", 1, 1, 1, 2), sections[1]], sections);
        Assert.Equal((1, 1), (sections[1].Known, sections[1].Questions));
        string pairs = Write("pairs.tsv",
            ["# remark", "king\tqueen\t5", "king\tman\t8", "man\twoman\t1", "king\tapple\t3", "king\tnobody\t9"]);
        PairsReport report = run.EvaluatePairs(pairs);
        Assert.Equal((4, 5), (report.Known, report.Pairs));
        Assert.InRange(report.Spearman, -1, 1);
        Assert.Contains("line 2",
            Assert.Throws<BadRecordException>(() => run.EvaluatePairs(Write("bad.tsv", ["# x", "king queen"]))).Message,
            StringComparison.Ordinal);
        Assert.Contains("line 1",
            Assert.Throws<BadRecordException>(() => run.EvaluateAnalogies(Write("bad.txt", ["king queen man"]))).Message,
            StringComparison.Ordinal);
    }
}
