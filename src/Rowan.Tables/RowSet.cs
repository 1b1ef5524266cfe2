using Rowan.Numerics;

namespace Rowan;

/// <summary>Rows of a table as ranges in order: small for the first million rows, and for scattered ones a range each.</summary>
public sealed class RowSet
{
    readonly List<(long From, long To)> _ranges = [];

    /// <summary>Rows in the set.</summary>
    public long Count { get; private set; }

    /// <summary>The ranges [from, to), in order.</summary>
    public IReadOnlyList<(long From, long To)> Ranges => _ranges;

    /// <summary>Whether a row is in the set.</summary>
    public bool Contains(long row)
    {
        int at = After(row);
        return at > 0 && row < _ranges[at - 1].To;
    }

    internal void Add(long from, long to)
    {
        if (from >= to) return;
        Remove(from, to);
        int at = After(from);
        if (at < _ranges.Count && _ranges[at].From == to)
        {
            to = _ranges[at].To;
            Count -= to - _ranges[at].From;
            _ranges.RemoveAt(at);
        }
        if (at > 0 && _ranges[at - 1].To == from)
        {
            from = _ranges[--at].From;
            Count -= _ranges[at].To - from;
            _ranges.RemoveAt(at);
        }
        _ranges.Insert(at, (from, to));
        Count += to - from;
    }

    internal void Remove(long from, long to)
    {
        for (int r = Math.Max(0, After(from) - 1); r < _ranges.Count && _ranges[r].From < to;)
        {
            (long start, long end) = _ranges[r];
            if (end <= from)
            {
                r++;
                continue;
            }
            _ranges.RemoveAt(r);
            Count -= Math.Min(end, to) - Math.Max(start, from);
            if (start < from) _ranges.Insert(r++, (start, from));
            if (end > to) _ranges.Insert(r++, (to, end));
        }
    }

    /// <summary>The first range that starts after a row.</summary>
    int After(long row)
    {
        int low = 0, high = _ranges.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_ranges[middle].From <= row) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
