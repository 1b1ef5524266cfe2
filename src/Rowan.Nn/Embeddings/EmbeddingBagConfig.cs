using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>
/// One table of an <see cref="EmbeddingBagCollection"/> and the features that are looked up in it. TorchRec's class of the same name.
/// </summary>
/// <param name="Name">What files and errors call the table.</param>
/// <param name="NumEmbeddings">Rows.</param>
/// <param name="EmbeddingDim">Values per row.</param>
/// <param name="FeatureNames">The features that share the table; none for a single one that is named as the table.</param>
public sealed record EmbeddingBagConfig(string Name, long NumEmbeddings, int EmbeddingDim, params IReadOnlyList<string> FeatureNames)
{
    /// <summary>Sum or mean; as in TorchRec the sum, while an <see cref="EmbeddingBag"/> by itself takes the mean.</summary>
    public BagMode Mode { get; init; } = BagMode.Sum;

    /// <summary>Padding, norm and scaling; null for none.</summary>
    public EmbeddingOptions? Options { get; init; }

    /// <summary>The features, the unnamed one included.</summary>
    internal IReadOnlyList<string> Features => FeatureNames.Count > 0 ? FeatureNames : [Name];

    internal EmbeddingBag Make(Rng? rng)
    {
        string operation = $"EmbeddingBagCollection: table '{Name}'";
        Require.That(!string.IsNullOrEmpty(Name) && !Name.Contains('.', StringComparison.Ordinal),
            $"{operation}: a name is part of a path in files, and is neither empty nor has a dot", nameof(Name));
        Require.InRange(NumEmbeddings > 0, $"{operation}: {NumEmbeddings} rows; a table has at least one", nameof(NumEmbeddings));
        Require.InRange(EmbeddingDim > 0, $"{operation}: vectors of {EmbeddingDim} values; a vector has at least one",
            nameof(EmbeddingDim));
        Require.That(Mode != BagMode.Max, $"{operation}: mode Max; sums and means are pooled together: use an EmbeddingBag for a maximum",
            nameof(Mode));
        EmbeddingOptions options = (Options ?? EmbeddingOptions.None).For(NumEmbeddings, operation);
        return new EmbeddingBag(Init.NormalRows(rng, NumEmbeddings, EmbeddingDim, options, Name), Mode, options);
    }
}
