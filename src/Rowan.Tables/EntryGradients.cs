using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowan.Numerics;

namespace Rowan.Tables;

/// <summary>The gradient row of each sorted entry, and sums of runs of them: in input order, in blocks of <see cref="Block"/>, the blocks' sums in order.</summary>
sealed unsafe class EntryGradients : IDisposable
{
    /// <summary>Entries that are summed in one go: a number of the data, not of the threads.</summary>
    public const int Block = 512;

    readonly Lookup[] _parts;
    readonly SortedRows.Entries[] _entries;
    readonly Source _source;
    readonly MemoryHandle _only;      // Of a single part, pinned.
    readonly int _labels;
    readonly bool _far, _scaled;

    public EntryGradients(Part[] parts, int dim)
    {
        Dim = dim;
        _parts = new Lookup[parts.Length];
        _entries = new SortedRows.Entries[parts.Length];
        var arrays = new float[parts.Length][];
        var starts = new int[parts.Length];
        foreach (Part part in parts) _scaled |= !part.Scale.IsEmpty;
        for (int p = 0; p < parts.Length; p++)
        {
            ArraySegment<float> rows = Under(parts[p].Rows);
            (arrays[p], starts[p]) = (rows.Array!, rows.Offset);
            _far |= rows.Count > 1 << 18;
            int labels = _scaled ? parts[p].Ids.Length : rows.Count / dim;
            _parts[p] = new Lookup(labels, Under(parts[p].RowOf), Under(parts[p].Scale));
            _entries[p] = new SortedRows.Entries(parts[p].Ids, _scaled ? default : parts[p].RowOf, _labels);
            _labels = checked(_labels + labels);
        }
        _source = new Source(arrays, starts, dim);
        if (parts.Length == 1) _only = parts[0].Rows.Pin();
    }

    // A span of memory costs some nanoseconds to make, which is as much as the row does.
    static ArraySegment<T> Under<T>(ReadOnlyMemory<T> memory) => MemoryMarshal.TryGetArray(memory, out ArraySegment<T> segment) ? segment : memory.ToArray();

    /// <summary>The entries in the order of their rows, once they are sorted.</summary>
    public SortedRows.Keys Keys { get; set; }

    public int Dim { get; }

    /// <summary>
    /// Sorts the entries by row. Beside each stands where its gradient row lies, which spares a read at random for each of them; where entries are scaled, its position, which finds both.
    /// </summary>
    public SortedRows Sort(long rows) => new(_entries, _labels, rows);

    /// <summary>Asks for the gradient row of an entry, and says where it lies and what it is multiplied by.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Ask(int entry, out float scale)
    {
        long place = Locate(Keys.Label(entry), out scale);
        if (_far) RowBlocks.PrefetchRow(ref _source.At(place), Dim * sizeof(float));
        return place;
    }

    /// <summary>into[r] ← Σ over starts[r] ≤ i &lt; starts[r + 1] of scales[i]·the row at places[i], in their order.</summary>
    public void Sum(ReadOnlySpan<long> places, ReadOnlySpan<long> starts, ReadOnlySpan<float> scales, Span<float> into)
    {
        if (!_scaled) scales = default;
        if (_only.Pointer is not null) RowBlocks.SumBags<Float32Code, OnlyPart>(new((byte*)_only.Pointer, Dim), places, starts, scales, false, into, Dim, Dim, far: false);
        else RowBlocks.SumBags<Float32Code, Source>(_source, places, starts, scales, false, into, Dim, Dim, far: false);
    }

    /// <summary>into ← Σ over entries from ≤ e &lt; to.</summary>
    /// <param name="from">First entry.</param>
    /// <param name="to">After the last entry.</param>
    /// <param name="into">The sum [dim].</param>
    /// <param name="part">Room for a block's sum [dim].</param>
    public Span<float> Sum(int from, int to, Span<float> into, Span<float> part)
    {
        SumBlock(from, Math.Min(to, from + Block), into);
        for (int e = from + Block; e < to; e += Block)
        {
            SumBlock(e, Math.Min(to, e + Block), part);
            RowMath.Add(part, into);
        }
        return into;
    }

