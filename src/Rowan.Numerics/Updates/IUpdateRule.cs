using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>
/// How one weight moves when its gradient is known: two or three lines of algebra on lanes. The rule neither loops,
/// nor knows rows from matrices, nor owns memory, so the same rule serves a dense matrix and a touched row.
/// </summary>
public interface IUpdateRule<TSelf> where TSelf : struct, IUpdateRule<TSelf>
{
    /// <summary>State values kept for each weight: 0, 1 or 2.</summary>
    static abstract int Slots { get; }

    /// <summary>What every state value starts from.</summary>
    float InitialState { get; }

    /// <summary>Whether a weight or its state changes in a step that brings it no gradient (momentum, weight decay).</summary>
    bool MovesAtRest { get; }

    /// <summary>
    /// Whether movement at rest only ever shrinks: once a step at rest leaves a weight as it was, so do all later ones
    /// of the same rule, and <see cref="Rest"/> may stand for them.
    /// </summary>
    bool Settles { get; }

    /// <summary>The rule as it stands at a step, counted from 1: bias corrections and the like, computed once.</summary>
    TSelf At(long step);

    /// <summary>One step of the weights <paramref name="w"/> by the gradient <paramref name="g"/>; unused state is not read.</summary>
    void Step(V g, ref V w, ref V s0, ref V s1);

    /// <summary>What <paramref name="steps"/> further steps at rest do to the state of a settled weight, in closed form.</summary>
    void Rest(long steps, ref V s0, ref V s1);
}
