using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Help;

namespace Rowan.Cli;

/// <summary>The command line: parses, calls a recipe, prints. Results go to stdout, all else to stderr.</summary>
static class App
{
    public const int Ok = 0, Failed = 1, WrongUsage = 2, Cancelled = 130;

    /// <summary>Runs a command and returns its exit code.</summary>
    public static async Task<int> RunAsync(string[] args, Terminal terminal)
    {
        ArgumentNullException.ThrowIfNull(terminal);
        var debug = new Option<bool>("--debug") { Description = "Show the stack trace of an error.", Recursive = true };
        Option<string?> config = ConfigFile.Option();
        RootCommand root = Root(args, terminal, config, debug);
        ParseResult parsed = root.Parse(args);
        try
        {
            if (!AsksForHelp(root, parsed))
            {
                string[] expanded = ConfigFile.Expand(args, parsed, config);
                if (expanded != args) parsed = root.Parse(expanded);
                if (Usage.Problem(parsed) is { } problem) throw new ArgumentException(problem);
            }
            var invocation = new InvocationConfiguration
            {
                Output = terminal.Out, Error = terminal.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,       // Ctrl-C is the terminal's: the first saves, the second leaves.
            };
            return await parsed.InvokeAsync(invocation, terminal.Stop);
        }
        catch (OperationCanceledException)
        {
            terminal.Error.WriteLine("rowan: cancelled before training began; nothing was saved");
            return Cancelled;
        }
        catch (Exception failure) when (!parsed.GetValue(debug))
        {
            string message = Errors.Describe(failure);
            bool usage = failure is ArgumentException;
            terminal.Error.WriteLine(usage
                ? $"{message.TrimEnd('.')}{(message.EndsWith('?') ? "" : ".")} {Usage.See(parsed.CommandResult.Command)}" : message);
            return usage ? WrongUsage : Failed;
        }
    }

    /// <summary>Whether help, the version or a completion is asked for: then a half-typed command line is no error.</summary>
    static bool AsksForHelp(RootCommand root, ParseResult parsed) =>
        root.Directives.OfType<SuggestDirective>().Any(suggest => parsed.GetResult(suggest) is not null)
        || root.Options.Any(option => option is HelpOption or VersionOption && parsed.GetResult(option) is { Implicit: false });

    /// <summary>All commands by name.</summary>
    public static readonly (string Name, Func<Terminal, Command> Create)[] Commands =
    [
        ("train", TrainCommand.Create), ("grow", TrainCommand.CreateGrow), ("tune", TuneCommand.Create),
        ("recommend", RecommendCommand.Create), ("predict", PredictCommand.Create), ("neighbors", NeighborsCommand.Create),
        ("search", SearchCommand.Create),
        ("analogy", WordsCommands.CreateAnalogy), ("evaluate", EvaluateCommand.Create),
        ("runs", RunsCommand.Create), ("inspect", InspectCommand.Create), ("diff", InspectCommand.CreateDiff),
        ("distill", DistillCommand.Create), ("index", IndexCommand.Create),
        ("export", ExportCommand.Create), ("import", ExportCommand.CreateImport), ("view", ViewCommand.Create),
        ("convert", ConvertCommand.Create),
        ("completion", CompletionCommand.Create),
    ];

    /// <summary>
    /// The command that the first argument names, alone: the options of the others would take a tenth of a second to build. Else all.
    /// </summary>
    static RootCommand Root(string[] args, Terminal terminal, Option<string?> config, Option<bool> debug)
    {
        var root = new RootCommand("""
            Rowan trains embeddings from your data, and answers questions with them.

            Examples:
              rowan train ratings.csv             detect the columns and the task, train, and save a run
              rowan recommend --user 42           items for a user
              rowan predict new.csv               a prediction for each record
              rowan neighbors "Toy Story (1995)"  the most similar items
              rowan evaluate RUN test.csv         metrics on new data
              rowan view vectors.txt              what a file of vectors holds
              rowan index RUN --out items.index   an index of a run's vectors, to search them fast
              rowan export RUN --out items.csv    a run's vectors as a file
              rowan runs                          the runs so far
              rowan train                         without a file: learn the .NET API documentation of this machine
              rowan search "read all lines of a file"

            'rowan COMMAND --help' describes a command.
            """);
        bool named = args.Length > 0 && Commands.Any(command => command.Name == args[0]);
        foreach ((string name, Func<Terminal, Command> create) in Commands)
            if (!named || name == args[0]) root.Subcommands.Add(create(terminal));
        root.Options.Add(config);
        root.Options.Add(debug);
        foreach (VersionOption version in root.Options.OfType<VersionOption>()) version.Description = "Show the version.";
        var help = new HelpText(TrainHelp.Groups, terminal.Width);
        help.ApplyTo(root);
        // 'rowan' alone shows the help too.
        root.Action = help;
        return root;
    }
}
