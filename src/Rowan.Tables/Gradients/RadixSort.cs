using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using Rowan.Numerics;

namespace Rowan.Tables;

/// <summary>
/// Stable radix sort of ids. Id and label are packed in one 64-bit key and sorted by digits of 8 or 11 bits; high digits that the table's
/// size does not need are skipped. Each thread writes, counts and moves a range of the entries; the result is the same for any number of
/// threads. Uses rented memory; dispose returns it.
/// </summary>
ref struct RadixSort
{
    const int Few = 128;              // Below, a comparison sort is faster.
    const int Many = 16_384;          // From here on, digits of 11 bits are faster than digits of 8.
    const int Grain = 16_384;
    const int CacheEntries = 1 << 16;   // From here on, keys do not fit into a core's L2 cache.
    const int KeysPerLine = 8;

    readonly int _count, _shift;
    ulong[] _keys;

    /// <summary>Sorts one list. The label of an entry is its position.</summary>
    /// <param name="ids">Ids in [0, rows).</param>
    /// <param name="rows">Rows of the table.</param>
    public RadixSort(ReadOnlySpan<long> ids, long rows) : this(ids.Length, ids.Length, rows, out int bits)
    {
        Write(ids, default, 0, _shift, _keys);
        if (_count <= Few) _keys.AsSpan(0, _count).Sort();
        else Sort(bits);
    }

    /// <summary>Sorts several lists, one after the other, with given labels.</summary>
    /// <param name="lists">Ids in [0, rows), and their labels.</param>
    /// <param name="labels">Labels are smaller than this.</param>
    /// <param name="rows">Rows of the table.</param>
    public RadixSort(ReadOnlySpan<Entries> lists, int labels, long rows) : this(CountOf(lists), labels, rows, out int bits)
    {
        if (_count <= Few) SortFew(lists);
        else
        {
            int start = 0;
            foreach (Entries list in lists)
            {
                Workers.For(list.Ids.Length, Grain, new Writing(list, _shift, _keys, start));
                start += list.Ids.Length;
            }
            Sort(bits);
        }
    }

    RadixSort(int count, int labels, long rows, out int bits)
    {
        _count = count;
        _shift = BitOperations.Log2((uint)Math.Max(1, Math.Max(count, labels))) + 1;
        bits = BitOperations.Log2((ulong)Math.Max(1, rows - 1)) + 1;
        Require.State(bits + _shift <= 64,
            $"{count} entries of a table of {rows} rows: a key of 64 bits can't tell them apart; look up fewer ids at once");
        _keys = ArrayPool<ulong>.Shared.Rent(count);
    }

    static int CountOf(ReadOnlySpan<Entries> lists)
    {
        long count = 0;
        foreach (Entries list in lists) count += list.Ids.Length;
        return checked((int)count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]   // Skips tiered compilation: a first batch should not run slow code.
    static void Write(ReadOnlySpan<long> ids, ReadOnlySpan<int> labels, int first, int shift, Span<ulong> keys)
    {
        if (labels.IsEmpty)
            for (int i = 0; i < ids.Length; i++) keys[i] = ((ulong)ids[i] << shift) | (uint)(first + i);
        else
            for (int i = 0; i < ids.Length; i++) keys[i] = ((ulong)ids[i] << shift) | (uint)(first + labels[i]);
    }

    /// <summary>Comparison sort. Sorts positions, because given labels need not ascend, then replaces positions by labels.</summary>
    readonly void SortFew(ReadOnlySpan<Entries> lists)
    {
        Span<int> labels = stackalloc int[_count];
        Span<ulong> keys = _keys.AsSpan(0, _count);
        int start = 0;
        foreach (Entries list in lists)
        {
            Write(list.Ids.Span, default, start, _shift, keys[start..]);
            for (int i = 0; i < list.Ids.Length; i++) labels[start + i] = list.First + (list.Labels.IsEmpty ? i : list.Labels.Span[i]);
            start += list.Ids.Length;
        }
        keys.Sort();
        ulong mask = (1UL << _shift) - 1;
        foreach (ref ulong key in keys) key = (key & ~mask) | (uint)labels[(int)(key & mask)];
    }

    public readonly int Count => _count;

    /// <summary>The sorted keys, in a form that lambdas and threads can capture.</summary>
    public readonly Keys All => new(_keys, _count, _shift);

    /// <summary>Pins the keys.</summary>
    public readonly MemoryHandle Pin() => _keys.AsMemory().Pin();

    public void Dispose()
    {
        ArrayPool<ulong>.Shared.Return(_keys);
        _keys = [];
    }

    void Sort(int bits)
    {
        ulong[] other = ArrayPool<ulong>.Shared.Rent(_count);
        int ranges = Math.Clamp(_count / Grain, 1, Workers.Threads);
        int digitBits = _count < Many ? 8 : 11, digits = 1 << digitBits;
        int[] counts = ArrayPool<int>.Shared.Rent(ranges * digits);
        for (int at = 0; at < bits; at += digitBits)
        {
            var pass = new Pass(_keys, other, counts, _count, ranges, _shift + at, digits);
            Workers.For(ranges, 1, new Counting(pass));
            for (int digit = 0, sum = 0; digit < digits; digit++)
                for (int range = 0; range < ranges; range++)
                    (counts[range * digits + digit], sum) = (sum, sum + counts[range * digits + digit]);
            Workers.For(ranges, 1, new Moving(pass));
            (_keys, other) = (other, _keys);
        }
        ArrayPool<int>.Shared.Return(counts);
        ArrayPool<ulong>.Shared.Return(other);
    }

    /// <summary>A list of ids. Entry i has label First + Labels[i], or First + i without labels.</summary>
    public readonly record struct Entries(ReadOnlyMemory<long> Ids, ReadOnlyMemory<int> Labels, int First);

    readonly struct Writing(Entries list, int shift, ulong[] keys, int start) : IRangeBody
    {
        public void Run(long from, long to)
        {
            (int first, int end) = ((int)from, (int)to);
            if (list.Labels.IsEmpty) Write(list.Ids.Span[first..end], default, list.First + first, shift, keys.AsSpan(start + first));
            else Write(list.Ids.Span[first..end], list.Labels.Span[first..end], list.First, shift, keys.AsSpan(start + first));
        }
    }

    /// <summary>Row and label of each sorted entry.</summary>
    public readonly struct Keys(ulong[] keys, int count, int shift)
    {
        public int Count => count;

        /// <summary>Bits of a label.</summary>
        public int Shift => shift;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public long Row(int entry) => (long)(keys[entry] >> shift);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public int Label(int entry) => (int)(keys[entry] & ((1UL << shift) - 1));

        /// <summary>The first entry at or after <paramref name="entry"/> whose row differs from the one before it.</summary>
        public int NextRow(int entry)
        {
            if (entry == 0) return 0;
            while (entry < count && Row(entry) == Row(entry - 1)) entry++;
            return entry;
        }

        /// <summary>The end of the run of equal rows that starts at <paramref name="entry"/>.</summary>
        public int EndOfRow(int entry)
        {
            long row = Row(entry++);
            while (entry < count && Row(entry) == row) entry++;
            return entry;
        }
    }

    readonly record struct Pass(ulong[] From, ulong[] To, int[] Counts, int Count, int Ranges, int Shift, int Digits)
    {
        public Span<int> CountsOf(long range) => Counts.AsSpan((int)range * Digits, Digits);

        public ReadOnlySpan<ulong> Keys(long range) => From.AsSpan(Start(range)..Start(range + 1));

        public Span<ulong> Destinations(long range) => To.AsSpan(Start(range)..Start(range + 1));

        int Start(long range) => (int)(Count * range / Ranges);
    }

    readonly struct Counting(Pass pass) : IRangeBody
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(long from, long to)
        {
            for (long range = from; range < to; range++)
            {
                Span<int> counts = pass.CountsOf(range);
                counts.Clear();
                int shift = pass.Shift, mask = pass.Digits - 1;
                ReadOnlySpan<ulong> keys = pass.Keys(range);
                Span<ulong> destinations = pass.Destinations(range);
                bool prefetches = pass.Count >= CacheEntries;
                for (int i = 0; i < keys.Length; i++)
                {
                    // The moving pass stores to random destinations. Prefetching them here, one line at a time, halves its time.
                    if (prefetches && i % KeysPerLine == 0)
                        RowKernels.PrefetchRow(ref Unsafe.As<ulong, byte>(ref destinations[i]), sizeof(ulong));
                    counts[(int)(keys[i] >> shift) & mask]++;
                }
            }
        }
    }

    readonly struct Moving(Pass pass) : IRangeBody
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(long from, long to)
        {
            for (long range = from; range < to; range++)
            {
                Span<int> next = pass.CountsOf(range);
                ulong[] into = pass.To;
                int shift = pass.Shift, mask = pass.Digits - 1;
                foreach (ulong key in pass.Keys(range)) into[next[(int)(key >> shift) & mask]++] = key;
            }
        }
    }
}
