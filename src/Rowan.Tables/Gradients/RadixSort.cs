using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using Rowan.Numerics;

namespace Rowan.Tables;

/// <summary>
/// Entries in ascending order of their ids, equal ones in input order: id and label packed in one 64-bit key, sorted by radix in digits of
/// 8 or 11 bits that visit only what the table's size needs. Every thread writes, counts and moves a range of the entries, and the result is the same for any
/// number of them. Rents its memory; dispose returns it.
/// </summary>
ref struct RadixSort
{
    const int Few = 128;              // Below, comparing is cheaper than counting digits.
    const int Many = 16_384;          // From here on, fewer passes are worth the time to add up 2,048 counts in each.
    const int Grain = 16_384;
    const int CacheEntries = 1 << 16;          // From here on, a core's second cache does not keep them from one step to the next.
    const int KeysPerLine = 8;

    readonly int _count, _shift;
    ulong[] _keys;

    /// <summary>Entries of one list; the label of each is its place.</summary>
    /// <param name="ids">Ids in [0, rows).</param>
    /// <param name="rows">Rows of the table.</param>
    public RadixSort(ReadOnlySpan<long> ids, long rows) : this(ids.Length, ids.Length, rows, out int bits)
    {
        Write(ids, default, 0, _shift, _keys);
        if (_count <= Few) _keys.AsSpan(0, _count).Sort();
        else Sort(bits);
    }

    /// <summary>Entries of some lists, one after the other, with the labels that they say.</summary>
    /// <param name="lists">Ids in [0, rows), and their labels.</param>
    /// <param name="labels">No label is so large.</param>
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
        Require.State(bits + _shift <= 64, $"{count} entries of a table of {rows} rows: a key of 64 bits can't tell them apart; look up fewer ids at once");
        _keys = ArrayPool<ulong>.Shared.Rent(count);
    }

    static int CountOf(ReadOnlySpan<Entries> lists)
    {
        long count = 0;
        foreach (Entries list in lists) count += list.Ids.Length;
        return checked((int)count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]   // A batch's first pass does not wait for a profile; nor do the others.
    static void Write(ReadOnlySpan<long> ids, ReadOnlySpan<int> labels, int first, int shift, Span<ulong> keys)
    {
        if (labels.IsEmpty)
            for (int i = 0; i < ids.Length; i++) keys[i] = ((ulong)ids[i] << shift) | (uint)(first + i);
        else
            for (int i = 0; i < ids.Length; i++) keys[i] = ((ulong)ids[i] << shift) | (uint)(first + labels[i]);
    }

    /// <summary>By comparing, with the destinations as labels, since those that are said need not ascend.</summary>
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

    /// <summary>The keys, for loops on several threads.</summary>
    public readonly Keys All => new(_keys, _count, _shift);

    /// <summary>Holds the keys in place, for loops that go by addresses.</summary>
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

    /// <summary>Ids with labels of their own, from a first one on; those of no labels are numbered.</summary>
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

    /// <summary>Entry by entry: which row, and its label.</summary>
    public readonly struct Keys(ulong[] keys, int count, int shift)
    {
        public int Count => count;

        /// <summary>Bits of a label.</summary>
        public int Shift => shift;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public long Row(int entry) => (long)(keys[entry] >> shift);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public int Label(int entry) => (int)(keys[entry] & ((1UL << shift) - 1));

        /// <summary>The first entry from <paramref name="entry"/> on that begins a row.</summary>
        public int NextRow(int entry)
        {
            if (entry == 0) return 0;
            while (entry < count && Row(entry) == Row(entry - 1)) entry++;
            return entry;
        }

        /// <summary>After the last entry of the row that begins at <paramref name="entry"/>.</summary>
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
                    // Moving stores to destinations at random, one store after the other, and takes half the time where they were asked for before; all at once they hold up what follows.
                    if (prefetches && i % KeysPerLine == 0) RowKernels.PrefetchRow(ref Unsafe.As<ulong, byte>(ref destinations[i]), sizeof(ulong));
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
