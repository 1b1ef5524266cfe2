using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>
/// How one weight moves when its gradient is known: two or three lines of algebra on lanes. The rule neither loops,
/// nor knows rows from matrices, nor owns memory, so the same rule serves a dense matrix and a touched row.
/// </summary>
public interface IUpdateRule<TSelf> : IStep where TSelf : struct, IUpdateRule<TSelf>
{
    /// <summary>
    /// Whether the rule also sees whole rows (<see cref="ForRow"/>) and keeps one value for each. A row is one of a table, a line of a dense matrix,
    /// or where <see cref="WholeParameter"/> says so all of a dense parameter.
    /// </summary>
    static virtual bool ByRow => false;

    /// <summary>Whether a dense parameter is a single row to the rule.</summary>
    bool WholeParameter => false;

    /// <summary>PyTorch's names of the state values, the one of the row last; null for one that the settings leave unused.</summary>
    IReadOnlyList<string?> StateNames { get; }

    /// <summary>What every state value starts from.</summary>
    float InitialState { get; }

    /// <summary>Whether a weight or its state changes in a step that brings it no gradient (momentum, weight decay).</summary>
    bool MovesAtRest { get; }

    /// <summary>
    /// Whether movement at rest only ever shrinks: once a step at rest leaves a weight as it was, so do all later ones
    /// of the same rule, and <see cref="Rest"/> may stand for them. Asked of a rule that stands at its step.
    /// </summary>
    bool Settles { get; }

    /// <summary>The rule as it stands at a step, counted from 1: bias corrections and the like, computed once.</summary>
    TSelf At(long step);

    /// <summary>Uses the step of a rule that stands at its step (<see cref="At"/>). Where settings leave parts of it out, that is one without them: asking for each vector takes as long as the algebra does.</summary>
    static virtual void Specialize<TUse>(TSelf rule, TUse use) where TUse : struct, IStepUse => use.With(rule);

    /// <summary>What <paramref name="steps"/> further steps at rest do to the state of a settled weight, in closed form.</summary>
    void Rest(long steps, ref V s0, ref V s1, ref V s2);

    /// <summary>The rule as it stands for one row, from all of its values, and the row's own value moved; called before the row's steps.</summary>
    /// <param name="rule">The rule at its step.</param>
    /// <param name="g">The row's gradient; empty for zeros.</param>
    /// <param name="sign">What it is multiplied by.</param>
    /// <param name="w">The row's weights.</param>
    /// <param name="state">The row's state, not to be changed.</param>
    /// <param name="value">The row's own value, moved in place.</param>
    static virtual TSelf ForRow(TSelf rule, ReadOnlySpan<float> g, float sign, ReadOnlySpan<float> w, StateSpans state, ref float value) => rule;
}

/// <summary>The state beside a run of weights, slot by slot, each as long as the run; empty where a rule has fewer.</summary>
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
