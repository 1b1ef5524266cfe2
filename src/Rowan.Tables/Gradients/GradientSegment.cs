using Rowan.Numerics;

namespace Rowan.Tables;

/// <summary>What one backward pass left.</summary>
readonly record struct GradientSegment(ReadOnlyMemory<long> Ids, ReadOnlyMemory<float> Rows, ReadOnlyMemory<int> RowOf, ReadOnlyMemory<float> Scale, int Dim)
{
    /// <summary>Whether each id stands once, ascending, with rows of its own.</summary>
    public bool Coalesced { get; init; }

    public void AddTo(Span<float> sum, int entry)
    {
        int row = RowOf.IsEmpty ? entry : RowOf.Span[entry];
        ReadOnlySpan<float> g = Rows.Span.Slice(row * Dim, Dim);
        if (Scale.IsEmpty) RowMath.Add(g, sum);
        else RowMath.AddScaled(g, Scale.Span[entry], sum);
    }
}
