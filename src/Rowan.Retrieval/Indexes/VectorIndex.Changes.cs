using Rowan.Numerics;

namespace Rowan.Retrieval;

public sealed partial class VectorIndex
{
    // Half a graph's rows or so per second; more would stop readers for too long at the end of a round.
    const int LeastPerRound = 16, MostPerRound = 1 << 16, ListsPerLock = 4_096;

    // Removed rows are walked through until they are a twentieth.
    const int RemovedShare = 20, LeastRemoved = 64;

    enum Change
    {
        Add,
        Update,
        Upsert,
    }

    /// <summary>Adds a row.</summary>
    /// <inheritdoc cref="Add(ReadOnlySpan{long}, ReadOnlySpan{float})" path="/exception"/>
    public void Add(long id, ReadOnlySpan<float> row) => Put(Change.Add, [id], row);

    /// <summary>Adds rows; all or none.</summary>
    /// <param name="ids">Ids that are new and different.</param>
    /// <param name="rows">A row for each [ids · dim].</param>
    /// <exception cref="ArgumentException">There are not as many rows as ids, an id is known or given twice, or a value is not finite.
    /// </exception>
    public void Add(ReadOnlySpan<long> ids, ReadOnlySpan<float> rows) => Put(Change.Add, ids, rows);

    /// <summary>Replaces rows; all or none.</summary>
    /// <param name="ids">Ids that are known and different.</param>
    /// <param name="rows">A row for each [ids · dim].</param>
    /// <exception cref="ArgumentException">There are not as many rows as ids, an id is given twice, or a value is not finite.</exception>
    /// <exception cref="KeyNotFoundException">An id is unknown.</exception>
    public void Update(ReadOnlySpan<long> ids, ReadOnlySpan<float> rows) => Put(Change.Update, ids, rows);

    /// <summary>Adds rows whose id is new and replaces the others; all or none.</summary>
    /// <param name="ids">Different ids.</param>
    /// <param name="rows">A row for each [ids · dim].</param>
    /// <exception cref="ArgumentException">There are not as many rows as ids, an id is given twice, or a value is not finite.</exception>
    public void Upsert(ReadOnlySpan<long> ids, ReadOnlySpan<float> rows) => Put(Change.Upsert, ids, rows);

    /// <summary>Removes a row; false where the id is unknown.</summary>
    public bool Remove(long id) => Remove([id]) == 1;

    /// <inheritdoc/>
    public unsafe long Remove(ReadOnlySpan<long> ids)
    {
        EnsureSlots();
        lock (_writer)
        {
            var slots = new List<uint>(ids.Length);
            _gate.EnterWriteLock();
            try
            {
                foreach (long id in ids)
                    if (SlotOf(id) is { } slot)
                    {
                        _slots.Remove(_store.Ids, id);
                        slots.Add((uint)slot);
                        Retire((uint)slot);
                    }
            }
            finally { _gate.ExitWriteLock(); }
            if (slots.Count > 0) AfterRemoval();
            return slots.Count;
        }
    }

    unsafe void Put(Change change, ReadOnlySpan<long> ids, ReadOnlySpan<float> rows)
    {
        EnsureSlots();
        Require.That(rows.Length == (long)ids.Length * Dim,
            $"VectorIndex.{change}: {rows.Length} values for {ids.Length} ids of rows of {Dim}; give {(long)ids.Length * Dim}",
            nameof(rows));
        CheckRows(change.ToString(), rows, Dim, nameof(rows));
        if (ids.Length == 0) return;
        lock (_writer)
        {
            long added = CheckIds(change, ids);
            Require.State(_count + _removed + ids.Length <= SlotStore.MaxRows,
                $"VectorIndex.{change}: {_count} rows and {ids.Length} more; an index holds at most {SlotStore.MaxRows}, so split it");
            if (KindFor(_count + added) is var kind && kind != _store.Kind) Rebuild(kind);
            uint[] slots = TakeSlots(ids.Length);
            long used = slots.Length == 0 ? 0 : Math.Max(_store.Used, slots.Max() + 1L);
            if (_store.Grown(used) is { } grown)
            {
                _gate.EnterWriteLock();
                try { _store.Publish(grown); }
                finally { _gate.ExitWriteLock(); }
            }
            fixed (long* pids = ids)
            fixed (float* prows = rows)
                Workers.For(ids.Length, 128, new WriteRows(_store, slots, pids, prows, Dim));
            Insert(slots, ids.ToArray());
        }
    }

