using Rowan.Numerics;

namespace Rowan;

/// <summary>One schedule after another: each begins anew at its milestone.  (PyTorch's <c>SequentialLR</c>.)</summary>
public sealed class SequentialSchedule : StepCountSchedule
{
    readonly StepCountSchedule[] _schedules;
    readonly long[] _milestones;

    /// <param name="optimizer">Whose rates are set.</param>
    /// <param name="schedules">The schedules, over the same optimizer; made, but not stepped.</param>
    /// <param name="milestones">The step counts at which the second and later ones begin, rising.</param>
    /// <exception cref="ArgumentException">There is not one milestone fewer than schedules, they do not rise, or a schedule has another
    /// optimizer.</exception>
    public SequentialSchedule(Optimizer optimizer, IReadOnlyList<StepCountSchedule> schedules, IReadOnlyList<long> milestones)
        : base(optimizer)
    {
        ArgumentNullException.ThrowIfNull(schedules);
        ArgumentNullException.ThrowIfNull(milestones);
        Require.That(schedules.Count > 0 && milestones.Count == schedules.Count - 1,
            $"SequentialSchedule: {schedules.Count} schedules and {milestones.Count} milestones; there is one milestone fewer",
            nameof(milestones));
        for (int i = 1; i < milestones.Count; i++)
            Require.That(milestones[i] > milestones[i - 1],
                $"SequentialSchedule: milestone {milestones[i]} after {milestones[i - 1]}; they rise", nameof(milestones));
        Require.That(schedules.All(schedule => ReferenceEquals(schedule.Optimizer, optimizer)),
            $"SequentialSchedule: a schedule is over another optimizer; make all over one", nameof(schedules));
        (_schedules, _milestones) = ([.. schedules], [.. milestones]);
        Apply();
    }

    /// <inheritdoc/>
    public override double RateAt(double baseRate, long step)
    {
        int at = _milestones.Count(milestone => milestone <= step);
        return _schedules[at].RateAt(baseRate, at == 0 ? step : step - _milestones[at - 1]);
    }
}

/// <summary>Schedules at the same time: each goes from the rate that the one before gives.  (PyTorch's <c>ChainedScheduler</c>.)</summary>
public sealed class ChainedSchedule : StepCountSchedule
{
    readonly StepCountSchedule[] _schedules;

    /// <param name="optimizer">Whose rates are set.</param>
    /// <param name="schedules">The schedules, over the same optimizer; made, but not stepped.</param>
    /// <exception cref="ArgumentException">There are none, or one has another optimizer.</exception>
    public ChainedSchedule(Optimizer optimizer, params IEnumerable<StepCountSchedule> schedules) : base(optimizer)
    {
        _schedules = [.. schedules];
        Require.That(_schedules.Length > 0, $"ChainedSchedule: no schedules were given", nameof(schedules));
        Require.That(_schedules.All(schedule => ReferenceEquals(schedule.Optimizer, optimizer)),
            $"ChainedSchedule: a schedule is over another optimizer; make all over one", nameof(schedules));
        Apply();
    }

    /// <inheritdoc/>
    public override double RateAt(double baseRate, long step) =>
        _schedules.Aggregate(baseRate, (rate, schedule) => schedule.RateAt(rate, step));
}
