using Rowan.Numerics;

namespace Rowan;

/// <summary>
/// η = η₁ + (η₀ − η₁)·(1 + cos(π·t / T)) / 2; after T it rises again. (Loshchilov and Hutter 2017; PyTorch's <c>CosineAnnealingLR</c>.)
/// </summary>
public sealed class CosineSchedule : StepCountSchedule
{
    readonly long _period;
    readonly double _minimum;

    /// <param name="optimizer">Whose rates are set.</param>
    /// <param name="maxIterations">T: half a wave.</param>
    /// <param name="minimum">η₁.</param>
    /// <exception cref="ArgumentOutOfRangeException">T is not positive.</exception>
    public CosineSchedule(Optimizer optimizer, long maxIterations, double minimum = 0) : base(optimizer)
    {
        Require.InRange(maxIterations > 0, $"CosineSchedule: {maxIterations} steps; the number is positive", nameof(maxIterations));
        (_period, _minimum) = (maxIterations, minimum);
        Apply();
    }

    /// <inheritdoc/>
    public override double RateAt(double baseRate, long step) => RateCurve.HalfWave(baseRate, _minimum, (double)step / _period);
}

/// <summary>
/// Cosine decays one after another, the first T₀ steps long, each next one m times as long, each beginning at η₀. (Loshchilov and Hutter
/// 2017; PyTorch's <c>CosineAnnealingWarmRestarts</c>.)
/// </summary>
public sealed class CosineRestartsSchedule : StepCountSchedule
{
    readonly long _first;
    readonly int _factor;
    readonly double _minimum;

    /// <param name="optimizer">Whose rates are set.</param>
    /// <param name="firstPeriod">T₀.</param>
    /// <param name="factor">m.</param>
    /// <param name="minimum">What each decay ends at.</param>
    /// <exception cref="ArgumentOutOfRangeException">T₀ or m is below 1.</exception>
    public CosineRestartsSchedule(Optimizer optimizer, long firstPeriod, int factor = 1, double minimum = 0) : base(optimizer)
    {
        Require.InRange(firstPeriod > 0, $"CosineRestartsSchedule: a first period of {firstPeriod} steps; it is positive",
            nameof(firstPeriod));
        Require.InRange(factor > 0, $"CosineRestartsSchedule: factor {factor}; it is at least 1", nameof(factor));
        (_first, _factor, _minimum) = (firstPeriod, factor, minimum);
        Apply();
    }

    /// <inheritdoc/>
    public override double RateAt(double baseRate, long step)
    {
        long period = _first;
        if (_factor == 1) step %= period;
        else
            for (; step >= period; period *= _factor) step -= period;
        return RateCurve.HalfWave(baseRate, _minimum, (double)step / period);
    }
}

/// <summary>How a one-cycle schedule goes from one rate to the next.</summary>
public enum Anneal
{
    /// <summary>Along half a wave.</summary>
    Cosine,

    /// <summary>Along a line.</summary>
    Linear,
}

/// <summary>
/// From η/d up to η, then down to η/(d·e), over a number of steps known beforehand; in three phases first back to η/d.
/// (Smith and Topin 2019; PyTorch's <c>OneCycleLR</c>, without its cycling of momentum.)
/// </summary>
public sealed class OneCycleSchedule : StepCountSchedule
{
    readonly (double End, double From, double To)[] _phases;
    readonly Anneal _anneal;
    readonly long _total;

