namespace Rowan.Retrieval;

/// <summary>
/// Which rows a search may return. A search that the graph would answer badly compares all rows that pass instead, so filters cost
/// time and not recall.
/// </summary>
/// <example><code>
/// SearchFilter cheap = SearchFilter.Where(id => prices[id] &lt; 20);
/// SearchFilter some = SearchFilter.AnyOf([3, 5, 8]);
/// </code></example>
public sealed class SearchFilter
{
    readonly Func<long, bool> _passes;

    SearchFilter(Func<long, bool> passes, long[]? ids) => (_passes, Ids) = (passes, ids);

    /// <summary>The ids that pass, ascending and different, where they were listed.</summary>
    internal long[]? Ids { get; }

    /// <summary>
    /// Rows whose id a predicate accepts. It is called from several threads, also for rows that are not returned, and must not call the
    /// index that is searched, which would wait for itself.
    /// </summary>
    public static SearchFilter Where(Func<long, bool> predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        return new SearchFilter(predicate, null);
    }

    /// <summary>Rows with one of these ids; ids that the index does not have are ignored.</summary>
    public static SearchFilter AnyOf(IEnumerable<long> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        long[] sorted = [.. ids.Distinct().Order()];
        return new SearchFilter(id => Array.BinarySearch(sorted, id) >= 0, sorted);
    }

    /// <summary>Whether a row with that id may be returned.</summary>
    public bool Passes(long id) => _passes(id);
}
