using Rowan.Data;
using Rowan.Recipes;

namespace Rowan.Encoders;

/// <summary>Fine-tunes a static encoder as <c>rowan train corpus.tsv --from DIR</c> does.</summary>
sealed class FineTuning(Retrieval retrieval, string cache, Action<string> say)
{
    /// <summary>The encoder after training on the documents and, if given, on queries with judgments.</summary>
    public StaticEncoder Run(string start, string[]? judgments)
    {
        say($"fine-tuning on {(judgments is null ? "documents" : $"documents and {judgments.Length - 1:#,0} judgments")}");
        var settings = new Dictionary<string, string> { ["from"] = start, ["held-out"] = "0" };
        if (judgments is not null)
        {
            string qrels = Path.Combine(cache, "qrels.tsv");
            File.WriteAllLines(qrels, judgments);
            (settings["queries"], settings["qrels"]) = (Path.Combine(retrieval.Folder, "queries.train.tsv"), qrels);
        }
        using DataSource data = DataSource.Of(Path.Combine(retrieval.Folder, "corpus.tsv"));
        TrainReport report = new SearchRecipe().Train(new TrainRequest
        {
            Data = data, Schema = SchemaInference.Infer(data), Settings = settings, RunsDirectory = cache, Name = "tuned", Overwrite = true,
        });
        return StaticEncoder.Open(Path.Combine(report.Run, "static"));
    }
}
