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
        var options = RunOptions.For<ITextSearch>(command);
        var weight = new Option<float?>("--fusion-weight")
        {
            Description = "Weight of the vectors: 0 is BM25 alone, 1 the vectors alone. Default: as chosen in training.", HelpName = "N",
        };
        command.Options.Add(weight);
        command.SetAction(parsed =>
        {
            Run run = options.Open(parsed, terminal);
            Print(terminal, run.Path,
                run.As<ITextSearch>().Search(string.Join(' ', parsed.GetValue(question)!), options.Count(parsed), parsed.GetValue(weight)),
                options.Json(parsed));
            return App.Ok;
        });
        return command;
    }

    /// <summary>Each hit with its score, and its summary below.</summary>
    static void Print(Terminal terminal, string run, IReadOnlyList<SearchHit> hits, bool json)
    {
        if (!json)
        {
            foreach (SearchHit hit in hits)
            {
                terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{hit.Score:0.000}  {hit.Name}  (BM25 {hit.Bm25:0.0}, cosine {hit.Cosine:0.000})"));
                terminal.Out.WriteLine(Indented(terminal, hit.Summary));
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
                writer.WriteNumber("bm25", Math.Round(hit.Bm25, 6));
                writer.WriteNumber("cosine", Math.Round(hit.Cosine, 6));
                writer.WriteString("summary", hit.Summary);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        });
    }

    /// <summary>A summary below a score, cut at the width of the terminal.</summary>
    public static string Indented(Terminal terminal, string summary) => "       " + Shortened(summary, terminal.Width - 7);

    static string Shortened(string text, int width) => text.Length <= width ? text : text[..Math.Max(1, width - 1)].TrimEnd() + "…";
}
