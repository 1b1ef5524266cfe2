namespace Rowan.Tables;

/// <summary>Processes ranges of gradient entries that are sorted by row.</summary>
interface ISortedGradientPass
{
    /// <summary>
    /// Prefetch distance in entries. Prefetches are issued one entry at a time: a core has few outstanding cache misses, so prefetching
    /// several rows at once stalls it.
    /// </summary>
    const int Ahead = 16;

    /// <summary>Processes entries from ≤ entry &lt; end. Both are boundaries between rows.</summary>
    void Run(DuplicateSums gradients, in HotRows hot, int entry, int end);
}
