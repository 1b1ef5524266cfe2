namespace Rowan.Retrieval;

/// <summary>How an answer was found.</summary>
public enum SearchPath
{
    /// <summary>Every row was compared.</summary>
    Flat,

    /// <summary>Every row was compared as 8-bit codes, and exactly where the codes left it open.</summary>
    Int8,

    /// <summary>The graph was walked.</summary>
    Graph,

    /// <summary>Every row that passes the filter was compared.</summary>
    Filtered,
}

/// <summary>An answer: rows, and how they were found.</summary>
/// <param name="Matches">
/// The rows, the higher score first, then the lower id. Fewer than were asked for where the index, or the filter, has no more.
/// </param>
/// <param name="Path">How they were found.</param>
public sealed record SearchResult(IReadOnlyList<Match> Matches, SearchPath Path)
{
    /// <summary>Whether no row is better than those returned. False for the graph alone.</summary>
    public bool IsExact => Path != SearchPath.Graph;

    /// <summary>
    /// The share of the true nearest rows that is expected: 1 for an exact answer, else what
    /// <see cref="IVectorIndex.MeasureRecall"/> last measured with at most as many candidates; null where nothing was measured, a filter
    /// was given, or more than a tenth of the rows changed since.
    /// </summary>
    public double? Recall { get; init; }

    /// <summary>Rows whose distance was computed, by codes or exactly.</summary>
    public long Compared { get; init; }
}

/// <summary>What a search of an index finds of the true nearest rows.</summary>
/// <param name="Recall">The share of the <paramref name="Count"/> nearest rows that were found; rows that tie with the last count.</param>
/// <param name="Count">Rows that each query asked for (k).</param>
/// <param name="Queries">Queries.</param>
/// <param name="Candidates">Candidates that a search of the graph kept; 0 where none was walked.</param>
public sealed record RecallMeasurement(double Recall, int Count, long Queries, int Candidates);
