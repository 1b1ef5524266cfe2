using System.Runtime.CompilerServices;
using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>
/// A table of vectors, looked up by id:  y[i] = W[ids[i]].  Shapes: ids […] → y […, embeddingDim].
/// </summary>
/// <remarks>
/// Gradients reach the rows looked up and no other; an id that occurs twice receives the sum of both. The result is a copy, never a view
/// of the table. The semantics are those of PyTorch's <c>nn.Embedding</c>; ids are never wrapped around, and all are checked before a row
/// changes. Any number of threads may look rows up within <see cref="Gradients.Off"/> while one thread trains; that changes no bit of the
/// training, unless <see cref="EmbeddingOptions.MaxNorm"/> shrinks rows. Thread safety is the table's: <see cref="Table"/>.
/// </remarks>
public sealed class Embedding : Module<Indices, Tensor>
{
    /// <summary>A table drawn from N(0, 1), its padding row zero.</summary>
    /// <param name="numEmbeddings">Rows: how many different ids there are.</param>
    /// <param name="embeddingDim">Values per row.</param>
    /// <param name="options">Padding, norm and scaling; null for none.</param>
    /// <param name="rng">Where the weights are drawn from; null for a generator seeded by the system, different in every run.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or the padding row is outside the table.</exception>
    [OverloadResolutionPriority(1)]   // Where a call fits both, as with new(), it means options.
    public Embedding(long numEmbeddings, int embeddingDim, EmbeddingOptions? options = null, Rng? rng = null)
    {
        Require.InRange(numEmbeddings > 0, $"Embedding: {numEmbeddings} rows; a table has at least one", nameof(numEmbeddings));
        Require.InRange(embeddingDim > 0, $"Embedding: vectors of {embeddingDim} values; a vector has at least one", nameof(embeddingDim));
        Options = (options ?? EmbeddingOptions.None).For(numEmbeddings, "Embedding");
        Weight = Init.NormalRows(rng, numEmbeddings, embeddingDim, Options);
    }

    /// <summary>A table drawn from N(0, 1), its padding row zero.</summary>
    /// <param name="numEmbeddings">Rows: how many different ids there are.</param>
    /// <param name="embeddingDim">Values per row.</param>
    /// <param name="paddingIdx">A row that starts at zero and receives no gradient; negative counts from the end. Null for none.</param>
    /// <param name="maxNorm">Rows whose norm exceeds this are shrunk to it, in place, when they are looked up. Null for none.</param>
    /// <param name="normType">The p of that norm.</param>
    /// <param name="scaleGradByFreq">Divide each gradient row by how often its id occurs in the call.</param>
    /// <param name="storage">How the table keeps its rows.</param>
    /// <param name="rng">Where the weights are drawn from; null for a generator seeded by the system, different in every run.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or the padding row is outside the table.</exception>
    public Embedding(long numEmbeddings, int embeddingDim, long? paddingIdx = null, float? maxNorm = null, float normType = 2,
        bool scaleGradByFreq = false,
        RowStorage storage = RowStorage.Float32, Rng? rng = null)
        : this(numEmbeddings, embeddingDim, EmbeddingOptions.Of(paddingIdx, maxNorm, normType, scaleGradByFreq, storage), rng) { }

    /// <summary>A layer over a table that exists: two layers over one table are tied.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The padding row is outside the table.</exception>
    public Embedding(Table weight, EmbeddingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(weight);
        Options = (options ?? EmbeddingOptions.None).For(weight.Count, "Embedding") with { Storage = weight.Storage };
        Weight = weight;
    }

    /// <summary>The rows: <c>Weight[id]</c> is the vector of an id.</summary>
    public Table Weight { get; }

    /// <summary>Rows.</summary>
    public long NumEmbeddings => Weight.Count;

    /// <summary>Values per row.</summary>
    public int EmbeddingDim => Weight.Dim;

    /// <summary>The padding row, counted from the start; null for none.</summary>
    public long? PaddingIdx => Options.PaddingIdx;

    /// <summary>Padding, norm and scaling.</summary>
    public EmbeddingOptions Options { get; }

    /// <summary>A layer that holds given vectors, one a row; the padding row is kept as given.</summary>
    /// <param name="weights">Vectors [rows, dim]; copied.</param>
    /// <param name="freeze">Frozen vectors do not learn.</param>
    /// <param name="options">Padding, norm and scaling; null for none.</param>
    /// <remarks>
    /// From a file of word vectors (GloVe, word2vec, fastText and others), aligned to a vocabulary:
    /// <c>PretrainedRows.Read("glove.txt", vocabulary).ToEmbedding(freeze: true)</c>, in the package Rowan.Recipes. To let rows learn more
    /// slowly instead of freezing them, <see cref="Table.SetLearningRateFactor"/>.
    /// </remarks>
    /// <exception cref="ArgumentException">The weights are not a matrix, or frozen weights hold NaN or an infinity.</exception>
    [OverloadResolutionPriority(1)]
    public static Embedding FromPretrained(Tensor weights, bool freeze = true, EmbeddingOptions? options = null) =>
        new(Init.PretrainedRows(weights, freeze, options, "Embedding"), options);

    /// <summary>A layer that holds given vectors, one a row; the padding row is kept as given.</summary>
    /// <param name="weights">Vectors [rows, dim]; copied.</param>
    /// <param name="freeze">Frozen vectors do not learn.</param>
    /// <param name="paddingIdx">A row that receives no gradient; negative counts from the end. Null for none.</param>
    /// <param name="maxNorm">Rows whose norm exceeds this are shrunk to it, in place, when they are looked up. Null for none.</param>
    /// <param name="normType">The p of that norm.</param>
    /// <param name="scaleGradByFreq">Divide each gradient row by how often its id occurs in the call.</param>
    /// <param name="storage">How the table keeps its rows.</param>
    /// <exception cref="ArgumentException">The weights are not a matrix, or frozen weights hold NaN.</exception>
    public static Embedding FromPretrained(Tensor weights, bool freeze = true, long? paddingIdx = null, float? maxNorm = null,
        float normType = 2, bool scaleGradByFreq = false,
        RowStorage storage = RowStorage.Float32) =>
        FromPretrained(weights, freeze, EmbeddingOptions.Of(paddingIdx, maxNorm, normType, scaleGradByFreq, storage));

    /// <inheritdoc cref="Forward"/>
    public Tensor this[Indices ids] => Forward(ids);

    /// <summary>Looks up rows.  Shapes: ids […] → […, embeddingDim]; a single id gives [embeddingDim].</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative or not below <see cref="NumEmbeddings"/>; nothing has been
    /// changed.</exception>
    public override Tensor Forward(Indices input) => EmbeddingLookup.Forward(Weight, input, Options);
}
