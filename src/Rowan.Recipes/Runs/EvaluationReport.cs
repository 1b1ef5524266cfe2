using System.Globalization;
using Rowan.Data;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>How good a run is on new data.</summary>
/// <param name="Records">Records that were measured.</param>
/// <param name="Metrics">The task's metrics.</param>
/// <param name="Notes">What is worth knowing: unknown ids, labels and bad records.</param>
public sealed record EvaluationReport(long Records, IReadOnlyList<Metric> Metrics, IReadOnlyList<string> Notes)
{
    /// <summary>The same metrics of baselines, or of parts of the model, by name.</summary>
    public IReadOnlyList<(string Name, IReadOnlyList<Metric> Metrics)> Baselines { get; init; } = [];

    /// <summary>The report with a note on the bad records that a reader skipped, if any.</summary>
    internal EvaluationReport WithSkipped(RecordReader reader) => reader.Skipped == 0 ? this : this with
    {
        Notes = [.. Notes, string.Create(CultureInfo.InvariantCulture,
            $"{reader.Skipped:#,0} bad records skipped, such as {reader.SkippedMessages[0]}")],
    };
}
