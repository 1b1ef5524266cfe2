using System.Text.Json;
using Rowan.Formats;

namespace Rowan.Recipes;

/// <summary>How a run was started: what must be the same for it to be resumed.</summary>
/// <param name="Directory">The working directory of the command, from which its paths go.</param>
/// <param name="Arguments">The command's arguments.</param>
/// <param name="Settings">The settings, as JSON.</param>
/// <param name="Fingerprint">SHA-256 of the data.</param>
public sealed record ResumableRun(string Directory, IReadOnlyList<string> Arguments, string Settings, string Fingerprint)
{
    /// <summary>The task.</summary>
    public string Kind { get; init; } = "";

    /// <summary>The files of the data.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Writes it whole or not at all.</summary>
    public void Write(string file) => AtomicFile.Write(file, stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("kind", Kind);
        json.WriteStartArray("files");
        foreach (string name in Files) json.WriteStringValue(name);
        json.WriteEndArray();
        json.WriteString("directory", Directory);
        json.WriteStartArray("arguments");
        foreach (string argument in Arguments) json.WriteStringValue(argument);
        json.WriteEndArray();
        json.WriteString("settings", Settings);
        json.WriteString("sha256", Fingerprint);
        json.WriteEndObject();
    });

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static ResumableRun Read(string file)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
            JsonElement json = document.RootElement;
            return new(json.GetProperty("directory").GetString()!,
                [.. json.GetProperty("arguments").EnumerateArray().Select(argument => argument.GetString()!)],
                json.GetProperty("settings").GetString()!, json.GetProperty("sha256").GetString()!);
        }
        catch (Exception damaged) when (damaged is JsonException or KeyNotFoundException or InvalidOperationException
            or FileNotFoundException)
        {
            throw new InvalidDataException($"'{file}' is damaged: {damaged.Message} Remove the folder and train again", damaged);
        }
    }

    /// <summary>What of it differs, so that the run would not be the same; null for nothing.</summary>
    public string? Differs(ResumableRun now)
    {
        ArgumentNullException.ThrowIfNull(now);
        if (Fingerprint != now.Fingerprint) return "its data has changed since";
        string[] differences = [.. Differences(now).Where(setting => !TrainingOptions.MayChange.Contains(setting.Name))
            .Select(setting => $"`{setting.Name}` was {setting.Was}")];
        return differences.Length == 0 ? null : $"its settings differ: {string.Join(", ", differences)}";
    }

    /// <summary>Settings that differ from those the run began with, and what they were.</summary>
    public IReadOnlyList<(string Name, string Was)> Differences(ResumableRun now)
    {
        ArgumentNullException.ThrowIfNull(now);
        using JsonDocument old = JsonDocument.Parse(Settings), other = JsonDocument.Parse(now.Settings);
        JsonElement given = other.RootElement.GetProperty("settings");
        return [.. old.RootElement.GetProperty("settings").EnumerateObject()
            .Where(setting => !given.TryGetProperty(setting.Name, out JsonElement value) || value.GetString() != setting.Value.GetString())
            .Select(setting => (setting.Name, setting.Value.GetString()!))];
    }
}
