using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>
/// How one weight moves when its gradient is known: two or three lines of algebra on lanes. The rule neither loops,
/// nor knows rows from matrices, nor owns memory, so the same rule serves a dense matrix and a touched row.
/// </summary>
public interface IUpdateRule<TSelf> : IStep where TSelf : struct, IUpdateRule<TSelf>
{
    /// <summary>
    /// Whether the rule also sees whole rows (<see cref="ForRow"/>) and keeps one value for each. A row is a row of a table or of a dense
    /// matrix, or a whole dense parameter if <see cref="WholeParameter"/> is true.
    /// </summary>
    static virtual bool ByRow => false;

    /// <summary>Whether the rule treats a whole dense parameter as one row.</summary>
    bool WholeParameter => false;

    /// <summary>The step size η.</summary>
    float LearningRate { get; init; }

    /// <summary>PyTorch's names of the state values, that of the row's value last; null for a value that is not used.</summary>
    IReadOnlyList<string?> StateNames { get; }

    /// <summary>The initial value of all state.</summary>
    float InitialState { get; }

    /// <summary>Whether a step without a gradient changes a weight or its state (momentum, weight decay).</summary>
    bool MovesWithoutGradient { get; }

    /// <summary>
    /// Whether movement without a gradient only ever shrinks. Once a step without a gradient leaves a weight unchanged, so do all later
    /// steps of the same rule, and <see cref="Rest"/> may replace them. Valid for a rule that <see cref="At"/> returned.
    /// </summary>
    bool Settles { get; }

    /// <summary>The rule at a step, counted from 1, with bias corrections and the like computed once.</summary>
    TSelf At(long step);

    /// <summary>
    /// Passes the step of a rule that <see cref="At"/> returned to <paramref name="use"/>. Rules with optional features pass a step
    /// without those that the settings disable: a test for each vector would take as long as the algebra.
    /// </summary>
    static virtual void Specialize<TUse>(TSelf rule, TUse use) where TUse : struct, IStepUse => use.With(rule);

    /// <summary>
    /// Applies <paramref name="steps"/> further steps without a gradient to the state of a settled weight, in closed form.
    /// </summary>
    void Rest(long steps, ref V s0, ref V s1, ref V s2);

    /// <summary>
    /// Returns the rule for one row, computed from all its values, and updates the row's own value. Called before the row's steps.
    /// </summary>
    /// <param name="rule">The rule at its step.</param>
    /// <param name="g">The row's gradient; empty for zeros.</param>
    /// <param name="sign">What it is multiplied by.</param>
    /// <param name="w">The row's weights.</param>
    /// <param name="state">The row's state, not to be changed.</param>
    /// <param name="value">The row's own value, updated in place.</param>
    static virtual TSelf ForRow(TSelf rule, ReadOnlySpan<float> g, float sign, ReadOnlySpan<float> w, StateSpans state, ref float value) =>
        rule;
}

/// <summary>The state of a run of weights, slot by slot, each as long as the run; empty for slots that are not used.</summary>
/// <param name="s0">The first.</param>
/// <param name="s1">The second.</param>
/// <param name="s2">The third.</param>
public readonly ref struct StateSpans(Span<float> s0, Span<float> s1, Span<float> s2)
{
    /// <summary>The first.</summary>
    public Span<float> S0 { get; } = s0;

    /// <summary>The second.</summary>
    public Span<float> S1 { get; } = s1;

    /// <summary>The third.</summary>
    public Span<float> S2 { get; } = s2;
}
