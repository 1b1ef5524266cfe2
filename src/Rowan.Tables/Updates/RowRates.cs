using Rowan.Numerics;

namespace Rowan.Tables;

/// <summary>
/// Rows by what their learning rate is multiplied by. Group 0 has factor 1 and all rows that are in no other group; groups are
/// numbered from 0 and never renumbered.
/// </summary>
sealed class RowRates
{
    /// <summary>Distinct factors at a time, 1 not counted: each costs a step one more pass through the gradient.</summary>
    public const int Most = 16;

    readonly List<(float Factor, RowSet Rows)> _groups = [(1, new RowSet())];

    /// <summary>Groups, empty ones among them.</summary>
    public int Groups => _groups.Count;

    /// <summary>Counts the changes.</summary>
    public long Changes { get; private set; }

    /// <summary>The factor of a group.</summary>
    public float Factor(int group) => _groups[group].Factor;

    /// <summary>Whether a group has no rows. Group 0 is taken to have some.</summary>
    public bool IsEmpty(int group) => group > 0 && _groups[group].Rows.Count == 0;

    /// <summary>The group of a row.</summary>
    public int Of(long row)
    {
        for (int group = 1; group < _groups.Count; group++)
            if (_groups[group].Rows.Contains(row)) return group;
        return 0;
    }

    /// <summary>Whether rows of one more factor fit.</summary>
    public bool Takes(float factor) => Group(factor) >= 0 || _groups.Count <= Most;

    /// <summary>Gives rows a factor. A group without rows is used again for another factor.</summary>
    public void Set(long from, long to, float factor)
    {
        Changes++;
        foreach ((_, RowSet rows) in _groups) rows.Remove(from, to);
        if (factor == 1) return;
        int group = Group(factor);
        if (group < 0)
        {
            group = _groups.Count;
            _groups.Add(default);
        }
        if (IsUnused(group)) _groups[group] = (factor, new RowSet());
        _groups[group].Rows.Add(from, to);
    }

    bool IsUnused(int group) => _groups[group].Rows is not { Count: > 0 };

    /// <summary>The group of a factor, or one without rows; -1 for none.</summary>
    int Group(float factor)
    {
        int own = _groups.FindIndex(1, group => group.Factor == factor);
        return own >= 0 ? own : _groups.FindIndex(1, group => group.Rows.Count == 0);
    }
}
