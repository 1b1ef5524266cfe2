using Rowan.Numerics;
using Rowan.Retrieval;

namespace Rowan.Recipes;

/// <summary>Nearest rows by cosine among rows in any number of pieces: an index per piece.</summary>
sealed class PiecewiseIndex
{
    readonly (long First, ExactIndex Index)[] _parts;

    // Made when rows are first searched: fused search scores all rows and never does.
    readonly Lazy<IVectorIndex[]> _searched;

    /// <param name="rows">The rows, kept and not copied.</param>
    /// <param name="count">The rows that are searched, from the first on.</param>
    public PiecewiseIndex(VectorRows rows, long count)
    {
        var (parts, pieces) = (new List<(long, ExactIndex)>(), new List<ReadOnlyMemory<float>>());
        long first = 0;
        foreach (ReadOnlyMemory<float> piece in rows.Pieces)
        {
            long own = Math.Min(count - first, piece.Length / rows.Dim);
            if (own <= 0) break;
            pieces.Add(piece[..(int)(own * rows.Dim)]);
            parts.Add((first, new ExactIndex(pieces[^1], rows.Dim)));
            first += own;
        }
        _parts = [.. parts];
        Count = first;
        // Exact, so that answers do not depend on a graph that nobody asked for.
        var exact = new IndexOptions { Kind = IndexKind.Flat };
        _searched = new(() => [.. pieces.Select(piece => VectorIndex.Over(piece, rows.Dim, exact))]);
    }

    /// <summary>An index of rows in memory.</summary>
    public static PiecewiseIndex Over(Memory<float> rows, int dim) => new(VectorRows.Over(rows, dim), rows.Length / dim);

    /// <summary>Rows.</summary>
    public long Count { get; }

    /// <summary>The cosine of a query with every row.</summary>
    public void Score(ReadOnlyMemory<float> query, Memory<float> scores)
    {
        Require.That(scores.Length == Count, $"Score: {scores.Length} scores for {Count} rows", nameof(scores));
        foreach ((long first, ExactIndex index) in _parts) index.Score(query, scores.Slice((int)first, (int)index.Count));
    }

    /// <summary>The nearest rows: the higher score first, then the lower row.</summary>
    public Match[] Search(ReadOnlyMemory<float> query, int count)
    {
        var best = new TopK(count);
        for (int part = 0; part < _parts.Length; part++)
            foreach (Match match in _searched.Value[part].Search(query.Span, count).Matches)
                best.Add(_parts[part].First + match.Id, match.Score);
        return best.Take();
    }
}
