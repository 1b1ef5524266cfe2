namespace Rowan.Nn;

/// <summary>
/// One step of a recurrent cell, on one vector of hidden values: its algebra and the derivative. It neither loops over hidden values, nor
/// over time, nor over a batch.
/// </summary>
interface IRecurrentCell
{
    /// <summary>Gates: how many sums of inputs a step takes for each hidden value.</summary>
    static abstract int Gates { get; }

    /// <summary>State values for each hidden value; the first is the output.</summary>
    static abstract int States { get; }

    /// <summary>Values kept for the backward pass for each hidden value, beside one for each gate.</summary>
    static abstract int Kept { get; }

    /// <summary>Whether gates read nothing but the sum x + u, so that both have the same gradient.</summary>
    static abstract bool ReadsSums { get; }

    /// <summary>The next state in place of the one before.</summary>
    /// <param name="gates">The input's part x of the gates; afterwards what the backward pass wants of them.</param>
    /// <param name="u">The state's part u of the gates.</param>
    /// <param name="state">The state.</param>
    /// <param name="kept">What else the backward pass wants.</param>
    static abstract void Forward(Parts gates, Parts u, Parts state, Parts kept);

    /// <summary>
    /// From the gradient of the next state those of x, of u, and, in its place, of the state before as far as it does not pass through u.
    /// </summary>
    /// <param name="gates">As <see cref="Forward"/> left them.</param>
    /// <param name="kept">As <see cref="Forward"/> left it.</param>
    /// <param name="dstate">The gradient of the state.</param>
    /// <param name="dx">The gradient of x.</param>
    /// <param name="du">The gradient of u; not written where it is that of x (<see cref="ReadsSums"/>).</param>
    static abstract void Backward(Parts gates, Parts kept, Parts dstate, Parts dx, Parts du);
}
