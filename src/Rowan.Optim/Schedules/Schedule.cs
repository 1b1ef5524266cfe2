using Rowan.Numerics;

namespace Rowan;

/// <summary>
/// How the learning rates of an optimizer, and of all its groups, change from step to step. Each group keeps its own base rate η₀: the
/// rate it had when the first schedule was made over it.
/// </summary>
/// <remarks>Rates are functions of the step count alone, in double precision, so that a resumed run has the same ones.</remarks>
public abstract class Schedule
{
    private protected Schedule(Optimizer optimizer)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        Optimizer = optimizer;
        foreach (Optimizer group in optimizer.Groups) group.InitialLearningRate ??= group.LearningRate;
    }

    /// <summary>Whose rates are set.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>Steps so far.</summary>
    public long StepCount { get; private protected set; }

    /// <summary>The rates as they stand, one for each group.</summary>
    public IReadOnlyList<float> LearningRates => [.. Optimizer.Groups.Select(group => group.LearningRate)];

    /// <summary>Step count, base rates, and what else the schedule goes by.</summary>
    public virtual StateDict StateDict() => new(
        StateEntry.Over("step", [], [StepCount]),
        StateEntry.Over("base_lrs", [Optimizer.Groups.Count],
            Optimizer.Groups.Select(group => group.InitialLearningRate!.Value).ToArray()));

    /// <summary>Goes on from a saved state, and sets the rates that belong to it.</summary>
    /// <exception cref="ArgumentException">The state is that of another number of groups, or of another schedule; nothing was
    /// changed.</exception>
    public virtual void LoadStateDict(StateDict state)
    {
        ArgumentNullException.ThrowIfNull(state);
        int groups = Optimizer.Groups.Count;
        Require.That(state.Contains("step") && state["step"].IsInteger && state.Contains("base_lrs") && state["base_lrs"].Count == groups,
            $"LoadStateDict: 'step' and {groups} 'base_lrs' are expected, and there are {string.Join(", ", state)}", nameof(state));
        float[] rates = state["base_lrs"].Floats();
        for (int g = 0; g < groups; g++) Optimizer.Groups[g].InitialLearningRate = rates[g];
        StepCount = state["step"].Integer();
        Apply();
    }

    /// <summary>Sets the rates of the step count.</summary>
    private protected abstract void Apply();
}

/// <summary>A schedule whose rates follow from the step count.</summary>
public abstract class StepCountSchedule : Schedule
{
    private protected StepCountSchedule(Optimizer optimizer) : base(optimizer) { }

    /// <summary>Goes one step on.</summary>
    public void Step()
    {
        StepCount++;
        Apply();
    }

    /// <summary>The rate of a group.</summary>
    /// <param name="baseRate">η₀.</param>
    /// <param name="step">Steps so far.</param>
    public abstract double RateAt(double baseRate, long step);

    private protected sealed override void Apply()
    {
        foreach (Optimizer group in Optimizer.Groups) group.LearningRate = (float)RateAt(group.InitialLearningRate!.Value, StepCount);
    }
}
