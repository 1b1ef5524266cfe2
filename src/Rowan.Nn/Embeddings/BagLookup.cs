using System.Buffers;
using System.Runtime.CompilerServices;
using Rowan.Numerics;
using Rowan.Tables;

namespace Rowan.Nn;

/// <summary>
/// Bags of rows as vectors. Bag b holds the entries i in [starts[b], starts[b + 1]); an empty one is zeros. Ids have been checked.
/// Shapes: ids [n], starts [bags + 1] → Y [bags, dim].
/// </summary>
static class BagLookup
{
    const int Grain = 1 << 15;        // Values that are worth a thread.

    /// <summary>Y[b] = Σ W[ids[i]], or their mean;  dW[ids[i]] += G[b], over the count for a mean.</summary>
    public static Tensor Sum(Table table, Indices ids, long[] starts, bool mean, EmbeddingOptions options)
    {
        (ids, starts, _) = Entries(table, ids, starts, options);
        Tensor sums = Tensor.Empty(starts.Length - 1, table.Dim);
        table.SumBags(new CheckedIds(ids.Memory), starts, default, mean, sums.WritableMemory, EmbeddingLookup.Learns(table));
        return Tensor.Record(sums, (table, ids, starts, mean, options), table.Frozen ? null : static (g, kept) =>
        {
            bool divided = DividesRows(kept.mean, kept.options);
            var entries = new BagEntries(kept.starts, kept.mean && !divided);
            EmbeddingLookup.AddGradient(kept.table, kept.ids, kept.options, divided ? OverCounts(g, 0, kept.table.Dim, kept.starts) : g,
                entries.BagOf, entries.Scale, entries);
        });
    }

    /// <summary>
    /// Whether gradients of means are divided once for all entries of a bag; those that are also divided by their ids' frequencies are
    /// scaled one by one.
    /// </summary>
    public static bool DividesRows(bool mean, EmbeddingOptions options) => mean && !options.ScaleGradByFreq;

    /// <summary>G[b, column …] over the count of bag b, once for all its entries; of an empty bag nobody asks.  Y: [bags, dim].</summary>
    public static Tensor OverCounts(Tensor g, int column, int dim, long[] starts)
    {
        Tensor divided = Tensor.Empty(starts.Length - 1, dim);
        Workers.For(starts.Length - 1, Math.Max(1, Grain / dim),
            new DivideRows(g.Memory, (int)g.Shape[1], column, dim, starts, divided.WritableMemory));
        return divided;
    }

    readonly struct DivideRows(ReadOnlyMemory<float> g, int stride, int column, int dim, long[] starts, Memory<float> into) : IRangeBody
    {
        public void Run(long from, long to)
        {
            ReadOnlySpan<float> rows = g.Span;
            Span<float> divided = into.Span;
            for (int bag = (int)from; bag < to; bag++)
            {
                Span<float> own = divided.Slice(bag * dim, dim);
                rows.Slice(bag * stride + column, dim).CopyTo(own);
                RowMath.Scale(own, 1f / Math.Max(1, starts[bag + 1] - starts[bag]));
            }
        }
    }

    /// <summary>Y[b] = Σ aᵢ·W[ids[i]];  dW[ids[i]] += aᵢ·G[b],  daᵢ = G[b]·W[ids[i]], 0 for padding.</summary>
    public static Tensor WeightedSum(Table table, Indices ids, long[] starts, Tensor weights, EmbeddingOptions options)
    {
        (ids, starts, int[]? places) = Entries(table, ids, starts, options);
        ReadOnlyMemory<float> scale = Scale(weights, places);
        Tensor sums = Tensor.Empty(starts.Length - 1, table.Dim);
        table.SumBags(new CheckedIds(ids.Memory), starts, scale, mean: false, sums.WritableMemory, EmbeddingLookup.Learns(table));
        Tensor y = Tensor.Record(sums, (table, ids, starts, scale, places, options, weights.Shape),
            table.Frozen ? null : static (g, kept) =>
            {
                var entries = new BagEntries(kept.starts, mean: false);
                EmbeddingLookup.AddGradient(kept.table, kept.ids, kept.options, g, entries.BagOf, kept.scale, entries);
            },
            (weights, static (g, kept) => WeightGradient(g, 0, kept.table, kept.ids, kept.starts, kept.places, kept.Shape)));
        return weights.RequiresGrad ? y.Watching(table.Version) : y;
    }

