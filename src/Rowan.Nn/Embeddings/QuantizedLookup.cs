using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan.Nn;

/// <summary>Quantized tables to tensors, for inference: what comes out learns nothing, and no gradient reaches the table.</summary>
public static class QuantizedLookup
{
    /// <summary>Y[i] = W[ids[i]].  Shapes: ids […] → Y […, dim].</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the table.</exception>
    public static Tensor Rows(this QuantizedTable table, Indices ids)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(ids);
        table.CheckIds(ids.Memory, "Rows", ids.Describe);
        Tensor rows = Tensor.Empty([.. ids.Shape.Sizes, table.Dim]);
        table.Gather(ids.Memory, rows.WritableMemory);
        return Trace.Op(rows, "Embedding", [table, ids]);
    }

    /// <summary>Each row of ids is a bag:  Y[b] = Σ W[id], or their mean.  Shapes: ids [bags, length] → Y [bags, dim].</summary>
    /// <inheritdoc cref="Bags(QuantizedTable, Indices, Indices, BagMode, Tensor)"/>
    public static Tensor Bags(this QuantizedTable table, Indices ids, BagMode mode = BagMode.Mean, Tensor? perSampleWeights = null)
    {
        ArgumentNullException.ThrowIfNull(ids);
        Require.That(ids.Shape.Rank == 2,
            $"Bags: ids of shape {ids.Shape}; give a matrix with a bag in each row, or flat ids with offsets", nameof(ids));
        return Bags(table, ids, JaggedIndices.Even(ids.Shape[0], ids.Shape[1]), mode, perSampleWeights);
    }

    /// <summary>
    /// Bag b runs from offsets[b] up to offsets[b + 1], the last one to the end: Y[b] = Σ W[id], or their mean. Shapes: ids [n], offsets
    /// [bags] → Y [bags, dim].
    /// </summary>
    /// <param name="table">W.</param>
    /// <param name="ids">The bags' ids.</param>
    /// <param name="offsets">Where each bag starts.</param>
    /// <param name="mode">Sum or mean; an empty bag is zeros.</param>
    /// <param name="perSampleWeights">What each row of a sum is multiplied by, of the shape of the ids.</param>
    /// <exception cref="ArgumentException">Ids, offsets or weights do not fit together.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the table.</exception>
    /// <exception cref="NotSupportedException">A maximum, or weights with another mode than the sum.</exception>
    public static Tensor Bags(this QuantizedTable table, Indices ids, Indices offsets, BagMode mode = BagMode.Mean,
        Tensor? perSampleWeights = null)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(offsets);
        return Bags(table, ids, JaggedIndices.StartsOf("Bags", ids, offsets, false), mode, perSampleWeights);
    }

    static Tensor Bags(QuantizedTable table, Indices ids, long[] starts, BagMode mode, Tensor? weights)
    {
        ArgumentNullException.ThrowIfNull(table);
        if (mode == BagMode.Max) throw new NotSupportedException("Bags: mode Max of a quantized table; sums and means are what it has");
        Require.That(weights is null || weights.Shape == ids.Shape,
            $"Bags: weights {weights?.Shape} for ids {ids.Shape}; there is one for each id", nameof(weights));
        if (weights is not null && mode != BagMode.Sum)
            throw new NotSupportedException($"Bags: weights with mode {mode}; they are for sums: divide by the count afterwards for a "
            + $"weighted mean");
        table.CheckIds(ids.Memory, "Bags", ids.Describe);
        Tensor sums = Tensor.Empty(starts.Length - 1, table.Dim);
        table.SumBags(ids.Memory, starts, weights is null ? default : weights.Memory, mode == BagMode.Mean, sums.WritableMemory);
        return Trace.Op(sums, "Bags", [table, ids, starts, weights], [(long)mode]);
    }
}
