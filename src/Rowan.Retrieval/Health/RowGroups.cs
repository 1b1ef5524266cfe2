namespace Rowan.Retrieval;

/// <summary>Rows joined into groups, pair by pair (union-find with halved paths).</summary>
/// <param name="rows">Rows, each in a group of its own at first.</param>
sealed class RowGroups(int rows)
{
    readonly int[] _parent = [.. Enumerable.Range(0, rows)];

    /// <summary>The group of a row: the same number for all of its rows, the lowest of them.</summary>
    public int Of(int row)
    {
        while (_parent[row] != row) row = _parent[row] = _parent[_parent[row]];
        return row;
    }

    /// <summary>Makes one group of two.</summary>
    public void Join(int a, int b)
    {
        (a, b) = (Of(a), Of(b));
        if (a != b) _parent[Math.Max(a, b)] = Math.Min(a, b);
    }

    /// <summary>The groups of two rows and more, the largest first, then the one with the lowest row; rows in order.</summary>
    public IReadOnlyList<int[]> Several() =>
        [.. Enumerable.Range(0, _parent.Length).GroupBy(Of).Where(group => group.Skip(1).Any()).Select(group => group.ToArray())
            .OrderByDescending(group => group.Length).ThenBy(group => group[0])];
}
