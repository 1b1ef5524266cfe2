using System.Collections.Concurrent;
using Rowan.Retrieval;

namespace Rowan.Recipes;

/// <summary>An id near another one.</summary>
/// <param name="Id">The id.</param>
/// <param name="Cosine">The cosine of the two vectors, from −1 to 1.</param>
public sealed record Neighbor(string Id, float Cosine)
{
    /// <summary>Its title; null for none.</summary>
    public string? Title { get; init; }

    /// <summary>What it is, in a few words, such as the beginning of a document; null for none.</summary>
    public string? Summary { get; init; }
}

/// <summary>The ids nearest to one.</summary>
/// <param name="Table">The table that has them.</param>
/// <param name="Found">The ids, the nearest first.</param>
public sealed record NearestIds(string Table, IReadOnlyList<Neighbor> Found);

/// <summary>Neighbours in the tables of a run. An index is made when its table is first searched.</summary>
sealed class TableNeighbors(IReadOnlyList<LearnedTable> tables)
{
    readonly ConcurrentDictionary<LearnedTable, Lazy<PiecewiseIndex>> _indexes = new(ReferenceEqualityComparer.Instance);

    /// <summary>The neighbours of an id in a table, or in the first table that has it.</summary>
    /// <exception cref="ArgumentException">There is no such table, or several ids have the title.</exception>
    /// <exception cref="UnknownNameException">No table has the id.</exception>
    public NearestIds Of(string id, int count, string? named)
    {
        ArgumentNullException.ThrowIfNull(id);
        LearnedTable[] asked = [.. tables.Where(one => named is null || one.Name == named)];
        if (asked.Length == 0)
            throw new ArgumentException($"`table` {named}: the run has no such table; it has "
                + $"{string.Join(", ", tables.Select(one => one.Name))}", nameof(named));
        foreach (LearnedTable table in asked)
            if (table.TryFind(id, out long row)) return new(table.Name, Of(table, row, count));
        throw new UnknownNameException(id, [.. asked.SelectMany(one => one.Closest(id, 3)).Take(3)]);
    }

    /// <summary>The neighbours of a row, itself left out.</summary>
    public IReadOnlyList<Neighbor> Of(LearnedTable table, long row, int count) =>
        [.. IndexOf(table).Search(table.Row(row), count + 1).Where(match => match.Id != row).Take(count)
            .Select(match => Named(table, match))];

    /// <summary>The neighbours of a vector.</summary>
    public IReadOnlyList<Neighbor> Of(LearnedTable table, ReadOnlyMemory<float> vector, int count) =>
        [.. IndexOf(table).Search(vector, count).Select(match => Named(table, match))];

    // Rows past the ids belong to unknown ids, and are nobody's neighbours.
    PiecewiseIndex IndexOf(LearnedTable table) =>
        _indexes.GetOrAdd(table, static one => new(() => new PiecewiseIndex(one.Vectors, one.Ids.Count))).Value;

    static Neighbor Named(LearnedTable table, Match match) => new(table.Ids[match.Id], match.Score) { Title = table.TitleOf(match.Id) };
}
