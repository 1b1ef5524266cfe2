using System.CommandLine;
using System.Globalization;
using Rowan.Data;
using Rowan.Numerics;
using Rowan.Recipes;
using Rowan.Training;

namespace Rowan.Cli;

/// <summary><c>rowan train</c> and <c>rowan grow</c>.</summary>
static class TrainCommand
{
    const string GoOn = "--go-on";

    /// <summary><c>rowan train</c>.</summary>
    public static Command Create(Terminal terminal) => Create(terminal, new Command("train", """
        Learn vectors from a file of records, or from the API documentation that every .NET SDK carries.

        Looks at the columns, says what it takes them for and which job that is, trains, measures, and saves a run.
        Without a file it learns the .NET API, for 'search' and 'neighbors'.
        Ctrl-C finishes the batch and saves what was learned.

        Examples:
          rowan train
          rowan train ratings.csv
          rowan train reviews.tsv --text review --label stars --job classify
          rowan train --resume --learning-rate 0.001
          zcat clicks.csv.gz | rowan train - --label click
        """), null);

    /// <summary><c>rowan grow</c>.</summary>
    public static Command CreateGrow(Terminal terminal) => Create(terminal, new Command("grow", """
        Give a trained run new ids: users, items, words or values that it has not seen.

        Begins with the run's ids, weights and settings, adds rows for what is new in the files, trains on the files alone, and
        saves a run of its own; the one it grew from stays as it is. With --freeze, what was learned stays as it is too, and new
        rows alone learn. Settings that shape the model can't be changed; all others can.

        Examples:
          rowan grow runs/shop new-week.csv
          rowan grow shop new-items.csv --freeze --epochs 20 --name shop-2
        """), new Argument<string>("run") { Description = "The run folder, or the name of a run." });

