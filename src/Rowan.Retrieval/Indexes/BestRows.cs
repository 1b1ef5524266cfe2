namespace Rowan.Retrieval;

/// <summary>
/// The k best of many rows: the higher score first, then the lower id, so that the data alone settle the order. A heap whose root is
/// the worst of the best.
/// </summary>
sealed class BestRows(int k)
{
    (float Score, long Id, uint Slot)[] _heap = new (float, long, uint)[Math.Min(k, 64)];

    /// <summary>Rows kept.</summary>
    public int Count { get; private set; }

    /// <summary>Scores below this are not among the best.</summary>
    public float Least { get; private set; } = float.NegativeInfinity;

    /// <summary>Offers a row; one whose score is not a number is refused.</summary>
    public void Offer(float score, long id, uint slot)
    {
        if (!(score >= Least)) return;
        if (Count < k)
        {
            if (Count == _heap.Length) Array.Resize(ref _heap, Math.Min(k, 2 * Count));
            int at = Count++;
            for (int parent; at > 0 && Worse(score, id, _heap[parent = (at - 1) / 2]); at = parent) _heap[at] = _heap[parent];
            _heap[at] = (score, id, slot);
            if (Count == k) Least = _heap[0].Score;
            return;
        }
        if (!Worse(_heap[0].Score, _heap[0].Id, (score, id, slot))) return;
        int hole = 0;
        for (int child; (child = 2 * hole + 1) < Count; hole = child)
        {
            if (child + 1 < Count && Worse(_heap[child + 1].Score, _heap[child + 1].Id, _heap[child])) child++;
            if (!Worse(_heap[child].Score, _heap[child].Id, (score, id, slot))) break;
            _heap[hole] = _heap[child];
        }
        _heap[hole] = (score, id, slot);
        Least = _heap[0].Score;
    }

    /// <summary>Offers all rows of another.</summary>
    public void Offer(BestRows other)
    {
        for (int i = 0; i < other.Count; i++) Offer(other._heap[i].Score, other._heap[i].Id, other._heap[i].Slot);
    }

    /// <summary>The slots kept, in no order.</summary>
    public void CopySlots(List<uint> into)
    {
        for (int i = 0; i < Count; i++) into.Add(_heap[i].Slot);
    }

    /// <summary>The best, best first.</summary>
    public Match[] Sorted()
    {
        var matches = new Match[Count];
        for (int i = 0; i < Count; i++) matches[i] = new Match(_heap[i].Id, _heap[i].Score);
        Array.Sort(matches, static (a, b) => a.Score != b.Score ? b.Score.CompareTo(a.Score) : a.Id.CompareTo(b.Id));
        return matches;
    }

    static bool Worse(float score, long id, (float Score, long Id, uint Slot) than) =>
        score < than.Score || (score == than.Score && id > than.Id);
}
