using Rowan.Data;
using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>Records of who chose what, in the order of the files.</summary>
/// <param name="Users">The row of each record's user; −1 for one without a row.</param>
/// <param name="Items">The row of each record's item, likewise.</param>
/// <param name="Ratings">The rating of each record; 1 if there is no such column.</param>
/// <param name="Times">The time of each record; null if there is no such column.</param>
sealed record Interactions(long[] Users, long[] Items, float[] Ratings, decimal[]? Times)
{
    /// <summary>
    /// A number for each distinct user of the files: users that share a row, or have none, keep different numbers. The rows by default.
    /// </summary>
    public long[] UserKeys { get; init; } = Users;

    /// <summary>A number for each distinct item of the files, likewise.</summary>
    public long[] ItemKeys { get; init; } = Items;

    public int Count => Users.Length;
}

/// <summary>The items of each user in order, and whether a user has an item.</summary>
sealed class UserItems
{
    readonly int[] _starts;
    readonly long[] _inOrder, _sorted;

    public UserItems(Interactions records, long users)
    {
        _starts = new int[users + 1];
        foreach (long user in records.Users) _starts[user + 1]++;
        for (int user = 0; user < users; user++) _starts[user + 1] += _starts[user];
        int[] next = _starts[..^1];
        int[] places = [.. Enumerable.Range(0, records.Count)];
        if (records.Times is { } times) Array.Sort(places, (x, y) => times[x] != times[y] ? times[x].CompareTo(times[y]) : x.CompareTo(y));
        _inOrder = new long[records.Count];
        foreach (int place in places) _inOrder[next[records.Users[place]]++] = records.Items[place];
        _sorted = [.. _inOrder];
        for (long user = 0; user < users; user++) _sorted.AsSpan(_starts[user], _starts[user + 1] - _starts[user]).Sort();
    }

    public long Users => _starts.Length - 1;

    /// <summary>A user's items, the earliest first.</summary>
    public ReadOnlySpan<long> this[long user] => _inOrder.AsSpan(_starts[user], _starts[user + 1] - _starts[user]);

    /// <summary>A user's items, the lowest row first; an item that the user chose twice is there twice.</summary>
    public ReadOnlySpan<long> Sorted(long user) => _sorted.AsSpan(_starts[user], _starts[user + 1] - _starts[user]);

    /// <summary>Whether a user has an item.</summary>
    public bool Has(long user, long item) => Sorted(user).BinarySearch(item) >= 0;
}

/// <summary>
/// The training items of each user for an evaluation: those of users with their own row by row, those of others by
/// <see cref="Interactions.UserKeys"/>.
/// </summary>
/// <param name="byRow">The items of each row.</param>
/// <param name="known">Users with their own row; users after them share rows.</param>
/// <param name="train">The training records.</param>
sealed class TrainingItems(UserItems byRow, long known, Interactions train)
{
    readonly Dictionary<long,
    long[]> _others = Enumerable.Range(0, train.Count).Where(i => train.Users[i] >= known).GroupBy(i => train.UserKeys[i])
        .ToDictionary(own => own.Key, own => own.Select(i => train.Items[i]).Order().ToArray());

    /// <summary>The items of a user, ascending.</summary>
    /// <param name="user">The user's row; −1 for none.</param>
    /// <param name="key">The user's number in <see cref="Interactions.UserKeys"/>.</param>
    public ReadOnlySpan<long> Of(long user, long key) => user >= 0 && user < known ? byRow.Sorted(user) : _others.GetValueOrDefault(key);

    /// <summary>The items of a user with an own row, ascending.</summary>
    public ReadOnlySpan<long> Of(long user) => byRow.Sorted(user);
}

/// <summary>The data of the recommend task.</summary>
sealed record RecommendData
{
    public required IdMap Users { get; init; }

    public required IdMap Items { get; init; }

    public required Interactions Train { get; init; }

    public required Interactions Validation { get; init; }

    public required Interactions Test { get; init; }

    /// <summary>Items to rank each test record among, by the index of the record; null to rank all.</summary>
    public long[][]? TestNegatives { get; init; }

    /// <summary>Items to rank each validation record among, likewise.</summary>
    public long[][]? ValidationNegatives { get; init; }

    public required bool Explicit { get; init; }

    /// <summary>The items of each user in the training records.</summary>
    public required UserItems Seen { get; init; }

    /// <summary>The same for an evaluation, which tells apart users that share a row.</summary>
    public required TrainingItems TrainingItems { get; init; }

    /// <summary>What describes users and items; null for nothing.</summary>
    public EntityFeatures? UserFeatures { get; init; }

    public EntityFeatures? ItemFeatures { get; init; }

    /// <summary>The title of each item; empty for no titles.</summary>
    public IReadOnlyList<string> ItemTitles { get; init; } = [];

    /// <summary>Records of each user and item before these, where the run grows from another; null for none.</summary>
    public long[]? EarlierUsers { get; init; }

    public long[]? EarlierItems { get; init; }

    /// <summary>The mean rating that biases are counted from.</summary>
    public required float Mean { get; init; }

    public long[] UserCounts => Counts(Train.Users, Users.Rows, EarlierUsers);

    public long[] ItemCounts => Counts(Train.Items, Items.Rows, EarlierItems);

    /// <summary>Records of each row, with those before.</summary>
    public static long[] Counts(long[] rows, long count, long[]? earlier)
    {
        long[] counts = earlier is null ? new long[count] : [.. earlier];
        foreach (long row in rows) counts[row]++;
        return counts;
    }
}
