using Rowan.Numerics;

namespace Rowan;

/// <summary>
/// A running average of weights, which often predicts better than the last ones: exponential, a ← d·a + (1 − d)·w, or equal, a ← a + (w −
/// a)/(n + 1). (Polyak and Juditsky 1992; equal: SWA, Izmailov et al. 2018; PyTorch's <c>AveragedModel</c>.)
/// </summary>
/// <remarks>
/// The first update copies the weights. The cost of an update grows with the size of a table, not with the number of touched rows: all
/// rows are brought up to date and read.
/// </remarks>
public sealed class WeightAverage
{
    const int Piece = 1 << 16;

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

    /// <summary>Adds the current weights to the average.</summary>
    public void Update()
    {
        // Deferred updates are stored here once; otherwise reading the pieces would recompute them in every update.
        foreach (ILearnable learnable in _learnables) learnable.ApplyDeferredUpdates();
        if (Count == 0)
        {
            _average = Room();
            foreach ((ILearnable learnable, long start, float[] average) in Pieces()) learnable.ReadValues(start, average);
        }
        else
        {
            float share = (float)(_decay is { } decay ? 1 - decay : 1.0 / (Count + 1));
            var room = new float[Piece];
            foreach ((ILearnable learnable, long start, float[] average) in Pieces())
            {
                learnable.ReadValues(start, room.AsSpan(0, average.Length));
                for (int i = 0; i < average.Length; i++) average[i] += share * (room[i] - average[i]);
            }
        }
        Count++;
    }

    /// <summary>
    /// Exchanges average and weights: call it to evaluate with the average, and again to continue training. A table with 16-bit rows
    /// rounds the average to the nearest values it can hold, and gives back the rounded average.
    /// </summary>
    /// <exception cref="InvalidOperationException">There was no update.</exception>
    public void Swap()
    {
        Require.State(Count > 0, $"WeightAverage: there is no average yet; call Update first");
        var room = new float[Piece];
        foreach ((ILearnable learnable, long start, float[] average) in Pieces())
        {
            Span<float> weights = room.AsSpan(0, average.Length);
            learnable.ReadValues(start, weights);
            learnable.WriteValues(start, average);
            weights.CopyTo(average);
        }
    }

    /// <summary>Writes the average over the weights.</summary>
    /// <exception cref="InvalidOperationException">There was no update.</exception>
    public void CopyToWeights()
    {
        Require.State(Count > 0, $"WeightAverage: there is no average yet; call Update first");
        foreach ((ILearnable learnable, long start, float[] average) in Pieces()) learnable.WriteValues(start, average);
    }

    /// <summary>"count", and the average of each learnable by its place: "0", "1" and so on.</summary>
    public StateDict StateDict() => new([StateEntry.Over("count", [], [Count]),
        .. _average.Select((pieces, i) => StateEntry.Over($"{i}", _learnables[i].Sizes, [.. pieces.Select(piece => piece.AsMemory())]))]);

    /// <summary>Takes a saved average.</summary>
    /// <exception cref="ArgumentException">Something is missing, or of another size; nothing was changed.</exception>
    public void LoadStateDict(StateDict state)
    {
        ArgumentNullException.ThrowIfNull(state);
        Require.That(state.Contains("count") && state["count"].IsInteger, $"LoadStateDict: 'count' is missing; the state is no average's",
            nameof(state));
        long count = state["count"].Integer();
        for (int i = 0; i < _learnables.Length && count > 0; i++)
            Require.That(state.Contains($"{i}") && state[$"{i}"].Sizes.SequenceEqual(_learnables[i].Sizes),
                $"LoadStateDict: '{i}' is missing, or not [{string.Join(", ", _learnables[i].Sizes)}]; nothing was loaded", nameof(state));
        Count = count;
        if (Count == 0) return;
        _average = Room();
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

    /// <summary>Arrays for all weights, a learnable's one after another.</summary>
    float[][][] Room() => [.. _learnables.Select(learnable =>
    {
        long count = learnable.Sizes.Aggregate(1L, (product, size) => product * size);
        return Enumerable.Range(0, (int)((count + Piece - 1) / Piece)).Select(p => new float[Math.Min(Piece, count - (long)p * Piece)])
            .ToArray();
    })];

    IEnumerable<(ILearnable Learnable, long Start, float[] Average)> Pieces() =>
        _learnables.SelectMany((learnable, i) => _average[i].Select((piece, p) => (learnable, (long)p * Piece, piece)));
}
