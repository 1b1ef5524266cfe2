namespace Rowan.Nn;

/// <summary>
/// r, z = σ(W·xₜ + b + U·hₜ₋₁ + c), n = tanh(Wₙ·xₜ + bₙ + r·(Uₙ·hₜ₋₁ + cₙ)); hₜ = (1 − z)·n + z·hₜ₋₁. (Cho et al. 2014.)
/// </summary>
/// <remarks>
/// Shapes: x [time, n, inputs], or with batchFirst [n, time, inputs], or [time, inputs] → output of the same layout with hidden values
/// instead of inputs, twice as many if bidirectional. The order of the gates is r, z, n, as in PyTorch.
/// </remarks>
public sealed class Gru : Recurrent
{
    /// <inheritdoc cref="Rnn(int, int, int, Nonlinearity, bool, bool, float, bool, Rng?)"/>
    public Gru(int inputSize, int hiddenSize, int numLayers = 1, bool bias = true, bool batchFirst = false, float dropout = 0,
        bool bidirectional = false, Rng? rng = null)
        : base(nameof(Gru), GruStep.Gates, inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional, rng) { }

    /// <summary>Runs over a batch of sequences.</summary>
    /// <param name="input">The sequences.</param>
    /// <param name="hidden">States to begin with [layers · directions, n, hidden]; null for zeros.</param>
    /// <param name="lengths">Steps of each sequence [n]; null for all. Beyond its length a sequence's output is 0 and its state stays:
    /// PyTorch's packed sequences.</param>
    /// <returns>The last layer's output of each step, and every layer's last state [layers · directions, n, hidden].</returns>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public (Tensor Output, Tensor Hidden) Forward(Tensor input, Tensor? hidden = null, Indices? lengths = null)
    {
        (Tensor output, Tensor[] last) = Run<GruStep>(input, hidden is null ? null : [hidden], lengths);
        return (output, last[0]);
    }
}
