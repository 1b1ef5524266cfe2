namespace Rowan.Numerics;

/// <summary>One learnable under one optimizer: the rule's state, and the step.</summary>
public interface IUpdater<in TRule>
{
    /// <summary>
    /// Gradient values that the next step reads, where steps of several learnables may run at the same time, one a thread, because each
    /// has work between its parallel loops (a table's entries are sorted); 0 where there is nothing to do, or a step is one loop.
    /// </summary>
    long Pending => 0;

    /// <summary>
    /// Moves the weights by their gradient; does nothing, and counts no step, where there is none or the learnable is frozen.
    /// </summary>
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
