using Rowan.Numerics;

namespace Rowan;

/// <summary>Which way a metric gets better.</summary>
public enum Better
{
    /// <summary>Downwards, as a loss.</summary>
    Lower,

    /// <summary>Upwards, as an accuracy.</summary>
    Higher,
}

/// <summary>
/// η ← max(η·f, η₁) when a metric has not become better in more than so many steps.  (PyTorch's <c>ReduceLROnPlateau</c>.)
/// </summary>
public sealed class PlateauSchedule : Schedule
{
    double _best;
    long _bad, _cooling;

    /// <param name="optimizer">Whose rates are set.</param>
    public PlateauSchedule(Optimizer optimizer) : base(optimizer) => _best = double.NaN;

    /// <summary>Which way the metric gets better.</summary>
    public Better Better { get; init; }

    /// <summary>f.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not within 0 and 1.</exception>
    public double Factor
    {
        get;
        init
        {
            Require.InRange(value is >= 0 and < 1, $"PlateauSchedule: factor {value}; it is at least 0 and below 1", nameof(Factor));
            field = value;
        }
    } = 0.1;

    /// <summary>Steps without a better metric that are put up with.</summary>
    public long Patience { get; init; } = 10;

    /// <summary>How much better counts as better: a share of the best where <see cref="Relative"/>, else a difference.</summary>
    public double Threshold { get; init; } = 1e-4;

    /// <summary>Whether the threshold is a share of the best.</summary>
    public bool Relative { get; init; } = true;

    /// <summary>Steps after a fall in which nothing is counted.</summary>
    public long Cooldown { get; init; }

    /// <summary>η₁.</summary>
    public double Minimum { get; init; }

    /// <summary>A fall smaller than this is not made.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>The best metric so far; NaN before the first.</summary>
    public double Best => _best;

    /// <summary>Goes one step on.</summary>
    /// <param name="metric">What is watched; NaN never counts as better.</param>
    public void Step(double metric)
    {
        StepCount++;
        if (IsBetter(metric)) (_best, _bad) = (metric, 0);
        else _bad++;
        if (_cooling > 0) (_cooling, _bad) = (_cooling - 1, 0);
        if (_bad <= Patience) return;
        foreach (Optimizer group in Optimizer.Groups)
        {
            double next = Math.Max(group.LearningRate * Factor, Minimum);
            if (group.LearningRate - next > Epsilon) group.LearningRate = (float)next;
        }
        (_cooling, _bad) = (Cooldown, 0);
    }

    /// <inheritdoc/>
    public override StateDict StateDict() => new([.. base.StateDict(),
        StateEntry.Over("lrs", [Optimizer.Groups.Count], LearningRates.ToArray()),
        StateEntry.Over("best_bits", [], [BitConverter.DoubleToInt64Bits(_best)]), StateEntry.Over("bad", [], [_bad]),
        StateEntry.Over("cooling", [], [_cooling])]);

    /// <inheritdoc/>
    public override void LoadStateDict(StateDict state)
    {
        ArgumentNullException.ThrowIfNull(state);
        foreach (string name in (string[])["best_bits", "bad", "cooling", "lrs"])
            Require.That(state.Contains(name), $"LoadStateDict: '{name}' is missing; the state is that of another schedule", nameof(state));
        base.LoadStateDict(state);
        (_best, _bad, _cooling) =
            (BitConverter.Int64BitsToDouble(state["best_bits"].Integer()), state["bad"].Integer(), state["cooling"].Integer());
        var rates = new float[Optimizer.Groups.Count];
        state["lrs"].Read(0, rates.AsSpan());
        for (int g = 0; g < rates.Length; g++) Optimizer.Groups[g].LearningRate = rates[g];
    }

    private protected override void Apply() { }

    bool IsBetter(double metric)
    {
        if (double.IsNaN(metric)) return false;
        if (double.IsNaN(_best)) return true;
        return (Better, Relative) switch
        {
            (Better.Lower, true) => metric < _best * (1 - Threshold),
            (Better.Lower, false) => metric < _best - Threshold,
            (_, true) => metric > _best * (1 + Threshold),
            _ => metric > _best + Threshold,
        };
    }
}
