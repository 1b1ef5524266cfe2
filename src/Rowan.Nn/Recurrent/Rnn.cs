using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>What an Elman network applies to its sums.</summary>
public enum Nonlinearity
{
    /// <summary>tanh x.</summary>
    Tanh,

    /// <summary>max(x, 0).</summary>
    Relu,
}

/// <summary>hₜ = f(W·xₜ + b + U·hₜ₋₁ + c), f the hyperbolic tangent or the rectifier.  (Elman 1990.)</summary>
/// <remarks>
/// Shapes: x [time, n, inputs], or with batchFirst [n, time, inputs], or [time, inputs] → output alike with hidden values, twice as many
/// when bidirectional.
/// </remarks>
public sealed class Rnn : Recurrent
{
    readonly Nonlinearity _nonlinearity;

    /// <param name="inputSize">Values of an input.</param>
    /// <param name="hiddenSize">Values of the state.</param>
    /// <param name="numLayers">Layers, each reading the one before.</param>
    /// <param name="nonlinearity">f.</param>
    /// <param name="bias">Whether b and c are there.</param>
    /// <param name="batchFirst">Whether batches are [n, time, …].</param>
    /// <param name="dropout">The share of a layer's output that the next one does not see, in training.</param>
    /// <param name="bidirectional">Whether each layer also runs from the end to the start.</param>
    /// <param name="rng">Where weights, and what is dropped, are drawn from; null for a generator seeded by the system, different in
    /// every run.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or the dropout no probability.</exception>
    public Rnn(int inputSize, int hiddenSize, int numLayers = 1, Nonlinearity nonlinearity = Nonlinearity.Tanh, bool bias = true,
        bool batchFirst = false, float dropout = 0, bool bidirectional = false, Rng? rng = null)
        : base(nameof(Rnn), 1, inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional, rng) =>
            _nonlinearity = nonlinearity;

    /// <summary>Runs over a batch of sequences.</summary>
    /// <param name="input">The sequences.</param>
    /// <param name="hidden">States to begin with [layers · directions, n, hidden]; null for zeros.</param>
    /// <param name="lengths">Steps of each sequence [n]; null for all. Beyond its length a sequence's output is 0 and its state stays:
    /// PyTorch's packed sequences.</param>
    /// <returns>The last layer's output of each step, and every layer's last state [layers · directions, n, hidden].</returns>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public (Tensor Output, Tensor Hidden) Forward(Tensor input, Tensor? hidden = null, Indices? lengths = null)
    {
        Tensor[]? initial = hidden is null ? null : [hidden];
        (Tensor output, Tensor[] last) = _nonlinearity == Nonlinearity.Tanh
            ? Run<ElmanStep<Numerics.Tanh>>(input, initial, lengths)
            : Run<ElmanStep<Numerics.Relu>>(input, initial, lengths);
        return (output, last[0]);
    }
}
