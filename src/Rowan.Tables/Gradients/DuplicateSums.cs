using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowan.Numerics;
using V = System.Numerics.Vector<float>;

namespace Rowan.Tables;

/// <summary>
/// Sums the gradient rows of duplicate ids. The entries of one row are summed in input order, in blocks of <see cref="BlockLength"/>;
/// block sums are added in order, so the bits do not depend on the number of threads. Pins the gradient rows until it is disposed.
/// </summary>
sealed unsafe class DuplicateSums : IDisposable
{
    /// <summary>Entries per block. Fixed, so that the order of additions depends on the data alone.</summary>
    public const int BlockLength = 512;

    const int Few = 16;
    const int Grain = 8_192;

    readonly SegmentRows[] _segments;
    readonly MemoryHandle[] _pins;
    readonly RadixSort.Entries[] _entries;
    readonly float* _indexed;           // First gradient row, if there is one segment and it is not scaled.
    readonly int _labels;
    readonly bool _scaled;
    MemoryHandle _pinnedKeys, _pinnedAddresses, _pinnedScales;
    nint[] _addresses = [];              // Otherwise: address of each sorted entry's gradient row.
    float[] _scales = [];

    public DuplicateSums(GradientSegment[] segments, int dim)
    {
        Dim = dim;
        _segments = new SegmentRows[segments.Length];
        _pins = new MemoryHandle[segments.Length];
        _entries = new RadixSort.Entries[segments.Length];
        foreach (GradientSegment segment in segments) _scaled |= !segment.Scale.IsEmpty;
        for (int p = 0; p < segments.Length; p++)
        {
            _pins[p] = segments[p].Rows.Pin();
            ExceedsCache |= segments[p].Rows.Length > 1 << 18;
            int labels = _scaled ? segments[p].Ids.Length : segments[p].Rows.Length / dim;
            _segments[p] = new SegmentRows((nint)_pins[p].Pointer, labels, Under(segments[p].RowOf), Under(segments[p].Scale));
            _entries[p] = new RadixSort.Entries(segments[p].Ids, _scaled ? default : segments[p].RowOf, _labels);
            _labels = checked(_labels + labels);
        }
        if (segments.Length == 1 && !_scaled) _indexed = (float*)_segments[0].First;
    }

    // Memory<T>.Span costs a few nanoseconds, as much as reading the row.
    static ArraySegment<T> Under<T>(ReadOnlyMemory<T> memory) => MemoryMarshal.TryGetArray(memory, out ArraySegment<T> segment)
        ? segment : memory.ToArray();

    /// <summary>The sorted keys; valid after <see cref="Sort"/>.</summary>
    public RadixSort.Keys Keys { get; private set; }

    public int Dim { get; }

    /// <summary>Whether the gradient rows are larger than the cache, so that prefetching pays off.</summary>
    public bool ExceedsCache { get; }

    /// <summary>Whether the sorted entries are <see cref="Indexed"/>; otherwise they are <see cref="Located"/>.</summary>
    public bool AreIndexed => _indexed is not null;

    public IndexedGradients Indexed => new((ulong*)_pinnedKeys.Pointer, Keys.Shift, _indexed, Dim);

    public LocatedGradients Located =>
        new((ulong*)_pinnedKeys.Pointer, Keys.Shift, (float**)_pinnedAddresses.Pointer, (float*)_pinnedScales.Pointer);

    /// <summary>
    /// Sorts the entries by row. Each is stored with the index of its gradient row, which saves a random read per entry. If entries are
    /// scaled, it is stored with its position instead, which leads to both gradient row and scale.
    /// </summary>
    public RadixSort Sort(long rows)
    {
        var sorted = new RadixSort(_entries, _labels, rows);
        Keys = sorted.All;
        _pinnedKeys = sorted.Pin();
        if (_indexed is not null) return sorted;
        // All are located in one pass, because its random reads overlap better than they would between sums.
        (_addresses, _scales) = (ArrayPool<nint>.Shared.Rent(Keys.Count), ArrayPool<float>.Shared.Rent(Keys.Count));
        (_pinnedAddresses, _pinnedScales) = (_addresses.AsMemory().Pin(), _scales.AsMemory().Pin());
        Workers.For(Keys.Count, Grain, new Locating(this));
        return sorted;
    }

    /// <summary>Prefetches the gradient row of an entry.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int entry)
    {
        if (ExceedsCache) RowKernels.PrefetchRow(ref *(byte*)At(entry, out _), Dim * sizeof(float));
    }

