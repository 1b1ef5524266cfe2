using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>The neighbours of each row of a bipartite graph: the items of each user, or the users of each item.</summary>
/// <param name="starts">Where each row's neighbours start, and the end [rows + 1].</param>
/// <param name="neighbours">The neighbours, row after row.</param>
/// <param name="values">A value for each neighbour, such as a rating; empty for none.</param>
sealed class Adjacency(long[] starts, int[] neighbours, float[] values)
{
    /// <summary>Rows.</summary>
    public int Count => starts.Length - 1;

    /// <summary>The neighbours of a row.</summary>
    public ReadOnlySpan<int> this[int row] => neighbours.AsSpan(checked((int)starts[row]), (int)(starts[row + 1] - starts[row]));

    /// <summary>The values of a row's neighbours.</summary>
    public ReadOnlySpan<float> Values(int row) => values.AsSpan(checked((int)starts[row]), (int)(starts[row + 1] - starts[row]));

    /// <summary>The distinct pairs of what users have, from both sides.</summary>
    public static (Adjacency ByUser, Adjacency ByItem) Of(UserItems seen, long users, long items)
    {
        var (starts, neighbours) = (new long[users + 1], new List<int>());
        for (long user = 0; user < users; user++)
        {
            long last = -1;
            foreach (long item in seen.Sorted(user))
                if (item != last) neighbours.Add(checked((int)(last = item)));
            starts[user + 1] = neighbours.Count;
        }
        var byUser = new Adjacency(starts, [.. neighbours], []);
        return (byUser, byUser.Reversed(items));
    }

    /// <summary>All records with a value each, from both sides.</summary>
    public static (Adjacency ByUser, Adjacency ByItem) Of(Interactions records, Func<int, float> value, long users, long items)
    {
        var (starts, neighbours, values) = (new long[users + 1], new int[records.Count], new float[records.Count]);
        foreach (long user in records.Users) starts[user + 1]++;
        for (long user = 0; user < users; user++) starts[user + 1] += starts[user];
        long[] next = starts[..^1];
        for (int i = 0; i < records.Count; i++)
        {
            long at = next[records.Users[i]]++;
            (neighbours[at], values[at]) = (checked((int)records.Items[i]), value(i));
        }
        var byUser = new Adjacency(starts, neighbours, values);
        return (byUser, byUser.Reversed(items));
    }

    /// <summary>The same pairs, by neighbour.</summary>
    Adjacency Reversed(long rows)
    {
        var (to, others, own) = (new long[rows + 1], new int[neighbours.Length], new float[values.Length]);
        foreach (int neighbour in neighbours) to[neighbour + 1]++;
        for (long row = 0; row < rows; row++) to[row + 1] += to[row];
        long[] next = to[..^1];
        for (int row = 0; row < Count; row++)
            for (long from = starts[row]; from < starts[row + 1]; from++)
            {
                long at = next[neighbours[from]]++;
                others[at] = row;
                if (values.Length > 0) own[at] = values[from];
            }
        return new Adjacency(to, others, own);
    }
}