    [SkipLocalsInit]
    public void SumBlock(int from, int to, Span<float> into)
    {
        Span<long> places = stackalloc long[Block];
        Span<float> scales = stackalloc float[Block];
        for (int e = from; e < to; e++) places[e - from] = Locate(Keys.Label(e), out scales[e - from]);
        Sum(places[..(to - from)], [0, to - from], scales[..(to - from)], into);
    }

    public void Dispose() => _only.Dispose();

    /// <summary>Where the gradient row of a label lies (part and row in one number), and what it is multiplied by.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    long Locate(int label, out float scale)
    {
        int p = 0;
        while (label >= _parts[p].Labels) label -= _parts[p++].Labels;
        scale = 1;
        return ((long)p << 32) | (uint)(_scaled ? Scaled(in _parts[p], label, out scale) : label);
    }

    static int Scaled(in Lookup part, int position, out float scale)
    {
        scale = part.Scale.Count == 0 ? 1 : part.Scale.Array![part.Scale.Offset + position];
        return part.RowOf.Count == 0 ? position : part.RowOf.Array![part.RowOf.Offset + position];
    }

    /// <summary>The rows of a single part.</summary>
    readonly struct OnlyPart(byte* first, int dim) : IRowSource
    {
        public nint Pitch => (nint)dim * sizeof(float);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public ref byte At(long row) => ref first[row * Pitch];
    }

    /// <summary>The labels of a part, and for positions what they stand for.</summary>
    readonly record struct Lookup(int Labels, ArraySegment<int> RowOf, ArraySegment<float> Scale);

    readonly struct Source(float[][] arrays, int[] starts, int dim) : IRowSource
    {
        public nint Pitch => 0;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public ref byte At(long row) => ref Unsafe.As<float, byte>(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(arrays[row >> 32]), starts[row >> 32] + (nint)(uint)row * dim));
    }
}

/// <summary>Rows that occur so often that one thread would still sum when all others are done: their blocks are summed in parallel first.</summary>
readonly struct HotRows(List<(int From, int To, int FirstBlock)> runs, float[] sums, int dim) : IDisposable
{
    const int Least = 8 * EntryGradients.Block;

    /// <summary>Finds them, at every <see cref="Least"/>th entry, and sums their blocks.</summary>
    public static HotRows Of(EntryGradients gradients)
    {
        SortedRows.Keys keys = gradients.Keys;
        List<(int From, int To, int FirstBlock)> runs = [];
        int blocks = 0;
        for (int entry = 0; entry + Least <= keys.Count; entry += Least)
        {
            if (keys.Row(entry) != keys.Row(entry + Least - 1) || (runs.Count > 0 && entry < runs[^1].To)) continue;
            int from = entry;
            while (from > 0 && keys.Row(from - 1) == keys.Row(entry)) from--;
            int to = keys.EndOfRow(entry);
            runs.Add((from, to, blocks));
            blocks += (to - from + EntryGradients.Block - 1) / EntryGradients.Block;
        }
        if (blocks == 0) return default;
        float[] sums = ArrayPool<float>.Shared.Rent(checked(blocks * gradients.Dim));
        Workers.For(blocks, 4, new SumBlocks(gradients, runs, sums));
        return new HotRows(runs, sums, gradients.Dim);
    }

    /// <summary>The sum of a hot row that begins at an entry; false for all other entries.</summary>
    public bool Sum(int from, Span<float> into)
    {
        if (runs is null) return false;
        foreach ((int start, int to, int first) in runs)
        {
            if (start != from) continue;
            int blocks = (to - from + EntryGradients.Block - 1) / EntryGradients.Block;
            sums.AsSpan(first * dim, dim).CopyTo(into);
            for (int b = first + 1; b < first + blocks; b++) RowMath.Add(sums.AsSpan(b * dim, dim), into);
            return true;
        }
        return false;
    }

    public void Dispose()
    {
        if (sums is not null) ArrayPool<float>.Shared.Return(sums);
    }

    readonly struct SumBlocks(EntryGradients gradients, List<(int From, int To, int FirstBlock)> runs, float[] sums) : IRangeBody
    {
        public void Run(long from, long to)
        {
            foreach ((int start, int end, int first) in runs)
                for (int entry = start, block = first; entry < end; entry += EntryGradients.Block, block++)
                    if (block >= from && block < to)
                        gradients.SumBlock(entry, Math.Min(end, entry + EntryGradients.Block), sums.AsSpan(block * gradients.Dim, gradients.Dim));
        }
    }
}
