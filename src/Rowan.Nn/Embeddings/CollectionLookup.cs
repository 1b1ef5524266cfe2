using System.Buffers;
using Rowan.Numerics;
using Rowan.Tables;
using Rowan.Tensors;

namespace Rowan.Nn;

/// <summary>Bags of many features side by side:  Y[b, f] = Σ aᵢ·W_f[ids[i]], or the mean.  Ids have been checked.</summary>
static class CollectionLookup
{
    /// <summary>Y[b, f];  dW_f[ids[i]] += aᵢ·G[b, f], over the count for a mean;  daᵢ = G[b, f]·W_f[ids[i]].  Y: [bags, width].</summary>
    public static Tensor Sum(FeatureBags[] features, int bags, int width)
    {
        Tensor y = Tensor.Empty(bags, width);
        bool learns = Array.Exists(features, feature => feature.Learns);
        BagSums.Run(Array.ConvertAll(features, feature => feature.Into(y.WritableMemory, width)), learns && !Gradients.AreOff);
        (Tensor, Tensors.Pull<FeatureBags[]>)[] edges =
        [
            .. features.Where(feature => feature.Weights is not null)
                .Select(feature => (feature.Weights!, (Tensors.Pull<FeatureBags[]>)((g, _) => feature.WeightGradient(g)))),
        ];
        y = Tensor.Record(y, features, learns ? static (g, kept) => Leave(g, kept) : null, edges);
        foreach (FeatureBags feature in features)
            if (feature.Weights is { RequiresGrad: true }) y.Watching(feature.Table.Version);
        if (!Trace.IsOn) return y;
        Tensor[] parts = [.. features.Select(feature => Trace.Op(Tensor.Empty(bags, feature.Table.Dim), "Bags",
            [feature.Table, feature.Given.Ids, feature.Given.StartsArray, feature.Given.Weights],
            [(long)(feature.Mean ? BagMode.Mean : BagMode.Sum)], settings: feature.Options))];
        return Trace.Op(y, "Concat", [.. parts], [1]);
    }

    static void Leave(Tensor g, FeatureBags[] features)
    {
        FeatureBags[] learning = Array.FindAll(features, feature => feature.Learns);
        int width = (int)g.Shape[1];
        // Held once here, so that the features' own holds find memory that needs no copy.
        IDisposable? held = Tensor.KeepGradient(ref g);
        var entries = new CollectionEntries(learning, width, held);
        // The last first, as the sinks of separate layers under a concatenation run: a row that features share sums in the same order.
        for (int f = learning.Length - 1; f >= 0; f--)
        {
            FeatureBags feature = learning[f];
            Tensor rows = feature.DividesRows
                ? BagLookup.OverCounts(g, feature.Column, feature.Table.Dim, feature.Starts) : feature.FitsIn(width) ? g
                : g.Slice(1, feature.Column, feature.Table.Dim);
            EmbeddingLookup.AddGradient(feature.Table, feature.Ids, feature.Options, rows, entries.RowOf(f), feature.ScalesEntries
                ? entries.Scale(f) : feature.Scale, entries);
        }
    }
}

/// <summary>One feature of a call over many: the entries that count, and where their sums go.</summary>
sealed record FeatureBags(Table Table, Indices Ids, long[] Starts, int[]? Places, ReadOnlyMemory<float> Scale, Tensor? Weights, bool Mean,
    EmbeddingOptions Options, int Column, bool Learns, JaggedIndices Given)
{
    public static FeatureBags Of(EmbeddingBag bag, JaggedIndices given, int column)
    {
        (Indices ids, long[] starts, int[]? places) = BagLookup.Entries(bag.Weight, given.Ids, given.StartsArray, bag.Options);
        return new(bag.Weight, ids, starts, places, BagLookup.Scale(given.Weights, places), given.Weights, bag.Mode == BagMode.Mean,
            bag.Options, column, !bag.Weight.Frozen, given);
    }

    public BagSum Into(Memory<float> y, int width) => new(Table, Ids.Memory, Starts, Scale, Mean, y.IsEmpty ? y : y[Column..], width);

    /// <summary>Whether gradients of means are divided once for all entries of a bag, which have rows of their own then.</summary>
    public bool DividesRows => BagLookup.DividesRows(Mean, Options);

    /// <summary>Whether each entry is divided for itself, by its id's frequency too.</summary>
    public bool ScalesEntries => Mean && !DividesRows;

    /// <summary>
    /// Whether an output row is a number of the table's rows, and the feature's vector one of them that its entries take.
    /// </summary>
    public bool FitsIn(int width) => !DividesRows && width % Table.Dim == 0 && Column % Table.Dim == 0;

    public Tensor WeightGradient(Tensor g) => BagLookup.WeightGradient(g, Column, Table, Ids, Starts, Places, Weights!.Shape);
}

/// <summary>
/// For each entry of all features the gradient row it takes, and where means are divided by entry one over those of its bag: in rented
/// memory, given back when all have disposed it.
/// </summary>
sealed class CollectionEntries : IDisposable
{
    const int Grain = 16_384;

    readonly int[] _first;
    readonly IDisposable? _held;
    int[] _rowOf;
    float[] _scale;
    int _users;

    public CollectionEntries(FeatureBags[] features, int width, IDisposable? held)
    {
        (_held, _users, _first) = (held, features.Length, new int[features.Length + 1]);
        for (int f = 0; f < features.Length; f++) _first[f + 1] = checked(_first[f] + (int)features[f].Starts[^1]);
        _rowOf = ArrayPool<int>.Shared.Rent(_first[^1]);
        _scale = Array.Exists(features, feature => feature.ScalesEntries) ? ArrayPool<float>.Shared.Rent(_first[^1]) : [];
        long items = (features[0].Starts.Length - 1L) * features.Length;
        Workers.For(items, Math.Max(1, Grain * items / Math.Max(1, _first[^1])), new Fill(features, width, _first, _rowOf, _scale));
    }

    public ReadOnlyMemory<int> RowOf(int feature) => _rowOf.AsMemory(_first[feature].._first[feature + 1]);

    public ReadOnlyMemory<float> Scale(int feature) => _scale.AsMemory(_first[feature].._first[feature + 1]);

    public void Dispose()
    {
        if (Interlocked.Decrement(ref _users) != 0) return;
        ArrayPool<int>.Shared.Return(_rowOf);
        if (_scale.Length > 0) ArrayPool<float>.Shared.Return(_scale);
        (_rowOf, _scale) = ([], []);
        _held?.Dispose();
    }

    readonly struct Fill(FeatureBags[] features, int width, int[] start, int[] rowOf, float[] scale) : IRangeBody
    {
        public void Run(long from, long to)
        {
            for (int f = 0; f < features.Length; f++)
            {
                FeatureBags feature = features[f];
                (int stride, int column) = feature.FitsIn(width) ? (width / feature.Table.Dim, feature.Column / feature.Table.Dim) : (1, 0);
                for (int bag = (int)BagShare.Of(from, f, features.Length); bag < BagShare.Of(to, f, features.Length); bag++)
                {
                    int first = start[f] + (int)feature.Starts[bag], count = (int)(feature.Starts[bag + 1] - feature.Starts[bag]);
                    rowOf.AsSpan(first, count).Fill(bag * stride + column);
                    if (feature.ScalesEntries) scale.AsSpan(first, count).Fill(1f / count);
                }
            }
        }
    }
}
