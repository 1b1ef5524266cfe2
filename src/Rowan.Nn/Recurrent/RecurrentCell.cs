using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>What single steps of recurrent layers share: the weights of one layer and direction, and one step over a batch.</summary>
/// <remarks>
/// Parameters are named as PyTorch names them (weight_ih, weight_hh, bias_ih, bias_hh) and drawn in that order from U(−1/√hidden,
/// 1/√hidden).
/// </remarks>
public abstract class RecurrentCell : Module
{
    private protected RecurrentCell(int gates, int inputSize, int hiddenSize, bool bias, Rng? rng)
    {
        string cell = GetType().Name;
        Require.InRange(inputSize > 0, $"{cell}: {inputSize} inputs; there is at least one", nameof(inputSize));
        Require.InRange(hiddenSize > 0, $"{cell}: {hiddenSize} hidden values; there is at least one", nameof(hiddenSize));
        (InputSize, HiddenSize) = (inputSize, hiddenSize);
        rng ??= new Rng();
        WeightIh = Init.FanInUniform(rng, hiddenSize, gates * hiddenSize, inputSize);
        WeightHh = Init.FanInUniform(rng, hiddenSize, gates * hiddenSize, hiddenSize);
        BiasIh = bias ? Init.FanInUniform(rng, hiddenSize, gates * hiddenSize) : null;
        BiasHh = bias ? Init.FanInUniform(rng, hiddenSize, gates * hiddenSize) : null;
    }

    /// <summary>Values of an input.</summary>
    public int InputSize { get; }

    /// <summary>Values of a hidden state.</summary>
    public int HiddenSize { get; }

    /// <summary>W [gates · hidden, inputs].</summary>
    public Parameter WeightIh { get; }

    /// <summary>U [gates · hidden, hidden].</summary>
    public Parameter WeightHh { get; }

    /// <summary>b [gates · hidden], where there is one.</summary>
    public Parameter? BiasIh { get; }

    /// <summary>c [gates · hidden], where there is one.</summary>
    public Parameter? BiasHh { get; }

    /// <summary>One step: a sequence of length 1 through the layer's own loop, so that cells and layers compute the same bits.</summary>
    private protected Tensor[] Step<TCell>(Tensor input, Tensor[]? states) where TCell : struct, IRecurrentCell
    {
        ArgumentNullException.ThrowIfNull(input);
        string cell = GetType().Name;
        Require.That(input.Rank is 1 or 2 && input.Shape[^1] == InputSize,
            $"{cell}: input {input.Shape}; it is [n, {InputSize}], or [{InputSize}] for a single one", nameof(input));
        bool single = input.Rank == 1;
        int n = single ? 1 : (int)input.Shape[0];
        foreach (Tensor state in states ?? [])
            Require.That(state.Shape == (single ? new Shape(HiddenSize) : new Shape(n, HiddenSize)),
                $"{cell}: state {state.Shape} for an input {input.Shape}; it is [{(single ? "" : $"{n}, ")}{HiddenSize}]", nameof(states));
        (_, Tensor[] last) = Recurrence<TCell>.Run(input.Reshape(1, n, InputSize),
            [new RecurrentWeights(WeightIh, WeightHh, BiasIh, BiasHh)],
            states?.Select(state => state.Reshape(1, n, HiddenSize)).ToArray(), new SequenceLayout(1, n, false, null));
        return [.. last.Select(state => state.Reshape(single ? [HiddenSize] : [n, HiddenSize]))];
    }
}

/// <summary>One step of an <see cref="Lstm"/>:  i, f, o = σ(W·x + b + U·h + c), g = tanh(…);  c′ = f·c + i·g;  h′ = o·tanh c′.</summary>
/// <param name="inputSize">Values of an input.</param>
/// <param name="hiddenSize">Values of the state.</param>
/// <param name="bias">Whether b and c are there.</param>
/// <param name="rng">Where the weights are drawn from; null for a generator seeded by the system, different in every run.</param>
public sealed class LstmCell(int inputSize, int hiddenSize, bool bias = true, Rng? rng = null)
    : RecurrentCell(LstmStep.Gates, inputSize, hiddenSize, bias, rng)
{
    /// <summary>The next state.  Shapes: x [n, inputs], state [n, hidden] each → [n, hidden] each; without n alike.</summary>
    /// <param name="input">x.</param>
    /// <param name="state">The state before; null for zeros.</param>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public LstmState Forward(Tensor input, LstmState? state = null)
    {
        Tensor[] next = Step<LstmStep>(input, state is null ? null : [state.Hidden, state.Cell]);
        return new LstmState(next[0], next[1]);
    }
}

/// <summary>
/// One step of a <see cref="Gru"/>:  r, z = σ(W·x + b + U·h + c), n = tanh(Wₙ·x + bₙ + r·(Uₙ·h + cₙ));  h′ = (1 − z)·n + z·h.
/// </summary>
/// <param name="inputSize">Values of an input.</param>
/// <param name="hiddenSize">Values of the state.</param>
/// <param name="bias">Whether b and c are there.</param>
/// <param name="rng">Where the weights are drawn from; null for a generator seeded by the system, different in every run.</param>
public sealed class GruCell(int inputSize, int hiddenSize, bool bias = true, Rng? rng = null)
    : RecurrentCell(GruStep.Gates, inputSize, hiddenSize, bias, rng)
{
    /// <summary>The next state.  Shapes: x [n, inputs], h [n, hidden] → [n, hidden]; without n alike.</summary>
    /// <param name="input">x.</param>
    /// <param name="hidden">h, the state before; null for zeros.</param>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public Tensor Forward(Tensor input, Tensor? hidden = null) => Step<GruStep>(input, hidden is null ? null : [hidden])[0];
}

/// <summary>One step of an <see cref="Rnn"/>:  h′ = f(W·x + b + U·h + c).</summary>
/// <param name="inputSize">Values of an input.</param>
/// <param name="hiddenSize">Values of the state.</param>
/// <param name="bias">Whether b and c are there.</param>
/// <param name="nonlinearity">f.</param>
/// <param name="rng">Where the weights are drawn from; null for a generator seeded by the system, different in every run.</param>
public sealed class RnnCell(int inputSize, int hiddenSize, bool bias = true, Nonlinearity nonlinearity = Nonlinearity.Tanh,
    Rng? rng = null)
    : RecurrentCell(1, inputSize, hiddenSize, bias, rng)
{
    /// <summary>The next state.  Shapes: x [n, inputs], h [n, hidden] → [n, hidden]; without n alike.</summary>
    /// <param name="input">x.</param>
    /// <param name="hidden">h, the state before; null for zeros.</param>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public Tensor Forward(Tensor input, Tensor? hidden = null)
    {
        Tensor[]? states = hidden is null ? null : [hidden];
        return (nonlinearity == Nonlinearity.Tanh ? Step<ElmanStep<Numerics.Tanh>>(input, states)
            : Step<ElmanStep<Numerics.Relu>>(input, states))[0];
    }
}