    /// <summary>The weights of the entries that count; empty where there are none.</summary>
    public static ReadOnlyMemory<float> Scale(Tensor? weights, int[]? places) =>
        weights is null ? default : places is null ? weights.ToArray() : places.Select(place => weights.Span[place]).ToArray();

    /// <summary>daᵢ = G[b, column …]·W[ids[i]], and 0 for entries that were left out.</summary>
    public static Tensor WeightGradient(Tensor g, int column, Table table, Indices ids, long[] starts, int[]? places, Shape shape)
    {
        Tensor da = places is null ? Tensor.Empty(shape.Sizes) : Tensor.Zeros(shape.Sizes), dots = places is null ? da
            : Tensor.Empty(ids.Count);
        table.DotBags(new CheckedIds(ids.Memory), starts, g.Memory[Math.Min(column, g.Memory.Length)..], (int)g.Shape[1],
            dots.WritableMemory);
        for (int i = 0; i < places?.Length; i++) da.WritableSpan[places[i]] = dots.Span[i];
        return da;
    }

    /// <summary>Y[b, d] = max W[ids[i], d], the first where several are equal;  dW[winner, d] += G[b, d].</summary>
    public static Tensor Max(Table table, Indices ids, long[] starts, EmbeddingOptions options)
    {
        (ids, starts, _) = Entries(table, ids, starts, options);
        bool learns = EmbeddingLookup.Learns(table);
        Tensor y = Tensor.Empty(starts.Length - 1, table.Dim), places = learns ? Tensor.Empty(starts.Length - 1, table.Dim) : y;
        table.MaxBags(new CheckedIds(ids.Memory), starts, y.WritableMemory, learns ? places.WritableMemory : default, learns);
        return Tensor.Record(y, (table, ids, starts, places), learns
            ? static (g, kept) => BagWinners.Leave(g, kept.table, kept.ids, kept.starts, kept.places) : null);
    }

    /// <summary>
    /// Long rows shrunk, padding entries left out: the entries that count, and where each stood among all; null for where it stands.
    /// </summary>
    public static (Indices Ids, long[] Starts, int[]? Places) Entries(Table table, Indices ids, long[] starts, EmbeddingOptions options)
    {
        if (options.MaxNorm is { } max) table.CheckedRenormalize(ids.Span, max, options.NormType, EmbeddingLookup.Learns(table));
        if (options.PaddingIdx is not { } padding || !ids.Span.Contains(padding)) return (ids, starts, null);
        var places = new List<int>();
        var newStarts = new long[starts.Length];
        for (int bag = 0; bag + 1 < starts.Length; bag++)
        {
            for (int i = (int)starts[bag]; i < starts[bag + 1]; i++)
                if (ids.Span[i] != padding) places.Add(i);
            newStarts[bag + 1] = places.Count;
        }
        return (Indices.From(places.Select(place => ids.Span[place]).ToArray(), places.Count), newStarts, [.. places]);
    }
}

/// <summary>
/// For each entry of bags the bag it is in, and for a mean one over the entries of that bag: in rented memory, given back when disposed.
/// </summary>
sealed class BagEntries : IDisposable
{
    const int Grain = 512;

    readonly int _count;
    int[] _bagOf;
    float[] _scale;

    public BagEntries(long[] starts, bool mean)
    {
        _count = (int)starts[^1];
        _bagOf = ArrayPool<int>.Shared.Rent(_count);
        _scale = mean ? ArrayPool<float>.Shared.Rent(_count) : [];
        Workers.For(starts.Length - 1, Grain, new Fill(starts, _bagOf, mean ? _scale : null));
    }

    public ReadOnlyMemory<int> BagOf => _bagOf.AsMemory(0, _count);

    public ReadOnlyMemory<float> Scale => _scale.Length == 0 ? default : _scale.AsMemory(0, _count);

    public void Dispose()
    {
        if (_bagOf.Length > 0) ArrayPool<int>.Shared.Return(_bagOf);
        if (_scale.Length > 0) ArrayPool<float>.Shared.Return(_scale);
        (_bagOf, _scale) = ([], []);
    }

    readonly struct Fill(long[] starts, int[] bagOf, float[]? scale) : IRangeBody
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(long from, long to)
        {
            for (int bag = (int)from; bag < to; bag++)
            {
                int first = (int)starts[bag], count = (int)starts[bag + 1] - first;
                bagOf.AsSpan(first, count).Fill(bag);
                scale?.AsSpan(first, count).Fill(1f / count);
            }
        }
    }
}
