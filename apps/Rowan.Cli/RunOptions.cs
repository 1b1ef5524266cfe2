using System.CommandLine;
using System.Globalization;
using Rowan.Training;

namespace Rowan.Cli;

/// <summary>The options of all commands that ask a run: which run, how many answers, and JSON.</summary>
sealed class RunOptions
{
    readonly Option<string?> _run;
    readonly Option<string> _runs = Runs();
    readonly Option<int> _count = new("--count", "-n") {
        Description = "Number of answers.", HelpName = "N", DefaultValueFactory = _ => 10 };
    readonly Option<bool> _json = new("--json") { Description = "Print the answers as JSON." };
    readonly string[] _kinds;

    /// <param name="command">Which gets the options.</param>
    /// <param name="kinds">The tasks whose runs can be asked; none for any.</param>
    /// <param name="counted">Whether there are several answers to count.</param>
    /// <param name="json">Whether answers can be printed as JSON.</param>
    public RunOptions(Command command, string[] kinds, bool counted = true, bool json = true)
    {
        ArgumentNullException.ThrowIfNull(command);
        _kinds = kinds;
        _run = new("--run") { Description = $"Run folder, or name of a run. Default: the "
            + $"newest{(kinds.Length == 0 ? "" : $" {string.Join(" or ", kinds)}")} run.", HelpName = "RUN" };
        _run.CompletionSources.Add(context => Names(context.ParseResult.GetValue(_runs)!));
        AtLeastOne(_count);
        foreach (Option option in (Option[])[_run, _runs, .. counted ? [_count] : Array.Empty<Option>(), .. json ? [_json]
            : Array.Empty<Option>()]) command.Options.Add(option);
    }

    /// <summary>The folder of all runs.</summary>
    public static Option<string> Runs() =>
        new("--runs") { Description = "Folder of all runs.", HelpName = "DIR", DefaultValueFactory = _ => "runs" };

    /// <summary>The names of the complete runs in a folder, for completion.</summary>
    public static IEnumerable<string> Names(string runs) => RunSummary.All(runs).Where(run => run.Complete).Select(run => run.Name);

    /// <summary>Refuses numbers below 1.</summary>
    public static void AtLeastOne(Option<int> option)
    {
        ArgumentNullException.ThrowIfNull(option);
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, CultureInfo.InvariantCulture, out int given) && given < 1)
                result.AddError($"{option.Name} {given}: it must be at least 1.");
        });
    }

    public int Count(ParseResult parsed) => parsed.GetValue(_count);

    public bool Json(ParseResult parsed) => parsed.GetValue(_json);

    /// <summary>The folder of the run that is asked; one that was not named is told on stderr.</summary>
    public string Run(ParseResult parsed, Terminal terminal)
    {
        string runs = parsed.GetValue(_runs)!;
        if (parsed.GetValue(_run) is { } named) return Named(named, runs);
        RunSummary? newest = RunSummary.All(runs).FirstOrDefault(run => run.Complete && (_kinds.Length == 0 || _kinds.Contains(run.Task)));
        if (newest is null)
            throw new DirectoryNotFoundException($"there is no {(_kinds.Length == 0 ? "" : $"{string.Join(" or ", _kinds)} ")}run in "
                + $"'{runs}'; train one with 'rowan train', or name a run folder as --run RUN");
        terminal.Error.WriteLine($"using run {newest.Path} (choose another with --run)");
        return newest.Path;
    }

    /// <summary>The folder of a run by its path or name.</summary>
    /// <exception cref="DirectoryNotFoundException">There is none; the message names the nearest.</exception>
    public static string Named(string run, string runs)
    {
        string path = RunFolder.Named(run, runs);
        if (Directory.Exists(path)) return path;
        string remedy = Nearest.To(Path.GetFileName(run), Names(runs)) is { } near
            ? $"did you mean '{near}'?" : "'rowan runs' lists the runs";
        throw new DirectoryNotFoundException($"there is no run '{run}'; {remedy}");
    }
}
