namespace Rowan.Training;

/// <summary>How good predictions of classes or numbers are.</summary>
static class PredictionMetrics
{
    const int CalibrationBins = 15;
    /// <summary>The probability that a log loss counts at least.</summary>
    public const double LeastProbability = 1e-7;

    /// <summary>
    /// Two classes: auc, accuracy, log loss, calibration error. More: accuracy, macro f1, log loss. A label −1 was never learned: it
    /// counts as wrong.
    /// </summary>
    /// <param name="probabilities">[n, classes].</param>
    /// <param name="labels">[n].</param>
    /// <param name="classes">Classes.</param>
    public static IReadOnlyList<Metric> OfClasses(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> labels, int classes)
    {
        int n = labels.Length;
        double logLoss = 0, right = 0;
        var (confusion, unseen) = (new long[classes, classes], new long[classes]);
        var positive = new float[n];
        for (int i = 0; i < n; i++)
        {
            ReadOnlySpan<float> own = probabilities.Slice(i * classes, classes);
            int label = (int)labels[i], best = 0;
            for (int c = 1; c < classes; c++)
                if (own[c] > own[best]) best = c;
            positive[i] = own[^1];
            logLoss -= Math.Log(label < 0 ? LeastProbability : Math.Max(LeastProbability, own[label]));
            if (label >= 0) confusion[label, best]++;
            else unseen[best]++;
            if (label == best) right++;
        }
        if (classes > 2) return [new("accuracy", right / n), new("macro f1", MacroF1(confusion, unseen)),
            new("log loss", logLoss / n, HigherIsBetter: false)];
        return [new("auc", AreaUnderCurve(positive, labels)), new("accuracy", right / n),
            new("log loss", logLoss / n, HigherIsBetter: false),
            new("calibration error", CalibrationError(positive, labels), HigherIsBetter: false)];
    }

    /// <summary>
    /// Root of the mean squared, and mean absolute error, and R² = 1 − squares / squares about the mean; both in units of a deviation.
    /// </summary>
    public static IReadOnlyList<Metric> OfNumbers(ReadOnlySpan<float> predicted, ReadOnlySpan<float> labels, double deviation)
    {
        double squares = 0, absolutes = 0, about = 0, own = 0;
        foreach (float label in labels) own += label;
        own /= labels.Length;
        for (int i = 0; i < labels.Length; i++)
        {
            double error = predicted[i] - labels[i];
            squares += error * error;
            absolutes += Math.Abs(error);
            about += (labels[i] - own) * (labels[i] - own);
        }
        return [new("rmse", Math.Sqrt(squares / labels.Length) * deviation, HigherIsBetter: false),
            new("mae", absolutes / labels.Length * deviation, HigherIsBetter: false),
            new("r2", about > 0 ? 1 - squares / about : double.NaN)];
    }

    /// <summary>
    /// Macro F1: the mean over classes of 2·tp / (2·tp + fp + fn). Classes that are neither predicted nor right anywhere are left out;
    /// labels that training does not know are one more class, with an F1 of 0.
    /// </summary>
    /// <param name="confusion">How often each class (row) was predicted as each (column) [classes, classes].</param>
    /// <param name="unseen">How often each class was predicted for a label that training does not know [classes].</param>
    public static double MacroF1(long[,] confusion, ReadOnlySpan<long> unseen)
    {
        int classes = unseen.Length, counted = 0;
        double sum = 0;
        bool any = false;
        for (int c = 0; c < classes; c++)
        {
            long right = 0, predicted = unseen[c];
            any |= unseen[c] > 0;
            for (int other = 0; other < classes; other++)
                (right, predicted) = (right + confusion[c, other], predicted + confusion[other, c]);
            if (right + predicted == 0) continue;
            counted++;
            sum += 2.0 * confusion[c, c] / (right + predicted);
        }
        if (any) counted++;
        return counted == 0 ? double.NaN : sum / counted;
    }

    /// <summary>
    /// The share of pairs of a positive (label 1) and a negative in which the positive scores higher; equal scores count half.
    /// </summary>
    public static double AreaUnderCurve(ReadOnlySpan<float> scores, ReadOnlySpan<float> labels)
    {
        // Labels that training does not know are neither.
        var (sorted, own) = (new float[scores.Length], new float[scores.Length]);
        int known = 0;
        for (int i = 0; i < scores.Length; i++)
            if (labels[i] >= 0) (sorted[known], own[known++]) = (scores[i], labels[i]);
        (sorted, own) = (sorted[..known], own[..known]);
        Array.Sort(sorted, own);
        double ranks = 0, positives = 0;
        for (int from = 0, to; from < sorted.Length; from = to)
        {
            for (to = from + 1; to < sorted.Length && sorted[to] == sorted[from];) to++;
            // Equal scores share the mean of their ranks.
            double rank = (from + 1 + to) / 2.0;
            for (int i = from; i < to; i++)
                if (own[i] > 0.5f)
                {
                    ranks += rank;
                    positives++;
                }
        }
        double negatives = sorted.Length - positives;
        return positives == 0 || negatives == 0 ? double.NaN : (ranks - positives * (positives + 1) / 2) / (positives * negatives);
    }

    /// <summary>
    /// Σ over 15 equal bins of probability: share of records · |mean probability − share of positives| (Guo et al. 2017).
    /// </summary>
    public static double CalibrationError(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> labels)
    {
        var (count, sum, positives) = (new double[CalibrationBins], new double[CalibrationBins], new double[CalibrationBins]);
        for (int i = 0; i < labels.Length; i++)
        {
            int bin = Math.Clamp((int)(probabilities[i] * CalibrationBins), 0, CalibrationBins - 1);
            count[bin]++;
            sum[bin] += probabilities[i];
            positives[bin] += labels[i] > 0.5f ? 1 : 0;
        }
        return Enumerable.Range(0, CalibrationBins).Where(bin => count[bin] > 0)
            .Sum(bin => Math.Abs(sum[bin] - positives[bin])) / labels.Length;
    }
}
