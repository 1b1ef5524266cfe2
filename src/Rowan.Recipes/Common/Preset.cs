namespace Rowan.Recipes;

/// <summary>Settings of a task under a name: "fast" for a quick result, "best" for the most accurate one.</summary>
/// <param name="Name">The name: "fast" or "best".</param>
/// <param name="Description">What it is for, one sentence.</param>
/// <param name="Values">Values of settings of the task, as texts by name. A setting that the user gives replaces the preset's.</param>
public sealed record Preset(string Name, string Description, IReadOnlyDictionary<string, string> Values)
{
    /// <summary>The names: auto chooses by the size of the data, none keeps the default of each setting.</summary>
    public const string Auto = "auto", Fast = "fast", Best = "best", None = "none";

    /// <summary>All names that a request may have.</summary>
    public static IReadOnlyList<string> Names { get; } = [Auto, Fast, Best, None];

    /// <summary>Throws if a name is not one of <see cref="Names"/>.</summary>
    /// <exception cref="ArgumentException">It is none; the message lists them.</exception>
    public static void Check(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (Problem(name) is { } problem) throw new ArgumentException(problem, "preset");
    }

    /// <summary>What is wrong with a name, in a sentence; null for one of <see cref="Names"/>.</summary>
    public static string? Problem(string name) => Names.Contains(name) ? null
        : $"`preset` {name}: there is no such "
            + $"preset{(new Vocabulary(Names).Closest(name, 1) is [var one] ? $"; did you mean {one}? There are"
            : "; there are")} {string.Join(", ", Names)}";

    /// <summary>
    /// The preset's values that are added to what was given: not those of settings that were given, nor of settings without an effect.
    /// </summary>
    internal Dictionary<string, string> Under(IReadOnlyDictionary<string, string> given, IReadOnlyList<Setting> settings)
    {
        var added = new Dictionary<string, string>();
        foreach ((string name, string value) in Values)
        {
            Setting setting = settings.First(setting => setting.Name == name);
            if (!given.ContainsKey(name) && (setting.Alias is null || !given.ContainsKey(setting.Alias))) added[name] = value;
        }
        string ValueOf(string name) => given.GetValueOrDefault(name) ?? added.GetValueOrDefault(name)
            ?? settings.First(setting => setting.Name == name).Default;
        while (settings.FirstOrDefault(setting => added.ContainsKey(setting.Name)
            && setting.OnlyWith.Any(other => !other.Values.Contains(ValueOf(other.Name)))) is { } idle) added.Remove(idle.Name);
        return added;
    }
}
