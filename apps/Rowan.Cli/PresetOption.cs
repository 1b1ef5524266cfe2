using System.CommandLine;
using Rowan.Recipes;

namespace Rowan.Cli;

/// <summary><c>--preset</c> of <c>train</c> and <c>tune</c>.</summary>
static class PresetOption
{
    public static Option<string> Create()
    {
        var option = new Option<string>("--preset")
        {
            Description = "Settings for a quick (fast) or the most accurate (best) result. auto: by the size of the data. none: the "
                + "default of each setting. "
                + "Options that are given win.",
            HelpName = "NAME", DefaultValueFactory = _ => Preset.Auto,
        };
        option.CompletionSources.Add([.. Preset.Names]);
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && Preset.Problem(token.Value) is { } problem) result.AddError($"{problem.WithOptions()}.");
        });
        return option;
    }

    /// <summary>A line of help for each preset of a task: what it sets.</summary>
    public static IReadOnlyList<(string Left, string Right)> Rows(Recipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        return [.. recipe.Presets.Select(preset =>
            ($"--preset {preset.Name}",
                $"{preset.Description} {string.Join(' ', preset.Values.Select(value => $"--{value.Key} {value.Value}"))}"))];
    }
}
