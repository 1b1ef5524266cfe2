using System.Globalization;
using Rowan.Data;
using Rowan.Numerics;

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
        : $"--preset {name}: there is no such "
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

/// <summary>The size of training data, for the choice of a preset. It is counted when it is first asked for, up to a limit.</summary>
/// <param name="data">The data.</param>
/// <param name="schema">Its columns.</param>
sealed class DataSize(DataSource data, DataSchema schema)
{
    /// <summary>Different values of the label column among the records that were looked at; 0 without one.</summary>
    public long Labels => schema.Columns.FirstOrDefault(column => column.Role == ColumnRole.Label)?.Distinct ?? 0;

    const long MostRecords = 1_000_000, MostCharacters = 100_000_000;

    (long Records, long Characters, bool More)? _counted;

    /// <summary>Records, at most a million.</summary>
    public long Records => Counted.Records;

    /// <summary>Characters of all text columns, at most about a hundred million.</summary>
    public long Characters => Counted.Characters;

    /// <summary>Whether there is more data than was counted.</summary>
    public bool More => Counted.More;

    /// <summary>Bytes of all files, packed if they are.</summary>
    public long Bytes => data.Bytes;

    /// <summary>"25,000 texts", or "over 1,000,000 texts".</summary>
    public string InWords(long count, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{(More ? "over " : "")}{count:#,0} {unit}");

    (long Records, long Characters, bool More) Counted => _counted ??= Count();

    (long, long, bool) Count()
    {
        using RecordReader reader = data.Open();
        int[] texts = [.. schema.Of(ColumnRole.Text).Where(column => column.Index < reader.Columns.Count).Select(column => column.Index)];
        long records = 0, characters = 0;
        while (records < MostRecords && characters < MostCharacters)
        {
            if (!reader.Read()) return (records, characters, false);
            records++;
            foreach (int text in texts) characters += reader.Field(text).Length;
        }
        return (records, characters, true);
    }
}
