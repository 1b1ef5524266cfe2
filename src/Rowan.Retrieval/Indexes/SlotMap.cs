namespace Rowan.Retrieval;

/// <summary>
/// From id to slot: open addressing with linear probing over 4-byte slots; the ids are read from the store. About 5 bytes per row.
/// </summary>
sealed unsafe class SlotMap
{
    const int LeastSize = 16;

    // Slot + 1; 0 is empty.
    uint[] _table = new uint[LeastSize];
    long _count;

    /// <summary>The slot of an id; null where it is unknown.</summary>
    public long? Find(long* ids, long id)
    {
        uint[] table = _table;
        for (long at = Home(id, table.Length); table[at] != 0; at = at + 1 == table.Length ? 0 : at + 1)
            if (ids[table[at] - 1] == id) return table[at] - 1;
        return null;
    }

    /// <summary>Makes memory for more ids, so that adding them moves nothing.</summary>
    public void Reserve(long* ids, long count)
    {
        if (count * 4 <= _table.Length * 3L) return;
        long size = Math.Min(Array.MaxLength, Math.Max(count * 4 / 3 + LeastSize, _table.Length * 3L / 2));
        var larger = new uint[size];
        foreach (uint entry in _table)
            if (entry != 0) Put(larger, ids[entry - 1], entry);
        _table = larger;
    }

    /// <summary>Sets the slot of an id, new or known.</summary>
    public void Set(long* ids, long id, long slot)
    {
        Reserve(ids, _count + 1);
        long at = Home(id, _table.Length);
        for (; _table[at] != 0; at = at + 1 == _table.Length ? 0 : at + 1)
            if (ids[_table[at] - 1] == id)
            {
                _table[at] = (uint)slot + 1;
                return;
            }
        _table[at] = (uint)slot + 1;
        _count++;
    }

    /// <summary>Removes an id. Entries behind it move up, so no marks stay.</summary>
    public void Remove(long* ids, long id)
    {
        long size = _table.Length, at = Home(id, size);
        for (; _table[at] == 0 || ids[_table[at] - 1] != id; at = at + 1 == size ? 0 : at + 1)
            if (_table[at] == 0) return;
        _count--;
        for (long next = at + 1 == size ? 0 : at + 1; _table[next] != 0; next = next + 1 == size ? 0 : next + 1)
        {
            long home = Home(ids[_table[next] - 1], size);
            // An entry may move up to the gap unless its home lies behind the gap.
            if ((next - home + size) % size < (next - at + size) % size) continue;
            _table[at] = _table[next];
            at = next;
        }
        _table[at] = 0;
    }

    /// <summary>Bytes of memory.</summary>
    public long Bytes => _table.LongLength * sizeof(uint);

    /// <summary>Takes the entries of another map.</summary>
    public void Take(SlotMap other) => (_table, _count) = (other._table, other._count);

    static void Put(uint[] table, long id, uint entry)
    {
        long at = Home(id, table.Length);
        while (table[at] != 0) at = at + 1 == table.Length ? 0 : at + 1;
        table[at] = entry;
    }

    static long Home(long id, long size)
    {
        ulong hash = (ulong)id * 0x9E3779B97F4A7C15;
        hash = (hash ^ (hash >> 32)) * 0xD6E8FEB86659FD93;
        return (long)Math.BigMul(hash, (ulong)size, out _);
    }
}
