using System.CommandLine;
using Rowan.Data;
using Rowan.Recipes;

namespace Rowan.Cli;

/// <summary>
/// The options of <c>train</c> and <c>grow</c>, grouped for their help: common ones first, then by purpose, then by task.
/// </summary>
static class TrainHelp
{
    static readonly string[] Common =
        ["--task", "--preset", "--name", "--validation", "--test", "--epochs", "--dim", "--learning-rate", "--batch-size", "--patience",
        "--time-limit", "--seed"];

    static readonly string[] Run =
        ["--runs", "--overwrite", "--resume", "--repeats", "--folds", "--refit", "--freeze", "--docs", "--threads", "--progress",
        "--quiet", "--json"];

    /// <summary>The groups; with --task NAME those of that task alone. Null for other commands.</summary>
    public static IReadOnlyList<HelpGroup>? Groups(ParseResult parsed, Command command)
    {
        ArgumentNullException.ThrowIfNull(parsed);
        ArgumentNullException.ThrowIfNull(command);
        if (command.Name is not ("train" or "grow")) return null;
        Recipe[] tasks = [.. RecipeCatalog.All.Where(recipe => command.Name != "grow" || recipe.CanGrow)];
        if (command.Options.FirstOrDefault(option => option.Name == "--task") is Option<string?> task && parsed.GetValue(task) is { } named
            && tasks.Any(recipe => recipe.Kind == named))
            tasks = [.. tasks.Where(recipe => recipe.Kind == named)];
        HashSet<string> taken = [.. Common, .. Run];
        Dictionary<string, Option> options = command.Options.Where(option => !option.Hidden).ToDictionary(option => option.Name);
        string[] columns = [.. StatedRoles.Names.Keys.Select(role => $"--{role}"), "--value-separator", "--schema"];
        string[] files = [.. options.Keys.Where(name => !taken.Contains(name) && !columns.Contains(name) && !SettingOptions.IsSetting(name)
            && name is not ("--help" or "--version"))];
        string[] loop = [.. RecipeCatalog.All[0].Settings.Where(setting => !taken.Contains($"--{setting.Name}")
            && RecipeCatalog.All.All(
            recipe => recipe.Settings.Any(own => own.Name == setting.Name && own.Description == setting.Description)))
            .Select(setting => setting.Name)];
        List<HelpGroup> groups =
        [
            new("Common options", Rows(Common)), new("Run", Rows(Run)), new("Roles of columns, detected if omitted", Rows(columns)),
            new("File format, detected if omitted", Rows(files)),
        ];
        groups.Add(new("Training", [.. loop.Select(name => SettingOptions.Row(name, tasks))]));
        if (tasks is [var only] && options.ContainsKey("--preset"))
            groups.Add(new($"Presets of the {only.Kind} task", PresetOption.Rows(only)));
        foreach (Recipe recipe in tasks)
            groups.Add(new($"Task {recipe.Kind}. {recipe.Summary.TrimEnd('.')}",
                [.. recipe.Settings.Where(setting => !taken.Contains($"--{setting.Name}") && !loop.Contains(setting.Name))
                    .Select(setting => SettingOptions.Row(setting.Name, [recipe]))]));
        groups.Add(new("Other options",
            [.. HelpText.Rows(command)
            .Where(row => row.Left.Contains("--config", StringComparison.Ordinal) || row.Left.Contains("--debug", StringComparison.Ordinal)
            || row.Left.Contains("--help", StringComparison.Ordinal))]));
        return groups;

        IReadOnlyList<(string, string)> Rows(string[] names) => [.. names.Where(name => options.ContainsKey(name))
            .Select(name => SettingOptions.IsSetting(name) && tasks.Any(task => task.Settings.Any(setting => $"--{setting.Name}" == name))
                ? SettingOptions.Row(name[2..], tasks) : HelpText.Row(options[name]))];
    }
}
