using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Tests;

/// <summary>Metrics of classes and numbers against slow and obvious computations.</summary>
public sealed class PredictionMetricsTests
{
    static double Of(IReadOnlyList<Metric> metrics, string name) => metrics.First(metric => metric.Name == name).Value;

    static (float[] Probabilities, float[] Labels) Draw(Rng rng, int n, int classes, bool unknown)
    {
        var (probabilities, labels) = (new float[n * classes], new float[n]);
        for (int i = 0; i < n; i++)
        {
            // Steps of a tenth, so that ties are frequent.
            float[] own = [.. Enumerable.Range(0, classes).Select(_ => (1 + rng.NextUInt32() % 10) / 10f)];
            float sum = own.Sum();
            for (int c = 0; c < classes; c++) probabilities[i * classes + c] = own[c] / sum;
            labels[i] = unknown && rng.NextUInt32() % 8 == 0 ? -1 : rng.NextUInt32() % classes;
        }
        return (probabilities, labels);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void ClassMetricsAreThoseOfTheSlowWay(int classes)
    {
        var rng = new Rng((ulong)classes);
        for (int round = 0; round < 30; round++)
        {
            int n = 1 + (int)(rng.NextUInt32() % 80);
            (float[] probabilities, float[] labels) = Draw(rng, n, classes, unknown: round % 2 == 1);
            IReadOnlyList<Metric> metrics = PredictionMetrics.OfClasses(probabilities, labels, classes);
            int[] predicted = [.. Enumerable.Range(0, n)
                .Select(i => Enumerable.Range(0, classes).MaxBy(c => probabilities[i * classes + c]))];
            Assert.Equal(Enumerable.Range(0, n).Count(i => predicted[i] == (int)labels[i]) / (double)n, Of(metrics, "accuracy"), 1e-12);
            Assert.Equal(Enumerable.Range(0, n)
                .Average(i => -Math.Log(labels[i] < 0 ? 1e-7 : Math.Max(1e-7, probabilities[i * classes + (int)labels[i]]))),
                Of(metrics, "log loss"), 1e-9);
            if (classes > 2)
            {
                // F1 of each class that is predicted or right somewhere: 2TP / (2TP + FP + FN).
                double[] f1 = [.. Enumerable.Range(0, classes).Select(c =>
                {
                    int both = Enumerable.Range(0, n).Count(i => predicted[i] == c && (int)labels[i] == c),
                    said = Enumerable.Range(0, n).Count(i => predicted[i] == c), right = labels.Count(l => (int)l == c);
                    return said + right == 0 ? double.NaN : 2.0 * both / (said + right);
                }).Where(value => !double.IsNaN(value))];
                Assert.Equal(f1.Sum() / (f1.Length + (labels.Any(l => l < 0) ? 1 : 0)), Of(metrics, "macro f1"), 1e-12);
            }
            else
            {
                float[] scores = [.. Enumerable.Range(0, n).Select(i => probabilities[i * 2 + 1])];
                (int P, int N)[] pairs =
                    [.. Enumerable.Range(0, n).Where(i => (int)labels[i] == 1)
                    .SelectMany(p => Enumerable.Range(0, n).Where(i => (int)labels[i] == 0).Select(q => (p, q)))];
                double auc = pairs.Length == 0
                    ? double.NaN : pairs.Average(pair => scores[pair.P] > scores[pair.N] ? 1 : scores[pair.P] == scores[pair.N] ? 0.5 : 0);
                Assert.Equal(auc, Of(metrics, "auc"), 1e-9);
                Assert.InRange(Of(metrics, "calibration error"), 0, 1);
            }
        }
    }

    [Fact]
    public void PerfectAndWorstPredictions()
    {
        IReadOnlyList<Metric> perfect = PredictionMetrics.OfClasses([1, 0, 0, 1, 1, 0, 0, 1], [0, 1, 0, 1], 2),
        worst = PredictionMetrics.OfClasses([0, 1, 1, 0], [0, 1], 2);
        Assert.Equal([1, 1, 0, 0], perfect.Select(metric => metric.Value));
        Assert.Equal(0, Of(worst, "auc"));
        Assert.Equal(0, Of(worst, "accuracy"));
        Assert.Equal(1, Of(worst, "calibration error"), 1e-12);
        Assert.Equal(-Math.Log(1e-7), Of(worst, "log loss"), 1e-9);
    }

    [Fact]
    public void CalibrationErrorIsThatOfTheSlowWay()
    {
        var rng = new Rng(5);
        float[] probabilities = [.. Enumerable.Range(0, 500).Select(_ => rng.NextSingle())],
        labels = [.. probabilities.Select(p => rng.NextSingle() < p * p ? 1f : 0f)];
        double expected = 0;
        for (int bin = 0; bin < 15; bin++)
        {
            int[] own = [.. Enumerable.Range(0, 500).Where(i => Math.Min(14, (int)(probabilities[i] * 15)) == bin)];
            if (own.Length > 0) expected += own.Length / 500.0 * Math.Abs(own.Average(i => (double)probabilities[i])
                - own.Average(i => (double)labels[i]));
        }
        Assert.Equal(expected, PredictionMetrics.CalibrationError(probabilities, labels), 1e-9);
    }

    [Fact]
    public void NumberMetricsAreThoseOfTheSlowWay()
    {
        var rng = new Rng(6);
        for (int round = 0; round < 20; round++)
        {
            int n = 2 + (int)(rng.NextUInt32() % 50);
            float[] labels = [.. Enumerable.Range(0, n).Select(_ => 4 * rng.NextSingle())],
            predicted = [.. labels.Select(label => label + rng.NextSingle() - 0.5f)];
            IReadOnlyList<Metric> metrics = PredictionMetrics.OfNumbers(predicted, labels, 3);
            double[] errors = [.. predicted.Zip(labels, (p, l) => (double)p - l)];
            double mean = labels.Average(label => (double)label);
            Assert.Equal(3 * Math.Sqrt(errors.Average(error => error * error)), Of(metrics, "rmse"), 1e-9);
            Assert.Equal(3 * errors.Average(Math.Abs), Of(metrics, "mae"), 1e-9);
            Assert.Equal(1 - errors.Sum(error => error * error) / labels.Sum(label => (label - mean) * (label - mean)), Of(metrics, "r2"),
                1e-9);
        }
        Assert.Equal([0, 0, 1], PredictionMetrics.OfNumbers([1, 2, 3], [1, 2, 3], 2).Select(metric => metric.Value));
        // R² of a constant target is undefined.
        Assert.True(double.IsNaN(Of(PredictionMetrics.OfNumbers([1, 2], [3, 3], 1), "r2")));
    }
}
