using Rowan.Numerics;

namespace Rowan;

/// <summary>
/// A running average of weights, which often predicts better than the last ones: exponential, a ← d·a + (1 − d)·w, or equal, a ← a + (w − a)/(n + 1).
/// (Polyak and Juditsky 1992; equal: SWA, Izmailov et al. 2018; PyTorch's <c>AveragedModel</c>.)
/// </summary>
/// <remarks>The first update copies the weights. Its cost follows the rows a table owns, not the rows touched: all are read, and brought up to date.</remarks>
public sealed class WeightAverage
{
    readonly ILearnable[] _learnables;
    readonly double? _decay;
    float[][][] _average = [];

    WeightAverage(IEnumerable<ILearnable> learnables, double? decay)
    {
        ArgumentNullException.ThrowIfNull(learnables);
        (_learnables, _decay) = ([.. learnables.Distinct<ILearnable>(ReferenceEqualityComparer.Instance)], decay);
    }

    /// <summary>Updates so far, n.</summary>
    public long Count { get; private set; }

    /// <summary>a ← d·a + (1 − d)·w.</summary>
    /// <param name="learnables">Parameters and tables.</param>
    /// <param name="decay">d.</param>
    /// <exception cref="ArgumentOutOfRangeException">d is not within 0 and 1.</exception>
    public static WeightAverage Exponential(IEnumerable<ILearnable> learnables, double decay = 0.999)
    {
        Require.InRange(decay is >= 0 and <= 1, $"WeightAverage: decay {decay}; it runs from 0 to 1", nameof(decay));
        return new(learnables, decay);
    }

    /// <summary>a ← a + (w − a)/(n + 1): the plain mean of all updates.</summary>
    public static WeightAverage Equal(IEnumerable<ILearnable> learnables) => new(learnables, null);

    /// <summary>Takes the weights as they stand into the average.</summary>
    public void Update()
    {
        if (Count == 0) _average = [.. _learnables.Select(learnable => learnable.Values.Select(piece => piece.ToArray()).ToArray())];
        else
        {
            float share = (float)(_decay is { } decay ? 1 - decay : 1.0 / (Count + 1));
            foreach ((float[] average, Memory<float> weights) in Pieces())
                for (int i = 0; i < average.Length; i++) average[i] += share * (weights.Span[i] - average[i]);
        }
        Count++;
    }

    /// <summary>Exchanges average and weights: to evaluate with the average, and once more to train on.</summary>
    /// <exception cref="InvalidOperationException">There was no update.</exception>
    public void Swap()
    {
        Require.State(Count > 0, $"WeightAverage: there is no average yet; call Update first");
        foreach ((float[] average, Memory<float> weights) in Pieces())
            for (int i = 0; i < average.Length; i++) (average[i], weights.Span[i]) = (weights.Span[i], average[i]);
    }

    /// <summary>Writes the average over the weights.</summary>
    /// <exception cref="InvalidOperationException">There was no update.</exception>
    public void CopyToWeights()
    {
        Require.State(Count > 0, $"WeightAverage: there is no average yet; call Update first");
        foreach ((float[] average, Memory<float> weights) in Pieces()) average.CopyTo(weights);
    }

    /// <summary>"count", and the average of each learnable by its place: "0", "1" and so on.</summary>
    public StateDict StateDict() => new([StateEntry.Over("count", [], [Count]),
        .. _average.Select((pieces, i) => StateEntry.Over($"{i}", _learnables[i].Sizes, [.. pieces.Select(piece => piece.AsMemory())]))]);

    /// <summary>Takes a saved average.</summary>
    /// <exception cref="ArgumentException">Something is missing, or of another size; nothing was changed.</exception>
    public void LoadStateDict(StateDict state)
    {
        ArgumentNullException.ThrowIfNull(state);
        Require.That(state.Contains("count") && state["count"].IsInteger, $"LoadStateDict: 'count' is missing; the state is no average's", nameof(state));
        Span<long> count = stackalloc long[1];
        state["count"].Read(0, count);
        for (int i = 0; i < _learnables.Length && count[0] > 0; i++)
            Require.That(state.Contains($"{i}") && state[$"{i}"].Sizes.SequenceEqual(_learnables[i].Sizes),
                $"LoadStateDict: '{i}' is missing, or not [{string.Join(", ", _learnables[i].Sizes)}]; nothing was loaded", nameof(state));
        Count = count[0];
        if (Count == 0) return;
        _average = [.. _learnables.Select(learnable => learnable.Values.Select(piece => new float[piece.Length]).ToArray())];
        for (int i = 0; i < _learnables.Length; i++)
        {
            long start = 0;
            foreach (float[] piece in _average[i])
            {
                state[$"{i}"].Read(start, piece.AsSpan());
                start += piece.Length;
            }
        }
    }

    IEnumerable<(float[] Average, Memory<float> Weights)> Pieces() =>
        _learnables.SelectMany((learnable, i) => _average[i].Zip(learnable.Values));
}
