using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

/// <summary>
/// Bags of ids of different lengths, with a weight for each id where wanted: what one feature of a batch is. Bag b holds the ids in
/// [starts[b], starts[b + 1]).
/// </summary>
/// <remarks>
/// PyTorch's counterpart is TorchRec's <c>JaggedTensor</c>. Converts implicitly from an array of arrays, a bag in each, and from
/// <see cref="Indices"/>.
/// </remarks>
public sealed class JaggedIndices
{
    readonly long[] _starts;

    JaggedIndices(Indices ids, long[] starts, Tensor? weights)
    {
        Require.That(weights is null || weights.Shape == ids.Shape,
            $"JaggedIndices: weights {weights?.Shape} for ids {ids.Shape}; there is one for each id", nameof(weights));
        (Ids, _starts, Weights) = (ids, starts, weights);
    }

    /// <summary>The ids of all bags, one after another.</summary>
    public Indices Ids { get; }

    /// <summary>Where each bag starts, and the number of ids at the end: [bags + 1].</summary>
    public ReadOnlySpan<long> Starts => _starts;

    /// <summary>Bags.</summary>
    public int Bags => _starts.Length - 1;

    /// <summary>
    /// What the row of each id is multiplied by, of the shape of the ids; learns where it requires a gradient. Null for 1.
    /// </summary>
    public Tensor? Weights { get; }

