using System.Collections;
using System.Collections.Concurrent;
using Rowan.Numerics;

namespace Rowan;

/// <summary>
/// Batches of examples for a plain loop: <c>foreach (… in loader)</c> is one epoch. The order of an epoch is a function of the seed and
/// the number of the epoch alone, so that a run begun anew with the same seed and <see cref="Epoch"/> sees the same batches.
/// </summary>
/// <remarks>Every enumeration counts as an epoch. A loader may be enumerated by one thread at a time.</remarks>
public abstract class BatchLoader<TBatch> : IEnumerable<TBatch>
{
    readonly LoaderOptions _options;

    private protected BatchLoader(string loader, long examples, LoaderOptions options)
    {
        Require.That(examples > 0, $"{loader}: there are no examples; a loader has at least one");
        Require.InRange(options.BatchSize > 0, $"{loader}: batches of {options.BatchSize}; the size is positive", "batchSize");
        Require.InRange(options.Prefetch >= 0, $"{loader}: {options.Prefetch} batches ahead; the number is not negative", "prefetch");
        Require.That(!options.DropLast || examples >= options.BatchSize,
            $"{loader}: {examples} examples do not fill a batch of {options.BatchSize}, and dropLast leaves out what does not; take "
            + $"smaller batches");
        (Examples, _options) = (examples, options);
    }

    /// <summary>Examples of an epoch.</summary>
    public long Examples { get; }

    /// <summary>Examples of a batch; the last one may have fewer.</summary>
    public int BatchSize => _options.BatchSize;

    /// <summary>Batches of an epoch.</summary>
    public long Count => _options.DropLast ? Examples / BatchSize : (Examples + BatchSize - 1) / BatchSize;

    /// <summary>The number of the next epoch, from 0. Set it to resume.</summary>
    public long Epoch { get; set; }

    /// <summary>The batches of the next epoch.</summary>
    public IEnumerator<TBatch> GetEnumerator()
    {
        long epoch = Epoch++;
        return _options.Prefetch == 0 ? Batches(epoch).GetEnumerator() : Prefetched(epoch);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The batch of given examples.</summary>
    private protected abstract TBatch Collate(long[] examples);

    IEnumerable<TBatch> Batches(long epoch)
    {
        var order = new Shuffle(Examples, Shuffle.Mix(_options.Seed, (ulong)epoch));
        for (long batch = 0; batch < Count; batch++)
        {
            long start = batch * BatchSize;
            var examples = new long[Math.Min(BatchSize, Examples - start)];
            for (int i = 0; i < examples.Length; i++) examples[i] = _options.Shuffle ? order[start + i] : start + i;
            yield return Collate(examples);
        }
    }

    /// <summary>The same batches, made by another thread some ahead of the one that takes them.</summary>
    IEnumerator<TBatch> Prefetched(long epoch)
    {
        using var stop = new CancellationTokenSource();
        using var ready = new BlockingCollection<TBatch>(_options.Prefetch);
        CancellationToken stopped = stop.Token;
        Task making = Task.Run(() =>
        {
            try
            {
                foreach (TBatch batch in Batches(epoch)) ready.Add(batch, stopped);
            }
            finally { ready.CompleteAdding(); }
        }, CancellationToken.None);
        try
        {
            foreach (TBatch batch in ready.GetConsumingEnumerable(CancellationToken.None)) yield return batch;
            making.GetAwaiter().GetResult();   // Throws what collating threw.
        }
        finally
        {
            stop.Cancel();
            Task.WaitAny(making);   // It uses what is disposed next.
        }
    }
}

/// <summary>What all loaders take.</summary>
readonly record struct LoaderOptions(int BatchSize, bool Shuffle, ulong Seed, bool DropLast, int Prefetch);
