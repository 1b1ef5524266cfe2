namespace Rowan.Retrieval;

/// <summary>
/// Vectors by 64-bit id, and the nearest of them: what a vector store, a server or a recommender needs of an index.
/// <see cref="VectorIndex"/> is the implementation in this library.
/// </summary>
/// <remarks>All members may be called from any threads at the same time.</remarks>
public interface IVectorIndex
{
    /// <summary>Values per row.</summary>
    int Dim { get; }

    /// <summary>Rows.</summary>
    long Count { get; }

    /// <summary>How rows are compared.</summary>
    IndexMetric Metric { get; }

    /// <summary>Whether there is a row with that id.</summary>
    bool Contains(long id);

    /// <summary>Reads a row; false where the id is unknown.</summary>
    bool TryGet(long id, Span<float> row);

    /// <summary>Adds rows. All ids must be new and different.</summary>
    void Add(ReadOnlySpan<long> ids, ReadOnlySpan<float> rows);

    /// <summary>Replaces rows. All ids must be known and different.</summary>
    void Update(ReadOnlySpan<long> ids, ReadOnlySpan<float> rows);

    /// <summary>Adds rows, and replaces those whose id is known. Ids must be different.</summary>
    void Upsert(ReadOnlySpan<long> ids, ReadOnlySpan<float> rows);

    /// <summary>Removes rows; ids that are unknown are skipped.</summary>
    /// <returns>How many were removed.</returns>
    long Remove(ReadOnlySpan<long> ids);

    /// <summary>The rows nearest to a query, the best first.</summary>
    SearchResult Search(ReadOnlySpan<float> query, int count, SearchOptions? options = null);

    /// <summary>The rows nearest to each of many queries [n · dim].</summary>
    SearchResult[] SearchMany(ReadOnlySpan<float> queries, int count, SearchOptions? options = null);

    /// <summary>The share of the true nearest rows that this index finds, measured on queries [n · dim].</summary>
    RecallMeasurement MeasureRecall(ReadOnlySpan<float> queries, int count = 10, SearchOptions? options = null);
}
