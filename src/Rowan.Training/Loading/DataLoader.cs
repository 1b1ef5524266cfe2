using Rowan.Numerics;

namespace Rowan;

/// <summary>
/// Batches of records, each an array: <c>foreach (Review[] batch in new DataLoader&lt;Review&gt;(reviews, 32, shuffle: true))</c>.
/// </summary>
/// <param name="records">The records.</param>
/// <param name="batchSize">Records of a batch.</param>
/// <param name="shuffle">Shuffle each epoch; otherwise keep the order.</param>
/// <param name="seed">The random seed of the order.</param>
/// <param name="dropLast">Leave out a last batch that is not full.</param>
/// <param name="prefetch">Batches made ahead by another thread; 0 for none.</param>
/// <exception cref="ArgumentException">There are no records.</exception>
public sealed class DataLoader<TRecord>(IReadOnlyList<TRecord> records, int batchSize, bool shuffle = false, ulong seed = 0,
    bool dropLast = false, int prefetch = 0)
    : BatchLoader<TRecord[]>("DataLoader", DataLoader.CountOf(records), new(batchSize, shuffle, seed, dropLast, prefetch))
{
    private protected override TRecord[] Collate(long[] examples) => [.. examples.Select(example => records[(int)example])];
}

/// <summary>
/// Batches of records as what a function makes of them:
/// <c>new DataLoader&lt;Review, Indices&gt;(reviews, 32, batch =&gt; Indices.Pad([.. batch.Select(review =&gt; review.Words)]))</c>.
/// </summary>
/// <param name="records">The records.</param>
/// <param name="batchSize">Records of a batch.</param>
/// <param name="collate">Makes a batch of its records. With prefetch it runs on another thread, one batch at a time.</param>
/// <param name="shuffle">Shuffle each epoch; otherwise keep the order.</param>
/// <param name="seed">The random seed of the order.</param>
/// <param name="dropLast">Leave out a last batch that is not full.</param>
/// <param name="prefetch">Batches made ahead by another thread; 0 for none.</param>
/// <exception cref="ArgumentException">There are no records.</exception>
public sealed class DataLoader<TRecord, TBatch>(IReadOnlyList<TRecord> records, int batchSize, Func<TRecord[], TBatch> collate,
    bool shuffle = false, ulong seed = 0, bool dropLast = false, int prefetch = 0)
    : BatchLoader<TBatch>("DataLoader", DataLoader.CountOf(records), new(batchSize, shuffle, seed, dropLast, prefetch))
{
    readonly Func<TRecord[], TBatch> _collate = collate ?? throw new ArgumentNullException(nameof(collate));

    private protected override TBatch Collate(long[] examples) => _collate([.. examples.Select(example => records[(int)example])]);
}

/// <summary>
/// Batches of tensors and ids that stand side by side, an example in each slice of the first dimension:
/// <c>foreach (TensorDataset batch in new DataLoader(new TensorDataset(words, labels), 32)) { Indices words = batch[0]; … }</c>.
/// </summary>
/// <param name="data">The examples.</param>
/// <param name="batchSize">Examples of a batch.</param>
/// <param name="shuffle">Shuffle each epoch; otherwise keep the order.</param>
/// <param name="seed">The random seed of the order.</param>
/// <param name="dropLast">Leave out a last batch that is not full.</param>
/// <param name="prefetch">Batches made ahead by another thread; 0 for none.</param>
/// <exception cref="ArgumentException">There are no examples.</exception>
public sealed class DataLoader(TensorDataset data, int batchSize, bool shuffle = false, ulong seed = 0, bool dropLast = false,
    int prefetch = 0)
    : BatchLoader<TensorDataset>("DataLoader", CountOf(data), new(batchSize, shuffle, seed, dropLast, prefetch))
{
    private protected override TensorDataset Collate(long[] examples) => data.Take(examples);

    internal static long CountOf<TRecord>(IReadOnlyList<TRecord> records)
    {
        ArgumentNullException.ThrowIfNull(records);
        return records.Count;
    }

    static long CountOf(TensorDataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return data.Count;
    }
}
