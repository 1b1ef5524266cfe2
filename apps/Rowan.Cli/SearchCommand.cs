using System.CommandLine;
using System.Globalization;
using Rowan.Recipes;

namespace Rowan.Cli;

/// <summary><c>rowan search</c>.</summary>
static class SearchCommand
{
    public static Command Create(Terminal terminal)
    {
        var question = new Argument<string[]>("question") {
            Description = "The question, in plain words.", HelpName = "QUESTION", Arity = ArgumentArity.OneOrMore };
        var command = new Command("search", """
            Search texts with a question. Prints the best matches by a fusion of BM25 and vectors, each with its scores.

            Examples:
              rowan search "read all lines of a file"
              rowan search "how do I return an item" --run runs/help -n 3 --json
            """) { question };
        var options = new RunOptions(command, ["search"]);
        var weight = new Option<float?>("--fusion-weight")
        {
            Description = "Weight of the vectors: 0 is BM25 alone, 1 the vectors alone. Default: as chosen in training.", HelpName = "N",
        };
        command.Options.Add(weight);
        command.SetAction(parsed =>
        {
            var run = SearchRun.Open(options.Run(parsed, terminal));
            Print(terminal, run.Path,
                run.Search(string.Join(' ', parsed.GetValue(question)!), options.Count(parsed), parsed.GetValue(weight)),
                options.Json(parsed));
            return App.Ok;
        });
        return command;
    }

    /// <summary>Each hit with its score, and its summary below.</summary>
    public static void Print(Terminal terminal, string run, IReadOnlyList<SearchHit> hits, bool json)
    {
        if (!json)
        {
            foreach (SearchHit hit in hits)
            {
                terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{hit.Score:0.000}  {hit.Name}{Parts(hit)}"));
                terminal.Out.WriteLine("       " + Shortened(hit.Summary, terminal.Width - 7));
            }
            return;
        }
        JsonText.Write(terminal.Out, writer =>
        {
            writer.WriteString("run", run);
            writer.WriteStartArray("hits");
            foreach (SearchHit hit in hits)
            {
                writer.WriteStartObject();
                writer.WriteString("name", hit.Name);
                writer.WriteNumber("score", Math.Round(hit.Score, 6));
                if (hit.Bm25 is { } bm25) writer.WriteNumber("bm25", Math.Round(bm25, 6));
                if (hit.Cosine is { } cosine) writer.WriteNumber("cosine", Math.Round(cosine, 6));
                writer.WriteString("summary", hit.Summary);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        });
    }

    static string Parts(SearchHit hit) => hit.Bm25 is { } bm25 && hit.Cosine is { } cosine
        ? string.Create(CultureInfo.InvariantCulture, $"  (BM25 {bm25:0.0}, cosine {cosine:0.000})") : "";

    static string Shortened(string text, int width) => text.Length <= width ? text : text[..Math.Max(1, width - 1)].TrimEnd() + "…";
}
