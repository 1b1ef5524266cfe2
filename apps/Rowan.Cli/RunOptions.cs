using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rowan.Recipes;
using Rowan.Training;

namespace Rowan.Cli;

/// <summary>What the commands that ask a run have in common: which run, how many answers, and how they are printed.</summary>
sealed class RunOptions
{
    readonly Option<string?> _run = new("--run") { Description = "The run folder, or the name of a run; the newest where none is given.", HelpName = "DIR" };
    readonly Option<string> _runs = new("--runs") { Description = "Where runs are kept.", HelpName = "DIR", DefaultValueFactory = _ => "runs" };
    readonly Option<int> _count = new("--count", "-n") { Description = "How many answers.", HelpName = "N", DefaultValueFactory = _ => 10 };
    readonly Option<bool> _json = new("--json") { Description = "Print the answers as JSON." };

    public RunOptions(Command command)
    {
        _count.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, CultureInfo.InvariantCulture, out int given) && given < 1)
                result.AddError($"--count {given}: it must be at least 1.");
        });
        foreach (Option option in (Option[])[_run, _runs, _count, _json]) command.Options.Add(option);
    }

    public int Count(ParseResult parsed) => parsed.GetValue(_count);

    public bool Json(ParseResult parsed) => parsed.GetValue(_json);

    public SearchRun Open(ParseResult parsed) => SearchRun.Open(Path(parsed, "search"));

    /// <summary>The run that is meant: the one that is named, or the newest, of a kind or of any.</summary>
    public string Path(ParseResult parsed, string? kind = null)
    {
        string runs = parsed.GetValue(_runs)!;
        if (parsed.GetValue(_run) is not { } run) return RunFolder.Newest(runs, kind);
        return Named(run, runs);
    }

    /// <summary>The folder that a run's path or name means.</summary>
    public static string Named(string run, string runs) => !Directory.Exists(run) && Directory.Exists(System.IO.Path.Combine(runs, run)) ? System.IO.Path.Combine(runs, run) : run;

    public void Print(ParseResult parsed, Terminal terminal, string run, IReadOnlyList<SearchHit> hits)
    {
        if (parsed.GetValue(_json)) WriteJson(terminal.Out, run, hits);
        else
            foreach (SearchHit hit in hits)
            {
                string head = string.Create(CultureInfo.InvariantCulture, $"{hit.Score:0.000}  {hit.Name}");
                terminal.Out.WriteLine(head);
                terminal.Out.WriteLine("       " + Shortened(hit.Summary, terminal.Width - 7));
            }
    }

    static string Shortened(string text, int width) => text.Length <= width ? text : text[..Math.Max(1, width - 1)].TrimEnd() + "…";

    static void WriteJson(TextWriter output, string run, IReadOnlyList<SearchHit> hits)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("run", run);
            json.WriteStartArray("hits");
            foreach (SearchHit hit in hits)
            {
                json.WriteStartObject();
                json.WriteString("name", hit.Name);
                json.WriteNumber("score", Math.Round(hit.Score, 6));
                json.WriteString("summary", hit.Summary);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        output.WriteLine(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
    }
}
