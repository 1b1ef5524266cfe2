using Rowan.Numerics;

namespace Rowan.Training;

/// <summary>Correlation of two lists of values: of their ranks (Spearman) and of the values themselves (Pearson).</summary>
public static class RankCorrelation
{
    /// <summary>Spearman's ρ: the correlation of the ranks, equal values sharing the mean of theirs.</summary>
    /// <returns>From −1 to 1; NaN where one side has no two different values.</returns>
    /// <exception cref="ArgumentException">The sides differ in length.</exception>
    public static double Spearman(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Require.That(x.Length == y.Length, $"Spearman: {x.Length} and {y.Length} values; the lengths must be equal", nameof(y));
        return Pearson(Ranks(x), Ranks(y));
    }

    /// <summary>Pearson's r = Σ (x − x̄)·(y − ȳ) / √(Σ (x − x̄)² · Σ (y − ȳ)²).</summary>
    /// <returns>From −1 to 1; NaN where one side has no two different values, or a value that is not finite.</returns>
    /// <exception cref="ArgumentException">The sides differ in length.</exception>
    public static double Pearson(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Require.That(x.Length == y.Length, $"Pearson: {x.Length} and {y.Length} values; the lengths must be equal", nameof(y));
        if (AllEqual(x) || AllEqual(y)) return double.NaN;
        double meanX = Mean(x), meanY = Mean(y), xy = 0, xx = 0, yy = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double dx = x[i] - meanX, dy = y[i] - meanY;
            xy += dx * dy;
            xx += dx * dx;
            yy += dy * dy;
        }
        return Math.Clamp(xy / Math.Sqrt(xx) / Math.Sqrt(yy), -1, 1);
    }

    // The computed mean of equal values may differ from them in the last bit.
    static bool AllEqual(ReadOnlySpan<double> values) => values.IsEmpty || values.IndexOfAnyExcept(values[0]) < 0;

    static double Mean(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values) sum += value;
        return sum / values.Length;
    }

    static double[] Ranks(ReadOnlySpan<double> values)
    {
        double[] sorted = values.ToArray();
        int[] places = [.. Enumerable.Range(0, sorted.Length)];
        Array.Sort(sorted, places);
        var ranks = new double[sorted.Length];
        for (int from = 0, to; from < sorted.Length; from = to)
        {
            for (to = from + 1; to < sorted.Length && sorted[to] == sorted[from];) to++;
            for (int i = from; i < to; i++) ranks[places[i]] = (from + 1 + to) / 2.0;
        }
        return ranks;
    }
}