    /// <param name="optimizer">Whose rates are set; all groups alike.</param>
    /// <param name="maxRate">η: the highest rate.</param>
    /// <param name="totalSteps">Steps in all.</param>
    /// <param name="riseShare">The share of them in which it rises.</param>
    /// <param name="anneal">Along a wave or a line.</param>
    /// <param name="divisor">d.</param>
    /// <param name="finalDivisor">e.</param>
    /// <param name="threePhases">Fall as fast as it rose, then on to the end.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of steps is not positive, or the share none.</exception>
    public OneCycleSchedule(Optimizer optimizer, double maxRate, long totalSteps, double riseShare = 0.3, Anneal anneal = Anneal.Cosine,
        double divisor = 25, double finalDivisor = 1e4, bool threePhases = false) : base(optimizer)
    {
        Require.InRange(totalSteps > 0, $"OneCycleSchedule: {totalSteps} steps; the number is positive", nameof(totalSteps));
        Require.InRange(riseShare is >= 0 and <= 1, $"OneCycleSchedule: a share of {riseShare} to rise; it runs from 0 to 1",
            nameof(riseShare));
        Require.InRange(divisor > 0 && finalDivisor > 0, $"OneCycleSchedule: divisors {divisor} and {finalDivisor}; they are positive",
            nameof(divisor));
        double start = maxRate / divisor, end = start / finalDivisor, rise = riseShare * totalSteps - 1;
        _phases = threePhases
            ? [(rise, start, maxRate), (2 * riseShare * totalSteps - 2, maxRate, start), (totalSteps - 1, start, end)]
            : [(rise, start, maxRate), (totalSteps - 1, maxRate, end)];
        (_anneal, _total) = (anneal, totalSteps);
        Apply();
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The cycle is over.</exception>
    public override double RateAt(double baseRate, long step)
    {
        Require.State(step < _total || step == 0, $"OneCycleSchedule: step {step} of a cycle of {_total}; make the cycle longer");
        double from = 0;
        foreach ((double end, double first, double last) in _phases)
        {
            if (step <= end || end == _total - 1)
            {
                double share = end == from ? 1 : (step - from) / (end - from);
                return _anneal == Anneal.Linear ? RateCurve.Line(first, last, share) : RateCurve.HalfWave(first, last, share);
            }
            from = end;
        }
        return baseRate;
    }
}

/// <summary>How a cyclic schedule's peaks change.</summary>
public enum CycleMode
{
    /// <summary>Not at all.</summary>
    Triangular,

    /// <summary>Each cycle half as high as the one before.</summary>
    Halving,

    /// <summary>By γᵗ.</summary>
    Exponential,
}

/// <summary>
/// Up from one rate to another and down again, over and over. (Smith 2017; PyTorch's <c>CyclicLR</c>, without its cycling of momentum.)
/// </summary>
public sealed class CyclicSchedule : StepCountSchedule
{
    readonly double _low, _high, _gamma;
    readonly long _up, _down;
    readonly CycleMode _mode;

    /// <param name="optimizer">Whose rates are set; all groups alike.</param>
    /// <param name="lowRate">The lowest rate.</param>
    /// <param name="highRate">The highest rate.</param>
    /// <param name="stepsUp">Steps from low to high.</param>
    /// <param name="stepsDown">Steps back; null for as many.</param>
    /// <param name="mode">How the peaks change.</param>
    /// <param name="gamma">γ of the exponential mode.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number of steps is not positive.</exception>
    public CyclicSchedule(Optimizer optimizer, double lowRate, double highRate, long stepsUp = 2000, long? stepsDown = null,
        CycleMode mode = CycleMode.Triangular, double gamma = 1) : base(optimizer)
    {
        Require.InRange(stepsUp > 0 && (stepsDown ?? stepsUp) > 0,
            $"CyclicSchedule: {stepsUp} steps up and {stepsDown ?? stepsUp} down; the numbers are positive", nameof(stepsUp));
        (_low, _high, _up, _down, _mode, _gamma) = (lowRate, highRate, stepsUp, stepsDown ?? stepsUp, mode, gamma);
        Apply();
    }

    /// <inheritdoc/>
    public override double RateAt(double baseRate, long step)
    {
        double total = _up + _down, rise = _up / total, cycle = Math.Floor(1 + step / total), x = 1 + step / total - cycle;
        double height = (_high - _low) * (x <= rise ? x / rise : (x - 1) / (rise - 1));
        return _low + height * _mode switch
        {
            CycleMode.Halving => Math.Pow(2, 1 - cycle),
            CycleMode.Exponential => Math.Pow(_gamma, step),
            _ => 1,
        };
    }
}
