using System.Globalization;
using System.Text.Json;
using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>A setting as texts: what a command line shows, a run keeps, and a search for settings tries.</summary>
/// <param name="Name">Lower case, with hyphens: "batch-size".</param>
/// <param name="Description">What it does, one sentence.</param>
/// <param name="Default">Its default value; empty for none.</param>
/// <param name="Expected">What a value is: "a whole number from 1 to 4096".</param>
/// <param name="Tries">Values that a search for settings may try; none where it leaves the setting alone.</param>
public sealed record Setting(string Name, string Description, string Default, string Expected, IReadOnlyList<string> Tries)
{
    /// <summary>Whether it is "true" or "false", and may be given without a value.</summary>
    public bool IsFlag { get; init; }

    /// <summary>An earlier name, which is still accepted; null for none.</summary>
    public string? Alias { get; init; }

    /// <summary>Whether a text is a value of it.</summary>
    public Func<string, bool> Accepts { get; init; } = _ => true;

    /// <summary>Other settings, with the values of them that this one has an effect with; none where it always has.</summary>
    public IReadOnlyList<(string Name, IReadOnlyList<string> Values)> OnlyWith { get; init; } = [];
}

/// <summary>A setting of a record of settings: how it is read from text, and written.</summary>
/// <typeparam name="T">The record.</typeparam>
public sealed class SettingOf<T>
{
    readonly string _name, _description, _expected;
    readonly Func<T, string> _get;
    readonly Func<T, string, T?> _set;
    readonly string[] _tries;
    readonly bool _flag;

    SettingOf(string name, string description, string expected, Func<T, string> get, Func<T, string, T?> set, string[] tries,
        bool flag = false) =>
        (_name, _description, _expected, _get, _set, _tries, _flag) = (name, description, expected, get, set, tries, flag);

    internal string Name => _name;

    /// <summary>An earlier name, which is still accepted; null for none.</summary>
    public string? Alias { get; init; }

    internal Setting Described(T defaults) => new(_name, _description, _get(defaults), _expected, _tries)
    {
        IsFlag = _flag, Alias = Alias, Accepts = text => _set(defaults, text) is not null, OnlyWith = OnlyWith,
    };

    IReadOnlyList<(string Name, IReadOnlyList<string> Values)> OnlyWith { get; init; } = [];

    /// <summary>The same setting, which has an effect only with some values of another.</summary>
    public SettingOf<T> When(string name, params string[] values) =>
        new(_name, _description, _expected, _get, _set, _tries, _flag) { Alias = Alias, OnlyWith = [.. OnlyWith, (name, values)] };

    /// <summary>The same setting, which is also accepted under an earlier name.</summary>
    public SettingOf<T> Or(string alias) =>
        new(_name, _description, _expected, _get, _set, _tries, _flag) { Alias = alias, OnlyWith = OnlyWith };

    internal string Get(T settings) => _get(settings);

    internal T Set(T settings, string text) =>
        _set(settings, text) ?? throw new ArgumentException($"`{_name}` {text}: it must be {_expected}", _name);

