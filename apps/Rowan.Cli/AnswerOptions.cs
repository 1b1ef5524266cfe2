using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rowan.Training;

namespace Rowan.Cli;

/// <summary>What all commands that ask a run have in common: which run, how many answers, and JSON.</summary>
sealed class AnswerOptions
{
    readonly Option<string?> _run = new("--run") { Description = "The run folder, or the name of a run; the newest of its kind where none is given.", HelpName = "DIR" };
    readonly Option<string> _runs = new("--runs") { Description = "Where runs are kept.", HelpName = "DIR", DefaultValueFactory = _ => "runs" };
    readonly Option<int> _count = new("--count", "-n") { Description = "How many answers.", HelpName = "N", DefaultValueFactory = _ => 10 };
    readonly Option<bool> _json = new("--json") { Description = "Print the answers as JSON." };
    readonly string _kind;

    /// <param name="command">Which gets the options.</param>
    /// <param name="kind">The kind of run that is asked; for the newest one.</param>
    /// <param name="counted">Whether there are several answers to count.</param>
    public AnswerOptions(Command command, string kind, bool counted = true)
    {
        _kind = kind;
        _count.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, CultureInfo.InvariantCulture, out int given) && given < 1)
                result.AddError($"--count {given}: it must be at least 1.");
        });
        foreach (Option option in counted ? (Option[])[_run, _runs, _count, _json] : [_run, _runs, _json]) command.Options.Add(option);
    }

    public int Count(ParseResult parsed) => parsed.GetValue(_count);

    public bool Json(ParseResult parsed) => parsed.GetValue(_json);

    public string Run(ParseResult parsed)
    {
        string runs = parsed.GetValue(_runs)!;
        if (parsed.GetValue(_run) is not { } run) return RunFolder.Newest(runs, _kind);
        return !Directory.Exists(run) && Directory.Exists(Path.Combine(runs, run)) ? Path.Combine(runs, run) : run;
    }

    /// <summary>Prints an object as JSON.</summary>
    public static void WriteJson(TextWriter output, Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        output.WriteLine(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
    }
}
