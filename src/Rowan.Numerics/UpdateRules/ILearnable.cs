namespace Rowan.Numerics;

/// <summary>How rows of a table move that a step brings no gradient.</summary>
public enum RowUpdates
{
    /// <summary>
    /// As under a dense optimizer: the decay of momentum and the pull of weight decay reach every row, but are paid for only
    /// when the row is next touched or read. Equal to the dense result within float rounding.
    /// </summary>
    Exact,

    /// <summary>Rows that were not looked up stay where they are, and so does their state (as PyTorch's SparseAdam and FBGEMM do).</summary>
    Lazy,
}

/// <summary>Something with weights that an optimizer moves: a dense parameter, or a table of rows.</summary>
public interface ILearnable
{
    /// <summary>Sizes of the weights, outermost first.</summary>
    IReadOnlyList<long> Sizes { get; }

    /// <summary>A frozen learnable receives no gradient and is not moved.</summary>
    bool Frozen { get; set; }

    /// <summary>The narrowest format that holds every weight.</summary>
    FloatFormat Format { get; }

    /// <summary>Copies weights, brought up to date, from a flat position on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the weights.</exception>
    void ReadValues(long start, Span<float> into);

    /// <summary>
    /// Applies and stores the updates that an optimizer in exact mode has deferred (<see cref="RowUpdates.Exact"/>), of all rows:
    /// afterwards reads compute nothing. Values as they are read do not change.
    /// </summary>
    void ApplyDeferredUpdates() { }

    /// <summary>Writes weights from a flat position on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the weights.</exception>
    /// <exception cref="ArgumentException">A value is finite, and infinite in the format; nothing is written.</exception>
    void WriteValues(long start, ReadOnlySpan<float> values);

    /// <summary>Forgets the gradient; the next step of an optimizer skips this learnable until a backward pass reaches it.</summary>
    void ZeroGrad();

    /// <summary>State for a rule, starting from nothing; each optimizer has its own.</summary>
    IUpdater<TRule> Updater<TRule>(RowUpdates rows) where TRule : struct, IUpdateRule<TRule>;

    /// <summary>State for Adafactor, which sees a whole matrix at once.</summary>
    IUpdater<AdafactorRule> FactoredUpdater(RowUpdates rows);

    /// <summary>The gradient, to be changed in place: of a table the rows that have one, each summed once; empty where no backward pass left one, or it is frozen.</summary>
    Memory<float> GradientValues { get; }
}

/// <summary>One learnable under one optimizer: the rule's state, and the step.</summary>
public interface IUpdater<in TRule>
{
    /// <summary>
    /// Gradient values that the next step reads, where steps of several learnables may run at the same time, one a thread, because each has work between its
    /// parallel loops (a table's entries are sorted); 0 where there is nothing to do, or a step is one loop.
    /// </summary>
    long Pending => 0;

    /// <summary>Moves the weights by their gradient; does nothing, and counts no step, where there is none or the learnable is frozen.</summary>
    /// <param name="rule">The rule with the settings as they stand.</param>
    /// <param name="maximize">Climb the gradient instead of descending.</param>
    void Step(TRule rule, bool maximize = false);

    /// <summary>The state, brought up to date, under names that begin with a given one; nothing before the first step.</summary>
    IEnumerable<StateEntry> State(TRule rule, string name);

    /// <summary>What of a saved state does not fit, in words; nothing when all does.</summary>
    IEnumerable<string> Faults(TRule rule, StateDict state, string name);

    /// <summary>Takes a saved state that fits.</summary>
    void Load(TRule rule, StateDict state, string name);
}
