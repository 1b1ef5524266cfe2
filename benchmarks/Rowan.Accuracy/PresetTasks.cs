using System.Globalization;
using Rowan.Data;
using Rowan.Recipes;
using Rowan.Training;

namespace Rowan.Accuracy;

/// <summary>The tasks that presets are measured on: what a user gives who knows the columns and nothing else.</summary>
static class PresetTasks
{
    static readonly ReadOptions Imdb = new() {
        Header = false, Columns = ["label", "stars", "id", "text"], Escapes = true, NoQuotes = true };

    public static AccuracyTask[] All { get; } =
    [
        new ImplicitTask("atoy", "ncf", "AToy", "", ("CFNet 0.4150", 0.415), ("CFNet 0.2513", 0.251)),
        new ImplicitTask("amusic", "ncf", "AMusic", "", ("CFNet 0.4116", 0.420), ("CFNet 0.2601", 0.264)),
        new ImplicitTask("lastfm", "ncf", "lastfm", "", ("CFNet 0.8995", 0.897), ("CFNet 0.6186", 0.620)),
        new GowallaTask(),
        new TextTask("imdb", "accuracy", "imdb/imdb_train.tsv.gz", "imdb/imdb_test.tsv.gz", null, Imdb, "", "0.9056 (Keras, bigrams)",
            0.910),
        new TextTask("20news", "accuracy", "20newsgroups/20news-bydate-train.tsv.gz", "20newsgroups/20news-bydate-test.tsv.gz", null,
            new ReadOptions { Header = false, Columns = ["label", "id", "text"], Escapes = true, NoQuotes = true }, "",
            "0.832 (TF-IDF + LR)", 0.830),
        new TextTask("sst2", "accuracy", "sst2-glue/train.tsv", "sst2-glue/test.tsv", "sst2-glue/dev.tsv",
            new ReadOptions { Header = true, Columns = ["label", "text"], NoQuotes = true }, "", "0.835 (CNN-rand)", 0.835),
        new TenFoldsTask(""),
        new AdultTask(""),
        new SciFactTask(), new ApiDocsTask(),
    ];
}

/// <summary>
/// Check-ins in the split of NGCF and LightGCN (He et al. 2020): trained on the train and valid files, all other items ranked.
/// </summary>
sealed class GowallaTask : RecipeTask
{
    public override string Name => "gowalla";

    public override string Protocol =>
        "trained on train.txt and valid.txt, of which a part is held out to validate; all items that are not in them are ranked";

    public override string Needs => "gowalla/train.txt gowalla/valid.txt gowalla/test.txt";

    public override IReadOnlyList<AccuracyRow> Run(string data, TextWriter log)
    {
        string Path(string name) => System.IO.Path.Combine(data, "gowalla", name);
        TrainReport report = Train(new RecommendRecipe(), [Path("train.txt"), Path("valid.txt")], Path("test.txt"), new ReadOptions(),
            new StatedRoles(), "at=20", log);
        return [new(Name, "recall@20", Figure(report, "recall@20"), "LightGCN 0.182", 0.182),
            new(Name, "NDCG@20", Figure(report, "ndcg@20"), "LightGCN 0.155", 0.154)];
    }
}

/// <summary>
/// Claims and abstracts in BEIR's layout (Wadden et al. 2020): trained on the judged training claims, tested on the test claims.
/// </summary>
sealed class SciFactTask : RecipeTask
{
    public override string Name => "scifact";

    public override string Protocol =>
        "the training claims and their judgments are trained on; the 300 test claims are asked. The goal is BM25 of the same run and 0.02";

    public override string Needs =>
        "scifact/corpus.tsv scifact/queries.train.tsv scifact/qrels.train.tsv scifact/queries.test.tsv scifact/qrels.test.tsv";

    public override IReadOnlyList<AccuracyRow> Run(string data, TextWriter log)
    {
        string Path(string name) => System.IO.Path.Combine(data, "scifact", name);
        TrainReport report = Train(new SearchRecipe(), Path("corpus.tsv"), null, new ReadOptions { Header = true },
            new StatedRoles { Columns = [("doc_id", ColumnRole.Id), ("title", ColumnRole.Text), ("abstract", ColumnRole.Text)] },
            $"queries={Path("queries.train.tsv")} qrels={Path("qrels.train.tsv")} test-queries={Path("queries.test.tsv")} "
                + $"test-qrels={Path("qrels.test.tsv")}", log);
        return [Beside(report, Name, "ndcg@10", "nDCG@10")];
    }

    /// <summary>A metric next to the best baseline that the run measured itself.</summary>
    internal static AccuracyRow Beside(TrainReport report, string data, string metric, string shown)
    {
        (string name, double value) = ("no baseline", 0);
        foreach ((string own, IReadOnlyList<Metric> metrics) in report.Baselines)
            if (metrics.FirstOrDefault(one => one.Name == metric) is { } found && found.Value > value) (name, value) = (own, found.Value);
        return new(data, shown, Figure(report, metric), string.Create(CultureInfo.InvariantCulture, $"{name} {value:0.0000} (this run)"),
            value + 0.02);
    }
}

/// <summary>The documentation of the SDK on this machine: questions that are held out of it.</summary>
sealed class ApiDocsTask : RecipeTask
{
    public override string Name => "dotnet-docs";

    public override string Protocol => "questions held out of the XML documentation of the SDK; the goal is BM25 of the same run and 0.02";

    public override string Needs => "";

    public override IReadOnlyList<AccuracyRow> Run(string data, TextWriter log)
    {
        log.WriteLine($"rowan train --preset {UsedPreset}");
        string runs = Path.Combine(Path.GetTempPath(), $"rowan-accuracy-{Guid.NewGuid():N}");
        try
        {
            using DataSource source = ApiDocs.Source();
            TrainReport report = new SearchRecipe().Train(new TrainRequest
            {
                Data = source, Schema = ApiDocs.Schema, RunsDirectory = runs, Preset = UsedPreset, Settings = new Dictionary<string,
                string> { ["extra"] = "details" },
            });
            foreach (string note in report.Notes) log.WriteLine(note);
            return [SciFactTask.Beside(report, Name, "mrr", "MRR")];
        }
        finally
        {
            if (Directory.Exists(runs)) Directory.Delete(runs, recursive: true);
        }
    }
}
