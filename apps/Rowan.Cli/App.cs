using System.CommandLine;

namespace Rowan.Cli;

/// <summary>The command line: parses, calls a recipe, prints. Results go to stdout, all else to stderr.</summary>
static class App
{
    public const int Ok = 0, Failed = 1, WrongUsage = 2, Cancelled = 130;

    public static async Task<int> RunAsync(string[] args, Terminal terminal)
    {
        var debug = new Option<bool>("--debug") { Description = "Show where an error came from.", Recursive = true };
        var root = new RootCommand("""
            Rowan learns vectors for discrete things, and answers with them.

            Examples:
              rowan train                                    learn the .NET API from the docs of this machine's SDK
              rowan train ratings.csv                        learn from a file of records; the job follows from its columns
              rowan grow shop new-items.csv                  give a trained run new ids
              rowan recommend --user 42                      the items that fit a user
              rowan predict new.csv                          the label of each record
              rowan analogy king - man + woman               the word that completes it
              rowan inspect runs/shop                        the health of what was learned
              rowan search "read all lines of a file"        the members that answer a question
              rowan neighbors System.IO.File.ReadAllLines    the members nearest to one
            """)
        {
            TrainCommand.Create(terminal), TrainCommand.CreateGrow(terminal), RecommendCommand.Create(terminal), PredictCommand.Create(terminal), WordsCommands.CreateAnalogy(terminal), WordsCommands.CreateEvaluate(terminal),
            InspectCommand.Create(terminal), InspectCommand.CreateDiff(terminal), TuneCommand.Create(terminal), CompletionCommand.Create(terminal), SearchCommand.Create(terminal), NeighborsCommand.Create(terminal),
        };
        root.Options.Add(debug);

        ParseResult parsed = root.Parse(args);
        if (parsed.CommandResult.Command == root && parsed.UnmatchedTokens is [{ Length: > 0 } word, ..] && word[0] != '-')
        {
            IReadOnlyList<string> closest = new Vocabulary(root.Subcommands.Select(command => command.Name)).Closest(word, 1);
            terminal.Error.WriteLine($"rowan: there is no command '{word}'{(closest is [var name] ? $"; did you mean '{name}'?" : ".")} See 'rowan --help'.");
            return WrongUsage;
        }
        if (parsed.Errors.Count > 0)
        {
            terminal.Error.WriteLine($"rowan: {string.Join(' ', parsed.Errors[0].Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))} See 'rowan --help'.");
            return WrongUsage;
        }
        var invocation = new InvocationConfiguration
        {
            Output = terminal.Out, Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,       // Ctrl-C is the terminal's: the first saves, the second leaves.
        };
        try
        {
            return await parsed.InvokeAsync(invocation, terminal.Stop);
        }
        catch (OperationCanceledException)
        {
            terminal.Error.WriteLine("rowan: stopped before anything was learned; nothing was saved");
            return Cancelled;
        }
        catch (Exception failure) when (!parsed.GetValue(debug))
        {
            terminal.Error.WriteLine(Errors.Describe(failure));
            return failure is ArgumentException ? WrongUsage : Failed;
        }
    }
}
