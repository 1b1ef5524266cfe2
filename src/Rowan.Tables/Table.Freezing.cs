using Rowan.Numerics;
using Rowan.Tables;

namespace Rowan;

// Rows that do not learn.
public sealed partial class Table
{
    /// <summary>Rows that receive no gradient and are not moved, while the others learn: <see cref="FreezeRows(long, long)"/>.</summary>
    public RowSet FrozenRows { get; } = new();

    /// <summary>Freezes rows from ≤ row &lt; to: they receive no gradient, and neither they nor their optimizer's state move.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the table.</exception>
    public void FreezeRows(long from, long to)
    {
        CheckRange(from, to, "FreezeRows");
        using TableGuard.Hold writer = HoldToWrite("FreezeRows");
        _deferred?.ApplyAll();
        FrozenRows.Add(from, to);
    }

    /// <summary>Freezes rows by id.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the table; nothing is frozen.</exception>
    public void FreezeRows(params ReadOnlySpan<long> ids)
    {
        CheckIds(ids, "FreezeRows");
        using TableGuard.Hold writer = HoldToWrite("FreezeRows");
        _deferred?.ApplyAll();
        foreach (long id in ids) FrozenRows.Add(id, id + 1);
    }

    /// <summary>
    /// Lets rows from ≤ row &lt; to learn again; they miss no steps: those that passed while they were frozen never reach them.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the table.</exception>
    public void ThawRows(long from, long to)
    {
        CheckRange(from, to, "ThawRows");
        using TableGuard.Hold writer = HoldToWrite("ThawRows");
        _deferred?.ApplyAll();
        FrozenRows.Remove(from, to);
    }

    bool IsFrozen(long row) => FrozenRows.Count > 0 && FrozenRows.Contains(row);
}
