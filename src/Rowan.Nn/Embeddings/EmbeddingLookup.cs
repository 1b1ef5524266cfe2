using Rowan.Numerics;
using Rowan.Tables;
using Rowan.Tensors;

namespace Rowan.Nn;

/// <summary>The lookup of single rows as an operation of the graph.</summary>
static class EmbeddingLookup
{
    /// <summary>Y[i] = W[ids[i]];  dW[ids[i]] += G[i], and no other row.  Shapes: ids […] → Y […, dim].</summary>
    /// <param name="table">W.</param>
    /// <param name="ids">Rows, of any shape.</param>
    /// <param name="options">Padding, norm and scaling; null for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id or the padding row is outside the table; nothing has been changed.</exception>
    public static Tensor Forward(Table table, Indices ids, EmbeddingOptions? options = null)
    {
        options = (options ?? EmbeddingOptions.None).For(table.Count, "Embedding");
        CheckedIds rowIds = table.Checked(ids.Memory, "Embedding", ids.Describe);
        bool learns = Learns(table);
        if (options.MaxNorm is { } max) table.CheckedRenormalize(rowIds.Span, max, options.NormType, learns);
        Tensor rows = Tensor.Empty([.. ids.Shape.Sizes, table.Dim]);
        table.Gather(rowIds, rows.WritableMemory, learns);
        return Trace.Op(Tensor.Record(rows, (table, ids, options), table.Frozen ? null :
            static (g, kept) => AddGradient(kept.table, kept.ids, kept.options, g)), "Embedding", [table, ids], settings: options);
    }

    /// <summary>
    /// Whether a lookup made now is one of a training step: it then stores rows up to date, which the step needs anyway. Others only
    /// read.
    /// </summary>
    internal static bool Learns(Table table) => !table.Frozen && !Gradients.AreOff;

    /// <summary>
    /// Leaves the gradient of a lookup with its table: padding entries dropped, each divided by its id's frequency where asked.
    /// </summary>
    internal static void AddGradient(Table table, Indices ids, EmbeddingOptions options, Tensor g, ReadOnlyMemory<int> rowOf = default,
        ReadOnlyMemory<float> scale = default, IDisposable? rented = null)
    {
        IDisposable? lease = Tensor.KeepGradient(ref g);
        if (rented is not null) lease = new Both(lease, rented);
        if (options.ScaleGradByFreq) scale = ByFrequency(table, ids, scale);
        if (options.PaddingIdx is not { } padding || !ids.Span.Contains(padding))
        {
            table.Gradient.Add(ids.Memory, g.Memory, rowOf, scale, lease);
            return;
        }
        var kept = new List<int>();
        for (int i = 0; i < ids.Count; i++)
            if (ids.Span[i] != padding) kept.Add(i);
        table.Gradient.Add(kept.Select(i => ids.Span[i]).ToArray(), g.Memory,
            kept.Select(i => rowOf.IsEmpty ? i : rowOf.Span[i]).ToArray(), scale.IsEmpty
                ? default : kept.Select(i => scale.Span[i]).ToArray(), lease);
    }

    static float[] ByFrequency(Table table, Indices ids, ReadOnlyMemory<float> scale)
    {
        var counts = new long[ids.Count];
        table.CheckedFrequencies(ids.Span, counts);
        var scaled = new float[counts.Length];
        for (int i = 0; i < counts.Length; i++) scaled[i] = (scale.IsEmpty ? 1 : scale.Span[i]) / counts[i];
        return scaled;
    }

    sealed class Both(IDisposable? first, IDisposable second) : IDisposable
    {
        public void Dispose()
        {
            first?.Dispose();
            second.Dispose();
        }
    }
}