    long CheckIds(Change change, ReadOnlySpan<long> ids)
    {
        var seen = new HashSet<long>(ids.Length);
        long added = 0;
        for (int i = 0; i < ids.Length; i++)
        {
            bool isKnown = SlotOf(ids[i]) is not null;
            if (!isKnown) added++;
            Require.That(seen.Add(ids[i]), $"VectorIndex.{change}: id {ids[i]} at {i} is given twice; give each once", nameof(ids));
            Require.That(change != Change.Add || !isKnown,
                $"VectorIndex.Add: id {ids[i]} at {i} is in the index already; use Update or Upsert to replace its row", nameof(ids));
            if (change == Change.Update && !isKnown)
                throw new KeyNotFoundException($"VectorIndex.Update: id {ids[i]} at {i} is not in the index; use Add or Upsert");
        }
        return added;
    }

    /// <summary>Free slots, the lowest first, then those behind all used ones.</summary>
    uint[] TakeSlots(int count)
    {
        var slots = new uint[count];
        int reused = Math.Min(count, _free.Count);
        for (int i = 0; i < reused; i++) slots[i] = _free[^(i + 1)];
        _free.RemoveRange(_free.Count - reused, reused);
        for (int i = reused; i < count; i++) slots[i] = (uint)(_store.Used + i - reused);
        return slots;
    }

    /// <summary>Makes rows that are written part of the index.</summary>
    /// <param name="slots">Their slots.</param>
    /// <param name="ids">Their ids, in the same order; null where the map from ids to slots is made later.</param>
    unsafe void Insert(uint[] slots, long[]? ids)
    {
        if (_store.Offsets is not null)
            foreach (uint slot in slots) _most = MathF.Max(_most, _store.Offsets[slot]);
        if (ids is not null) _slots.Reserve(_store.Ids, _count + slots.Length);
        // Memory of graphs that was used before holds old lists.
        if (_store.Kind != IndexKind.Graph)
        {
            PublishRows(slots, ids);
            AfterRemoval();
            return;
        }
        foreach (uint slot in slots) _store.EdgesOf(slot)[0] = SlotStore.NoSlot;
        // In an order that is random with respect to the rows, so that each round is a sample of all of them: rows of one round do not
        // see each other.
        int[] order = Shuffled(slots.Length);
        for (int from = 0; from < slots.Length;)
        {
            long most = Math.Min(LeastPerRound + from / 10, 1 + _count / 10);
            int size = (int)Math.Min(Math.Min(most, MostPerRound), slots.Length - from);
            var round = new uint[size];
            long[]? roundIds = ids is null ? null : new long[size];
            for (int i = 0; i < size; i++)
            {
                round[i] = slots[order[from + i]];
                if (ids is not null) roundIds![i] = ids[order[from + i]];
            }
            GraphLinks? back = Link(round);
            PublishRows(round, roundIds, back);
            from += size;
        }
        AfterRemoval();
    }

    /// <summary>Gives new rows neighbours, and finds the lists of these with the new rows.</summary>
    GraphLinks? Link(uint[] round) => Metric switch
    {
        IndexMetric.Cosine => Link<DotScore>(round),
        IndexMetric.L2 => Link<L2Score>(round),
        _ => Link<AugmentedScore>(round),
    };

    unsafe GraphLinks? Link<TScore>(uint[] round) where TScore : struct, IGraphScore
    {
        if (_count == 0) return null;
        var graph = new Graph(_store, _entries, _most);
        GraphLinks own = GraphLinks.OfNewRows<TScore>(_store, graph, round, _removed > 0);
        // No reader comes to these rows before lists name them.
        for (int i = 0; i < round.Length; i++) Put(own, i);
        return GraphLinks.Back<TScore>(graph, own);
    }

