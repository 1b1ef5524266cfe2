using Rowan.Numerics;

namespace Rowan.Tables;

/// <summary>The gradient that one backward pass added: entry i adds Scale[i] · Rows[RowOf[i]] to the gradient of row Ids[i].</summary>
readonly record struct GradientSegment(ReadOnlyMemory<long> Ids, ReadOnlyMemory<float> Rows, ReadOnlyMemory<int> RowOf,
    ReadOnlyMemory<float> Scale, int Dim)
{
    /// <summary>Whether ids are distinct and ascending, and entry i has gradient row i.</summary>
    public bool Coalesced { get; init; }

    public void AddTo(Span<float> sum, int entry)
    {
        int row = RowOf.IsEmpty ? entry : RowOf.Span[entry];
        ReadOnlySpan<float> g = Rows.Span.Slice(row * Dim, Dim);
        if (Scale.IsEmpty) RowMath.Add(g, sum);
        else RowMath.AddScaled(g, Scale.Span[entry], sum);
    }
}
