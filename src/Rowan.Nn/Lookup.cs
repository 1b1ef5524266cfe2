using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>The ops in which a table meets a tensor.</summary>
public static class Lookup
{
    /// <summary>Y[i] = W[ids[i]];  dW[ids[i]] += G[i], and no other row.  Shapes: ids […] → Y […, dim].</summary>
    /// <param name="table">W.</param>
    /// <param name="ids">Rows, of any shape.</param>
    /// <param name="options">Padding, norm and scaling; null for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the table; nothing has been changed.</exception>
    public static Tensor Rows(Table table, Indices ids, EmbeddingOptions? options = null)
    {
        options ??= EmbeddingOptions.None;
        table.CheckIds(ids.Span, "Embedding", ids.Describe);
        if (options.MaxNorm is { } max) table.Renormalize(ids.Span, max, options.NormType);
        Tensor rows = Tensor.Empty([.. ids.Shape.Sizes, table.Dim]);
        table.Gather(ids.Memory, rows.WritableMemory);
        return Tensor.Record(rows, (table, ids, options), table.Frozen ? null :
            static (g, kept) => Leave(kept.table, kept.ids, kept.options, g.Memory, rowOf: null, scale: null));
    }

    /// <summary>
    /// Y[b] = Σ W[ids[i]] over the bag's entries, or their mean;  dW[ids[i]] += G[b] (over the count, for a mean).
    /// Shapes: ids [n] in bags starting at starts [bags + 1] → Y [bags, dim]. An empty bag is zeros.
    /// </summary>
    internal static Tensor Bags(Table table, Indices ids, long[] starts, BagMode mode, EmbeddingOptions options)
    {
        if (options.MaxNorm is { } max) table.Renormalize(ids.Span, max, options.NormType);
        int bags = starts.Length - 1;
        if (options.PaddingIdx is { } padding) (ids, starts) = Without(padding, ids, starts);

        Tensor sums = Tensor.Empty(bags, table.Dim);
        table.SumBags(ids.Memory, starts, default, mode == BagMode.Mean, sums.WritableMemory);
        return Tensor.Record(sums, (table, ids, starts, mode, options), table.Frozen ? null : static (g, kept) =>
        {
            var bagOf = new long[kept.ids.Count];
            float[]? scale = kept.mode == BagMode.Mean ? new float[bagOf.Length] : null;
            for (int bag = 0; bag + 1 < kept.starts.Length; bag++)
            {
                int first = (int)kept.starts[bag], count = (int)kept.starts[bag + 1] - first;
                bagOf.AsSpan(first, count).Fill(bag);
                scale?.AsSpan(first, count).Fill(1f / count);
            }
            Leave(kept.table, kept.ids, kept.options, g.Memory, bagOf, scale);
        });
    }

    /// <summary>Leaves the gradient of a lookup with its table: padding entries dropped, each divided by its id's frequency where asked.</summary>
    static void Leave(Table table, Indices ids, EmbeddingOptions options, ReadOnlyMemory<float> g, long[]? rowOf, float[]? scale)
    {
        if (options.ScaleGradByFreq)
        {
            var counts = new long[ids.Count];
            table.Frequencies(ids.Span, counts);
            scale ??= Ones(counts.Length);
            for (int i = 0; i < counts.Length; i++) scale[i] /= counts[i];
        }
        if (options.PaddingIdx is not { } padding || !ids.Span.Contains(padding))
        {
            table.Gradient.Add(ids.Memory, g, rowOf, scale);
            return;
        }
        var kept = new List<int>();
        for (int i = 0; i < ids.Count; i++)
            if (ids.Span[i] != padding) kept.Add(i);
        table.Gradient.Add(kept.Select(i => ids.Span[i]).ToArray(), g,
            kept.Select(i => rowOf is null ? i : rowOf[i]).ToArray(), scale is null ? null : kept.Select(i => scale[i]).ToArray());
    }

    /// <summary>Bags without their padding entries: not added, not counted.</summary>
    static (Indices Ids, long[] Starts) Without(long padding, Indices ids, long[] starts)
    {
        if (!ids.Span.Contains(padding)) return (ids, starts);
        var kept = new List<long>();
        var newStarts = new long[starts.Length];
        for (int bag = 0; bag + 1 < starts.Length; bag++)
        {
            for (long i = starts[bag]; i < starts[bag + 1]; i++)
                if (ids.Span[(int)i] != padding) kept.Add(ids.Span[(int)i]);
            newStarts[bag + 1] = kept.Count;
        }
        return (Indices.From(kept.ToArray(), kept.Count), newStarts);
    }

    static float[] Ones(int count)
    {
        var ones = new float[count];
        ones.AsSpan().Fill(1);
        return ones;
    }
}
