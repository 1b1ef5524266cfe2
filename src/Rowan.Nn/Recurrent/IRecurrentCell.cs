namespace Rowan.Nn;

/// <summary>
/// One step of one sequence: the algebra of a recurrent cell and its derivative. It neither loops over time nor over a batch.
/// All spans are whole multiples of the hidden size h: gates [Gates·h], state [States·h], kept [Kept·h].
/// </summary>
interface IRecurrentCell
{
    /// <summary>Gates: how many sums of inputs a step takes for each hidden value.</summary>
    static abstract int Gates { get; }

    /// <summary>State values for each hidden value; the first is the output.</summary>
    static abstract int States { get; }

    /// <summary>Values kept for the backward pass for each hidden value.</summary>
    static abstract int Kept { get; }

    /// <summary>The next state, from the input's part x and the state's part u of the gates.</summary>
    static abstract void Forward(ReadOnlySpan<float> x, ReadOnlySpan<float> u, ReadOnlySpan<float> before, Span<float> next, Span<float> kept);

    /// <summary>From the gradient of the next state those of x, of u, and of the state before as far as it does not pass through u.</summary>
    static abstract void Backward(ReadOnlySpan<float> dnext, ReadOnlySpan<float> before, ReadOnlySpan<float> next, ReadOnlySpan<float> kept,
        Span<float> dx, Span<float> du, Span<float> dbefore);
}
