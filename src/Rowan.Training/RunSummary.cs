using System.Globalization;
using System.Text.Json;

namespace Rowan.Training;

/// <summary>A run in a list of runs.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Path">Its folder.</param>
/// <param name="Task">What was trained: "recommend".</param>
/// <param name="Data">The files it was trained on.</param>
/// <param name="Written">When it was saved; of an interrupted run, when its last checkpoint was.</param>
/// <param name="Metric">Its first metric on the test data, else on the validation data; null for none.</param>
/// <param name="Resumable">Whether it was interrupted and can be resumed.</param>
public sealed record RunSummary(string Name, string Path, string Task, IReadOnlyList<string> Data, DateTime Written,
    (string Name, double Value)? Metric, bool Resumable)
{
    /// <summary>All runs of a folder, the newest first; folders that hold no run are left out.</summary>
    public static IReadOnlyList<RunSummary> All(string runsDirectory)
    {
        ArgumentNullException.ThrowIfNull(runsDirectory);
        if (!Directory.Exists(runsDirectory)) return [];
        // A run that was resumed and interrupted again is there twice: as it was saved, and as far as it came since.
        return [.. Directory.GetDirectories(runsDirectory).Select(Of).OfType<RunSummary>().GroupBy(run => run.Name)
            .Select(same => same.FirstOrDefault(run => IsComplete(run.Path)) ?? same.First()).OrderByDescending(run => run.Written)
                .ThenBy(run => run.Name, StringComparer.Ordinal)];
    }

    /// <summary>Whether this is a saved run that can be asked, and not only a checkpoint.</summary>
    public bool Complete => IsComplete(Path);

    static bool IsComplete(string folder) => System.IO.Path.GetFileName(folder) is not ['.', ..];

    static RunSummary? Of(string folder)
    {
        bool partial = !IsComplete(folder);
        if (partial && !(folder.EndsWith(RunFolder.PartialEnding, StringComparison.Ordinal) && RunFolder.HasCheckpoint(folder)))
            return null;
        string file = partial ? RunFolder.RequestFile(folder) : System.IO.Path.Combine(folder, RunFolder.InfoFile);
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
            JsonElement root = document.RootElement;
            string task = root.TryGetProperty("kind", out JsonElement kind) ? kind.GetString()! : "";
            if (!partial && task.Length == 0) return null;
            JsonElement files = partial ? root : root.TryGetProperty("data", out JsonElement data) ? data : default;
            string[] names = files.ValueKind == JsonValueKind.Object && files.TryGetProperty("files", out JsonElement list)
                ? [.. list.EnumerateArray().Select(name => name.GetString()!)] : [];
            DateTime written = root.TryGetProperty("written", out JsonElement time)
                ? DateTime.Parse(time.GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind)
                : File.GetLastWriteTimeUtc(file);
            return new(RunFolder.PlainName(folder), folder, task, names, written, MetricOf(root, "metrics")
                ?? MetricOf(root, "validation"), RunFolder.HasCheckpoint(folder));
        }
        // Not a run, or a damaged one: asking it by name says what is wrong.
        catch (Exception failure) when (failure is IOException or JsonException or UnauthorizedAccessException or InvalidOperationException
            or FormatException) { return null; }
    }

    static (string, double)? MetricOf(JsonElement run, string name)
    {
        if (!run.TryGetProperty(name, out JsonElement metrics) || metrics.ValueKind != JsonValueKind.Object) return null;
        foreach (JsonProperty metric in metrics.EnumerateObject())
            if (metric.Value.ValueKind == JsonValueKind.Number) return (metric.Name, metric.Value.GetDouble());
        return null;
    }
}
