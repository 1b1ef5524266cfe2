using System.Globalization;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>A metric over runs that differ only in their seed.</summary>
/// <param name="Name">Name of the metric.</param>
/// <param name="Mean">The mean.</param>
/// <param name="Deviation">The standard deviation of one run, by n − 1; NaN for a single one.</param>
public sealed record RepeatedMetric(string Name, double Mean, double Deviation);

/// <summary>The same training with seeds s, s + 1, …: how much a metric varies with the seed.</summary>
public static class Repeats
{
    /// <summary>Trains one run. If the request has several test files, the report has the metrics of each too.</summary>
    public static TrainReport Once(Recipe recipe, TrainRequest request, IProgress<TrainingProgress>? progress = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        return TestFiles.Train(recipe, request, progress, stop);
    }

    /// <summary>Trains several runs: NAME-1, NAME-2, …, or the next free numbers where no name is given.</summary>
    /// <param name="recipe">What is trained.</param>
    /// <param name="request">The request; its seed is the first.</param>
    /// <param name="count">How many runs.</param>
    /// <param name="progress">Receives the progress.</param>
    /// <param name="stop">Ends the run at hand, and the rest.</param>
    public static (IReadOnlyList<TrainReport> Reports, IReadOnlyList<RepeatedMetric> Metrics) Train(Recipe recipe, TrainRequest request,
        int count, IProgress<TrainingProgress>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(request);
        Require.InRange(count >= 1, $"`repeats` {count}: it must be at least 1", nameof(count));
        ulong seed = request.Settings.TryGetValue("seed", out string? said) ? ulong.Parse(said, CultureInfo.InvariantCulture) : 0;
        var reports = new List<TrainReport>();
        for (int run = 0; run < count && !stop.IsCancellationRequested; run++)
            reports.Add(recipe.Train(request with
            {
                Name = request.Name is { } name ? $"{name}-{run + 1}" : null, Settings = new Dictionary<string,
                string>(request.Settings) { ["seed"] = (seed + (ulong)run).ToString(CultureInfo.InvariantCulture) },
            }, progress, stop));
        return (reports, Summary(reports));
    }

    /// <summary>Mean and standard deviation of each metric over the runs that were measured.</summary>
    internal static IReadOnlyList<RepeatedMetric> Summary(IReadOnlyList<TrainReport> reports)
    {
        TrainReport[] measured = [.. reports.Where(report => report.Metrics.Count > 0)];
        return measured.Length == 0 ? [] : [.. measured[0].Metrics.Select(metric =>
        {
            double[] values = [.. measured.Select(report => report.Metrics.First(other => other.Name == metric.Name).Value)];
            double mean = values.Average(), squares = values.Sum(value => (value - mean) * (value - mean));
            return new RepeatedMetric(metric.Name, mean, values.Length > 1 ? Math.Sqrt(squares / (values.Length - 1)) : double.NaN);
        })];
    }
}
