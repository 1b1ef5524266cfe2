using System.CommandLine;
using System.Globalization;
using Rowan.Recipes;
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
    readonly string _capability;
    readonly Func<string, string?> _newest;

    RunOptions(Command command, string capability, Func<string, string?> newest, bool counted, bool json)
    {
        ArgumentNullException.ThrowIfNull(command);
        (_capability, _newest) = (capability, newest);
        _run = new("--run") {
            Description = $"Run folder, or name of a run. Default: the newest run with {capability}.", HelpName = "RUN" };
        _run.CompletionSources.Add(context => Names(context.ParseResult.GetValue(_runs)!));
        AtLeastOne(_count);
        foreach (Option option in (Option[])[_run, _runs, .. counted ? [_count] : Array.Empty<Option>(), .. json ? [_json]
            : Array.Empty<Option>()]) command.Options.Add(option);
    }

    /// <summary>The options of a command that asks runs for a capability.</summary>
    /// <typeparam name="T">The interface of the capability.</typeparam>
    /// <param name="command">Which gets the options.</param>
    /// <param name="counted">Whether there are several answers to count.</param>
    /// <param name="json">Whether answers can be printed as JSON.</param>
    public static RunOptions For<T>(Command command, bool counted = true, bool json = true) where T : class =>
        new(command, Run.NameOf<T>(), Run.Newest<T>, counted, json);

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

    /// <summary>Opens the run that is asked; one that was not named is told on stderr.</summary>
    public Run Open(ParseResult parsed, Terminal terminal)
    {
        string runs = parsed.GetValue(_runs)!;
        if (parsed.GetValue(_run) is { } named) return Run.Open(Named(named, runs));
        string newest = _newest(runs) ?? throw new DirectoryNotFoundException(
            $"there is no run with {_capability} in '{runs}'; train one with 'rowan train', or name a run folder as --run RUN");
        terminal.Error.WriteLine($"using run {newest} (choose another with --run)");
        return Run.Open(newest);
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