    unsafe void Put(GraphLinks links, int i)
    {
        links.ListOf(i).CopyTo(new Span<uint>(_store.EdgesOf(links.Slots[i]), Options.Degree));
        MarkChanged(links.Slots[i], whole: false);
    }

    /// <summary>Puts lists in place, some thousand at a time; the last some thousand are left where asked.</summary>
    /// <returns>The first list that is left.</returns>
    int Apply(GraphLinks links, bool leaveLast = false)
    {
        int from = 0;
        for (; from < links.Slots.Length - (leaveLast ? ListsPerLock : 0); from += ListsPerLock)
        {
            _gate.EnterWriteLock();
            try
            {
                for (int i = from; i < Math.Min(from + ListsPerLock, links.Slots.Length); i++) Put(links, i);
            }
            finally { _gate.ExitWriteLock(); }
        }
        return from;
    }

    /// <summary>Makes rows visible, and those that they replace invisible, at once.</summary>
    unsafe void PublishRows(uint[] slots, long[]? ids, GraphLinks? back = null)
    {
        int left = back is null ? 0 : Apply(back, leaveLast: true);
        _gate.EnterWriteLock();
        try
        {
            for (int i = left; i < (back?.Slots.Length ?? 0); i++) Put(back!, i);
            for (int i = 0; i < slots.Length; i++)
            {
                if (ids is not null)
                {
                    long? replaced = SlotOf(ids[i]);
                    _slots.Set(_store.Ids, ids[i], slots[i]);
                    if (replaced is { } old) Retire((uint)old);
                }
                _store.Live[slots[i]] = 1;
                _store.Used = Math.Max(_store.Used, slots[i] + 1L);
                MarkChanged(slots[i], whole: true);
            }
            Volatile.Write(ref _count, _count + slots.Length);
            _changes += slots.Length;
            if (_store.Kind == IndexKind.Graph && HasGrown()) _entries = EntryPoints.Of(_store, _store.Used, _count);
        }
        finally { _gate.ExitWriteLock(); }
    }

    /// <summary>Whether there are an eighth more rows than the entry points stand for.</summary>
    bool HasGrown() => _entries.Count == 0 || _count >= _entries.Rows + _entries.Rows / 8 + 1;

    /// <summary>Makes a row invisible. Its slot is free later, when no list of neighbours names it.</summary>
    unsafe void Retire(uint slot)
    {
        _store.Live[slot] = 0;
        Volatile.Write(ref _count, _count - 1);
        _removed++;
        _changes++;
        MarkChanged(slot, whole: false);
    }

    /// <summary>Gives back the slots of removed rows: at once where there is no graph, else when enough were removed.</summary>
    unsafe void AfterRemoval()
    {
        if (_removed == 0) return;
        if (_store.Kind == IndexKind.Graph && _removed < Math.Max(LeastRemoved, _count / RemovedShare)) return;
        // Of a scan, empty slots cost time, and a graph that lost so much is better built anew than repaired.
        if (_store.Used > (_store.Kind == IndexKind.Graph ? 4 * _count / 3 : 2 * _count) + LeastRemoved)
        {
            Rebuild(_store.Kind);
            return;
        }
        if (_store.Kind == IndexKind.Graph)
            switch (Metric)
            {
                case IndexMetric.Cosine:
                    Unlink<DotScore>();
                    break;
                case IndexMetric.L2:
                    Unlink<L2Score>();
                    break;
                default:
                    Unlink<AugmentedScore>();
                    break;
            }
        FindFreeSlots();
    }

    unsafe void FindFreeSlots()
    {
        var free = new List<uint>();
        for (long slot = _store.Used - 1; slot >= 0; slot--)
            if (_store.Live[slot] == 0) free.Add((uint)slot);
        (_free, _removed) = (free, 0);
    }

