using Rowan.Numerics;

namespace Rowan;

/// <summary>η = η₀·γ^⌊t / size⌋.  (PyTorch's <c>StepLR</c>.)</summary>
public sealed class StepSchedule : StepCountSchedule
{
    readonly long _size;
    readonly double _gamma;

    /// <param name="optimizer">Whose rates are set.</param>
    /// <param name="stepSize">Steps between two falls.</param>
    /// <param name="gamma">γ: what is left after one.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is not positive.</exception>
    public StepSchedule(Optimizer optimizer, long stepSize, double gamma = 0.1) : base(optimizer)
    {
        Require.InRange(stepSize > 0, $"StepSchedule: a size of {stepSize} steps; it is positive", nameof(stepSize));
        (_size, _gamma) = (stepSize, gamma);
        Apply();
    }

    /// <inheritdoc/>
    public override double RateAt(double baseRate, long step) => baseRate * Math.Pow(_gamma, step / _size);
}

/// <summary>
/// η = η₀·γⁿ, n the milestones that have been reached; one that is named twice counts twice. (PyTorch's <c>MultiStepLR</c>.)
/// </summary>
public sealed class MultiStepSchedule : StepCountSchedule
{
    readonly long[] _milestones;
    readonly double _gamma;

    /// <param name="optimizer">Whose rates are set.</param>
    /// <param name="milestones">Step counts at which the rate falls.</param>
    /// <param name="gamma">γ: what is left after one.</param>
    public MultiStepSchedule(Optimizer optimizer, IEnumerable<long> milestones, double gamma = 0.1) : base(optimizer)
    {
        (_milestones, _gamma) = ([.. milestones.Order()], gamma);
        Apply();
    }

    /// <inheritdoc/>
    public override double RateAt(double baseRate, long step) =>
        baseRate * Math.Pow(_gamma, _milestones.Count(milestone => milestone <= step));
}

/// <summary>η = η₀·γᵗ.  (PyTorch's <c>ExponentialLR</c>.)</summary>
public sealed class ExponentialSchedule : StepCountSchedule
{
    readonly double _gamma;

    /// <param name="optimizer">Whose rates are set.</param>
    /// <param name="gamma">γ: what is left after a step.</param>
    public ExponentialSchedule(Optimizer optimizer, double gamma) : base(optimizer)
    {
        _gamma = gamma;
        Apply();
    }

    /// <inheritdoc/>
    public override double RateAt(double baseRate, long step) => baseRate * Math.Pow(_gamma, step);
}

/// <summary>η = η₀·f(t).  (PyTorch's <c>LambdaLR</c>.)</summary>
public sealed class LambdaSchedule : StepCountSchedule
{
    readonly Func<long, double> _factor;

    /// <param name="optimizer">Whose rates are set.</param>
    /// <param name="factor">f.</param>
    public LambdaSchedule(Optimizer optimizer, Func<long, double> factor) : base(optimizer)
    {
        ArgumentNullException.ThrowIfNull(factor);
        _factor = factor;
        Apply();
    }

    /// <inheritdoc/>
    public override double RateAt(double baseRate, long step) => baseRate * _factor(step);
}

/// <summary>η = η₀·f up to step n, then η₀.  (PyTorch's <c>ConstantLR</c>.)</summary>
public sealed class ConstantSchedule : StepCountSchedule
{
    readonly double _factor;
    readonly long _total;

    /// <param name="optimizer">Whose rates are set.</param>
    /// <param name="factor">f.</param>
    /// <param name="totalIterations">n.</param>
    /// <exception cref="ArgumentOutOfRangeException">f is not within 0 and 1.</exception>
    public ConstantSchedule(Optimizer optimizer, double factor = 1.0 / 3, long totalIterations = 5) : base(optimizer)
    {
        Require.InRange(factor is >= 0 and <= 1, $"ConstantSchedule: factor {factor}; it runs from 0 to 1", nameof(factor));
        (_factor, _total) = (factor, totalIterations);
        Apply();
    }

    /// <inheritdoc/>
    public override double RateAt(double baseRate, long step) => step < _total ? baseRate * _factor : baseRate;
}

/// <summary>
/// η = η₀·(a + (b − a)·min(t, n) / n): a linear warm-up for a &lt; b, a linear decay for a &gt; b. (PyTorch's <c>LinearLR</c>.)
/// </summary>
public sealed class LinearSchedule : StepCountSchedule
{
    readonly double _start, _end;
    readonly long _total;

    /// <param name="optimizer">Whose rates are set.</param>
    /// <param name="startFactor">a, above 0.</param>
    /// <param name="endFactor">b.</param>
    /// <param name="totalIterations">n.</param>
    /// <exception cref="ArgumentOutOfRangeException">A factor is not within its bounds, or n not positive.</exception>
    public LinearSchedule(Optimizer optimizer, double startFactor = 1.0 / 3, double endFactor = 1, long totalIterations = 5)
        : base(optimizer)
    {
        Require.InRange(startFactor is > 0 and <= 1, $"LinearSchedule: start factor {startFactor}; it is above 0 and at most 1",
            nameof(startFactor));
        Require.InRange(endFactor is >= 0 and <= 1, $"LinearSchedule: end factor {endFactor}; it runs from 0 to 1", nameof(endFactor));
        Require.InRange(totalIterations > 0, $"LinearSchedule: {totalIterations} steps; the number is positive", nameof(totalIterations));
        (_start, _end, _total) = (startFactor, endFactor, totalIterations);
        Apply();
    }

    /// <inheritdoc/>
    public override double RateAt(double baseRate, long step) => baseRate * (_start + (_end - _start) * Math.Min(step, _total) / _total);
}

/// <summary>η = η₀·(1 − min(t, n) / n)ᵖ.  (PyTorch's <c>PolynomialLR</c>.)</summary>
public sealed class PolynomialSchedule : StepCountSchedule
{
    readonly double _power;
    readonly long _total;

    /// <param name="optimizer">Whose rates are set.</param>
    /// <param name="totalIterations">n.</param>
    /// <param name="power">p.</param>
    /// <exception cref="ArgumentOutOfRangeException">n is not positive.</exception>
    public PolynomialSchedule(Optimizer optimizer, long totalIterations = 5, double power = 1) : base(optimizer)
    {
        Require.InRange(totalIterations > 0, $"PolynomialSchedule: {totalIterations} steps; the number is positive",
            nameof(totalIterations));
        (_total, _power) = (totalIterations, power);
        Apply();
    }

    /// <inheritdoc/>
    public override double RateAt(double baseRate, long step) => baseRate * Math.Pow(1 - (double)Math.Min(step, _total) / _total, _power);
}
