using System.CommandLine;
using System.Globalization;
using Rowan.Training;

namespace Rowan.Cli;

/// <summary>What all commands that ask a run have in common: which run, how many answers, and JSON.</summary>
sealed class RunOptions
{
    readonly Option<string?> _run;
    readonly Option<string> _runs = Runs();
    readonly Option<int> _count = new("--count", "-n") { Description = "How many answers.", HelpName = "N", DefaultValueFactory = _ => 10 };
    readonly Option<bool> _json = new("--json") { Description = "Print the answers as JSON." };
    readonly string? _kind;

    /// <param name="command">Which gets the options.</param>
    /// <param name="kind">The kind of run that is asked, for the newest one; null for any.</param>
    /// <param name="counted">Whether there are several answers to count.</param>
    public RunOptions(Command command, string? kind, bool counted = true)
    {
        _kind = kind;
        _run = new("--run") { Description = $"The run folder, or the name of a run; the newest{(kind is null ? "" : " of its kind")} where none is given.", HelpName = "DIR" };
        _count.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, CultureInfo.InvariantCulture, out int given) && given < 1)
                result.AddError($"--count {given}: it must be at least 1.");
        });
        foreach (Option option in counted ? (Option[])[_run, _runs, _count, _json] : [_run, _runs, _json]) command.Options.Add(option);
    }

    /// <summary>Where runs are kept.</summary>
    public static Option<string> Runs() => new("--runs") { Description = "Where runs are kept.", HelpName = "DIR", DefaultValueFactory = _ => "runs" };

    public int Count(ParseResult parsed) => parsed.GetValue(_count);

    public bool Json(ParseResult parsed) => parsed.GetValue(_json);

    /// <summary>The folder of the run that is meant.</summary>
    public string Run(ParseResult parsed) => parsed.GetValue(_run) is { } run ? RunFolder.Named(run, parsed.GetValue(_runs)!) : RunFolder.Newest(parsed.GetValue(_runs)!, _kind);
}
