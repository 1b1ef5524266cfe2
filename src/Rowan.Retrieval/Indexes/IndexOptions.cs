namespace Rowan.Retrieval;

/// <summary>How rows are compared. A higher score is better.</summary>
public enum IndexMetric
{
    /// <summary>q·r / (|q|·|r|); 0 where either is zero.</summary>
    Cosine,

    /// <summary>q·r.</summary>
    DotProduct,

    /// <summary>−|q − r|, the Euclidean distance with its sign turned.</summary>
    L2,
}

/// <summary>How an index finds rows.</summary>
public enum IndexKind
{
    /// <summary>
    /// Chosen by the number of rows, and changed when it grows: <see cref="Flat"/> below 20,000, <see cref="Int8"/> below 100,000,
    /// <see cref="Graph"/> from there on.
    /// </summary>
    Auto,

    /// <summary>Every row is compared.</summary>
    Flat,

    /// <summary>
    /// Every row is compared as 8-bit codes; those that could be among the best, by the error of their codes, are compared exactly.
    /// Answers are those of <see cref="Flat"/>.
    /// </summary>
    Int8,

    /// <summary>A graph of neighbours over 8-bit codes is walked, and what it finds compared exactly. Some rows may be missed.</summary>
    Graph,
}

/// <summary>How an index stores the values of its rows.</summary>
public enum RowPrecision
{
    /// <summary>As given: 4 bytes per value.</summary>
    Float32,

    /// <summary>Rounded to bfloat16, with 8 bits of mantissa, when added: 2 bytes per value.</summary>
    BFloat16,

    /// <summary>Rounded to 255 steps of the row's largest value when added: 1 byte per value.</summary>
    Int8,
}

/// <summary>Settings of an index. They are stored with it.</summary>
public sealed record IndexOptions
{
    /// <summary>How rows are compared.</summary>
    public IndexMetric Metric { get; init; }

    /// <summary>How rows are found.</summary>
    public IndexKind Kind { get; init; }

    /// <summary>How values are stored. Scores are exact for the stored values.</summary>
    public RowPrecision Precision { get; init; }

    /// <summary>Most neighbours per row of a graph, from 4 to 256. More find more and take 4 bytes each.</summary>
    public int Degree { get; init; } = 32;

    /// <summary>Candidates among which the neighbours of a new row are chosen (efConstruction), at least 4.</summary>
    public int BuildCandidates { get; init; } = 96;

    /// <summary>
    /// Candidates that a search of the graph keeps (efSearch), at least 1; a search for more rows keeps as many as it returns.
    /// </summary>
    public int SearchCandidates { get; init; } = 48;
}

/// <summary>Settings of one search.</summary>
public sealed record SearchOptions
{
    /// <summary>Which rows may be returned; null for all.</summary>
    public SearchFilter? Filter { get; init; }

    /// <summary>Candidates that a search of the graph keeps; null for those of the index.</summary>
    public int? Candidates { get; init; }

    /// <summary>Compares every row, whatever the kind of the index.</summary>
    public bool Exact { get; init; }
}
