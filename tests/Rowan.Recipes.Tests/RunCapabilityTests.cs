using Rowan.Data;
using Rowan.Recipes;
using Rowan.Training;

namespace Rowan.Tests;

/// <summary>Any run is opened by <see cref="Run.Open"/> and asked for what it can do, from several threads.</summary>
public sealed class RunCapabilityTests : RecipeTestBase
{
    [Theory]
    [InlineData("recommend", "recommendations, neighbors, vectors, metrics on new records")]
    [InlineData("classify", "predictions, predictions for a text, neighbors, vectors, metrics on new records")]
    [InlineData("tabular", "predictions, neighbors, vectors, metrics on new records")]
    [InlineData("words", "analogies, neighbors, vectors")]
    [InlineData("search", "text search, neighbors, vectors, metrics on new records")]
    [InlineData("pairs", "predictions, text search, neighbors, vectors, metrics on new records")]
    public void ARunSaysWhatItCanDo(string task, string capabilities)
    {
        string path = Trained(task);
        Run run = Run.Open(path);
        Assert.Equal(capabilities, string.Join(", ", run.Capabilities));
        // Its class is known without opening it: the newest run with a capability is this one if it has the capability, and none else.
        Assert.Equal(run is IRecommender ? path : null, Run.Newest<IRecommender>(_folder["runs"]));
        Assert.Equal(run is IPredictor ? path : null, Run.Newest<IPredictor>(_folder["runs"]));
        Assert.Equal(run is ITextClassifier ? path : null, Run.Newest<ITextClassifier>(_folder["runs"]));
        Assert.Equal(run is ITextSearch ? path : null, Run.Newest<ITextSearch>(_folder["runs"]));
        Assert.Equal(run is IAnalogies ? path : null, Run.Newest<IAnalogies>(_folder["runs"]));
        Assert.Equal(run is IEvaluator ? path : null, Run.Newest<IEvaluator>(_folder["runs"]));
        Assert.Equal(path, Run.Newest<INeighbors>(_folder["runs"]));

        // What it lacks is refused in one sentence that names the task and what there is instead.
        Action lacking = task == "recommend" ? () => run.As<ITextSearch>() : () => run.As<IRecommender>();
        var lacks = Assert.Throws<RunCapabilityException>(lacking);
        Assert.Equal($"the {run.Task} run '{path}' has no {lacks.Capability}; it has {capabilities}. Choose another run", lacks.Message);

        // Tables and neighbours agree with a scan of the vectors.
        foreach (LearnedTable table in run.As<IVectors>().Tables)
        {
            string id = table.Ids[1];
            NearestIds near = run.As<INeighbors>().Neighbors(id, 3, table.Name);
            Assert.Equal(table.Name, near.Table);
            Assert.DoesNotContain(near.Found, one => one.Id == id);
            double best = Enumerable.Range(0, (int)table.Ids.Count).Where(row => row != 1)
                .Max(row => Cosine(table.Row(row).Span, table.Row(1).Span));
            Assert.Equal(best, near.Found[0].Cosine, 4);
        }
    }

    [Theory]
    [InlineData("recommend"), InlineData("classify"), InlineData("words"), InlineData("pairs")]
    public void ThreadsGetTheAnswersOfOne(string task)
    {
        string path = Trained(task);
        string alone = Asked(Run.Open(path));
        // The first questions come at the same time, so what is made on demand is made from several threads.
        Run shared = Run.Open(path);
        var answers = new string[8];
        Thread[] threads = [.. answers.Select((_, i) => new Thread(() => answers[i] = Asked(shared)))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.All(answers, answer => Assert.Equal(alone, answer));
    }

    static string Asked(Run run)
    {
        var answers = new List<string>();
        for (int i = 0; i < 5; i++)
        {
            LearnedTable table = run.Tables[^1];
            answers.AddRange(run.Neighbors(table.Ids[i], 5, table.Name).Found.Select(one => $"{one.Id} {one.Cosine:R}"));
            if (run is IRecommender recommender) answers.AddRange(recommender.Recommend($"u{i}", 3).Select(item => $"{item}"));
            if (run is ITextClassifier texts) answers.Add($"{texts.Predict($"a {Colors[i]} boat", 2).Probability:R}");
            if (run is ITextSearch search) answers.AddRange(search.Search($"the {Colors[i]} boat", 3).Select(hit => $"{hit}"));
            if (run is IAnalogies words) answers.AddRange(words.Analogy([Colors[i], "car"], ["boat"], 3).Select(word => $"{word}"));
        }
        return string.Join('\n', answers);
    }

    [Fact]
    public void ARunOfAnUnknownTaskIsRefused()
    {
        string path = Trained("tabular"), info = Path.Combine(path, "run.json");
        File.WriteAllText(info, File.ReadAllText(info)
            .Replace("\"kind\": \"tabular\"", "\"kind\": \"telepathy\"", StringComparison.Ordinal));
        var unknown = Assert.Throws<InvalidDataException>(() => Run.Open(path));
        Assert.Contains("unknown task 'telepathy'", unknown.Message, StringComparison.Ordinal);
        Assert.Null(Run.Newest<IVectors>(_folder["runs"]));
    }

    static double Cosine(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double xy = 0, xx = 0, yy = 0;
        for (int i = 0; i < x.Length; i++) (xy, xx, yy) = (xy + (x[i] * y[i]), xx + (x[i] * x[i]), yy + (y[i] * y[i]));
        return xy / Math.Sqrt(xx * yy);
    }
}
