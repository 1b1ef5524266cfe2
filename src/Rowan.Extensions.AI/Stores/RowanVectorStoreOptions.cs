using Microsoft.Extensions.AI;

namespace Rowan.Extensions.AI;

/// <summary>Settings of a <see cref="RowanVectorStore"/>.</summary>
public sealed record RowanVectorStoreOptions
{
    /// <summary>The weight of the vectors in hybrid search where none is given.</summary>
    public const float DefaultHybridWeight = 0.3f;

    /// <summary>The folder of a store that lasts, made if it is missing; null for a store in memory.</summary>
    public string? Folder { get; init; }

    /// <summary>Makes vectors where neither the collection nor the property has a generator of its own.</summary>
    public IEmbeddingGenerator? EmbeddingGenerator { get; init; }

    /// <summary>
    /// Weight of the vectors in hybrid search, from 0 (BM25 alone) to 1 (the vectors alone). Each kind of score is first scaled to 0 … 1
    /// over the candidates.
    /// </summary>
    public float HybridWeight { get; init; } = DefaultHybridWeight;

    /// <summary>
    /// Whether a change is on the disk, and not only with the operating system, before it is confirmed. Without it, changes of the last
    /// seconds are lost when the power fails, but not when the process is killed. Only for a store in a folder.
    /// </summary>
    public bool FlushToDisk { get; init; } = true;
}
