using System.CommandLine;
using Rowan.Recipes;

namespace Rowan.Cli;

/// <summary><c>rowan search</c>.</summary>
static class SearchCommand
{
    public static Command Create(Terminal terminal)
    {
        var question = new Argument<string[]>("question") { Description = "What is looked for, in plain words.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("search", "Find the members that answer a question, the best first, each with its cosine.") { question };
        var options = new RunOptions(command);
        command.SetAction(parsed =>
        {
            SearchRun run = options.Open(parsed);
            options.Print(parsed, terminal, run.Path, run.Search(string.Join(' ', parsed.GetValue(question)!), options.Count(parsed)));
            return App.Ok;
        });
        return command;
    }
}