    /// <summary>Gives rows with removed neighbours new ones, so that no list names a removed row.</summary>
    unsafe void Unlink<TScore>() where TScore : struct, IGraphScore
    {
        var affected = new List<uint>();
        for (long slot = 0; slot < _store.Used; slot++)
        {
            if (_store.Live[slot] == 0) continue;
            foreach (uint edge in new ReadOnlySpan<uint>(_store.EdgesOf(slot), Options.Degree))
            {
                if (edge == SlotStore.NoSlot) break;
                if (_store.Live[edge] != 0) continue;
                affected.Add((uint)slot);
                break;
            }
        }
        // Walks must not start at removed rows only.
        EntryPoints entries = _count == 0 ? EntryPoints.None : EntryPoints.Of(_store, _store.Used, _count);
        var graph = new Graph(_store, entries, _most);
        uint[] slots = [.. affected];
        for (int from = 0; from < slots.Length; from += MostPerRound)
            Apply(GraphLinks.WithoutRemoved<TScore>(_store, graph, slots[from..Math.Min(from + MostPerRound, slots.Length)]));
        _gate.EnterWriteLock();
        try
        {
            _entries = entries;
            for (long slot = 0; slot < _store.Used; slot++)
                if (_store.Live[slot] == 0 && _store.EdgesOf(slot)[0] != SlotStore.NoSlot)
                {
                    _store.EdgesOf(slot)[0] = SlotStore.NoSlot;
                    MarkChanged((uint)slot, whole: false);
                }
        }
        finally { _gate.ExitWriteLock(); }
    }

    /// <summary>The same rows in new memory, without empty slots, for another way to find them.</summary>
    unsafe void Rebuild(IndexKind kind)
    {
        var store = new SlotStore(Dim, Options, kind);
        store.Publish(store.Grown(Math.Max(1, _count))!);
        var row = new float[Dim];
        long next = 0;
        for (long slot = 0; slot < _store.Used; slot++)
        {
            if (_store.Live[slot] == 0) continue;
            _store.Read(slot, row);
            store.Write(next++, _store.Ids[slot], row);
        }
        var slots = new uint[next];
        var ids = new long[next];
        for (int i = 0; i < slots.Length; i++) (slots[i], ids[i]) = ((uint)i, store.Ids[i]);
        if (kind == IndexKind.Graph && next > 0)
        {
            // Linked aside, while readers use the old rows.
            var aside = new VectorIndex(Options, store);
            aside.Insert(slots, null);
            Swap(store, aside._entries, ids);
            _most = aside._most;
            return;
        }
        for (long slot = 0; slot < next; slot++) store.Live[slot] = 1;
        store.Used = next;
        Swap(store, EntryPoints.None, ids);
    }

    unsafe void Swap(SlotStore store, EntryPoints entries, long[] ids)
    {
        var slots = new SlotMap();
        slots.Reserve(store.Ids, ids.Length);
        for (int i = 0; i < ids.Length; i++) slots.Set(store.Ids, ids[i], i);
        SlotStore old = _store;
        _gate.EnterWriteLock();
        try
        {
            (_store, _entries, _removed) = (store, entries, 0);
            _slots.Take(slots);
        }
        finally { _gate.ExitWriteLock(); }
        _free = [];
        old.Dispose();
        ForgetFile();
    }

    /// <summary>0 to count − 1 in an order that depends on the count alone.</summary>
    static int[] Shuffled(int count)
    {
        var order = new int[count];
        var keys = new ulong[count];
        for (int i = 0; i < count; i++)
        {
            ulong hash = ((ulong)i + 1) * 0x9E3779B97F4A7C15;
            hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9;
            (order[i], keys[i]) = (i, hash ^ (hash >> 31));
        }
        Array.Sort(keys, order);
        return order;
    }

    readonly unsafe struct WriteRows(SlotStore store, uint[] slots, long* ids, float* rows, int dim) : IRangeBody
    {
        public void Run(long from, long to)
        {
            for (long i = from; i < to; i++) store.Write(slots[i], ids[i], new ReadOnlySpan<float>(rows + i * dim, dim));
        }
    }
}
