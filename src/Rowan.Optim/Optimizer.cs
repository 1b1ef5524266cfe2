using Rowan.Numerics;

namespace Rowan;

/// <summary>Moves learnables by the gradients that backward passes left. Gradients stay until <see cref="ZeroGrad"/>.</summary>
/// <remarks>
/// One thread trains: forward, backward and <see cref="Step"/>. Others may read tables meanwhile; save an optimizer between steps.
/// </remarks>
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

    /// <summary>
    /// The optimizers this one is made of, each with settings of its own; a plain one is its own only group. What schedules go over.
    /// </summary>
    public virtual IReadOnlyList<Optimizer> Groups => [this];

    /// <summary>The step size η.</summary>
    public float LearningRate
    {
        get;
        set => field = Checked.NotNegative(value, nameof(LearningRate));
    }

    /// <summary>The rate that schedules start from, once there is one.</summary>
    internal float? InitialLearningRate { get; set; }

    /// <summary>Climbs the gradient instead of descending: its sign is turned before anything else.</summary>
    public bool Maximize { get; set; }

    /// <summary>Moves every learnable that has a gradient by one step; the others are skipped, and count no step.</summary>
    public abstract void Step();

    /// <summary>Forgets all gradients.</summary>
    public void ZeroGrad()
    {
        foreach (ILearnable learnable in _learnables) learnable.ZeroGrad();
    }

    /// <summary>
    /// Learning rate and state: "lr", and for each learnable by its place "0.step", "0.exp_avg" and so on, with PyTorch's names. Rows of
    /// tables are brought up to date first.
    /// </summary>
    /// <remarks>To continue exactly, save it together with the weights, after the same step.</remarks>
    public StateDict StateDict() => new(State(""));

    /// <summary>Takes learning rate and state. Everything is compared before anything is changed.</summary>
    /// <param name="state">What <see cref="StateDict"/> gave, of an optimizer of the same kind over learnables of the same sizes.</param>
    /// <exception cref="ArgumentException">Something is missing, or of another size; the message lists all, and nothing was
    /// changed.</exception>
    public void LoadStateDict(StateDict state)
    {
        ArgumentNullException.ThrowIfNull(state);
        string[] faults = [.. Faults(state, "")];
        Require.That(faults.Length == 0, $"LoadStateDict: nothing was loaded into {GetType().Name}: {string.Join("; ", faults)}",
            nameof(state));
        Load(state, "");
    }

    private protected static IEnumerable<ILearnable> ParametersOf(IEnumerable<IParameterSource> modules)
    {
        ArgumentNullException.ThrowIfNull(modules);
        return modules is IParameterSource one ? one.Parameters() : modules.SelectMany(module => module.Parameters());
    }

    internal abstract IEnumerable<StateEntry> State(string prefix);

    internal abstract IEnumerable<string> Faults(StateDict state, string prefix);

    internal abstract void Load(StateDict state, string prefix);
}

/// <summary>An optimizer that is one update rule, applied to dense parameters and to rows of tables alike.</summary>
public abstract class Optimizer<TRule> : Optimizer where TRule : struct
{
    readonly TableSteps _steps = new();
    IUpdater<TRule>[]? _updaters;

    private protected Optimizer(IEnumerable<ILearnable> learnables) : base(learnables) { }

    /// <summary>How rows move that a step brings no gradient; fixed before the first step.</summary>
    public RowUpdates Rows { get; init; } = RowUpdates.Exact;

    /// <summary>The rule with the settings as they stand.</summary>
    private protected abstract TRule Rule { get; }

    IUpdater<TRule>[] Updaters => _updaters ??= [.. Learnables.Select(Updater)];

    /// <inheritdoc/>
    public sealed override void Step()
    {
        TRule rule = Rule;
        IUpdater<TRule>[] updaters = Updaters;
        if (updaters.Length == 1) Step(0);
        else _steps.Run(updaters.Length, i => updaters[i].Pending, Step);

        void Step(int i) => updaters[i].Step(RuleFor(rule, Learnables[i]), Maximize);
    }

    /// <summary>The state of a learnable under the rule.</summary>
    private protected abstract IUpdater<TRule> Updater(ILearnable learnable);

    /// <summary>The rule as one learnable sees it.</summary>
    private protected virtual TRule RuleFor(TRule rule, ILearnable learnable) => rule;

    internal sealed override IEnumerable<StateEntry> State(string prefix)
    {
        yield return StateEntry.Over($"{prefix}lr", [], new float[] { LearningRate });
        TRule rule = Rule;
        for (int i = 0; i < Updaters.Length; i++)
            foreach (StateEntry entry in Updaters[i].State(RuleFor(rule, Learnables[i]), $"{prefix}{i}")) yield return entry;
    }

    internal sealed override IEnumerable<string> Faults(StateDict state, string prefix)
    {
        if (!state.Contains($"{prefix}lr") || state[$"{prefix}lr"].Count != 1)
            yield return $"'{prefix}lr', the learning rate, is missing or no single number";
        TRule rule = Rule;
        for (int i = 0; i < Updaters.Length; i++)
            foreach (string fault in Updaters[i].Faults(RuleFor(rule, Learnables[i]), state, $"{prefix}{i}")) yield return fault;
    }

    internal sealed override void Load(StateDict state, string prefix)
    {
        Span<float> rate = stackalloc float[1];
        state[$"{prefix}lr"].Read(0, rate);
        LearningRate = rate[0];
        TRule rule = Rule;
        for (int i = 0; i < Updaters.Length; i++) Updaters[i].Load(RuleFor(rule, Learnables[i]), state, $"{prefix}{i}");
    }
}

/// <summary>An optimizer whose rule is lane maths: <see cref="IUpdateRule{TSelf}"/>.</summary>
public abstract class LaneOptimizer<TRule> : Optimizer<TRule> where TRule : struct, IUpdateRule<TRule>
{
    private protected LaneOptimizer(IEnumerable<ILearnable> learnables) : base(learnables) { }

    private protected sealed override IUpdater<TRule> Updater(ILearnable learnable) => learnable.Updater<TRule>(Rows);
}

static class Checked
{
    public static float NotNegative(float value, string name)
    {
        Require.InRange(value >= 0 && float.IsFinite(value), $"{name}: {value}; it must be finite and not negative", name);
        return value;
    }

    public static float Positive(float value, string name)
    {
        Require.InRange(value > 0 && float.IsFinite(value), $"{name}: {value}; it must be finite and positive", name);
        return value;
    }

    public static float BelowOne(float value, string name)
    {
        Require.InRange(value is >= 0 and < 1, $"{name}: {value}; it must be at least 0 and below 1", name);
        return value;
    }
}
