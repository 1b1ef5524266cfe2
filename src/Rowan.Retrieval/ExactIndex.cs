using Rowan.Numerics;

namespace Rowan.Retrieval;

/// <summary>
/// Nearest rows by cosine, every row compared:  score = q·w / (|q|·|w|), 0 where either is zero.
/// </summary>
public sealed class ExactIndex
{
    const long Grain = 512;

    readonly ReadOnlyMemory<float> _rows;
    readonly float[] _inverseNorms;
    readonly int _dim;

    /// <param name="rows">Rows [n · dim], kept and not copied.</param>
    /// <param name="dim">Values a row.</param>
    /// <exception cref="ArgumentException">The values are not whole rows.</exception>
    public ExactIndex(ReadOnlyMemory<float> rows, int dim)
    {
        Require.That(dim > 0 && rows.Length % dim == 0, $"ExactIndex: {rows.Length} values are not whole rows of {dim}", nameof(rows));
        (_rows, _dim) = (rows, dim);
        _inverseNorms = new float[rows.Length / dim];
        for (int row = 0; row < _inverseNorms.Length; row++)
            _inverseNorms[row] = Inverse(RowMath.Norm(rows.Span.Slice(row * dim, dim), 2));
    }

    /// <summary>Rows.</summary>
    public long Count => _inverseNorms.Length;

    /// <summary>The cosine of a query with every row.</summary>
    /// <exception cref="ArgumentException">The query has another dim, or the scores another count.</exception>
    public void Score(ReadOnlyMemory<float> query, Memory<float> scores)
    {
        Require.That(query.Length == _dim, $"ExactIndex: a query of {query.Length} values for rows of {_dim}", nameof(query));
        Require.That(scores.Length == Count, $"ExactIndex: {scores.Length} scores for {Count} rows", nameof(scores));
        float inverse = Inverse(RowMath.Norm(query.Span, 2));
        Workers.For(Count, Grain, new Range(this, query, inverse, scores));
    }

    /// <summary>The nearest rows: the higher score first, then the lower row.</summary>
    public Match[] Search(ReadOnlyMemory<float> query, int count)
    {
        var scores = new float[Count];
        Score(query, scores);
        var best = new TopK(count);
        for (int row = 0; row < scores.Length; row++) best.Add(row, scores[row]);
        return best.Take();
    }

    static float Inverse(float norm) => norm > 0 ? 1 / norm : 0;

    readonly struct Range(ExactIndex index, ReadOnlyMemory<float> query, float inverse, Memory<float> scores) : IRangeBody
    {
        public void Run(long from, long to)
        {
            ReadOnlySpan<float> q = query.Span, rows = index._rows.Span;
            Span<float> into = scores.Span;
            for (int row = (int)from; row < to; row++)
                into[row] = RowMath.Dot(q, rows.Slice(row * index._dim, index._dim)) * index._inverseNorms[row] * inverse;
        }
    }
}
