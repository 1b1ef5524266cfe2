using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Rowan.Cli;

/// <summary>What is wrong with a command line, as one sentence that names the nearest right word.</summary>
static partial class Usage
{
    /// <summary>The first thing that is wrong; null for nothing.</summary>
    public static string? Problem(ParseResult parsed)
    {
        ArgumentNullException.ThrowIfNull(parsed);
        Command command = parsed.CommandResult.Command;
        string name = string.Join(' ', HelpText.Path(command).Skip(1));
        if (command is RootCommand && parsed.UnmatchedTokens is [[not '-', ..] typed, ..])
            return $"there is no command '{typed}'{Nearest.Question(typed, command.Subcommands.Select(sub => sub.Name))}";
        if (Mistyped(parsed) is { } option)
            return $"{(name.Length == 0 ? "there is" : $"'{name}' has")} no option '{option}'{Nearest.Question(option, Options(command))}";
        if (parsed.UnmatchedTokens is [var word, ..])
            return $"'{name}' does not take '{word}'; quote a text or a path that contains spaces.";
        if (parsed.Errors is not [var error, ..]) return null;
        string[] missing = [.. parsed.CommandResult.Children.OfType<ArgumentResult>().Where(IsMissing)
            .Select(argument => argument.Argument.HelpName ?? argument.Argument.Name.ToUpperInvariant())];
        if (missing.Length > 0 && error.SymbolResult is not OptionResult) return $"'{name}' needs {string.Join(" and ", missing)}.";
        if (NotANumber(error.SymbolResult) is { } wrong) return wrong;
        return string.Join(' ', error.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>"See 'rowan predict --help'."</summary>
    public static string See(Command command) => $"See '{string.Join(' ', HelpText.Path(command))} --help'.";

    /// <summary>The names of a command's visible options.</summary>
    public static IEnumerable<string> Options(Command command)
    {
        ArgumentNullException.ThrowIfNull(command);
        return command.Options.Concat(command.Parents.OfType<Command>().SelectMany(parent => parent.Options)
            .Where(option => option.Recursive)).Where(option => !option.Hidden).Select(option => option.Name);
    }

    /// <summary>The first word that looks like an option and was taken for an argument; words after -- are arguments.</summary>
    static string? Mistyped(ParseResult parsed)
    {
        HashSet<string> free = [.. parsed.UnmatchedTokens];
        foreach (SymbolResult child in parsed.CommandResult.Children)
            if (child is ArgumentResult argument) free.UnionWith(argument.Tokens.Select(token => token.Value));
        foreach (Token token in parsed.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash))
            if (token.Type != TokenType.Option && free.Contains(token.Value)
                && OptionPattern().Match(token.Value) is { Success: true } match) return match.Groups[1].Value;
        return parsed.UnmatchedTokens.Select(token => OptionPattern().Match(token)).FirstOrDefault(match => match.Success)?.Groups[1].Value;
    }

    /// <summary>The problem of an option of a number whose value is none; null for anything else.</summary>
    static string? NotANumber(SymbolResult? result)
    {
        if (result is not OptionResult { Option: { } option, Tokens: [var value] }) return null;
        Type type = Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;
        if (type == typeof(int))
            return int.TryParse(value.Value, NumberStyles.Integer, CultureInfo.InvariantCulture, out _) ? null
                : $"{option.Name} {value.Value}: it must be a whole number of at most 2147483647";
        if (type == typeof(long))
            return long.TryParse(value.Value, NumberStyles.Integer, CultureInfo.InvariantCulture, out _) ? null
                : $"{option.Name} {value.Value}: it must be a whole number";
        return (type == typeof(double) || type == typeof(float))
            && !double.TryParse(value.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out _)
            ? $"{option.Name} {value.Value}: it must be a number" : null;
    }

    static bool IsMissing(ArgumentResult argument) => argument.Tokens.Count < argument.Argument.Arity.MinimumNumberOfValues;

    // A dash before a digit is a number; one before a blank is part of a text.
    [GeneratedRegex(@"^(--?[A-Za-z][\w-]*)([=:].*)?$")]
    private static partial Regex OptionPattern();
}