    /// <summary>
    /// Σ of the gradient rows of entries from ≤ e &lt; to [dim]. The sum of one unscaled entry is returned in place, without a copy.
    /// </summary>
    /// <param name="from">First entry.</param>
    /// <param name="to">After the last entry.</param>
    /// <param name="scratch">Scratch buffer for the sum and the sum of one block [2 · dim].</param>
    public ReadOnlySpan<float> Sum(int from, int to, Span<float> scratch)
    {
        if (to - from == 1)
        {
            float* only = At(from, out float scale);
            if (scale == 1) return new ReadOnlySpan<float>(only, Dim);
        }
        Span<float> sum = scratch[..Dim], segment = scratch.Slice(Dim, Dim);
        if (to - from <= Few) SumFew(from, to, sum);
        else SumBlock(from, Math.Min(to, from + BlockLength), sum);
        for (int e = from + BlockLength; e < to; e += BlockLength)
        {
            SumBlock(e, Math.Min(to, e + BlockLength), segment);
            RowMath.Add(segment, sum);
        }
        return sum;
    }

    [SkipLocalsInit]
    public void SumBlock(int from, int to, Span<float> into)
    {
        Span<long> rows = stackalloc long[BlockLength];
        Span<float> scales = stackalloc float[BlockLength];
        for (int e = from; e < to; e++) rows[e - from] = (nint)At(e, out scales[e - from]);
        RowKernels.SumBags<Float32Code,
        Addresses>(default, rows[..(to - from)], [0, to - from], _scaled ? scales[..(to - from)] : [], false, into, Dim, Dim, far: false);
    }

    void SumFew(int from, int to, Span<float> into)
    {
        if (AreIndexed) SumFew(Indexed, from, to, into);
        else SumFew(Located, from, to, into);
    }

    /// <summary>
    /// The same for a few entries, as most rows of a large table have. Starting <see cref="SumBlock"/> would take as long as the sum
    /// itself.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void SumFew<TEntries>(TEntries entries, int from, int to, Span<float> into) where TEntries : struct, ISortedGradients
    {
        nint dim = into.Length, d = 0;
        fixed (float* sums = into)
        {
            for (; d + 4 * V.Count <= dim; d += 4 * V.Count)
            {
                V s0 = V.Zero, s1 = V.Zero, s2 = V.Zero, s3 = V.Zero;
                for (int e = from; e < to; e++)
                {
                    float* g = entries.Gradient(e) + d;
                    float x = entries.Scale(e);
                    s0 += x * Vector.Load(g);
                    s1 += x * Vector.Load(g + V.Count);
                    s2 += x * Vector.Load(g + 2 * V.Count);
                    s3 += x * Vector.Load(g + 3 * V.Count);
                }
                s0.Store(sums + d);
                s1.Store(sums + d + V.Count);
                s2.Store(sums + d + 2 * V.Count);
                s3.Store(sums + d + 3 * V.Count);
            }
            for (; d + V.Count <= dim; d += V.Count)
            {
                V sum = V.Zero;
                for (int e = from; e < to; e++) sum += entries.Scale(e) * Vector.Load(entries.Gradient(e) + d);
                sum.Store(sums + d);
            }
            for (; d < dim; d++)
            {
                float sum = 0;
                for (int e = from; e < to; e++) sum += entries.Scale(e) * entries.Gradient(e)[d];
                sums[d] = sum;
            }
        }
    }

    public void Dispose()
    {
        foreach (MemoryHandle pin in _pins) pin.Dispose();
        _pinnedKeys.Dispose();
        if (_addresses.Length == 0) return;
        _pinnedAddresses.Dispose();
        _pinnedScales.Dispose();
        ArrayPool<nint>.Shared.Return(_addresses);
        ArrayPool<float>.Shared.Return(_scales);
        (_addresses, _scales) = ([], []);
    }

    /// <summary>Address of the gradient row of an entry, and its scale.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    float* At(int entry, out float scale)
    {
        scale = 1;
        if (_indexed is not null) return _indexed + (nint)Keys.Label(entry) * Dim;
        scale = _scales[entry];
        return (float*)_addresses[entry];
    }

    float* Locate(int label, out float scale)
    {
        int p = 0;
        while (label >= _segments[p].Labels) label -= _segments[p++].Labels;
        scale = 1;
        int row = _scaled ? Scaled(in _segments[p], label, out scale) : label;
        return (float*)_segments[p].First + (nint)row * Dim;
    }

    static int Scaled(in SegmentRows segment, int position, out float scale)
    {
        scale = segment.Scale.Count == 0 ? 1 : segment.Scale.Array![segment.Scale.Offset + position];
        return segment.RowOf.Count == 0 ? position : segment.RowOf.Array![segment.RowOf.Offset + position];
    }

    /// <summary>Rows of one segment: the first row's address, the number of labels, and row and scale of each position.</summary>
    readonly record struct SegmentRows(nint First, int Labels, ArraySegment<int> RowOf, ArraySegment<float> Scale);

    readonly struct Locating(DuplicateSums gradients) : IRangeBody
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(long from, long to)
        {
            RadixSort.Keys keys = gradients.Keys;
            for (int e = (int)from; e < to; e++) gradients._addresses[e] = (nint)gradients.Locate(keys.Label(e), out gradients._scales[e]);
        }
    }

    /// <summary>A row source whose row numbers are addresses.</summary>
    readonly struct Addresses : IRowSource
    {
        public nint Pitch => 1;

        public ref byte At(long row) => ref *(byte*)row;
    }
}
