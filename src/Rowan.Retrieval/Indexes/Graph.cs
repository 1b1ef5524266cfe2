using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowan.Numerics;

namespace Rowan.Retrieval;

/// <summary>The memory of a graph as a walk sees it. Valid while the lock of the index is held.</summary>
readonly unsafe struct Graph(SlotStore store, EntryPoints entries, float most)
{
    public readonly sbyte* Codes = store.Codes;
    public readonly float* Scales = store.Scales;
    public readonly float* Squares = store.Offsets;
    public readonly uint* Edges = store.Edges;
    public readonly nint CodeLength = store.CodeLength;
    public readonly int Degree = store.Options.Degree;
    public readonly uint Used = (uint)store.Used;
    public readonly EntryPoints Entries = entries;
    public readonly IndexMetric Metric = store.Options.Metric;

    /// <summary>The largest |r|² of the index.</summary>
    public readonly float Most = most;
}

/// <summary>A query of a walk.</summary>
readonly unsafe struct GraphQuery(short* codes, float scale, float extra)
{
    public readonly short* Codes = codes;
    public readonly float Scale = scale, Extra = extra;
}

/// <summary>
/// Rows spread over the index whose codes lie side by side. A walk compares all of them and starts at the best: cheaper than the upper
/// layers of HNSW at these sizes, since memory is read in order, and nothing has to be kept up to date when rows come and go.
/// </summary>
sealed unsafe class EntryPoints
{
    // One of 256 rows adds a quarter byte per row to memory for 64 values, and 800 comparisons to a walk among 200,000.
    const int RowsPerEntry = 256, MostEntries = 4_096;

    readonly sbyte[] _codes;
    readonly float[] _scales, _squares;

    EntryPoints(int count, int length)
    {
        _codes = GC.AllocateUninitializedArray<sbyte>(Math.Max(1, count * length), pinned: true);
        (_scales, _squares, Slots) = (new float[count], new float[count], new uint[count]);
    }

    public static EntryPoints None { get; } = new(0, 0);

    public uint[] Slots { get; }

    /// <summary>Rows of the index when these were chosen.</summary>
    public long Rows { get; private init; }

    public long Bytes => _codes.Length + 12L * Slots.Length;

    public int Count => Slots.Length;

    public ReadOnlySpan<float> Scales => _scales;

    public ReadOnlySpan<float> Squares => _squares;

    public sbyte* Codes => (sbyte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_codes));

    /// <summary>Live rows at equal distances among the slots.</summary>
    public static EntryPoints Of(SlotStore store, long used, long live)
    {
        long wanted = Math.Min(MostEntries, Math.Max(Math.Min(live, 16), live / RowsPerEntry));
        var slots = new List<uint>((int)wanted);
        long next = 0;
        for (long i = 0; i < wanted; i++)
        {
            long slot = Math.Max(next, i * used / wanted);
            while (slot < used && store.Live[slot] == 0) slot++;
            if (slot >= used) break;
            slots.Add((uint)slot);
            next = slot + 1;
        }
        return At(store, [.. slots], live);
    }

    /// <summary>Some rows.</summary>
    public static EntryPoints At(SlotStore store, ReadOnlySpan<uint> slots, long rows)
    {
        var entries = new EntryPoints(slots.Length, store.CodeLength) { Rows = rows };
        for (int i = 0; i < slots.Length; i++)
        {
            (entries.Slots[i], entries._scales[i]) = (slots[i], store.Scales[slots[i]]);
            if (store.Offsets is not null) entries._squares[i] = store.Offsets[slots[i]];
            new ReadOnlySpan<sbyte>(store.Codes + (nint)slots[i] * store.CodeLength, store.CodeLength)
                .CopyTo(entries._codes.AsSpan(i * store.CodeLength));
        }
        return entries;
    }
}