    /// <summary>A whole number.</summary>
    public static SettingOf<T> Integer(string name, string description, Func<T, long> get, Func<T, long, T> set, long from = 1,
        long to = long.MaxValue, params string[] tries) =>
        new(name, description, to == long.MaxValue
            ? string.Create(CultureInfo.InvariantCulture, $"a whole number from {from} on")
            : string.Create(CultureInfo.InvariantCulture, $"a whole number from {from} to {to}"),
            settings => get(settings).ToString(CultureInfo.InvariantCulture),
            (settings, text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
                && value >= from && value <= to ? set(settings, value) : default, tries);

    /// <summary>A whole number, or none.</summary>
    public static SettingOf<T> OptionalInteger(string name, string description, Func<T, long?> get, Func<T, long?, T> set, long from = 1,
        params string[] tries) =>
        new(name, description, string.Create(CultureInfo.InvariantCulture, $"a whole number from {from} on, or none"),
            settings => get(settings)?.ToString(CultureInfo.InvariantCulture) ?? "none",
            (settings, text) => text == "none"
                ? set(settings, null) : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
                && value >= from ? set(settings, value) : default, tries);

    /// <summary>A whole number, or auto to choose it from the data.</summary>
    public static SettingOf<T> AutoInteger(
        string name, string description, Func<T, long?> get, Func<T, long?, T> set, long from = 1, long to = long.MaxValue,
        params string[] tries) =>
        new(name, description, (to == long.MaxValue
                ? string.Create(CultureInfo.InvariantCulture, $"a whole number from {from} on")
                : string.Create(CultureInfo.InvariantCulture, $"a whole number from {from} to {to}")) + ", or auto",
            settings => get(settings)?.ToString(CultureInfo.InvariantCulture) ?? "auto",
            (settings, text) => text == "auto" ? set(settings, null)
                : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) && value >= from
                    && value <= to
                    ? set(settings, value) : default, tries);

    /// <summary>A number.</summary>
    public static SettingOf<T> Number(string name, string description, Func<T, float> get, Func<T, float, T> set, float from = 0,
        float to = float.MaxValue, params string[] tries) =>
        new(name, description, Between(from, to),
            settings => get(settings).ToString("R", CultureInfo.InvariantCulture),
            (settings, text) => float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && value >= from
                && value <= to ? set(settings, value) : default, tries);

    /// <summary>A number, or a word for null: none, or auto.</summary>
    public static SettingOf<T> OptionalNumber(string name, string description, Func<T, float?> get, Func<T, float?, T> set, float from = 0,
        string none = "none", params string[] tries) =>
        new(name, description, $"{Between(from, float.MaxValue)}, or {none}",
            settings => get(settings)?.ToString("R", CultureInfo.InvariantCulture) ?? none,
            (settings, text) => text == none
                ? set(settings, null) : float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float value)
                && value >= from ? set(settings, value) : default, tries);

    /// <summary>A number, or auto to choose it from the data.</summary>
    public static SettingOf<T> AutoNumber(
        string name, string description, Func<T, float?> get, Func<T, float?, T> set, float from = 0, float to = float.MaxValue,
        params string[] tries) =>
        new(name, description, $"{Between(from, to)}, or auto",
            settings => get(settings)?.ToString("R", CultureInfo.InvariantCulture) ?? "auto",
            (settings, text) => text == "auto" ? set(settings, null)
                : float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && value >= from && value <= to
                    ? set(settings, value) : default, tries);

    /// <summary>"a number from 0 to 1"; a bound that is the smallest or the largest float is none.</summary>
    static string Between(float from, float to)
    {
        bool open = from == float.Epsilon;
        string least = open ? "above 0" : string.Create(CultureInfo.InvariantCulture, $"from {from}");
        if (to == float.MaxValue) return open ? $"a number {least}" : $"a number {least} on";
        return string.Create(CultureInfo.InvariantCulture, $"a number {least} {(open ? "up " : "")}to {to}");
    }

    /// <summary>Yes or no.</summary>
    public static SettingOf<T> Flag(string name, string description, Func<T, bool> get, Func<T, bool, T> set, params string[] tries) =>
        new(name, description, "true or false", settings => get(settings) ? "true" : "false",
            (settings, text) => bool.TryParse(text, out bool value) ? set(settings, value) : default, tries, flag: true);

    /// <summary>One of several names.</summary>
    public static SettingOf<T> Choice<TChoice>(string name, string description, Func<T, TChoice> get, Func<T, TChoice, T> set,
        IReadOnlyList<(string Name, TChoice Choice)> choices, params string[] tries) where TChoice : struct =>
        new(name, description, "one of " + string.Join(", ", choices.Select(choice => choice.Name)),
            settings => choices.First(choice => choice.Choice.Equals(get(settings))).Name,
            (settings, text) => choices.FirstOrDefault(choice => choice.Name == text) is { Name: not null } found
                ? set(settings, found.Choice) : default, tries);

    /// <summary>Any text that the setter accepts; it returns null for one it does not.</summary>
    public static SettingOf<T> Text(string name, string description, string expected, Func<T, string> get, Func<T, string, T?> set,
        params string[] tries) => new(name, description, expected, get, set, tries);
}

