using System.CommandLine;
using System.Globalization;
using Rowan.Recipes;
using Rowan.Training;

namespace Rowan.Cli;

/// <summary>
/// The options of <c>train</c> and <c>grow</c> that say where the run goes and what is shown, and what follows from them.
/// </summary>
/// <param name="repeats">Whether the command trains from scratch, and so may repeat, resume or learn the documentation.</param>
sealed class TrainOutput(bool repeats)
{
    readonly Option<string?> _docs = new("--docs") {
        Description = "Without a file: folder of XML documentation to learn, instead of the SDK's.", HelpName = "DIR" };
    readonly Option<string> _runs = RunOptions.Runs();
    readonly Option<string?> _name = new("--name") {
        Description = "Name of the run. Default: data, task and a number, such as ratings-recommend-1.", HelpName = "NAME" };
    readonly Option<bool> _overwrite = new("--overwrite") { Description = "Replace the run of this name, once the new one is complete." };
    readonly Option<string?> _resume = new("--resume")
    {
        Description = "Resume an interrupted run: the newest, or the one of this name. Settings such as --learning-rate, --epochs and "
            + "--time-limit can be overridden.", HelpName = "NAME", Arity = ArgumentArity.ZeroOrOne,
    };
    readonly Option<bool> _continued = new(ResumedRun.Flag) { Hidden = true };
    readonly Option<int> _threads = Count("--threads", "Number of threads. The result does not depend on it.", Environment.ProcessorCount);
    readonly Option<int> _repeats = Count("--repeats", "Train this many runs with different seeds, and show mean and standard "
        + "deviation of each metric.", 1);
    readonly Option<int?> _folds = new("--folds")
    {
        Description = "Cross-validation: test a model on each of N parts of the records. Prints mean and standard deviation; keeps no "
            + "run.", HelpName = "N",
    };
    readonly Option<bool> _refit = new("--refit") {
        Description = "Train again on all records, with the epochs that validation found. The metrics are of the model before." };
    readonly Option<string> _progress = new("--progress") {
        Description = "Progress on stderr: auto, plain, json or none.", HelpName = "FORM", DefaultValueFactory = _ => "auto" };
    readonly Option<bool> _json = new("--json") { Description = "Print the result as JSON." };
    readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Show no progress." };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        ArgumentNullException.ThrowIfNull(command);
        _progress.AcceptOnlyFromAmong("auto", "plain", "json", "none");
        _resume.CompletionSources.Add(_ => RunSummary.All("runs").Where(run => run.Resumable).Select(run => run.Name));
        foreach (Option option in repeats
            ? (Option[])[_runs, _name, _overwrite, _resume, _repeats, _folds, _refit, _docs, _continued, _threads, _progress, _quiet,
            _json] : [_runs, _name, _overwrite, _continued, _threads, _progress, _quiet, _json])
            command.Options.Add(option);
    }

    public string Runs(ParseResult parsed) => parsed.GetValue(_runs)!;

    public string? Name(ParseResult parsed) => parsed.GetValue(_name);

    public string? Docs(ParseResult parsed) => repeats ? parsed.GetValue(_docs) : null;

    public bool Overwrites(ParseResult parsed) => parsed.GetValue(_overwrite);

    public int Threads(ParseResult parsed) => parsed.GetValue(_threads);

    /// <summary>Whether an interrupted run is to be resumed.</summary>
    public bool Resumes(ParseResult parsed) => repeats && parsed.GetResult(_resume) is not null;

    /// <summary>The name of that run; null for the newest.</summary>
    public string? Resumed(ParseResult parsed) => parsed.GetValue(_resume);

    /// <summary>Whether this command line is that of an interrupted run.</summary>
    public bool IsContinued(ParseResult parsed) => parsed.GetValue(_continued);

    /// <summary>Whether progress and the columns are shown as text.</summary>
    public bool ShowsText(ParseResult parsed) => Shows(parsed) && parsed.GetValue(_progress) != "json";

    public ProgressScreen Screen(ParseResult parsed, Terminal terminal) =>
        new(terminal.Error, terminal.Interactive && parsed.GetValue(_progress) == "auto", TimeProvider.System, terminal.Width,
            json: parsed.GetValue(_progress) == "json");

    /// <summary>Trains once or several times and prints the result; returns the exit code.</summary>
    public int Train(Terminal terminal, ParseResult parsed, Recipe recipe, TrainRequest request, ProgressScreen screen,
        CancellationToken stop)
    {
        ProgressScreen? shown = Shows(parsed) ? screen : null;
        if (repeats && parsed.GetValue(_folds) is { } folds)
        {
            foreach (Option other in (Option[])[_repeats, _refit, _name, _overwrite])
                if (parsed.GetResult(other) is { Implicit: false })
                    throw new ArgumentException($"{other.Name}: --folds {folds} keeps no run, it only measures; leave one of them out");
            (IReadOnlyList<TrainReport> tested, IReadOnlyList<RepeatedMetric> means) = Folds.Train(recipe, request, folds, shown, stop);
            screen.EndLine();
            if (parsed.GetValue(_json)) TrainReportText.WriteFoldsJson(terminal.Out, recipe, tested, means);
            else TrainReportText.WriteFolds(terminal, tested, means);
            return stop.IsCancellationRequested ? App.Cancelled : App.Ok;
        }
        if (repeats && parsed.GetValue(_refit) && parsed.GetValue(_repeats) > 1)
            throw new ArgumentException("--repeats: --refit trains one model; leave one of them out");
        if (repeats && parsed.GetValue(_repeats) is > 1 and var times)
        {
            (IReadOnlyList<TrainReport> reports, IReadOnlyList<RepeatedMetric> metrics) =
                Repeats.Train(recipe, request, times, shown, stop);
            screen.EndLine();
            if (parsed.GetValue(_json)) TrainReportText.WriteJson(terminal.Out, reports, metrics);
            else TrainReportText.Write(terminal, reports, metrics);
            return stop.IsCancellationRequested ? App.Cancelled : App.Ok;
        }
        TrainReport report = (repeats && parsed.GetValue(_refit)
            ? Refit.Train(recipe, request, shown, stop) : Repeats.Once(recipe, request, shown, stop)).WithOptions();
        screen.EndLine();
        // Standard error holds nothing but JSON, or nothing at all, where that was asked for.
        bool toError = !parsed.GetValue(_quiet) && parsed.GetValue(_progress) != "json";
        if (toError || !parsed.GetValue(_json)) TrainReportText.WriteWarnings(toError ? terminal.Error : terminal.Out, report);
        if (parsed.GetValue(_json)) TrainReportText.WriteJson(terminal.Out, report);
        else TrainReportText.Write(terminal, report);
        return report.End == TrainingEnd.Stopped ? App.Cancelled : App.Ok;
    }

    bool Shows(ParseResult parsed) => !parsed.GetValue(_quiet) && parsed.GetValue(_progress) != "none";

    static Option<int> Count(string name, string description, int value)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, CultureInfo.InvariantCulture, out int given) && given < 1)
                result.AddError($"{name} {given}: it must be at least 1.");
        });
        return option;
    }
}
