using System.Globalization;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>Warnings that every recipe's result may need: it diverged, it is no better than its baseline.</summary>
static class ResultWarnings
{
    // A loss of single batches varies; only a clear rise counts, and not in the first steps.
    const double ClearRise = 1.2;
    const int FewSteps = 20;

    /// <summary>The warnings that a result needs.</summary>
    /// <param name="outcome">How training ended.</param>
    /// <param name="firstLoss">The loss of the first step; NaN if unknown.</param>
    /// <param name="metrics">Metrics on the test data, the most important first.</param>
    /// <param name="baselines">The same metrics of the baselines.</param>
    /// <param name="remedy">What to try against a model that is no better than its baseline.</param>
    public static IEnumerable<string> Of(
        TrainingOutcome outcome, double firstLoss, IReadOnlyList<Metric> metrics,
        IReadOnlyList<(string Name, IReadOnlyList<Metric> Metrics)> baselines, string remedy)
    {
        if (outcome.Steps >= FewSteps && outcome.Loss > ClearRise * firstLoss)
            yield return string.Create(CultureInfo.InvariantCulture,
                $"training diverged: the loss rose from {firstLoss:0.####} to {outcome.Loss:0.####}; try a smaller `learning-rate`, or "
                    + $"`clip-norm` 1");
        foreach ((string name, IReadOnlyList<Metric> own) in baselines)
        {
            string[] worse = [.. metrics.Where((metric, place) => place == 0 || metric.Name == "log loss")
                .Where(metric => own.FirstOrDefault(other => other.Name == metric.Name) is { } other && !Better(metric, other))
                .Select(metric => $"{metric.Name} {Metric.Text(metric.Value)} against "
                    + $"{Metric.Text(own.First(other => other.Name == metric.Name).Value)}")];
            if (worse.Length > 0) yield return $"the model is no better than its baseline '{name}' on the test data "
                + $"({string.Join(", ", worse)}): {remedy}";
        }
    }

    // A metric that is no number (the AUC of records of one class) is not compared.
    static bool Better(Metric model, Metric baseline) => double.IsNaN(baseline.Value) || model.Improves(baseline.Value);

    /// <summary>A warning of a test part with few examples, on which metrics vary much; null for enough.</summary>
    /// <param name="tested">Examples in the test part.</param>
    /// <param name="what">What they are, in the plural.</param>
    /// <param name="given">Whether the test data is a file of its own.</param>
    public static string? FewTested(long tested, string what, bool given) => tested switch
    {
        0 => given ? $"the test file holds no {what}: nothing was measured"
            : $"no {what} are left for the test, so nothing was measured: set a larger `test-share`, or give more data",
        < 30 => string.Create(CultureInfo.InvariantCulture, $"the test data has only {tested} {what}, so its metrics vary by chance: " +
            $"{(given ? "give more test data" : "give more data, or a larger `test-share`")}"),
        _ => null,
    };
}
