namespace Rowan.Nn;

/// <summary>The state of an LSTM.</summary>
/// <param name="Hidden">What it says, h [layers · directions, n, hidden].</param>
/// <param name="Cell">What it remembers, c [layers · directions, n, hidden].</param>
public sealed record LstmState(Tensor Hidden, Tensor Cell);

/// <summary>
/// i, f, o = σ(W·xₜ + b + U·hₜ₋₁ + c), g = tanh(…); cₜ = f·cₜ₋₁ + i·g; hₜ = o·tanh cₜ. (Hochreiter and Schmidhuber 1997.)
/// </summary>
/// <remarks>
/// Shapes: x [time, n, inputs], or with batchFirst [n, time, inputs], or [time, inputs] → output of the same layout with hidden values
/// instead of inputs, twice as many if bidirectional. The order of the gates is i, f, g, o, as in PyTorch.
/// </remarks>
public sealed class Lstm : Recurrent
{
    /// <inheritdoc cref="Rnn(int, int, int, Nonlinearity, bool, bool, float, bool, Rng?)"/>
    public Lstm(int inputSize, int hiddenSize, int numLayers = 1, bool bias = true, bool batchFirst = false, float dropout = 0,
        bool bidirectional = false, Rng? rng = null)
        : base(nameof(Lstm), LstmStep.Gates, inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional, rng) { }

    /// <summary>Runs over a batch of sequences.</summary>
    /// <param name="input">The sequences.</param>
    /// <param name="state">States to begin with; null for zeros.</param>
    /// <param name="lengths">Steps of each sequence [n]; null for all. Beyond its length a sequence's output is 0 and its state stays:
    /// PyTorch's packed sequences.</param>
    /// <returns>The last layer's output of each step, and every layer's last state.</returns>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public (Tensor Output, LstmState State) Forward(Tensor input, LstmState? state = null, Indices? lengths = null)
    {
        (Tensor output, Tensor[] last) = Run<LstmStep>(input, state is null ? null : [state.Hidden, state.Cell], lengths);
        return (output, new LstmState(last[0], last[1]));
    }
}
