using System.Globalization;
using System.Text;
using Rowan.Data;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>The model card, README.md of a run: data, test metrics, settings and usage.</summary>
static class ModelCard
{
    static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    public static string Of(TrainRequest request, TrainReport report, IReadOnlyDictionary<string, string> settings, string fingerprint)
    {
        var card = new StringBuilder();
        card.Append(Culture, $"# {Escaped(Path.GetFileName(report.Run))}\n\nA **{report.Kind}** run of Rowan, trained "
            + $"{DateTime.UtcNow:yyyy-MM-dd} in {report.Elapsed.TotalSeconds:0.0} s on {report.Examples:#,0} examples; {report.End switch
        {
            TrainingEnd.Finished => "completed", TrainingEnd.NoImprovement => "stopped early, no improvement on validation",
            TrainingEnd.TimeLimit => "stopped at the time limit", _ => "interrupted",
        }}.\n\n## Data\n\n");
        card.Append(Culture, $"{string.Join(", ", request.Data.Names.Select(name => $"`{name}`"))}, {request.Data.Bytes:#,0} bytes, "
            + $"SHA-256 `{fingerprint}`.\n\n| column | role |\n|---|---|\n");
        foreach (ColumnSchema column in request.Schema.Columns)
            card.Append(Culture, $"| {Escaped(column.Name)} | {column.Role.ToString().ToLowerInvariant()} |\n");
        foreach (string warning in report.Warnings) card.Append(Culture, $"\n- **Warning:** {Escaped(warning)}");
        foreach (string note in report.Notes) card.Append(Culture, $"\n- {Escaped(note)}");
        if (report.Notes.Count + report.Warnings.Count > 0) card.Append('\n');
        if (report.Metrics.Count > 0)
        {
            card.Append(Culture, $"\n## Metrics on the test data\n\n| | "
                + $"{string.Join(" | ", report.Metrics.Select(metric => Escaped(metric.Name)))} "
                + $"|\n|---|{string.Concat(report.Metrics.Select(_ => "---:|"))}\n");
            card.Append(Culture, $"| **{report.Kind}** | "
                + $"{string.Join(" | ", report.Metrics.Select(metric => Metric.Text(metric.Value)))} |\n");
            foreach ((string name, IReadOnlyList<Metric> metrics) in report.Baselines)
                card.Append(Culture, $"| {Escaped(name)} | "
                    + $"{string.Join(" | ", report.Metrics.Select(metric => Cell(metrics, metric.Name)))} |\n");
        }
        card.Append(Culture, $"\n## Settings\n\nPreset: {report.Preset}.\n\n| setting | value |\n|---|---|\n");
        foreach ((string name, string value) in settings) card.Append(Culture, $"| {name} | {Escaped(value)} |\n");
        if (request.CommandLine is { } command) card.Append(Culture, $"\n```\n{command}\n```\n");
        card.Append("\n## Usage\n\n```\n");
        foreach (string next in report.Next) card.Append(Culture, $"{next}\n");
        card.Append(Culture, $"rowan inspect {report.Run}\n```\n");
        return card.ToString();
    }

    static string Escaped(string text) =>
        text.Replace("|", "\\|", StringComparison.Ordinal).Replace("\n", " ", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal);

    /// <summary>The value of a metric; empty where a baseline has none of that name.</summary>
    static string Cell(IReadOnlyList<Metric> metrics, string name) =>
        metrics.FirstOrDefault(metric => metric.Name == name) is { } found ? Metric.Text(found.Value) : "";
}
