using System.CommandLine;
using System.Text.RegularExpressions;
using Rowan.Recipes;

namespace Rowan.Cli;

/// <summary>
/// Messages of the libraries name a setting as <c>`batch-size`</c>. Every text of a library that is shown passes through here, where the
/// name becomes the option <c>--batch-size</c>.
/// </summary>
static partial class OptionNames
{
    static readonly Lock Guard = new();
    // At first the options that every command has.
    static readonly HashSet<string> Known = new(["--help", "--version", "--config", "--debug"], StringComparer.Ordinal);
    static int _commands;

    /// <summary>A message with options in place of settings. Other words in backquotes stay.</summary>
    public static string WithOptions(this string message) => SettingName().Replace(message, match =>
        IsOption($"--{match.Groups[1].Value}") ? $"--{match.Groups[1].Value}" : match.Value);

    /// <summary>A report with options in its notes and warnings.</summary>
    public static TrainReport WithOptions(this TrainReport report) => report with
    {
        Notes = [.. report.Notes.Select(WithOptions)], Warnings = [.. report.Warnings.Select(WithOptions)],
    };

    /// <summary>Whether any command has an option. Commands are made one by one until one has it; 'train' is the first.</summary>
    public static bool IsOption(string name)
    {
        lock (Guard)
        {
            while (!Known.Contains(name) && _commands < App.Commands.Length)
                Add(App.Commands[_commands++].Create(new Terminal { Out = TextWriter.Null, Error = TextWriter.Null }));
            return Known.Contains(name);
        }

        static void Add(Command command)
        {
            foreach (Option option in command.Options) Known.UnionWith([option.Name, .. option.Aliases]);
            foreach (Command part in command.Subcommands) Add(part);
        }
    }

    [GeneratedRegex("`([a-z][a-z0-9-]*)`")]
    private static partial Regex SettingName();
}
