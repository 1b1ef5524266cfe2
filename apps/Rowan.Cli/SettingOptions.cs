using System.CommandLine;
using Rowan.Recipes;

namespace Rowan.Cli;

/// <summary>An option for each setting of any task; the task itself reads its value.</summary>
sealed class SettingOptions
{
    readonly Dictionary<string, Option<string?>> _options = [];

    /// <param name="command">Which gets the options.</param>
    public SettingOptions(Command command)
    {
        ArgumentNullException.ThrowIfNull(command);
        foreach (IGrouping<string,
            Setting> same in RecipeCatalog.All.SelectMany(recipe => recipe.Settings).GroupBy(setting => setting.Name))
        {
            Option<string?> option = OptionOf([.. same]);
            _options[same.Key] = option;
            command.Options.Add(option);
        }
    }

    /// <summary>The settings that were given, by name.</summary>
    public Dictionary<string, string> Given(ParseResult parsed) => _options.Where(setting => parsed.GetResult(setting.Value) is not null)
        .ToDictionary(setting => setting.Key, setting => parsed.GetValue(setting.Value) ?? "true");

    /// <summary>Whether an option is that of a setting.</summary>
    public static bool IsSetting(string option) =>
        RecipeCatalog.All.Any(recipe => recipe.Settings.Any(setting => $"--{setting.Name}" == option));

    /// <summary>A line of help for a setting that several tasks have, with the default of each.</summary>
    public static (string Left, string Right) Row(string name, IReadOnlyList<Recipe> tasks)
    {
        (string Task, Setting Setting)[] own =
            [.. tasks.SelectMany(task => task.Settings.Where(setting => setting.Name == name).Select(setting => (task.Kind, setting)))];
        string described = string.Join(' ',
            own.GroupBy(one => one.Setting.Description)
            .Select((meant, i) => own.All(one => one.Setting.Description == meant.Key)
            ? meant.Key : $"{string.Join(", ", meant.Select(one => one.Task))}: {meant.Key}"));
        return ($"--{name} {Value(own[0].Setting)}", $"{described}{Choices(own[0].Setting)}{Default(own)}");
    }

    static string Value(Setting setting) => setting switch
    {
        { IsFlag: true } => "[true|false]",
        { Expected: var expected } when expected.StartsWith("one of", StringComparison.Ordinal) => "NAME",
        { Expected: var expected } when expected.StartsWith("a whole number", StringComparison.Ordinal)
            || expected.StartsWith("a number", StringComparison.Ordinal) => "N",
        { Expected: "a path" } => "FILE",
        { Expected: var expected } when expected.StartsWith("names of columns", StringComparison.Ordinal) => "COLUMNS",
        _ => "VALUE",
    };

    static string Choices(Setting setting) => ChoicesOf(setting) is { Count: > 0 } choices ? $" One of {string.Join(", ", choices)}." : "";

    static IReadOnlyList<string> ChoicesOf(Setting setting) => setting.Expected.StartsWith("one of ", StringComparison.Ordinal)
        ? setting.Expected["one of ".Length..].Split(", ") : [];

    static string Default((string Task, Setting Setting)[] own)
    {
        string[] defaults = [.. own.Select(one => one.Setting.Default).Distinct()];
        if (defaults is [""]) return "";
        if (defaults is [var one]) return $" Default: {one}.";
        IEnumerable<string> ofTasks = own.GroupBy(pair => pair.Setting.Default)
            .Select(group => $"{group.Key} ({string.Join(", ", group.Select(pair => pair.Task))})");
        return $" Default: {string.Join(", ", ofTasks)}.";
    }

    static Option<string?> OptionOf(Setting[] same)
    {
        Setting first = same[0];
        var option = new Option<string?>($"--{first.Name}",
            [.. same.Select(setting => setting.Alias).OfType<string>().Distinct().Select(alias => $"--{alias}")])
        {
            Description = first.Description, HelpName = Value(first), Arity = first.IsFlag
                ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
        };
        option.CompletionSources.Add([.. same.SelectMany(ChoicesOf).Concat(first.IsFlag ? ["true", "false"] : []).Distinct()]);
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !same.Any(setting => setting.Accepts(token.Value)))
                result.AddError($"--{first.Name} {token.Value}: it must be "
                    + $"{string.Join("; or, for another task, ", same.Select(setting => setting.Expected).Distinct())}.");
        });
        return option;
    }
}
