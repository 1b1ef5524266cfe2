using System.Buffers;
using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>
/// Bags of rows as vectors. Bag b holds the entries i in [starts[b], starts[b + 1]); an empty one is zeros. Ids have been checked.
/// Shapes: ids [n], starts [bags + 1] → Y [bags, dim].
/// </summary>
static class BagLookup
{
    /// <summary>Y[b] = Σ W[ids[i]], or their mean;  dW[ids[i]] += G[b], over the count for a mean.</summary>
    public static Tensor Sum(Table table, Indices ids, long[] starts, bool mean, EmbeddingOptions options)
    {
        (ids, starts, _) = Entries(table, ids, starts, options);
        Tensor sums = Tensor.Empty(starts.Length - 1, table.Dim);
        table.SumBags(ids.Memory, starts, default, mean, sums.WritableMemory);
        return Tensor.Record(sums, (table, ids, starts, mean, options), table.Frozen ? null : static (g, kept) =>
        {
            var entries = new BagEntries(kept.starts, kept.mean);
            Lookup.Leave(kept.table, kept.ids, kept.options, g, entries.BagOf, entries.Scale, entries);
        });
    }

    /// <summary>Y[b] = Σ aᵢ·W[ids[i]];  dW[ids[i]] += aᵢ·G[b],  daᵢ = G[b]·W[ids[i]], 0 for padding.</summary>
    public static Tensor WeightedSum(Table table, Indices ids, long[] starts, Tensor weights, EmbeddingOptions options)
    {
        (ids, starts, int[]? places) = Entries(table, ids, starts, options);
        ReadOnlyMemory<float> scale = Scale(weights, places);
        Tensor sums = Tensor.Empty(starts.Length - 1, table.Dim);
        table.SumBags(ids.Memory, starts, scale, mean: false, sums.WritableMemory);
        return Tensor.Record(sums, (table, ids, starts, scale, places, options, weights.Shape),
            table.Frozen ? null : static (g, kept) =>
            {
                var entries = new BagEntries(kept.starts, mean: false);
                Lookup.Leave(kept.table, kept.ids, kept.options, g, entries.BagOf, kept.scale, entries);
            },
            (weights, static (g, kept) => WeightGradient(g, 0, kept.table, kept.ids, kept.starts, kept.places, kept.Shape)));
    }

    /// <summary>The weights of the entries that count; empty where there are none.</summary>
    public static ReadOnlyMemory<float> Scale(Tensor? weights, int[]? places) =>
        weights is null ? default : places is null ? weights.ToArray() : places.Select(place => weights.Span[place]).ToArray();

    /// <summary>daᵢ = G[b, column …]·W[ids[i]], and 0 for entries that were left out.</summary>
    public static Tensor WeightGradient(Tensor g, int column, Table table, Indices ids, long[] starts, int[]? places, Shape shape)
    {
        Tensor da = Tensor.Zeros(shape.Sizes);
        int width = (int)g.Shape[1];
        var room = new float[table.Dim];
        for (int bag = 0; bag + 1 < starts.Length; bag++)
            for (int i = (int)starts[bag]; i < starts[bag + 1]; i++)
                da.WritableSpan[places is null ? i : places[i]] = RowMath.Dot(g.Span.Slice(bag * width + column, table.Dim), table.ReadRow(ids.Span[i], room));
        return da;
    }

    /// <summary>Y[b, d] = max W[ids[i], d], the first where several are equal;  dW[winner, d] += G[b, d].</summary>
    /// <remarks>As in PyTorch a NaN in the first place of a bag stays, and one in a later place is passed over.</remarks>
    public static Tensor Max(Table table, Indices ids, long[] starts, EmbeddingOptions options)
    {
        (ids, starts, _) = Entries(table, ids, starts, options);
        int bags = starts.Length - 1, dim = table.Dim;
        Tensor y = Tensor.Zeros(bags, dim);
        var winners = new int[bags * dim];
        var room = new float[dim];
        for (int bag = 0; bag < bags; bag++)
        {
            Span<float> largest = y.WritableSpan.Slice(bag * dim, dim);
            Span<int> winner = winners.AsSpan(bag * dim, dim);
            for (int i = (int)starts[bag]; i < starts[bag + 1]; i++)
            {
                ReadOnlySpan<float> row = table.ReadRow(ids.Span[i], room);
                for (int d = 0; d < dim; d++)
                    if (i == starts[bag] || row[d] > largest[d]) (largest[d], winner[d]) = (row[d], i);
            }
        }
        return Tensor.Record(y, (table, ids, starts, winners), table.Frozen ? null : static (g, kept) =>
        {
            // An entry that won somewhere gets a gradient row of its own, zero where it did not win.
            int dim = kept.table.Dim;
            var rowOf = new Dictionary<int, int>();
            for (int bag = 0; bag + 1 < kept.starts.Length; bag++)
                for (int d = 0; d < dim && kept.starts[bag] < kept.starts[bag + 1]; d++) rowOf.TryAdd(kept.winners[bag * dim + d], rowOf.Count);
            var rows = new float[rowOf.Count * dim];
            for (int bag = 0; bag + 1 < kept.starts.Length; bag++)
                for (int d = 0; d < dim && kept.starts[bag] < kept.starts[bag + 1]; d++)
                    rows[rowOf[kept.winners[bag * dim + d]] * dim + d] = g.Span[bag * dim + d];
            kept.table.Gradient.Add(rowOf.OrderBy(entry => entry.Value).Select(entry => kept.ids.Span[entry.Key]).ToArray(), rows);
        });
    }

    /// <summary>Long rows shrunk, padding entries left out: the entries that count, and where each stood among all; null for where it stands.</summary>
    public static (Indices Ids, long[] Starts, int[]? Places) Entries(Table table, Indices ids, long[] starts, EmbeddingOptions options)
    {
        if (options.MaxNorm is { } max) table.Renormalize(ids.Span, max, options.NormType);
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

/// <summary>For each entry of bags the bag it is in, and for a mean one over the entries of that bag: in rented memory, given back when disposed.</summary>
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
