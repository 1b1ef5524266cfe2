using Rowan.Numerics;

namespace Rowan.Data;

/// <summary>What an example is used for.</summary>
public enum DataPart
{
    /// <summary>To learn from.</summary>
    Train,

    /// <summary>To choose by: when to stop, which settings.</summary>
    Validation,

    /// <summary>To measure the result on.</summary>
    Test,
}

/// <summary>
/// A random split: the part of an example is a function of (seed, its place), so that it takes no memory and stays the same when the file
/// grows.
/// </summary>
public readonly struct RandomSplit
{
    readonly double _validation, _test;
    readonly ulong _seed;

    /// <param name="validation">The share to validate on.</param>
    /// <param name="test">The share to test on.</param>
    /// <param name="seed">Which split.</param>
    /// <exception cref="ArgumentOutOfRangeException">The shares are negative, or leave nothing to train on.</exception>
    public RandomSplit(double validation, double test, ulong seed)
    {
        Require.InRange(validation >= 0 && test >= 0 && validation + test < 1,
            $"split: shares {validation} and {test}; they are not negative, and together below 1", nameof(validation));
        (_validation, _test, _seed) = (validation, test, seed);
    }

    /// <summary>The part of an example.</summary>
    public DataPart PartOf(long example)
    {
        double u = (Shuffle.Mix(_seed ^ 0x5bd1_e995, (ulong)example) >> 11) * (1.0 / (1UL << 53));
        return u < _test ? DataPart.Test : u < _test + _validation ? DataPart.Validation : DataPart.Train;
    }
}

/// <summary>
/// A split by time: the last share is tested on, the share before it validated on. Examples of the same time stay together, on the
/// earlier side.
/// </summary>
public sealed class TimeSplit
{
    readonly decimal _lastTrained, _lastValidated;

    /// <param name="times">The time of every example.</param>
    /// <param name="validation">The share to validate on.</param>
    /// <param name="test">The share to test on.</param>
    /// <exception cref="ArgumentOutOfRangeException">The shares are negative, or leave nothing to train on.</exception>
    public TimeSplit(ReadOnlySpan<decimal> times, double validation, double test)
    {
        Require.InRange(validation >= 0 && test >= 0 && validation + test < 1,
            $"split: shares {validation} and {test}; they are not negative, and together below 1", nameof(validation));
        decimal[] sorted = times.ToArray();
        Array.Sort(sorted);
        _lastTrained = Last(sorted, 1 - validation - test);
        _lastValidated = Math.Max(_lastTrained, Last(sorted, 1 - test));
    }

    /// <summary>The part of an example of a time.</summary>
    public DataPart PartOf(decimal time) => time <= _lastTrained ? DataPart.Train : time <= _lastValidated ? DataPart.Validation
        : DataPart.Test;

    static decimal Last(decimal[] sorted, double share) => sorted.Length == 0 ? 0
        : sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
}

/// <summary>
/// Leave one out: the last example of each group is tested on, the one before it validated on, if asked for; a group keeps at least one
/// to train on.
/// </summary>
public static class LeaveOneOut
{
    /// <summary>The parts of all examples.</summary>
    /// <param name="groups">The group of every example: its user.</param>
    /// <param name="times">The time of every example; null for their order. Of the same time, the later index is the later one, unless
    /// <paramref name="tieSeed"/> is given.</param>
    /// <param name="validation">Whether one of each group is validated on.</param>
    /// <param name="test">Whether one of each group is tested on.</param>
    /// <param name="tieSeed">Draws which of several examples of the same time counts as the later one; null to go by their order.</param>
    /// <exception cref="ArgumentException">There are times for other examples than groups.</exception>
    public static DataPart[] Parts(ReadOnlySpan<long> groups, decimal[]? times, bool validation, bool test, ulong? tieSeed = null)
    {
        Require.That(times is null || times.Length == groups.Length, $"leave one out: {times?.Length} times for {groups.Length} examples",
            nameof(times));
        long[] byGroup = groups.ToArray();
        int[] order = [.. Enumerable.Range(0, byGroup.Length)];
        Array.Sort(order, (x, y) => byGroup[x] != byGroup[y] ? byGroup[x].CompareTo(byGroup[y]) : times is not null
            && times[x] != times[y] ? times[x].CompareTo(times[y]) : Later(x, y));
        var parts = new DataPart[byGroup.Length];
        for (int from = 0, to; from < order.Length; from = to)
        {
            for (to = from + 1; to < order.Length && byGroup[order[to]] == byGroup[order[from]];) to++;
            int last = to;
            if (test && last - from > 1) parts[order[--last]] = DataPart.Test;
            if (validation && last - from > 1) parts[order[--last]] = DataPart.Validation;
        }
        return parts;

        int Later(int x, int y) => tieSeed is { } seed && Shuffle.Mix(seed, (ulong)x).CompareTo(Shuffle.Mix(seed, (ulong)y)) is not 0
            and var drawn ? drawn : x.CompareTo(y);
    }
}
