using System.Runtime.CompilerServices;

namespace Rowan.Retrieval;

/// <summary>
/// The best candidates of a walk, sorted, with a mark on those whose neighbours were seen. An entry is one 64-bit number: the score in
/// an order of unsigned integers, the slot, the mark.
/// </summary>
sealed class Beam
{
    const int FewMoves = 12;

    ulong[] _entries = new ulong[64];
    int _limit;

    public int Count { get; private set; }

    /// <summary>No candidate before this one is unmarked.</summary>
    public int Cursor { get; private set; }

    public bool IsFull => Count == _limit;

    /// <summary>The lowest score that would be kept.</summary>
    public float Least { get; private set; }

    public void Reset(int limit)
    {
        if (_entries.Length <= limit) _entries = new ulong[limit + 1];
        (_limit, Count, Cursor, Least) = (limit, 0, 0, float.NegativeInfinity);
    }

    public uint SlotAt(int place) => (uint)_entries[place] >> 1;

    public float ScoreAt(int place) => Score(_entries[place]);

    /// <summary>The best candidate that is not marked, which is then marked; false where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryTake(out uint slot)
    {
        ulong[] entries = _entries;
        int at = Cursor;
        while (at < Count && (entries[at] & 1) != 0) at++;
        Cursor = at;
        if (at == Count)
        {
            slot = 0;
            return false;
        }
        entries[at] |= 1;
        slot = (uint)entries[at] >> 1;
        return true;
    }

    /// <summary>Inserts a candidate that was never offered before, unless it is worse than all of a full beam.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Offer(float score, uint slot)
    {
        if (!(score > Least)) return;
        Insert(score, slot);
    }

    void Insert(float score, uint slot)
    {
        ulong entry = (ulong)Ordered(score) << 32 | slot << 1;
        ulong[] entries = _entries;
        int low = 0, high = Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (entries[middle] > entry) low = middle + 1;
            else high = middle;
        }
        if (Count < _limit) Count++;
        else if (low == Count) return;
        // Most insertions are near the end, where a loop is faster than a call.
        if (Count - low > FewMoves) Array.Copy(entries, low, entries, low + 1, Count - 1 - low);
        else
            for (int i = Count - 1; i > low; i--) entries[i] = entries[i - 1];
        entries[low] = entry;
        if (low < Cursor) Cursor = low;
        if (Count == _limit) Least = Score(entries[Count - 1]);
    }

    /// <summary>Bits whose unsigned order is that of the floats.</summary>
    static uint Ordered(float score)
    {
        int bits = BitConverter.SingleToInt32Bits(score);
        return (uint)(bits ^ ((bits >> 31) | int.MinValue));
    }

    static float Score(ulong entry)
    {
        uint ordered = (uint)(entry >> 32);
        return BitConverter.UInt32BitsToSingle((ordered & 0x80000000) != 0 ? ordered ^ 0x80000000 : ~ordered);
    }
}
