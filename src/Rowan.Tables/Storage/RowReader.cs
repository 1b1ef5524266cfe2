namespace Rowan.Tables;

/// <summary>How lookups read rows. Ids have been checked.</summary>
abstract class RowReader
{
    public abstract int Dim { get; }

    /// <summary>Whether the rows are larger than the cache, so that prefetching them pays.</summary>
    public abstract bool ExceedsCache { get; }

    /// <summary>into[i] ← row ids[i], as lookups see it, for as many ids as the destination takes; those beyond come next.</summary>
    public abstract void Gather(ReadOnlySpan<long> ids, Span<float> into, bool streams = false);

    /// <summary>
    /// into[b·stride …] ← Σ scale[i]·row(ids[i]) over starts[b] ≤ i &lt; starts[b + 1], divided by their number for a mean.
    /// </summary>
    public abstract void SumBags(
        ReadOnlySpan<long> ids, ReadOnlySpan<long> starts, ReadOnlySpan<float> scale, bool mean, Span<float> into, int stride);
}
