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
    /// <summary><c>rowan train</c>.</summary>
    public static Command Create(Terminal terminal) => Create(terminal, new Command("train", """
        Train embeddings from a file, or from the .NET API documentation.

        Detects the role of each column and picks the task, trains, measures the result on held-out data,
        and saves a run. Without a file it learns the .NET API documentation of this machine, for 'search'
        and 'neighbors'.
        Ctrl-C saves what was learned so far; 'rowan train --resume' continues.
        'rowan train --task recommend --help' shows the options of one task.

        Examples:
          rowan train ratings.csv
          rowan train reviews.tsv --text review --label stars --task classify
          rowan train ratings.csv --item-file movies.csv --epochs 30 --name films
          rowan train ratings.csv --config settings.json
          rowan train --resume
          zcat clicks.csv.gz | rowan train - --label click
        """), null);

    /// <summary><c>rowan grow</c>.</summary>
    public static Command CreateGrow(Terminal terminal) => Create(terminal, new Command("grow", """
        Add new ids to a trained run: users, items, words or values.

        Starts from the run's ids, weights and settings, adds rows for new ids, trains on the new files only,
        and saves a new run. The old run is not changed. With --freeze only the new rows are trained.
        Settings that shape the model cannot change.

        Examples:
          rowan grow runs/shop new-week.csv
          rowan grow shop new-items.csv --freeze --epochs 20 --name shop-2
        """), new Argument<string>("run") { Description = "Run folder, or name of a run.", HelpName = "RUN" });

    static Command Create(Terminal terminal, Command command, Argument<string>? run)
    {
        var files = new Argument<string[]>("file")
        {
            Description = "Files: CSV, TSV, JSON Lines, Parquet or plain text, also as .gz; - for standard input.", HelpName = "FILE",
            Arity = run is null ? ArgumentArity.ZeroOrMore : ArgumentArity.OneOrMore,
        };
        var task = new Option<string?>("--task", "--job") {
            Description = $"What to train: {string.Join(", ", RecipeCatalog.All.Select(recipe => recipe.Kind))}. Detected from the "
            + $"columns if omitted.", HelpName = "NAME" };
        task.CompletionSources.Add([.. RecipeCatalog.All.Select(recipe => recipe.Kind)]);
        var validation = new Option<string[]>("--validation") {
            Description = "Validation file. Without it a part of the data is held out.", HelpName = "FILE" };
        var test = new Option<string[]>("--test") {
            Description = "Test file; several have metrics each. Without it a part of the data is held out.", HelpName = "FILE" };
        Option<string> preset = PresetOption.Create();
        var freeze = new Option<bool>("--freeze") { Description = "Train only the rows of new ids." };
        var output = new TrainOutput(repeats: run is null);
        if (run is not null)
        {
            run.CompletionSources.Add(_ => RunOptions.Names("runs"));
            command.Arguments.Add(run);
        }
        command.Arguments.Add(files);
        foreach (Option option in run is null ? (Option[])[task, preset, validation, test] : [freeze, validation, test])
            command.Options.Add(option);
        var data = new DataOptions(command);
        output.AddTo(command);
        var settings = new SettingOptions(command);

        command.SetAction((parsed, stop) =>
        {
            Dictionary<string, string> given = settings.Given(parsed);
            if (output.Resumes(parsed)) return ResumedRun.Continue(terminal, output.Runs(parsed), output.Resumed(parsed), given);
            ComputeThreads.Count = output.Threads(parsed);
            ProgressScreen screen = output.Screen(parsed, terminal);
            try
            {
                ReadOptions options = data.Read(parsed);
                bool learnsDocs = parsed.GetValue(files) is not { Length: > 0 };
                GrownRun? grown = run is null ? null : GrownRun.Of(parsed.GetValue(run)!, output.Runs(parsed));
                using DataSource source = learnsDocs
                    ? ApiDocs.Source(output.Docs(parsed)) : DataSource.Of(parsed.GetValue(files)!, options);
                using DataSource? validationSource = parsed.GetValue(validation) is { Length: > 0 } validationFiles
                    ? DataSource.Of(validationFiles, options) : null;
                using DataSource? testSource = parsed.GetValue(test) is { Length: > 0 } testFiles
                    ? DataSource.Of(testFiles, options) : null;
                if (learnsDocs) given.TryAdd("extra", "details");
                DataSchema schema = learnsDocs
                    ? ApiDocs.Schema : SchemaInference.Infer(source, grown is null
                    ? data.Stated(parsed) : grown.Stated(data.Stated(parsed), source));
                (Recipe recipe, string reason, IReadOnlyList<(Recipe, RecipeFit)> others) = learnsDocs
                    ? (RecipeCatalog.Named("search"), "on the .NET API documentation, because no file is given", [])
                    : grown is not null ? (grown.Recipe, $"as in '{grown.Path}'", []) : ChosenTask.Of(schema, parsed.GetValue(task));
                if (output.ShowsText(parsed))
                {
                    DataSchema used = recipe.Fit(schema).Schema ?? schema;
                    if (!learnsDocs) SchemaTable.Write(terminal, terminal.Error, used);
                    SchemaTable.WriteTask(terminal.Error, parsed.GetValue(files) ?? [], recipe, reason, used, others);
                }
                var request = new TrainRequest
                {
                    Data = source, Validation = validationSource, Test = testSource, Schema = schema, Settings = given,
                    RunsDirectory = output.Runs(parsed), Name = output.Name(parsed), Overwrite = output.Overwrites(parsed),
                    GrownFrom = grown?.Path, Preset = run is null ? parsed.GetValue(preset)! : Preset.Auto, FreezeEarlier = run is not null
                        && parsed.GetValue(freeze), Resume = output.IsContinued(parsed),
                    Arguments = ResumedRun.ArgumentsOf(parsed), CommandLine = "rowan "
                        + string.Join(' ', ResumedRun.ArgumentsOf(parsed).Select(Quoted)),
                };
                return Task.FromResult(output.Train(terminal, parsed, recipe, request, screen, stop));
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

    /// <summary>The recipe of a task.</summary>
    /// <exception cref="ArgumentException">There is none; the message names the nearest.</exception>
    public static Recipe Named(string task) => RecipeCatalog.All.FirstOrDefault(recipe => recipe.Kind == task)
        ?? throw new ArgumentException($"--task {task}: there is no such task; "
            + $"{Suggestion(task, [.. RecipeCatalog.All.Select(recipe => recipe.Kind)])}");

    static string Suggestion(string task, string[] tasks) =>
        Nearest.To(task, tasks) is { } near ? $"did you mean {near}?" : $"there are {string.Join(", ", tasks)}";

    static string Quoted(string word) => word.Contains(' ', StringComparison.Ordinal) ? $"'{word}'" : word;
}