/// <summary>All settings of a recipe in one list: the command line, run.json, the model card and <c>rowan tune</c> read it.</summary>
/// <typeparam name="T">The record of settings.</typeparam>
/// <param name="defaults">The default settings.</param>
/// <param name="presets">Values of several settings under a name.</param>
/// <param name="settings">The settings, in the order they are shown.</param>
public sealed class SettingList<T>(T defaults, IReadOnlyList<Preset> presets, params SettingOf<T>[] settings) where T : class
{
    /// <param name="defaults">The default settings.</param>
    /// <param name="settings">The settings, in the order they are shown.</param>
    public SettingList(T defaults, params SettingOf<T>[] settings) : this(defaults, [], settings) { }

    /// <summary>Values of several settings under a name.</summary>
    // A static list of presets has to be declared before the list of settings that takes it.
    public IReadOnlyList<Preset> Presets { get; } = presets ?? throw new ArgumentNullException(nameof(presets));

    /// <summary>The default settings.</summary>
    public T Defaults => defaults;

    /// <summary>The settings, in the order they are shown.</summary>
    public IReadOnlyList<Setting> All { get; } = [.. settings.Select(setting => setting.Described(defaults))];

    /// <summary>The defaults with what was given.</summary>
    /// <exception cref="ArgumentException">A name is unknown, or a value is not what it must be.</exception>
    public T Parse(IReadOnlyDictionary<string, string> given) => Parse(given, defaults);

    /// <summary>Some settings with what was given.</summary>
    /// <exception cref="ArgumentException">A name is unknown, or a value is not what it must be.</exception>
    public T Parse(IReadOnlyDictionary<string, string> given, T start)
    {
        ArgumentNullException.ThrowIfNull(given);
        T parsed = start;
        foreach ((string name, string text) in given)
        {
            SettingOf<T>? setting = settings.FirstOrDefault(setting => setting.Name == name || setting.Alias == name);
            Require.That(setting is not null, $"`{name}`: this task has no such setting{Nearest(name)}", name);
            parsed = setting.Set(parsed, text);
        }
        return parsed;
    }

    string Nearest(string name)
    {
        IReadOnlyList<string> closest = new Vocabulary(settings.Select(known => known.Name)).Closest(name, 1);
        return closest is [var one] ? $"; did you mean `{one}`?" : $"; it has {string.Join(", ", settings.Select(known => known.Name))}";
    }

    /// <summary>The settings as texts by name.</summary>
    public IReadOnlyDictionary<string, string> Texts(T values) =>
        settings.ToDictionary(setting => setting.Name, setting => setting.Get(values));

    /// <summary>Writes the object "settings".</summary>
    public void Write(Utf8JsonWriter json, T values)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.WriteStartObject("settings");
        foreach (SettingOf<T> setting in settings) json.WriteString(setting.Name, setting.Get(values));
        json.WriteEndObject();
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">A value is not what it must be.</exception>
    public T Read(JsonElement run)
    {
        try
        {
            return Parse(run.GetProperty("settings").EnumerateObject()
                .ToDictionary(property => property.Name, property => property.Value.GetString()!));
        }
        catch (Exception wrong) when (wrong is ArgumentException or InvalidOperationException or KeyNotFoundException)
        {
            throw new InvalidDataException($"the settings in run.json are not those of this task: {wrong.Message}", wrong);
        }
    }
}
