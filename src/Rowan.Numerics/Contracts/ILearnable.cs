namespace Rowan.Numerics;

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

    /// <summary>
    /// The gradient, to be changed in place: of a table the rows that have one, each summed once; empty where no backward pass left one,
    /// or it is frozen.
    /// </summary>
    Memory<float> GradientValues { get; }
}
