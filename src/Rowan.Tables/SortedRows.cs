using System.Buffers;
using System.Numerics;

namespace Rowan.Tables;

/// <summary>
/// Ids in ascending order, equal ones in input order, with the position each came from: a stable radix sort of 11-bit digits that
/// visits only the digits the table's size needs. Rents its memory; dispose returns it.
/// </summary>
ref struct SortedRows
{
    const int DigitBits = 11, Digits = 1 << DigitBits;

    long[] _ids, _positions;
    readonly int _count;

    /// <param name="ids">Ids in [0, rows).</param>
    /// <param name="rows">Rows of the table.</param>
    public SortedRows(ReadOnlySpan<long> ids, long rows)
    {
        _count = ids.Length;
        _ids = ArrayPool<long>.Shared.Rent(_count);
        _positions = ArrayPool<long>.Shared.Rent(_count);
        ids.CopyTo(_ids);
        for (int i = 0; i < _count; i++) _positions[i] = i;
        if (_count > 1) Sort(rows);
    }

    public readonly ReadOnlyMemory<long> Ids => _ids.AsMemory(0, _count);

    public readonly ReadOnlyMemory<long> Positions => _positions.AsMemory(0, _count);

    /// <summary>Where each run of equal ids starts, and the count at the end: [distinct + 1] values, rented by the caller.</summary>
    public readonly int Runs(Span<long> starts)
    {
        int runs = 0;
        for (int i = 0; i < _count; i++)
            if (i == 0 || _ids[i] != _ids[i - 1]) starts[runs++] = i;
        starts[runs] = _count;
        return runs;
    }

    public void Dispose()
    {
        ArrayPool<long>.Shared.Return(_ids);
        ArrayPool<long>.Shared.Return(_positions);
        _ids = _positions = [];
    }

    void Sort(long rows)
    {
        long[] ids = ArrayPool<long>.Shared.Rent(_count), positions = ArrayPool<long>.Shared.Rent(_count);
        Span<int> next = stackalloc int[Digits];
        int bits = BitOperations.Log2((ulong)Math.Max(1, rows - 1)) + 1;
        for (int shift = 0; shift < bits; shift += DigitBits)
        {
            next.Clear();
            foreach (long id in _ids.AsSpan(0, _count)) next[(int)(id >> shift) & (Digits - 1)]++;
            int sum = 0;
            for (int d = 0; d < Digits; d++) (next[d], sum) = (sum, sum + next[d]);
            for (int i = 0; i < _count; i++)
            {
                int to = next[(int)(_ids[i] >> shift) & (Digits - 1)]++;
                ids[to] = _ids[i];
                positions[to] = _positions[i];
            }
            (_ids, ids) = (ids, _ids);
            (_positions, positions) = (positions, _positions);
        }
        ArrayPool<long>.Shared.Return(ids);
        ArrayPool<long>.Shared.Return(positions);
    }
}
