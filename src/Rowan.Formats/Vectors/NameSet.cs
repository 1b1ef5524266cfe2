namespace Rowan.Formats;

/// <summary>Distinct names in UTF-8, each with the number at which it was added. Names are kept in large pieces, not as objects.</summary>
sealed class NameSet
{
    const int PieceBytes = 1 << 16, FirstSlots = 256;

    readonly List<byte[]> _pieces = [];
    // Per name: where its bytes are and its hash. Per slot: the number of a name plus one, 0 for none.
    readonly List<(int Piece, int Start, int Length, uint Hash)> _names = [];
    int[] _slots = new int[FirstSlots];
    int _used = PieceBytes;

    /// <summary>Names in all.</summary>
    public long Count => _names.Count;

    /// <summary>The name of a number.</summary>
    public ReadOnlySpan<byte> this[long number]
    {
        get
        {
            (int piece, int start, int length, _) = _names[checked((int)number)];
            return _pieces[piece].AsSpan(start, length);
        }
    }

    /// <summary>Adds a name; false if it is there already.</summary>
    public bool Add(ReadOnlySpan<byte> name)
    {
        uint hash = Hash(name);
        if (Slot(name, hash) is var slot && _slots[slot] != 0) return false;
        if (name.Length > PieceBytes - _used || _pieces.Count == 0)
        {
            _pieces.Add(new byte[Math.Max(PieceBytes, name.Length)]);
            _used = 0;
        }
        name.CopyTo(_pieces[^1].AsSpan(_used));
        _names.Add((_pieces.Count - 1, _used, name.Length, hash));
        _used += name.Length;
        _slots[slot] = _names.Count;
        if (_names.Count > _slots.Length / 2) Grow();
        return true;
    }

    /// <summary>The number of a name; -1 if it is not there.</summary>
    public long Find(ReadOnlySpan<byte> name) => _slots[Slot(name, Hash(name))] - 1L;

    /// <summary>The slot of a name, or the free one that it would take.</summary>
    int Slot(ReadOnlySpan<byte> name, uint hash)
    {
        for (uint at = hash; ; at++)
        {
            int slot = (int)(at & (uint)(_slots.Length - 1));
            if (_slots[slot] == 0) return slot;
            int number = _slots[slot] - 1;
            if (_names[number].Hash == hash && this[number].SequenceEqual(name)) return slot;
        }
    }

    void Grow()
    {
        _slots = new int[checked(_slots.Length * 2)];
        for (int number = 0; number < _names.Count; number++)
        {
            uint at = _names[number].Hash;
            while (_slots[(int)(at & (uint)(_slots.Length - 1))] != 0) at++;
            _slots[(int)(at & (uint)(_slots.Length - 1))] = number + 1;
        }
    }

    // FNV-1a, then mixed so that the low bits, which choose the slot, depend on all.
    static uint Hash(ReadOnlySpan<byte> name)
    {
        uint hash = 2_166_136_261;
        foreach (byte one in name) hash = (hash ^ one) * 16_777_619;
        hash ^= hash >> 16;
        hash *= 0x85EB_CA6B;
        return hash ^ (hash >> 13);
    }
}
