using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>
/// What recurrent layers share: weights by layer and direction, and the run over a batch of sequences.
/// </summary>
/// <remarks>
/// Parameters are named as PyTorch names them (weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, then _reverse, then l1 …) and drawn in
/// that order from U(−1/√hidden, 1/√hidden).
/// </remarks>
public abstract class Recurrent : Module, IRandomModule
{
    Rng _rng;
    readonly RecurrentWeights[] _directions;

    private protected Recurrent(string layer, int gates, int inputSize, int hiddenSize, int numLayers, bool bias, bool batchFirst,
        float dropout, bool bidirectional, Rng? rng)
    {
        Require.InRange(inputSize > 0, $"{layer}: {inputSize} inputs; there is at least one", nameof(inputSize));
        Require.InRange(hiddenSize > 0, $"{layer}: {hiddenSize} hidden values; there is at least one", nameof(hiddenSize));
        Require.InRange(numLayers > 0, $"{layer}: {numLayers} layers; there is at least one", nameof(numLayers));
        Require.InRange(dropout is >= 0 and <= 1, $"{layer}: dropout {dropout}; it runs from 0 to 1", nameof(dropout));
        (InputSize, HiddenSize, NumLayers, BatchFirst, DropoutP, Bidirectional) =
            (inputSize, hiddenSize, numLayers, batchFirst, dropout, bidirectional);
        _rng = rng ?? Init.FromSystem();
        _directions = new RecurrentWeights[numLayers * Directions];
        for (int d = 0; d < _directions.Length; d++)
        {
            int inputs = d < Directions ? inputSize : Directions * hiddenSize;
            Parameter Draw(params ReadOnlySpan<long> shape) => Init.FanInUniform(_rng, hiddenSize, shape);
            _directions[d] = new(Draw(gates * hiddenSize, inputs), Draw(gates * hiddenSize, hiddenSize), bias
                ? Draw(gates * hiddenSize) : null, bias ? Draw(gates * hiddenSize) : null);
        }
    }

    /// <summary>Where what is dropped between layers is drawn from.</summary>
    public Rng Rng
    {
        get => _rng;
        set => _rng = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>Values of an input.</summary>
    public int InputSize { get; }

    /// <summary>Values of a hidden state.</summary>
    public int HiddenSize { get; }

    /// <summary>Layers, each reading the one before.</summary>
    public int NumLayers { get; }

    /// <summary>Whether batches are [n, time, …] rather than [time, n, …].</summary>
    public bool BatchFirst { get; }

    /// <summary>The share of a layer's output that the next one does not see, in training.</summary>
    public float DropoutP { get; }

    /// <summary>Whether each layer also runs from the end to the start; outputs of both stand side by side.</summary>
    public bool Bidirectional { get; }

    int Directions => Bidirectional ? 2 : 1;

    private protected sealed override IEnumerable<(string Name, object Part)> Parts()
    {
        for (int d = 0; d < _directions.Length; d++)
        {
            string suffix = $"l{d / Directions}{(d % Directions == 1 ? "_reverse" : "")}";
            RecurrentWeights direction = _directions[d];
            yield return ($"weight_ih_{suffix}", direction.WeightIh);
            yield return ($"weight_hh_{suffix}", direction.WeightHh);
            if (direction.BiasIh is not null) yield return ($"bias_ih_{suffix}", direction.BiasIh);
            if (direction.BiasHh is not null) yield return ($"bias_hh_{suffix}", direction.BiasHh);
        }
    }

    /// <summary>
    /// All layers and directions over a batch; states given and returned as [layers · directions, n, hidden], one tensor for each kind of
    /// state.
    /// </summary>
    private protected (Tensor Output, Tensor[] Last) Run<TCell>(Tensor input, Tensor[]? initial, Indices? lengths) where TCell : struct,
    IRecurrentCell
    {
        ArgumentNullException.ThrowIfNull(input);
        string layer = GetType().Name;
        Require.That(input.Rank is 2 or 3 && input.Shape[^1] == InputSize,
            $"{layer}: input {input.Shape}; it is [{(BatchFirst ? "n, time" : "time, n")}, {InputSize}], or [time, {InputSize}] for a "
                + $"single sequence", nameof(input));
        bool single = input.Rank == 2, batchFirst = BatchFirst && !single;
        Tensor x = single ? input.Unsqueeze(1) : input;
        (int time, int n) = ((int)x.Shape[batchFirst ? 1 : 0], (int)x.Shape[batchFirst ? 0 : 1]);
        Require.That(time > 0, $"{layer}: input {input.Shape} has no steps", nameof(input));
        var layout = new SequenceLayout(time, n, batchFirst, Ends(lengths, time, n, layer)) { Given = lengths };
        Tensor[]? given = initial is null ? null : [.. initial.Select(state => Given(state, single, n, layer))];

        var last = new Tensor[NumLayers][];
        for (int l = 0; l < NumLayers; l++)
        {
            if (l > 0 && Training && DropoutP > 0) x = Dropped(x);
            int at = l * Directions;
            Tensor[]? first = NumLayers == 1 ? given : given?.Select(state => state.Slice(0, at, Directions)).ToArray();
            (x, last[l]) = Recurrence<TCell>.Run(x, _directions[at..(at + Directions)], first, layout);
        }
        IEnumerable<Tensor> ends = Enumerable.Range(0, TCell.States)
            .Select(s => NumLayers == 1 ? last[0][s] : Ops.Concat([.. last.Select(states => states[s])]));
        return (single ? x.Squeeze(1) : x, [.. ends.Select(state => single ? state.Squeeze(1) : state)]);
    }

    /// <summary>Drawn step by step, all sequences of a step together, as PyTorch draws.</summary>
    Tensor Dropped(Tensor x) => BatchFirst ? x.Transpose(0, 1).Dropout(DropoutP, _rng).Transpose(0, 1) : x.Dropout(DropoutP, _rng);

    Tensor Given(Tensor state, bool single, int n, string layer)
    {
        Shape expected = single ? new Shape(_directions.Length, HiddenSize) : new Shape(_directions.Length, n, HiddenSize);
        Require.That(state.Shape == expected,
            $"{layer}: initial state {state.Shape}; it is {expected}: layers · directions, {(single ? "" : "batch, ")}hidden",
            nameof(state));
        return single ? state.Unsqueeze(1) : state;
    }

    static int[]? Ends(Indices? lengths, int time, int n, string layer)
    {
        if (lengths is null) return null;
        Require.That(lengths.Shape.Rank == 1 && lengths.Count == n,
            $"{layer}: lengths {lengths.Shape} for {n} sequences; there is one for each", nameof(lengths));
        for (int b = 0; b < n; b++)
            Require.InRange(lengths.Span[b] >= 1 && lengths.Span[b] <= time,
                $"{layer}: length {lengths.Span[b]} at [{b}]; it runs from 1 to the {time} steps of the input", nameof(lengths));
        return [.. lengths.Select(length => (int)length)];
    }
}
