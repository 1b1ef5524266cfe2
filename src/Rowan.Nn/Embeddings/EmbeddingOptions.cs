using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>What PyTorch's embedding layers take beside their sizes.</summary>
public sealed record EmbeddingOptions
{
    internal static readonly EmbeddingOptions None = new();

    /// <summary>
    /// A row that starts at zero and receives no gradient; negative counts from the end. In a bag its entries are left out of the
    /// sum and of the count. Null for none.
    /// </summary>
    public long? PaddingIdx { get; init; }

    /// <summary>
    /// Rows whose norm exceeds this are shrunk to it, in place, when they are looked up: also in evaluation, and outside the gradient;
    /// frozen rows
    /// are not. Null for none.
    /// </summary>
    public float? MaxNorm { get; init; }

    /// <summary>The p of the norm that <see cref="MaxNorm"/> bounds.</summary>
    public float NormType { get; init; } = 2;

    /// <summary>Divide each gradient row by how often its id occurs in the call.</summary>
    public bool ScaleGradByFreq { get; init; }

    /// <summary>
    /// How a new table keeps its rows (PyTorch's <c>dtype</c>); what is computed is float32. A layer over a table that exists takes the
    /// table's.
    /// </summary>
    public RowStorage Storage { get; init; }

    internal static EmbeddingOptions Of(long? paddingIdx, float? maxNorm, float normType, bool scaleGradByFreq, RowStorage storage) =>
        new() { PaddingIdx = paddingIdx, MaxNorm = maxNorm, NormType = normType, ScaleGradByFreq = scaleGradByFreq, Storage = storage };

    /// <summary>The options with <see cref="PaddingIdx"/> counted from the start, after checking them against a table.</summary>
    internal EmbeddingOptions For(long rows, string operation)
    {
        if (MaxNorm is { } max)
            Require.InRange(max >= 0, $"{operation}: MaxNorm {max}; a norm is bounded by a number that is not negative", nameof(MaxNorm));
        Require.InRange(NormType >= 0, $"{operation}: NormType {NormType}; the p of a norm is 0, positive or infinite", nameof(NormType));
        if (PaddingIdx is not { } padding) return this;
        Require.InRange(padding < rows && padding >= -rows,
            $"{operation}: PaddingIdx {padding} is outside a table of {rows} rows; it runs from {-rows} to {rows - 1}", nameof(PaddingIdx));
        return padding < 0 ? this with { PaddingIdx = rows + padding } : this;
    }
}
