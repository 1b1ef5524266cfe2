using System.CommandLine;
using Rowan.Recipes;
using Rowan.Training;

namespace Rowan.Cli;

/// <summary>An interrupted run that is resumed: its command is given again, with what may change.</summary>
static class ResumedRun
{
    /// <summary>The hidden option of a command line that resumes.</summary>
    public const string Flag = "--go-on";

    /// <summary>The words of a command line that a later resume needs.</summary>
    public static string[] ArgumentsOf(ParseResult parsed) =>
        [.. parsed.Tokens.Select(token => token.Value).Where(token => token is not (Flag or "--overwrite"))];

    /// <summary>Gives the command again that began a run.</summary>
    /// <param name="terminal">What to write to.</param>
    /// <param name="runs">The folder of all runs.</param>
    /// <param name="name">The run; null for the newest interrupted one.</param>
    /// <param name="changed">Settings that replace those of then.</param>
    public static Task<int> Continue(Terminal terminal, string runs, string? name, Dictionary<string, string> changed)
    {
        name = RunFolder.CutOff(runs, name);
        ResumableRun asked = ResumableRun.Read(RunFolder.RequestFile(runs, name));
        if (asked.Arguments.Count == 0)
            throw new InvalidDataException($"the run '{name}' was started by a program, not by this command; resume it from that program");
        if (asked.Directory != Environment.CurrentDirectory)
        {
            if (!Directory.Exists(asked.Directory))
                throw new DirectoryNotFoundException($"the run '{name}' was started in '{asked.Directory}', which no longer exists; "
                + $"its files are relative to that folder");
            Environment.CurrentDirectory = asked.Directory;
        }
        terminal.Error.WriteLine($"resuming {name}");
        string[] arguments = [.. asked.Arguments];
        foreach (string option in changed.Keys.Prepend("name"))
            while (Array.IndexOf(arguments, $"--{option}") is >= 0 and var at)
                arguments = [.. arguments[..at], .. arguments[(at + (TakesValue(arguments, at) ? 2 : 1))..]];
        return App.RunAsync([.. arguments, .. changed.SelectMany(setting => (string[])[$"--{setting.Key}", setting.Value]), "--name", name,
            Flag], terminal);
    }

    static bool TakesValue(string[] arguments, int at) => at + 1 < arguments.Length
        && !arguments[at + 1].StartsWith("--", StringComparison.Ordinal);
}
