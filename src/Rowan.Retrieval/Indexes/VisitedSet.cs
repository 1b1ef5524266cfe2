using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rowan.Retrieval;

/// <summary>
/// The slots that a search has seen: open addressing over a table that grows with the search and not with the index, so it stays in the
/// near cache.
/// </summary>
sealed unsafe class VisitedSet
{
    // 1,024 slots fill 8 KB.
    const int LeastBits = 11;

    uint[] _table = Empty(LeastBits);
    uint* _first;
    int _shift = 32 - LeastBits, _count, _most = 1 << (LeastBits - 1);

    public VisitedSet() => _first = Address(_table);

    public int Count => _count;

    public void Clear()
    {
        if (_count == 0) return;
        // A table that one long search made large is given up for short ones.
        if (_table.Length > 1 << LeastBits && _count < _table.Length / 16) Resize(LeastBits);
        else _table.AsSpan().Fill(SlotStore.NoSlot);
        _count = 0;
    }

    /// <summary>Adds a slot; false where it is there already.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Add(uint slot)
    {
        uint mask = (1u << (32 - _shift)) - 1, at = slot * 0x9E3779B1 >> _shift;
        for (uint there; (there = _first[at]) != SlotStore.NoSlot; at = (at + 1) & mask)
            if (there == slot) return false;
        _first[at] = slot;
        if (++_count > _most) Grow();
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    void Grow()
    {
        uint[] old = _table;
        Resize(33 - _shift);
        _count = 0;
        foreach (uint slot in old)
            if (slot != SlotStore.NoSlot) Add(slot);
    }

    void Resize(int bits)
    {
        _table = Empty(bits);
        _first = Address(_table);
        (_shift, _most) = (32 - bits, 1 << (bits - 1));
    }

    static uint[] Empty(int bits)
    {
        uint[] table = GC.AllocateUninitializedArray<uint>(1 << bits, pinned: true);
        table.AsSpan().Fill(SlotStore.NoSlot);
        return table;
    }

    static uint* Address(uint[] table) => (uint*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(table));
}
