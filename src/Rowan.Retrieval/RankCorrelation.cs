using Rowan.Numerics;

namespace Rowan.Retrieval;

/// <summary>How alike two orders are.</summary>
public static class RankCorrelation
{
    /// <summary>Spearman's ρ: the correlation of the ranks, equal values sharing the mean of theirs.</summary>
    /// <returns>From −1 to 1; NaN where one side has no two different values.</returns>
    /// <exception cref="ArgumentException">The sides differ in length.</exception>
    public static double Spearman(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Require.That(x.Length == y.Length, $"Spearman: {x.Length} and {y.Length} values; the lengths must be equal", nameof(y));
        double[] a = Ranks(x), b = Ranks(y);
        double mean = (x.Length + 1) / 2.0, xy = 0, xx = 0, yy = 0;
        for (int i = 0; i < a.Length; i++)
        {
            xy += (a[i] - mean) * (b[i] - mean);
            xx += (a[i] - mean) * (a[i] - mean);
            yy += (b[i] - mean) * (b[i] - mean);
        }
        return xx == 0 || yy == 0 ? double.NaN : xy / Math.Sqrt(xx * yy);
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
