using System.CommandLine;
using Rowan.Recipes;

namespace Rowan.Cli;

/// <summary><c>rowan neighbors</c>.</summary>
static class NeighborsCommand
{
    public static Command Create(Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "The full name of a member, such as System.IO.File.ReadAllLines." };
        var command = new Command("neighbors", "Find the members nearest to one, the nearest first, each with its cosine.") { name };
        var options = new RunOptions(command);
        command.SetAction(parsed =>
        {
            SearchRun run = options.Open(parsed);
            options.Print(parsed, terminal, run, run.Neighbors(parsed.GetValue(name)!, options.Count(parsed)));
            return App.Ok;
        });
        return command;
    }
}
