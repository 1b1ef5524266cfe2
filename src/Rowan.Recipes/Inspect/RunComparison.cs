using Rowan.Numerics;
using Rowan.Retrieval;

namespace Rowan.Recipes;

/// <summary>Compares two tables by their nearest neighbors, which rotations do not change.</summary>
/// <param name="Table">Which table.</param>
/// <param name="Common">Ids that both have.</param>
/// <param name="Added">Ids that only the second has.</param>
/// <param name="Removed">Ids that only the first has.</param>
/// <param name="Overlap">The mean share of nearest neighbours that are the same.</param>
/// <param name="Moved">The ids whose neighbours changed most, each with its share.</param>
public sealed record TableComparison(string Table, int Common, int Added, int Removed, double Overlap,
    IReadOnlyList<(string Id, double Overlap)> Moved)
{
    const int LargestCompared = 20_000;

    /// <summary>
    /// Compares the nearest neighbours of each common id among the common ids; of very many ids, those of the lowest rows.
    /// </summary>
    /// <param name="first">One table.</param>
    /// <param name="second">The other, whose dim may differ.</param>
    /// <param name="neighbors">How many neighbours.</param>
    /// <param name="moved">How many ids are named.</param>
    public static TableComparison Of(LearnedTable first, LearnedTable second, int neighbors = 10, int moved = 10)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        (int First, int Second)[] common =
            [.. first.Ids.Words.Select((id, row) => (row, second.Ids.TryGetId(id, out long other) ? (int)other : -1))
            .Where(pair => pair.Item2 >= 0).Select(pair => (pair.row, pair.Item2))];
        int both = common.Length;
        common = common[..Math.Min(common.Length, LargestCompared)];
        Require.Data(common.Length >= 2, $"the tables '{first.Name}' have {both} ids in common; comparing neighbors needs at least two");
        NearestRows a = NearestRows.AmongAll(Rows(first, common, pair => pair.First), first.Dim, neighbors),
        b = NearestRows.AmongAll(Rows(second, common, pair => pair.Second), second.Dim, neighbors);
        double[] shares = [.. Enumerable.Range(0, common.Length)
            .Select(row => a.Of(row).ToArray().Intersect(b.Of(row).ToArray()).Count() / (double)a.Count)];
        return new(first.Name, both, (int)(second.Ids.Count - both), (int)(first.Ids.Count - both), shares.Average(),
            [.. Enumerable.Range(0, common.Length).OrderBy(row => shares[row]).ThenBy(row => row).Take(moved)
                .Select(row => (first.Ids[common[row].First], shares[row]))]);
    }

    static float[] Rows(LearnedTable table, (int First, int Second)[] common, Func<(int First, int Second), int> row)
    {
        var rows = new float[common.Length * table.Dim];
        for (int i = 0; i < common.Length; i++)
            table.Row(row(common[i])).Span.CopyTo(rows.AsSpan(i * table.Dim));
        return rows;
    }
}