    static Command Create(Terminal terminal, Command command, Argument<string>? run)
    {
        var files = new Argument<string[]>("file") { Description = "Files of records: CSV, TSV, JSON Lines, Parquet or plain text, also as .gz; - for standard input.", Arity = ArgumentArity.ZeroOrMore };
        files.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
                if (token.Value is ['-', _, ..]) result.AddError($"'{token.Value}' is no option of this command.");
        });
        var job = new Option<string?>("--job") { Description = $"What to train; inferred from the columns where it is not said. {string.Join(", ", RecipeCatalog.All.Select(recipe => recipe.Kind))}.", HelpName = "NAME" };
        var validation = new Option<string[]>("--validation") { Description = "Files to validate on.", HelpName = "FILE" };
        var test = new Option<string[]>("--test") { Description = "Files to measure the result on.", HelpName = "FILE" };
        var docs = new Option<string?>("--docs") { Description = "Without a file: a folder with XML documentation, in place of the SDK's own.", HelpName = "DIR" };
        Option<string> runs = RunOptions.Runs();
        var name = new Option<string?>("--name") { Description = "The run's name; the time where none is given.", HelpName = "NAME" };
        var resume = new Option<string?>("--resume") { Description = "Go on with a run that was cut off: the newest, or the one of this name. All else is as it was asked for then, but for --learning-rate, --epochs and other settings of the loop that are given.", HelpName = "NAME", Arity = ArgumentArity.ZeroOrOne };
        var goOn = new Option<bool>(GoOn) { Hidden = true };
        var threads = Count("--threads", "Threads to use; the model does not depend on it.", Environment.ProcessorCount);
        var repeats = Count("--repeats", "Train so many runs that differ in their seed, and show mean and deviation of each figure.", 1);
        var form = new Option<string>("--progress") { Description = "auto, plain, json or none.", HelpName = "FORM", DefaultValueFactory = _ => "auto" };
        form.AcceptOnlyFromAmong("auto", "plain", "json", "none");
        var json = new Option<bool>("--json") { Description = "Print the result as JSON." };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Show no progress." };
        var freeze = new Option<bool>("--freeze") { Description = "Leave what was learned as it is: new rows alone learn." };
        if (run is not null)
        {
            files.Arity = ArgumentArity.OneOrMore;
            command.Arguments.Add(run);
        }
        command.Arguments.Add(files);
        foreach (Option option in run is null ? (Option[])[job, validation, test] : [freeze, validation, test]) command.Options.Add(option);
        var data = new DataOptions(command);
        foreach (Option option in run is null ? (Option[])[docs, runs, name, resume, goOn, threads, repeats, form, json, quiet] : [runs, name, goOn, threads, form, json, quiet]) command.Options.Add(option);
        Dictionary<string, Option<string?>> settings = SettingOptions(command);

        command.SetAction((parsed, stop) =>
        {
            Dictionary<string, string> given = settings.Where(setting => parsed.GetResult(setting.Value) is not null).ToDictionary(setting => setting.Key, setting => parsed.GetValue(setting.Value) ?? "true");
            if (run is null && parsed.GetResult(resume) is not null) return Resume(terminal, parsed.GetValue(runs)!, parsed.GetValue(resume), given);
            Workers.Threads = parsed.GetValue(threads);
            string progress = parsed.GetValue(form)!;
            var screen = new ProgressScreen(terminal.Error, terminal.Interactive && progress == "auto", TimeProvider.System, terminal.Width, json: progress == "json");
            ProgressScreen? shown = parsed.GetValue(quiet) || progress == "none" ? null : screen;
            try
            {
                ReadOptions options = data.Read(parsed);
                bool learnsDocs = parsed.GetValue(files) is not { Length: > 0 };
                GrownRun? grown = run is null ? null : GrownRun.Of(parsed.GetValue(run)!, parsed.GetValue(runs)!);
                using DataSource source = learnsDocs ? ApiDocs.Source(parsed.GetValue(docs)) : DataSource.Of(parsed.GetValue(files)!, options);
                using DataSource? validationSource = parsed.GetValue(validation) is { Length: > 0 } validationFiles ? DataSource.Of(validationFiles, options) : null;
                using DataSource? testSource = parsed.GetValue(test) is { Length: > 0 } testFiles ? DataSource.Of(testFiles, options) : null;
                if (learnsDocs) given.TryAdd("extra", "details");
                DataSchema schema = learnsDocs ? ApiDocs.Schema : SchemaInference.Infer(source, grown is null ? data.Stated(parsed) : grown.Stated(data.Stated(parsed), source));
                (Recipe recipe, string reason, IReadOnlyList<(Recipe, RecipeFit)> others) = learnsDocs
                    ? (RecipeCatalog.Named("search"), "on the documentation of the .NET API, since no file is named", [])
                    : grown is not null ? (grown.Recipe, $"as '{grown.Path}' is", []) : ChosenTask.Of(schema, parsed.GetValue(job));
                if (shown is not null && progress != "json")
                {
                    DataSchema used = recipe.Fit(schema).Schema ?? schema;
                    if (!learnsDocs) SchemaTable.Write(terminal, terminal.Error, used);
                    SchemaTable.WriteTask(terminal.Error, parsed.GetValue(files) ?? [], recipe, reason, used, others);
                }
                var request = new TrainRequest
                {
                    Data = source, Validation = validationSource, Test = testSource, Schema = schema, Settings = given, RunsDirectory = parsed.GetValue(runs)!, Name = parsed.GetValue(name),
                    GrownFrom = grown?.Path, FreezeEarlier = run is not null && parsed.GetValue(freeze), Resume = parsed.GetValue(goOn), Arguments = [.. parsed.Tokens.Select(token => token.Value).Where(token => token != GoOn)],
                    CommandLine = "rowan " + string.Join(' ', parsed.Tokens.Select(token => token.Value.Contains(' ', StringComparison.Ordinal) ? $"'{token.Value}'" : token.Value)),
                };
                if (run is null && parsed.GetValue(repeats) is > 1 and var times)
                {
                    (IReadOnlyList<TrainReport> reports, IReadOnlyList<RepeatedMetric> figures) = Repeats.Train(recipe, request, times, shown, stop);
                    screen.EndLine();
                    if (parsed.GetValue(json)) TrainReportText.WriteJson(terminal.Out, reports, figures);
                    else TrainReportText.Write(terminal, reports, figures);
                    return Task.FromResult(stop.IsCancellationRequested ? App.Cancelled : App.Ok);
                }
                TrainReport report = recipe.Train(request, shown, stop);
                screen.EndLine();
                if (parsed.GetValue(json)) TrainReportText.WriteJson(terminal.Out, report);
                else TrainReportText.Write(terminal, report);
                return Task.FromResult(report.End == TrainingEnd.Stopped ? App.Cancelled : App.Ok);
            }
            catch (NoTaskException none)
            {
                SchemaTable.WriteNoTask(terminal, terminal.Error, parsed.GetValue(files) ?? [], none);
                return Task.FromResult(App.WrongUsage);
            }
            finally
            {
                screen.EndLine();
            }
        });
        return command;
    }

    /// <summary>Gives the command again that began a run.</summary>
    static Task<int> Resume(Terminal terminal, string runs, string? name, Dictionary<string, string> changed)
    {
        name = RunFolder.CutOff(runs, name);
        ResumableRun asked = ResumableRun.Read(RunFolder.RequestFile(runs, name));
        if (asked.Arguments.Count == 0) throw new InvalidDataException($"the run '{name}' was not begun by this command; go on with it from the program that began it");
        if (asked.Directory != Environment.CurrentDirectory)
        {
            if (!Directory.Exists(asked.Directory)) throw new DirectoryNotFoundException($"the run '{name}' was begun in '{asked.Directory}', which is no longer there; its files are named from there");
            Environment.CurrentDirectory = asked.Directory;
        }
        terminal.Error.WriteLine($"going on with {name}");
        string[] arguments = [.. asked.Arguments];
        foreach (string option in changed.Keys.Prepend("name"))
            if (Array.IndexOf(arguments, $"--{option}") is >= 0 and var at) arguments = [.. arguments[..at], .. arguments[(at + (at + 1 < arguments.Length && !arguments[at + 1].StartsWith("--", StringComparison.Ordinal) ? 2 : 1))..]];
        return App.RunAsync([.. arguments, .. changed.SelectMany(setting => (string[])[$"--{setting.Key}", setting.Value]), "--name", name, GoOn], terminal);
    }

    /// <summary>An option for each setting of any job, which the job itself reads.</summary>
    static Dictionary<string, Option<string?>> SettingOptions(Command command)
    {
        var options = new Dictionary<string, Option<string?>>();
        foreach (IGrouping<string, (string Kind, Setting Setting)> same in RecipeCatalog.All.SelectMany(recipe => recipe.Settings.Select(setting => (recipe.Kind, Setting: setting))).GroupBy(setting => setting.Setting.Name))
        {
            Setting setting = same.First().Setting;
            var option = new Option<string?>($"--{same.Key}")
            {
                // What one job calls a thing may be another's: each says what it means by it.
                Description = string.Join(" ", same.GroupBy(pair => pair.Setting.Description).Select(meant =>
                    $"{string.Join(", ", meant.Select(pair => pair.Kind))}: {meant.Key}{(meant.First().Setting.Expected.StartsWith("one of", StringComparison.Ordinal) ? $" {char.ToUpperInvariant(meant.First().Setting.Expected[0])}{meant.First().Setting.Expected[1..]}." : "")} [{string.Join("; ", meant.Select(pair => pair.Setting.Default).Where(value => value.Length > 0).Distinct())}]")),
                HelpName = "X", Arity = setting.IsFlag ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
            };
            Setting[] settings = [.. same.Select(pair => pair.Setting)];
            option.Validators.Add(result =>
            {
                if (result.Tokens is [var token] && !settings.Any(setting => setting.Accepts(token.Value))) result.AddError($"--{setting.Name} {token.Value}: it must be {string.Join("; or, for another job, ", settings.Select(one => one.Expected).Distinct())}.");
            });
            options[same.Key] = option;
            command.Options.Add(option);
        }
        return options;
    }

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
