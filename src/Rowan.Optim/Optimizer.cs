using Rowan.Numerics;

namespace Rowan;

/// <summary>Moves learnables by the gradients that backward passes left. Gradients stay until <see cref="ZeroGrad"/>.</summary>
public abstract class Optimizer
{
    readonly ILearnable[] _learnables;

    /// <param name="learnables">What to move; one that appears twice (tied weights) is moved once.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    private protected Optimizer(IEnumerable<ILearnable> learnables)
    {
        ArgumentNullException.ThrowIfNull(learnables);
        _learnables = [.. learnables.Distinct(ReferenceEqualityComparer.Instance).Cast<ILearnable>()];
        Require.That(_learnables.Length > 0, $"Optimizer: no parameters were given; pass model.Parameters()", nameof(learnables));
    }

    /// <summary>What is moved.</summary>
    public IReadOnlyList<ILearnable> Learnables => _learnables;

    /// <summary>The optimizers this one is made of, each with settings of its own; a plain one is its own only group. What schedules go over.</summary>
    public virtual IReadOnlyList<Optimizer> Groups => [this];

    /// <summary>The step size η.</summary>
    public float LearningRate
    {
        get;
        set => field = Checked.NotNegative(value, nameof(LearningRate));
    }

    /// <summary>Moves every learnable that has a gradient by one step; the others are skipped, and count no step.</summary>
    public abstract void Step();

    /// <summary>Forgets all gradients.</summary>
    public void ZeroGrad()
    {
        foreach (ILearnable learnable in _learnables) learnable.ZeroGrad();
    }
}

/// <summary>An optimizer that is one update rule, applied to dense parameters and to rows of tables alike.</summary>
public abstract class Optimizer<TRule> : Optimizer where TRule : struct, IUpdateRule<TRule>
{
    IUpdater<TRule>[]? _updaters;

    private protected Optimizer(IEnumerable<ILearnable> learnables) : base(learnables) { }

    /// <summary>How rows move that a step brings no gradient; fixed before the first step.</summary>
    public RowUpdates Rows { get; init; } = RowUpdates.Exact;

    /// <summary>The rule with the settings as they stand.</summary>
    private protected abstract TRule Rule { get; }

    /// <inheritdoc/>
    public sealed override void Step()
    {
        TRule rule = Rule;
        _updaters ??= [.. Learnables.Select(learnable => learnable.Updater<TRule>(Rows))];
        foreach (IUpdater<TRule> updater in _updaters) updater.Step(rule);
    }
}

static class Checked
{
    public static float NotNegative(float value, string name)
    {
        Require.InRange(value >= 0 && float.IsFinite(value), $"{name}: {value}; it must be finite and not negative", name);
        return value;
    }

    public static float BelowOne(float value, string name)
    {
        Require.InRange(value is >= 0 and < 1, $"{name}: {value}; it must be at least 0 and below 1", name);
        return value;
    }
}
