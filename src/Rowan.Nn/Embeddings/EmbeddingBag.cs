using System.Runtime.CompilerServices;
using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan.Nn;

/// <summary>How the rows of a bag become one vector.</summary>
public enum BagMode
{
    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>The largest of each value.</summary>
    Max,
}

/// <summary>
/// Looks up bags of ids and reduces each to one vector, without storing the rows between:  y[b] = Σ W[id], the mean, or the maximum.
/// </summary>
/// <remarks>
/// The semantics are those of PyTorch's <c>nn.EmbeddingBag</c>, whose default is also the mean. An empty bag is zeros. Any number of
/// threads may look bags up
/// while one thread trains, as with <see cref="Embedding"/>.
/// </remarks>
public sealed class EmbeddingBag : Module
{
    /// <summary>A table drawn from N(0, 1), its padding row zero.</summary>
    /// <param name="numEmbeddings">Rows: how many different ids there are.</param>
    /// <param name="embeddingDim">Values per row.</param>
    /// <param name="mode">Sum, mean or maximum.</param>
    /// <param name="options">Padding, norm and scaling; null for none.</param>
    /// <param name="rng">Where the weights are drawn from; null for a generator seeded by the system, different in every run.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or the padding row is outside the table.</exception>
    [OverloadResolutionPriority(1)]   // Where a call fits both, as with new(), it means options.
    public EmbeddingBag(long numEmbeddings, int embeddingDim, BagMode mode = BagMode.Mean, EmbeddingOptions? options = null,
        Rng? rng = null)
    {
        Require.InRange(numEmbeddings > 0, $"EmbeddingBag: {numEmbeddings} rows; a table has at least one", nameof(numEmbeddings));
        Require.InRange(embeddingDim > 0, $"EmbeddingBag: vectors of {embeddingDim} values; a vector has at least one",
            nameof(embeddingDim));
        Mode = mode;
        Options = Checked(options, numEmbeddings, mode);
        Weight = Init.NormalRows(rng, numEmbeddings, embeddingDim, Options);
    }

    /// <summary>A table drawn from N(0, 1), its padding row zero.</summary>
    /// <param name="numEmbeddings">Rows: how many different ids there are.</param>
    /// <param name="embeddingDim">Values per row.</param>
    /// <param name="mode">Sum, mean or maximum.</param>
    /// <param name="paddingIdx">A row that starts at zero, receives no gradient, and is left out of sums and counts; negative counts from
    /// the end. Null for none.</param>
    /// <param name="maxNorm">Rows whose norm exceeds this are shrunk to it, in place, when they are looked up. Null for none.</param>
    /// <param name="normType">The p of that norm.</param>
    /// <param name="scaleGradByFreq">Divide each gradient row by how often its id occurs in the call.</param>
    /// <param name="includeLastOffset">Whether offsets end with the number of ids.</param>
    /// <param name="storage">How the table keeps its rows.</param>
    /// <param name="rng">Where the weights are drawn from; null for a generator seeded by the system, different in every run.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or the padding row is outside the table.</exception>
    public EmbeddingBag(long numEmbeddings, int embeddingDim, BagMode mode = BagMode.Mean, long? paddingIdx = null, float? maxNorm = null,
        float normType = 2,
        bool scaleGradByFreq = false, bool includeLastOffset = false, RowStorage storage = RowStorage.Float32, Rng? rng = null)
        : this(numEmbeddings, embeddingDim, mode, EmbeddingOptions.Of(paddingIdx, maxNorm, normType, scaleGradByFreq, storage), rng) =>
            IncludeLastOffset = includeLastOffset;

    /// <summary>A layer over a table that exists: two layers over one table are tied.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The padding row is outside the table.</exception>
    public EmbeddingBag(Table weight, BagMode mode = BagMode.Mean, EmbeddingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(weight);
        Mode = mode;
        Options = Checked(options, weight.Count, mode) with { Storage = weight.Storage };
        Weight = weight;
    }

    /// <summary>The rows.</summary>
    public Table Weight { get; }

    /// <summary>Sum, mean or maximum.</summary>
    public BagMode Mode { get; }

    /// <summary>Padding, norm and scaling.</summary>
    public EmbeddingOptions Options { get; }

    /// <summary>
    /// Whether offsets end with the number of ids: bags + 1 values in all. It concerns flat ids with offsets only.
    /// </summary>
    public bool IncludeLastOffset { get; init; }

