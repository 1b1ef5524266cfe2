using Rowan.Data;
using Rowan.Numerics;
using Rowan.Recipes;
using Rowan.Retrieval;
using Rowan.TestSupport;
using Rowan.Training;

namespace Rowan.Tests;

public sealed class SearchFusionTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // Examples of Porter's paper, and of the rules' limits.
    [Theory]
    [InlineData("caresses", "caress"), InlineData("ponies", "poni"), InlineData("cats", "cat"), InlineData("feed", "feed"),
        InlineData("agreed", "agre"), InlineData("plastered", "plaster")]
    [InlineData("bled", "bled"), InlineData("motoring", "motor"), InlineData("sing", "sing"), InlineData("conflated", "conflat"),
        InlineData("sized", "size"), InlineData("hopping", "hop")]
    [InlineData("falling", "fall"), InlineData("filing", "file"), InlineData("happy", "happi"), InlineData("sky", "sky"),
        InlineData("relational", "relat"), InlineData("conditional", "condit")]
    [InlineData("digitizer", "digit"), InlineData("operator", "oper"), InlineData("decisiveness", "decis"),
        InlineData("triplicate", "triplic"), InlineData("hopefulness", "hope")]
    [InlineData("goodness", "good"), InlineData("revival", "reviv"), InlineData("adjustment", "adjust"),
        InlineData("replacement", "replac"), InlineData("adoption", "adopt")]
    [InlineData("effective", "effect"), InlineData("rate", "rate"), InlineData("controlling", "control"), InlineData("ing", "ing"),
        InlineData("is", "is"), InlineData("int32s", "int32s"), InlineData("naïves", "naïves")]
    public void StemsArePorters(string word, string stem) => Assert.Equal(stem, EnglishStemmer.Stem(word));

    [Fact]
    public void AFusionWithWeight0RanksAsBm25AndWithWeight1AsTheVectors()
    {
        var rng = new Rng(3);
        float[] bm25 = new float[200], cosines = new float[200];
        rng.Randn(bm25);
        rng.Randn(cosines);
        for (int i = 0; i < bm25.Length; i++) bm25[i] = Math.Max(0, bm25[i]);
        static int[] Order(float[] scores) => [.. Enumerable.Range(0, scores.Length).OrderByDescending(i => scores[i])];
        Assert.Equal(Order(bm25), Order(Fused(bm25, cosines, 0)));
        Assert.Equal(Order(cosines), Order(Fused(bm25, cosines, 1)));
        float[] half = Fused(bm25, cosines, 0.5f);
        float most = bm25.Max(), low = cosines.Min(), high = cosines.Max();
        for (int i = 0; i < half.Length; i++) Assert.Equal(0.5 * bm25[i] / most + 0.5 * (cosines[i] - low) / (high - low), half[i], 1e-5);
        Assert.All(Fused(new float[5], [1, 1, 1, 1, 1], 0.5f), score => Assert.Equal(0, score));
    }

    [Fact]
    public void GainsFollowTheirDocumentsAndTiesPutTheLessRelevantFirst()
    {
        var metrics = new RankingMetrics(10);
        // Ranks: document 2 first, then the tie of 0 (gain 3) and 1 (gain 1), before which 3, irrelevant, ties too. Document −1 is never
        // found.
        new SearchQuestion("q", [0, 1, 2, -1], [3, 1, 2, 2]).AddTo(metrics, [5, 5, 9, 5, 1]);
        double ideal = 3 + 2 / Math.Log2(3) + 2 / Math.Log2(4) + 1 / Math.Log2(5);
        Assert.Equal((2 + 1 / Math.Log2(4) + 3 / Math.Log2(5)) / ideal, metrics.Ndcg(10), 1e-9);
        Assert.Equal(0.75, metrics.Recall(10), 1e-9);
    }

    [Theory]
    [InlineData("query-id\tcorpus-id\tscore\n1\td1\t1\n1\td2\t0\n2\td2\t2\n")]
    [InlineData("1 0 d1 1\n1 0 d2 0\n2 Q0 d2 2\n")]
    [InlineData("1\td1\t1\n2\td2\t2\n")]
    public void JudgmentsAreReadInBothLayouts(string qrels)
    {
        File.WriteAllText(_folder["qrels"], qrels);
        foreach (string queries in new[] {
            "query_id\ttext\n1\tone thing\n2\ttwo\n3\tthree\n",
            "{\"_id\":\"1\",\"text\":\"one thing\"}\n{\"_id\":\"2\",\"text\":\"two\"}\n{\"_id\":3,\"text\":\"three\"}\n" })
        {
            File.WriteAllText(_folder["queries"], queries);
            JudgedQueries judged = JudgedQueries.Read(_folder["queries"], _folder["qrels"], new Dictionary<string,
                int> { ["d1"] = 0, ["d2"] = 1 });
            Assert.Equal(["one thing", "two"], judged.Questions.Select(question => question.Text));
            Assert.Equal([0], judged.Questions[0].Documents);
            Assert.Equal([2f], judged.Questions[1].Gains);
            Assert.Contains("1 queries without a judgment", Assert.Single(judged.Notes), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void WhatJudgmentsLackIsCountedOrNamed()
    {
        File.WriteAllText(_folder["queries"], "1\tone\n2\ttwo\nno tab\n4\tfour\n");
        File.WriteAllText(_folder["qrels"], "1\td1\t1\n1\tgone\t1\nragged line\n9\td1\t1\n4\td1\t0\n");
        var documents = new Dictionary<string, int> { ["d1"] = 0 };
        JudgedQueries judged = JudgedQueries.Read(_folder["queries"], _folder["qrels"], documents);
        Assert.Equal([0, -1], Assert.Single(judged.Questions).Documents);
        string notes = string.Join('\n', judged.Notes);
        foreach (string said in new[] {
            "1 lines left out", "line 3: 2 fields", "1 judged queries", "1 queries without a judgment", "1 queries without a relevant",
            "1 relevant documents are not in the corpus, such as 'gone'", "1 lines without an id" })
            Assert.Contains(said, notes, StringComparison.Ordinal);
        File.WriteAllText(_folder["qrels"], "7\td1\t1\n");
        Assert.Contains("do not match",
            Assert.Throws<InvalidDataException>(() => JudgedQueries.Read(_folder["queries"], _folder["qrels"], documents)).Message,
            StringComparison.Ordinal);
        File.WriteAllText(_folder["qrels"], "1\tother\t1\n");
        Assert.Contains("`id` COLUMN",
            Assert.Throws<InvalidDataException>(() => JudgedQueries.Read(_folder["queries"], _folder["qrels"], documents)).Message,
            StringComparison.Ordinal);
        File.WriteAllText(_folder["qrels"], "something else\n");
        Assert.Contains("line 1: 2 fields",
            Assert.Throws<InvalidDataException>(() => JudgedQueries.Read(_folder["queries"], _folder["qrels"], documents)).Message,
            StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => JudgedQueries.Read(_folder["none"], _folder["qrels"], documents));
    }

    [Theory]
    [InlineData("qrels"), InlineData("test-qrels"), InlineData("queries"), InlineData("test-queries")]
    public void OptionsOfJudgmentsBelongTogether(string alone) =>
        Assert.Throws<ArgumentException>(
            () => SearchQuestions.Check(SearchSettings.List.Parse(new Dictionary<string, string> { [alone] = "x.tsv" })));

    [Fact]
    public void GivenQueriesAreLearnedAndTheRunKeepsItsFusion()
    {
        // A query names its document by a synonym that occurs in no document: only the judgments teach it.
        const int topics = 40;
        File.WriteAllLines(_folder["corpus.tsv"],
            ["doc_id\ttitle\tabstract",
            .. Enumerable.Range(0, topics)
            .Select(i => $"{1000 + i}\t{(i == 7 ? "" : $"about {Word(i)}")}\tthis text tells of {Word(i)} and "
            + $"{Word((i * 7 + 3) % topics)} at some length"), "2000\t\t"]);
        File.WriteAllLines(_folder["queries.tsv"],
            ["query_id\ttext", .. Enumerable.Range(0, topics * 6)
            .Select(i => $"q{i}\twhat is un{Word(i % topics)} {(i / topics % 2 == 0 ? "please" : "really")}")]);
        File.WriteAllLines(_folder["train.qrels"], Enumerable.Range(0, topics * 5).Select(i => $"q{i} 0 {1000 + i % topics} 1"));
        File.WriteAllLines(_folder["test.qrels"],
            ["query-id\tcorpus-id\tscore", .. Enumerable.Range(topics * 5, topics).Select(i => $"q{i}\t{1000 + i % topics}\t1")]);
        using DataSource source = DataSource.Of(_folder["corpus.tsv"]);
        DataSchema schema = SchemaInference.Infer(source,
            new StatedRoles { Columns = [("doc_id", ColumnRole.Id), ("title", ColumnRole.Text), ("abstract", ColumnRole.Text)] });
        TrainReport Train(string name, params (string Name, string Value)[] more)
        {
            var settings = new Dictionary<string, string>
            {
                ["queries"] = _folder["queries.tsv"], ["qrels"] = _folder["train.qrels"], ["test-qrels"] = _folder["test.qrels"],
                ["dim"] = "24", ["epochs"] = "60", ["batch-size"] = "40", ["at"] = "1,5",
            };
            foreach ((string setting, string value) in more) settings[setting] = value;
            return new SearchRecipe()
                .Train(new TrainRequest {
                Data = source, Schema = schema, RunsDirectory = _folder["runs"], Name = name, Settings = settings });
        }
        TrainReport report = Train("judged", ("hard-negatives", "1"));
        Assert.Contains("1 records without any text left out", report.Notes);
        Assert.Equal(["BM25", "vectors"], report.Baselines.Select(baseline => baseline.Name));
        Assert.Equal(["mrr", "ndcg@5", "recall@1", "recall@5", "map@5"], report.Metrics.Select(metric => metric.Name));
        double Of(string name) => report.Baselines.First(baseline => baseline.Name == name).Metrics[0].Value;
        Assert.True(Of("BM25") < 0.2, $"BM25 {Of("BM25")}");
        Assert.True(report.Metrics[0].Value > 0.8, $"fusion {report.Metrics[0].Value}, vectors {Of("vectors")}");

        SearchRun run = SearchRun.Open(report.Run);
        EvaluationReport again = run.Evaluate(_folder["queries.tsv"], _folder["test.qrels"], 1, 5);
        Assert.Equal(topics, again.Records);
        Assert.Equal(report.Metrics.Select(metric => metric.Value), again.Metrics.Select(metric => metric.Value));
        Assert.Equal(report.Baselines[0].Metrics.Select(metric => metric.Value), again.Baselines[0].Metrics.Select(metric => metric.Value));
        // With weight 0 a hit's order is BM25's, with weight 1 the cosine's.
        Assert.Equal($"{1003}", run.Search($"tells of {Word(3)}", 1, 0)[0].Name);
        IReadOnlyList<SearchHit> byCosine = run.Search($"tells of {Word(3)}", 10, 1);
        Assert.Equal(byCosine.OrderByDescending(hit => hit.Cosine).Select(hit => hit.Name), byCosine.Select(hit => hit.Name));
        Assert.Throws<ArgumentOutOfRangeException>(() => run.Search("tells", 1, 2));

        TrainReport lexical = Train("lexical", ("fusion-weight", "0"), ("epochs", "1"));
        Assert.Equal(0, SearchRun.Open(lexical.Run).FusionWeight);
        Assert.Equal(lexical.Baselines[0].Metrics.Select(metric => metric.Value), lexical.Metrics.Select(metric => metric.Value));
        File.Delete(Path.Combine(lexical.Run, "bm25.safetensors"));
        Assert.Throws<InvalidDataException>(() => SearchRun.Open(lexical.Run));
    }

    [Fact]
    public void TheChosenWeightIsNeverBelowTheBetterPartOnItsQuestions()
    {
        var rng = new Rng(5);
        const int documents = 60, dim = 8;
        string[] words = [.. Enumerable.Range(0, 30).Select(Word)];
        SearchDocument[] texts =
            [.. Enumerable.Range(0, documents)
            .Select(i => new SearchDocument($"{i}", false, "",
            [string.Join(' ', Enumerable.Range(0, 6).Select(_ => words[rng.NextUInt32() % 30]))], ""))];
        for (int trial = 0; trial < 5; trial++)
        {
            var vectors = new float[documents * dim];
            rng.Randn(vectors);
            SearchQuestion[] questions =
                [.. Enumerable.Range(0, 30).Select(_ => (int)(rng.NextUInt32() % documents))
                .Select(i => new SearchQuestion(texts[i].Texts[0].Split(' ')[0], i))];
            Dictionary<string, float[]> asked = questions.Select(question => question.Text).Distinct()
                .ToDictionary(text => text, _ => { var v = new float[dim]; rng.Randn(v); return v; });
            var index = new FusedIndex(LexicalIndex.Choose(texts, questions), PiecewiseIndex.Over(vectors, dim));
            float weight = index.Choose(questions, text => asked[text]);
            (RankingMetrics fused, RankingMetrics bm25, RankingMetrics cosines) =
                index.Measure(questions, text => asked[text], weight, [10]);
            Assert.True(fused.MeanReciprocalRank >= Math.Max(bm25.MeanReciprocalRank, cosines.MeanReciprocalRank) - 1e-6);
        }
    }

    static float[] Fused(float[] bm25, float[] cosines, float weight)
    {
        var fused = new float[bm25.Length];
        FusedIndex.Fuse(bm25, cosines, weight, fused);
        return fused;
    }

    static string Word(int number) => string.Concat("zu", (char)('a' + number / 20), "k", (char)('a' + number % 20), "m");
}
