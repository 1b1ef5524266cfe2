using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>How one vector of weights moves when its gradient is known: what a loop over weights sees of a rule.</summary>
public interface IStep
{
    /// <summary>State values kept for each weight: 0 to 3.</summary>
    static abstract int Slots { get; }

    /// <summary>Whether all of them are used whatever the settings, so that no loop need ask.</summary>
    static virtual bool FillsSlots => false;

    /// <summary>One step of the weights <paramref name="w"/> by the gradient <paramref name="g"/>; unused state is not read.</summary>
    void Step(V g, ref V w, ref V s0, ref V s1, ref V s2);
}

/// <summary>What is done with a step, compiled for each kind of it.</summary>
public interface IStepUse
{
    /// <summary>Does it.</summary>
    void With<TStep>(TStep step) where TStep : struct, IStep;
}