    /// <summary>Bag b runs from offsets[b] up to offsets[b + 1], the last one to the end, as in <c>EmbeddingBag</c>.</summary>
    /// <param name="ids">The bags' ids in a line [n].</param>
    /// <param name="offsets">Where each bag starts [bags].</param>
    /// <param name="weights">What each row is multiplied by [n]; null for 1.</param>
    /// <param name="includeLastOffset">Offsets end with the number of ids, as in TorchRec: [bags + 1].</param>
    /// <exception cref="ArgumentException">Ids, offsets and weights do not fit together: offsets start at 0, are
    /// non-decreasing, and stay within the ids.</exception>
    public static JaggedIndices FromOffsets(Indices ids, Indices offsets, Tensor? weights = null, bool includeLastOffset = false)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(offsets);
        return new(ids, StartsOf("JaggedIndices", ids, offsets, includeLastOffset), weights);
    }

    /// <summary>Bag b holds the next lengths[b] ids.</summary>
    /// <param name="ids">The bags' ids in a line [n].</param>
    /// <param name="lengths">Ids of each bag [bags].</param>
    /// <param name="weights">What each row is multiplied by [n]; null for 1.</param>
    /// <exception cref="ArgumentException">A length is negative, or they do not sum to the number of ids, or the weights are not as
    /// many.</exception>
    public static JaggedIndices FromLengths(Indices ids, Indices lengths, Tensor? weights = null)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(lengths);
        Require.That(ids.Shape.Rank == 1 && lengths.Shape.Rank == 1,
            $"JaggedIndices: ids of shape {ids.Shape} with lengths of shape {lengths.Shape}; both are flat", nameof(ids));
        var starts = new long[lengths.Count + 1];
        for (int bag = 0; bag < lengths.Count; bag++)
        {
            long length = lengths.Span[bag];
            Require.That(length >= 0 && length <= ids.Count - starts[bag],
                $"JaggedIndices: lengths[{bag}] is {length}, with {ids.Count - starts[bag]} of {ids.Count} ids left", nameof(lengths));
            starts[bag + 1] = starts[bag] + length;
        }
        Require.That(starts[^1] == ids.Count, $"JaggedIndices: lengths of {starts[^1]} ids in all, and {ids.Count} ids", nameof(lengths));
        return new(ids, Trace.Op(starts, "StartsOfLengths", [lengths]), weights);
    }

    /// <summary>Each row of a matrix is a bag [bags, length]; of flat ids each is a bag of its own [bags].</summary>
    /// <exception cref="ArgumentException">The ids have another number of dimensions, or the weights another shape.</exception>
    public static JaggedIndices From(Indices ids, Tensor? weights = null)
    {
        ArgumentNullException.ThrowIfNull(ids);
        Require.That(ids.Shape.Rank is 1 or 2,
            $"JaggedIndices: ids of shape {ids.Shape}; give a bag in each row of a matrix, an id for each bag, or offsets", nameof(ids));
        return new(ids, Even(ids.Shape[0], ids.Shape.Rank == 1 ? 1 : ids.Shape[1]), weights);
    }

    /// <summary>A bag in each inner array.</summary>
    public static JaggedIndices From(IEnumerable<IEnumerable<long>> bags)
    {
        ArgumentNullException.ThrowIfNull(bags);
        List<long> ids = [], starts = [0];
        foreach (IEnumerable<long> bag in bags)
        {
            ids.AddRange(bag);
            starts.Add(ids.Count);
        }
        return new(Indices.Create([.. ids]), [.. starts], null);
    }

    /// <summary>A bag in each inner array or list.</summary>
    public static JaggedIndices From(IEnumerable<IEnumerable<int>> bags)
    {
        ArgumentNullException.ThrowIfNull(bags);
        return From(bags.Select(bag => bag.Select(id => (long)id)));
    }

    /// <summary>Each row of a matrix is a bag; of flat ids each is a bag of its own.</summary>
    public static implicit operator JaggedIndices(Indices ids) => From(ids);

    /// <summary>A bag in each inner array.</summary>
    public static implicit operator JaggedIndices(long[][] bags) => From(bags);

    /// <summary>A bag in each inner array.</summary>
    public static implicit operator JaggedIndices(int[][] bags) => From((IEnumerable<IEnumerable<int>>)bags);

    /// <summary>A bag in each inner array.</summary>
    public static implicit operator JaggedIndices(List<int[]> bags) => From(bags);

    /// <summary>A bag in each inner list.</summary>
    public static implicit operator JaggedIndices(List<List<int>> bags) => From(bags);

    /// <summary>Where an id stands: "[17], in bag 3".</summary>
    internal string Describe(long position)
    {
        int bag = 0;
        while (_starts[bag + 1] <= position) bag++;
        return $"{Ids.Describe(position)}, in bag {bag},";
    }

    internal long[] StartsArray => _starts;

    /// <summary>Starts of bags of one length, and the number of ids.</summary>
    internal static long[] Even(long bags, long length)
    {
        var starts = new long[bags + 1];
        for (int bag = 0; bag < starts.Length; bag++) starts[bag] = bag * length;
        return Trace.Op(starts, "EvenStarts", [], [bags, length]);
    }

    /// <summary>Offsets, checked, with the number of ids at the end.</summary>
    internal static long[] StartsOf(string operation, Indices ids, Indices offsets, bool includeLastOffset)
    {
        Require.That(ids.Shape.Rank == 1, $"{operation}: ids of shape {ids.Shape} with offsets; bags by offset are cut from flat ids",
            nameof(ids));
        Require.That(offsets.Shape.Rank == 1, $"{operation}: offsets of shape {offsets.Shape}; they are flat, one a bag", nameof(offsets));
        ReadOnlySpan<long> start = offsets.Span;
        for (int bag = 0; bag < start.Length; bag++)
        {
            Require.That(bag > 0 || start[0] == 0, $"{operation}: offsets[0] is {start[0]}; the first bag starts at 0", nameof(offsets));
            Require.That(bag == 0 || start[bag] >= start[bag - 1],
                $"{operation}: offsets[{bag}] is {start[bag]}, below offsets[{bag - 1}] = {start[bag == 0 ? 0 : bag - 1]}; offsets "
                    + $"must be non-decreasing", nameof(offsets));
            Require.That(start[bag] <= ids.Count, $"{operation}: offsets[{bag}] is {start[bag]}, past the end of {ids.Count} ids",
                nameof(offsets));
        }
        if (includeLastOffset)
        {
            Require.That(start.Length > 0 && start[^1] == ids.Count,
                $"{operation}: with IncludeLastOffset the last offset is the number of ids, {ids.Count}, not "
                    + $"{(start.Length > 0 ? start[^1] : -1)}", nameof(offsets));
            return Trace.Op(start.ToArray(), "Identity", [offsets]);
        }
        Require.That(start.Length > 0 || ids.Count == 0, $"{operation}: {ids.Count} ids and no offsets; the first bag starts at offset 0",
            nameof(offsets));
        long[] starts = [.. start, ids.Count];
        return Trace.Op(starts, "StartsOfOffsets", [ids, offsets]);
    }
}