    /// <summary>A layer that holds given vectors, one a row; the padding row is kept as given.</summary>
    /// <exception cref="ArgumentException">The weights are not a matrix, or frozen weights hold NaN or an infinity.</exception>
    public static EmbeddingBag FromPretrained(Tensor weights, bool freeze = true, BagMode mode = BagMode.Mean,
        EmbeddingOptions? options = null) =>
        new(Init.PretrainedRows(weights, freeze, options, "EmbeddingBag"), mode, options);

    /// <summary>Each row of ids is a bag.  Shapes: ids [bags, length] → [bags, embeddingDim].</summary>
    /// <param name="ids">The bags.</param>
    /// <param name="perSampleWeights">What each row is multiplied by before the sum, of the shape of the ids; learns where it requires a
    /// gradient.</param>
    /// <exception cref="ArgumentException">The ids are not a matrix, or the weights have another shape.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the table; nothing has been changed.</exception>
    /// <exception cref="NotSupportedException">Weights with another mode than the sum.</exception>
    public Tensor Forward(Indices ids, Tensor? perSampleWeights = null)
    {
        ArgumentNullException.ThrowIfNull(ids);
        Require.That(ids.Shape.Rank == 2,
            $"EmbeddingBag: ids of shape {ids.Shape}; give a matrix with a bag in each row, or flat ids with offsets", nameof(ids));
        return Bags(ids, JaggedIndices.Even(ids.Shape[0], ids.Shape[1]), perSampleWeights);
    }

    /// <summary>
    /// Bag b runs from offsets[b] up to offsets[b + 1], the last one to the end. Shapes: ids [n], offsets [bags] → [bags, embeddingDim].
    /// </summary>
    /// <param name="ids">The bags' ids in a line.</param>
    /// <param name="offsets">Where each bag starts; with <see cref="IncludeLastOffset"/> also the number of ids at the end.</param>
    /// <param name="perSampleWeights">What each row is multiplied by before the sum [n]; learns where it requires a gradient.</param>
    /// <exception cref="ArgumentException">Ids, offsets or weights do not fit together: offsets start at 0, are
    /// non-decreasing, and stay within the ids.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the table; nothing has been changed.</exception>
    /// <exception cref="NotSupportedException">Weights with another mode than the sum.</exception>
    public Tensor Forward(Indices ids, Indices offsets, Tensor? perSampleWeights = null)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(offsets);
        return Bags(ids, JaggedIndices.StartsOf("EmbeddingBag", ids, offsets, IncludeLastOffset), perSampleWeights);
    }

    /// <summary>Bags of different lengths.  Shapes: → [bags, embeddingDim].</summary>
    /// <param name="bags">The bags; an array of arrays converts to it.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the table; nothing has been changed.</exception>
    /// <exception cref="NotSupportedException">Weights with another mode than the sum.</exception>
    public Tensor Forward(JaggedIndices bags)
    {
        ArgumentNullException.ThrowIfNull(bags);
        return Bags(bags.Ids, bags.StartsArray, bags.Weights);
    }

    /// <inheritdoc cref="Forward(JaggedIndices)"/>
    public Tensor Forward(int[][] bags) => Forward((JaggedIndices)bags);

    /// <inheritdoc cref="Forward(JaggedIndices)"/>
    public Tensor Forward(long[][] bags) => Forward((JaggedIndices)bags);

    Tensor Bags(Indices ids, long[] starts, Tensor? weights)
    {
        if (weights is not null)
        {
            Require.That(weights.Shape == ids.Shape,
                $"EmbeddingBag: weights {weights.Shape} for ids {ids.Shape}; there is one for each id", nameof(weights));
            if (Mode != BagMode.Sum)
                throw new NotSupportedException($"EmbeddingBag: weights with mode {Mode}; they are for sums: divide by the count "
                + $"afterwards for a weighted mean");
        }
        Weight.CheckIds(ids.Memory, "EmbeddingBag", ids.Describe);
        Tensor y = weights is not null ? BagLookup.WeightedSum(Weight, ids, starts, weights, Options)
            : Mode == BagMode.Max ? BagLookup.Max(Weight, ids, starts, Options)
            : BagLookup.Sum(Weight, ids, starts, Mode == BagMode.Mean, Options);
        return Trace.Op(y, "Bags", [Weight, ids, starts, weights], [(long)Mode], settings: Options);
    }

    static EmbeddingOptions Checked(EmbeddingOptions? options, long rows, BagMode mode)
    {
        Require.That(mode != BagMode.Max || options is not { ScaleGradByFreq: true },
            $"EmbeddingBag: ScaleGradByFreq with mode Max; a maximum has one winner, whose gradient no count divides", nameof(options));
        return (options ?? EmbeddingOptions.None).For(rows, "EmbeddingBag");
    }
}
