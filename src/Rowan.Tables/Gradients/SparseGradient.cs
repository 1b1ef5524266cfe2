using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowan.Numerics;

namespace Rowan.Tables;

/// <summary>
/// The gradient of a table: a list of (id, gradient row) in the order in which backward passes added them, not yet summed. Its size is
/// that of the batch, never that of the table. The gradient of a row is the sum over its entries, in input order.
/// </summary>
public sealed class SparseGradient
{
    /// <summary>
    /// Minimum gradient values per thread. Below, moving rows between the caches of two cores costs more than the second thread saves: a
    /// step of 2,000 rows × 64 takes twice as long on two threads as on one.
    /// </summary>
    internal const long Grain = 1 << 17;

    readonly Table _table;
    readonly List<GradientSegment> _segments = [];
    readonly List<IDisposable> _leases = [];

    internal SparseGradient(Table table) => _table = table;

    /// <summary>The table.</summary>
    public Table Table => _table;

    /// <summary>Whether a backward pass has reached the table since the gradient was last cleared.</summary>
    public bool Exists => _segments.Count > 0;

    /// <summary>Number of entries, duplicates included.</summary>
    public long Entries
    {
        get
        {
            long entries = 0;
            foreach (GradientSegment segment in _segments) entries += segment.Ids.Length;
            return entries;
        }
    }

    /// <summary>The ids of all entries, duplicates included, in the order in which backward passes added them.</summary>
    public long[] Ids
    {
        get
        {
            var ids = new long[Entries];
            CopyIds(ids);
            return ids;
        }
    }

    /// <summary>The distinct rows that have a gradient, ascending.</summary>
    public long[] Rows => [.. Ids.Distinct().Order()];

    /// <summary>Sets the bit of every row that has an entry; bits of other rows stay.</summary>
    /// <param name="rows">Bits of all rows, 64 to a word.</param>
    public void Mark(Span<ulong> rows)
    {
        Require.That(rows.Length >= (_table.Count + 63) / 64, $"Mark: {rows.Length} words of 64 bits for {_table.Count} rows",
            nameof(rows));
        foreach (GradientSegment segment in _segments)
            foreach (long id in segment.Ids.Span) rows[(int)(id >> 6)] |= 1UL << (int)(id & 63);
    }

    /// <summary>The gradient of one row [dim]: zeros where the row was not looked up.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The row is not one of the table's.</exception>
    public float[] this[long row]
    {
        get
        {
            _table.CheckRow(row, "Gradient");
            var sum = new float[_table.Dim];
            foreach (GradientSegment segment in _segments)
            {
                ReadOnlySpan<long> ids = segment.Ids.Span;
                for (int i = 0; i < ids.Length; i++)
                    if (ids[i] == row) segment.AddTo(sum, i);
            }
            return sum;
        }
    }

    /// <summary>Adds the dense gradient to <paramref name="into"/> [rows · dim]. For inspection; training never needs it.</summary>
    public void AddTo(Span<float> into)
    {
        int dim = _table.Dim;
        Require.That(into.Length == _table.Count * dim, $"Gradient.AddTo: {into.Length} values for a table of {_table.Count} rows × {dim}",
            nameof(into));
        foreach (GradientSegment segment in _segments)
        {
            ReadOnlySpan<long> ids = segment.Ids.Span;
            for (int i = 0; i < ids.Length; i++) segment.AddTo(into.Slice((int)(ids[i] * dim), dim), i);
        }
    }

    /// <summary>Adds entries: gradient row i belongs to row ids[i].</summary>
    /// <param name="ids">Row of each entry [n], checked by the lookup that they come from. Kept, not copied.</param>
    /// <param name="rows">Gradient rows [m, dim]. Kept, not copied.</param>
    /// <param name="rowOf">Which of <paramref name="rows"/> each entry takes [n]; empty when entry i takes row i. Kept, not copied.</param>
    /// <param name="scale">What each entry's row is multiplied by [n]; empty for 1.</param>
    /// <param name="lease">Disposed when the gradient is cleared, so that pooled buffers can be reused; null for none.</param>
    /// <exception cref="ArgumentException">The lengths do not fit together.</exception>
    public void Add(ReadOnlyMemory<long> ids, ReadOnlyMemory<float> rows, ReadOnlyMemory<int> rowOf = default,
        ReadOnlyMemory<float> scale = default, IDisposable? lease = null)
    {
        int dim = _table.Dim;
        Require.That(rows.Length % dim == 0 && (!rowOf.IsEmpty || ids.IsEmpty || rows.Length == (long)ids.Length * dim),
            $"Gradient.Add: {ids.Length} ids with {rows.Length} gradient values of a table of dim {dim}", nameof(rows));
        Require.That(rowOf.IsEmpty || rowOf.Length == ids.Length, $"Gradient.Add: {ids.Length} ids and {rowOf.Length} row numbers",
            nameof(rowOf));
        Require.That(scale.IsEmpty || scale.Length == ids.Length, $"Gradient.Add: {ids.Length} ids and {scale.Length} scales",
            nameof(scale));
        if (lease is not null) _leases.Add(lease);
        _segments.Add(_table.FrozenRows.Count == 0
            ? new GradientSegment(ids, rows, rowOf, scale, dim) : WithoutFrozen(ids, rows, rowOf, scale));
    }

