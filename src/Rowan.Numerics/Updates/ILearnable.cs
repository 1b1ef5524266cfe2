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

    /// <summary>The weights, brought up to date, in order; large tables lie in several pieces.</summary>
    IReadOnlyList<Memory<float>> Values { get; }

    /// <summary>Forgets the gradient; the next step of an optimizer skips this learnable until a backward pass reaches it.</summary>
    void ZeroGrad();

    /// <summary>State for a rule, starting from nothing; each optimizer has its own.</summary>
    IUpdater<TRule> Updater<TRule>(RowUpdates rows) where TRule : struct, IUpdateRule<TRule>;
}

/// <summary>One learnable under one optimizer: the rule's state, and the step.</summary>
public interface IUpdater<in TRule>
{
    /// <summary>Moves the weights by their gradient; does nothing, and counts no step, where there is none or the learnable is frozen.</summary>
    void Step(TRule rule);
}
