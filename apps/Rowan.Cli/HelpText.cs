using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Rowan.Cli;

/// <summary>Options under one heading of a help page.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Rows">Each option and what it does.</param>
sealed record HelpGroup(string Title, IReadOnlyList<(string Left, string Right)> Rows);

/// <summary>Prints the help of any command: description, usage, arguments, options by group, examples.</summary>
/// <param name="groups">The groups of a command's options; null for one group of all options.</param>
/// <param name="width">Columns of the terminal.</param>
sealed class HelpText(Func<ParseResult, Command, IReadOnlyList<HelpGroup>?> groups, int width) : SynchronousCommandLineAction
{
    const int WidestLeft = 34, Indent = 2, WidestPage = 110;

    readonly int _width = Math.Min(width, WidestPage);

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        ArgumentNullException.ThrowIfNull(parseResult);
        Command command = parseResult.CommandResult.Command;
        Write(parseResult.InvocationConfiguration.Output, command, groups(parseResult, command)
            ?? [new HelpGroup("Options", Rows(command))]);
        return App.Ok;
    }

    /// <summary>Gives every command of a tree this help, in place of the library's.</summary>
    public void ApplyTo(Command root)
    {
        ArgumentNullException.ThrowIfNull(root);
        foreach (HelpOption help in root.Options.OfType<HelpOption>())
        {
            help.Description = "Show this help.";
            help.Action = this;
        }
    }

    void Write(TextWriter output, Command command, IReadOnlyList<HelpGroup> shown)
    {
        (string description, string examples) = Parts(command.Description ?? "");
        output.WriteLine(description);
        output.WriteLine();
        output.WriteLine($"Usage: {Usage(command)}");
        Command[] subcommands = [.. command.Subcommands.Where(sub => !sub.Hidden)];
        if (subcommands.Length > 0) Section(output, "Commands", [.. subcommands.Select(sub => (sub.Name, Summary(sub)))]);
        if (command.Arguments.Count > 0)
            Section(output, "Arguments", [.. command.Arguments.Select(argument => (Name(argument), argument.Description ?? ""))]);
        foreach (HelpGroup group in shown) Section(output, group.Title, group.Rows);
        if (examples.Length == 0) return;
        output.WriteLine();
        output.WriteLine(examples);
    }

    void Section(TextWriter output, string title, IReadOnlyList<(string Left, string Right)> rows)
    {
        if (rows.Count == 0) return;
        output.WriteLine();
        output.WriteLine($"{title}:");
        int left = Math.Min(WidestLeft, rows.Max(row => row.Left.Length)) + Indent;
        foreach ((string name, string text) in rows)
        {
            string[] lines = [.. Wrapped(text.WithOptions(), Math.Max(30, _width - left - 2 * Indent))];
            bool own = name.Length + Indent > left;
            if (own) output.WriteLine($"  {name}");
            for (int i = 0; i < lines.Length; i++)
                output.WriteLine($"  {(i == 0 && !own ? name.PadRight(left) : new string(' ', left))}{lines[i]}".TrimEnd());
        }
    }

    /// <summary>The first sentence of a command's description.</summary>
    public static string Summary(Command command)
    {
        ArgumentNullException.ThrowIfNull(command);
        string text = Parts(command.Description ?? "").Description.Replace('\n', ' ');
        int end = text.IndexOf(". ", StringComparison.Ordinal);
        return end < 0 ? text : text[..(end + 1)];
    }

    static (string Description, string Examples) Parts(string text)
    {
        int at = text.IndexOf("Examples:", StringComparison.Ordinal);
        return at < 0 ? (text.Trim(), "") : (text[..at].Trim(), text[at..].TrimEnd());
    }

    /// <summary>The rows of a command's visible options, those that it shares with all commands last.</summary>
    public static IReadOnlyList<(string Left, string Right)> Rows(Command command)
    {
        ArgumentNullException.ThrowIfNull(command);
        IEnumerable<Option> inherited = command.Parents.OfType<Command>().SelectMany(parent => parent.Options)
            .Where(option => option.Recursive);
        return [.. command.Options.Concat(inherited).Where(option => !option.Hidden).Select(Row)];
    }

    /// <summary>An option with its short name and value, and its description with its default.</summary>
    public static (string Left, string Right) Row(Option option)
    {
        ArgumentNullException.ThrowIfNull(option);
        string names = string.Join(", ", option.Aliases.Where(alias => alias.StartsWith('-') && alias.Length == 2).Append(option.Name));
        bool flag = option.ValueType == typeof(bool);
        string value = flag || option is HelpOption or VersionOption ? "" : $" {option.HelpName ?? "VALUE"}";
        if (option.Arity.MinimumNumberOfValues == 0 && !flag && value.Length > 0) value = $" [{value.Trim()}]";
        return (names + value, (option.Description ?? "") + Default(option));
    }

    static string Default(Option option)
    {
        if (!option.HasDefaultValue || option.ValueType == typeof(bool)) return "";
        string? text = Convert.ToString(option.GetDefaultValue(), System.Globalization.CultureInfo.InvariantCulture);
        return string.IsNullOrEmpty(text) ? "" : $" Default: {text}.";
    }

    static string Usage(Command command)
    {
        string path = string.Join(' ', Path(command));
        string arguments = string.Concat(
            command.Arguments.Select(argument => argument.Arity.MinimumNumberOfValues == 0
            ? $" [{Name(argument)}]" : $" {Name(argument)}"));
        string nested = command.Subcommands.Count == 0 ? "" : command.Arguments.Count == 0 ? " COMMAND" : "";
        return $"{path}{nested}{arguments} [options]";
    }

    /// <summary>The names that lead to a command: "rowan evaluate pairs".</summary>
    public static IEnumerable<string> Path(Command command)
    {
        ArgumentNullException.ThrowIfNull(command);
        return command.Parents.OfType<Command>().FirstOrDefault() is { } parent
            ? Path(parent).Append(command.Name) : [command is RootCommand ? "rowan" : command.Name];
    }

    static string Name(Argument argument) => (argument.HelpName ?? argument.Name.ToUpperInvariant())
        + (argument.Arity.MaximumNumberOfValues > 1 ? "..." : "");

    static IEnumerable<string> Wrapped(string text, int width)
    {
        string line = "";
        foreach (string word in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = "";
            }
            line += line.Length == 0 ? word : $" {word}";
        }
        yield return line;
    }
}