    GradientSegment WithoutFrozen(ReadOnlyMemory<long> ids, ReadOnlyMemory<float> rows, ReadOnlyMemory<int> rowOf,
        ReadOnlyMemory<float> scale)
    {
        int[] kept = [.. Enumerable.Range(0, ids.Length).Where(i => !_table.FrozenRows.Contains(ids.Span[i]))];
        return new GradientSegment(kept.Select(i => ids.Span[i]).ToArray(), rows,
            kept.Select(i => rowOf.IsEmpty ? i : rowOf.Span[i]).ToArray(),
            scale.IsEmpty ? scale : kept.Select(i => scale.Span[i]).ToArray(), _table.Dim);
    }

    /// <summary>
    /// Sums the entries of each row, in input order, into one segment of its own: each id once, ascending. What clipping scales.
    /// </summary>
    /// <returns>The ids, and their gradients [n, dim], to be changed in place.</returns>
    public (ReadOnlyMemory<long> Ids, Memory<float> Rows) Coalesce()
    {
        if (_segments is [{ Coalesced: true } done]) return (done.Ids, MemoryMarshal.AsMemory(done.Rows));
        if (!Exists) return default;
        int dim = _table.Dim;
        long[] ids = Rows;
        var rows = new float[checked(ids.Length * dim)];
        ForEachRow(new CopyRows(ids, rows, dim));
        _segments.Clear();
        _segments.Add(new GradientSegment(ids, rows, default, default, dim) { Coalesced = true });
        return (ids, rows);
    }

    readonly struct CopyRows(long[] ids, float[] rows, int dim) : ISummedGradientBody
    {
        public void Prefetch(long row) { }

        public void Row(long row, ReadOnlySpan<float> gradient) => gradient.CopyTo(rows.AsSpan(Array.BinarySearch(ids, row) * dim, dim));
    }

    /// <summary>Removes all entries.</summary>
    public void Clear()
    {
        _segments.Clear();
        foreach (IDisposable lease in _leases) lease.Dispose();
        _leases.Clear();
    }

    /// <summary>
    /// Calls the body once for each distinct row with its summed gradient, in parallel by row. Entries are summed in input order, in blocks
    /// whose sums are added in order, so several threads can sum one hot row and give the same bits as one thread.
    /// </summary>
    internal void ForEachRow<TBody>(TBody body) where TBody : struct, ISummedGradientBody => Walk(new RowByRow<TBody>(body));

    /// <summary>Sorts the entries by row and visits them, in parallel by row.</summary>
    internal void Walk<TWalk>(TWalk walk) where TWalk : struct, ISortedGradientPass
    {
        int entries = checked((int)Entries);
        if (entries == 0) return;
        long start = Counters.Start();
        using var gradients = new DuplicateSums([.. _segments], _table.Dim);
        using RadixSort sorted = gradients.Sort(_table.Count);
        start = Counters.Phase("sort", _table.Name, start);
        using HotRows hot = HotRows.Of(gradients);
        Workers.For(entries, Math.Max(1, Grain / _table.Dim), new Ranges<TWalk>(walk, gradients, hot));
        Counters.Phase("update", _table.Name, start);
    }

    readonly struct Ranges<TWalk>(TWalk walk, DuplicateSums gradients, HotRows hot) : IRangeBody where TWalk : struct, ISortedGradientPass
    {
        public void Run(long from, long to) => walk.Run(gradients, hot, gradients.Keys.NextRow((int)from), gradients.Keys.NextRow((int)to));
    }

    void CopyIds(Span<long> into)
    {
        foreach (GradientSegment segment in _segments)
        {
            segment.Ids.Span.CopyTo(into);
            into = into[segment.Ids.Length..];
        }
    }

    readonly struct RowByRow<TBody>(TBody body) : ISortedGradientPass where TBody : struct, ISummedGradientBody
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]   // Skips tiered compilation: a first batch should not run slow code.
        public void Run(DuplicateSums gradients, in HotRows hot, int entry, int end)
        {
            RadixSort.Keys keys = gradients.Keys;
            TBody rows = body;            // A call through a readonly field would copy the struct.
            int dim = gradients.Dim;
            bool anyHot = hot.Exist;
            float[] rented = ArrayPool<float>.Shared.Rent(2 * dim);
            Span<float> scratch = rented.AsSpan(0, 2 * dim);
            for (int after = entry; entry < end; entry = after)
            {
                long row = keys.Row(entry);
                do
                {
                    int later = after + ISortedGradientPass.Ahead;
                    if (later >= end) continue;
                    if (keys.Row(later) != keys.Row(later - 1)) rows.Prefetch(keys.Row(later));
                    gradients.Prefetch(later);
                }
                while (++after < end && keys.Row(after) == row);
                rows.Row(row, anyHot && hot.Sum(entry, scratch[..dim]) ? scratch[..dim] : gradients.Sum(entry, after, scratch));
            }
            ArrayPool<float>.Shared.Return(rented);
        }
    }
}
