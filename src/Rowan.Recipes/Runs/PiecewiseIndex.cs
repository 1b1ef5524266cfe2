using Rowan.Numerics;
using Rowan.Retrieval;

namespace Rowan.Recipes;

/// <summary>Nearest rows by cosine among rows in any number of pieces: an index per piece.</summary>
sealed class PiecewiseIndex
{
    readonly (long First, ExactIndex Index)[] _parts;

    /// <param name="rows">The rows, kept and not copied.</param>
    /// <param name="count">The rows that are searched, from the first on.</param>
    public PiecewiseIndex(VectorRows rows, long count)
    {
        var parts = new List<(long, ExactIndex)>();
        long first = 0;
        foreach (ReadOnlyMemory<float> piece in rows.Pieces)
        {
            long own = Math.Min(count - first, piece.Length / rows.Dim);
            if (own <= 0) break;
            parts.Add((first, new ExactIndex(piece[..(int)(own * rows.Dim)], rows.Dim)));
            first += own;
        }
        _parts = [.. parts];
        Count = first;
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
        foreach ((long first, ExactIndex index) in _parts)
            foreach (Match match in index.Search(query, count)) best.Add(first + match.Id, match.Score);
        return best.Take();
    }
}
