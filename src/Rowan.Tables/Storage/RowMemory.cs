using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowan.Numerics;

namespace Rowan.Tables;

/// <summary>
/// Memory of rows of equal length by 64-bit number, initially zero. Rows are stored in pinned managed arrays of at most 1 GiB (chunks),
/// each aligned to a cache line. The garbage collector owns them, so there is nothing to dispose; there is no limit at 2³¹ values, and
/// pages that were never written take no memory.
/// </summary>
sealed class RowMemory<T> where T : unmanaged
{
    const int CacheLine = 64;
    const long ChunkBytes = 1L << 30;
    const int Skew = (32 << 10) + 256;
    const int SkewsFrom = 1 << 24;

    T[][] _chunks;
    int[] _starts;
    nint[] _addresses;
    readonly int _shift;
    readonly long _mask;
    readonly int _skew;

    /// <param name="rows">Rows.</param>
    /// <param name="dim">Values per row.</param>
    /// <param name="beside">
    /// Index among several memories of the same rows, from 0: weights, then optimizer state. Each starts at a different offset in its
    /// array. The collector places large arrays multiples of 4 MB apart, and AMD's L1 cache predicts the way by a hash of eight bits of
    /// the address (12⊕27, 13⊕26, 14⊕25, 15⊕20, 16⊕21, 17⊕22, 18⊕23, 19⊕24, measured on a Zen 3). Weight and state of a row with equal
    /// hashes evict each other: an access takes 20 cycles instead of 5, and a step of Adam 1.5 times as long. An offset of 32 KB changes
    /// bits 15 and 16; another 256 bytes change the cache set.
    /// </param>
    public RowMemory(long rows, int dim, int beside = 0)
    {
        _skew = beside * Skew / Unsafe.SizeOf<T>();
        Rows = rows;
        Dim = dim;
        long rowBytes = Math.Max(1, (long)dim * Unsafe.SizeOf<T>());
        _shift = BitOperations.Log2((ulong)Math.Max(1, ChunkBytes / rowBytes));
        _mask = (1L << _shift) - 1;
        long chunks = Math.Max(1, (rows + _mask) >> _shift);
        _chunks = new T[chunks][];
        _starts = new int[chunks];
        _addresses = Pinned(chunks);
        for (int c = 0; c < chunks; c++) Allocate(c);
    }

    public long Rows { get; private set; }

    public int Dim { get; }

    public int Chunks => _chunks.Length;

    /// <summary>log₂ of the rows per full chunk.</summary>
    public int ChunkShift => _shift;

    /// <summary>Whether the rows are larger than the cache, so that prefetching pays off.</summary>
    public bool ExceedsCache => Rows * Dim > 1 << 20;

    public Span<T> this[long row]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            long chunk = row >> _shift;
            return _chunks[chunk].AsSpan(_starts[chunk] + (int)(row & _mask) * Dim, Dim);
        }
    }

    /// <summary>The first value of a row, unchecked, for ids that were checked before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref T At(long row)
    {
        long chunk = row >> _shift;
        return ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_chunks[chunk]), _starts[chunk] + (nint)(row & _mask) * Dim);
    }

    /// <summary>
    /// Pointer to an array with the address of each chunk's first row. Valid until rows are added, while this object is alive.
    /// </summary>
    public nint Addresses => AddressOf(_addresses);

    /// <summary>Prefetches a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(long row) => RowKernels.PrefetchRow(ref Unsafe.As<T, byte>(ref At(row)), Dim * Unsafe.SizeOf<T>());

    public Memory<T> Chunk(int chunk) => _chunks[chunk].AsMemory(_starts[chunk], (int)(RowsIn(chunk) * Dim));

    /// <summary>Values from a flat position on: as many as requested, or up to the end of the chunk.</summary>
    public Span<T> Run(long start, int length)
    {
        long chunk = start / Dim >> _shift;
        Span<T> run = Chunk((int)chunk).Span[(int)(start - (chunk << _shift) * Dim)..];
        return run[..Math.Min(length, run.Length)];
    }

    /// <summary>All rows in order, chunk by chunk.</summary>
    public Memory<T>[] Pieces() => [.. Enumerable.Range(0, Chunks).Select(Chunk)];

    /// <summary>The array of a chunk and the index of its first value, for callers that share the memory.</summary>
    public (T[] Array, int Start) Under(int chunk) => (_chunks[chunk], _starts[chunk]);

    public void Fill(T value)
    {
        for (int c = 0; c < Chunks; c++) Chunk(c).Span.Fill(value);
    }

    /// <summary>Adds rows filled with a value. The last chunk is copied into a longer one; the others stay in place.</summary>
    public void Grow(long rows, T value = default)
    {
        if (rows <= Rows) return;
        long before = Rows;
        int last = _chunks.Length - 1;
        T[] old = _chunks[last];
        (int start, int length) = (_starts[last], (int)(RowsIn(last) * Dim));
        Rows = rows;
        long chunks = (rows + _mask) >> _shift;
        Array.Resize(ref _chunks, (int)chunks);
        Array.Resize(ref _starts, (int)chunks);
        nint[] addresses = Pinned(chunks);
        _addresses.CopyTo(addresses, 0);
        _addresses = addresses;
        Allocate(last);
        old.AsSpan(start, length).CopyTo(Chunk(last).Span);
        for (int c = last + 1; c < chunks; c++) Allocate(c);
        if (EqualityComparer<T>.Default.Equals(value, default)) return;
        for (long row = before; row < rows; row++) this[row].Fill(value);
    }

    void Allocate(int chunk)
    {
        long length = RowsIn(chunk) * Dim;
        int skew = length * Unsafe.SizeOf<T>() >= SkewsFrom ? _skew : 0;
        _chunks[chunk] = GC.AllocateArray<T>(checked((int)(length + skew + CacheLine / Unsafe.SizeOf<T>())), pinned: true);
        _starts[chunk] = ToCacheLine(_chunks[chunk]) + skew;
        _addresses[chunk] = AddressOf(_chunks[chunk]) + (nint)_starts[chunk] * Unsafe.SizeOf<T>();
        HugePages.Ask(MemoryMarshal.AsBytes(_chunks[chunk].AsSpan()));
    }

    long RowsIn(long chunk) => Math.Min(Rows - (chunk << _shift), 1L << _shift);

    static int ToCacheLine(T[] array) => (int)((CacheLine - AddressOf(array) % CacheLine) % CacheLine) / Unsafe.SizeOf<T>();

    static unsafe nint AddressOf<TItem>(TItem[] array) where TItem : unmanaged =>
        (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array));

    static nint[] Pinned(long chunks) => GC.AllocateArray<nint>((int)chunks, pinned: true);
}

/// <summary>Rows in one pinned chunk, as a row source of <see cref="RowKernels"/>. The caller keeps the memory alive.</summary>
readonly unsafe struct SingleChunk<T>(RowMemory<T> rows) : IRowSource where T : unmanaged
{
    readonly byte* _first = (byte*)Unsafe.AsPointer(ref rows.At(0));

    public nint Pitch { get; } = (nint)rows.Dim * sizeof(T);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref byte At(long row) => ref Unsafe.AsRef<byte>(_first + (nint)row * Pitch);
}

/// <summary>Rows in any number of chunks, as a row source of <see cref="RowKernels"/>.</summary>
readonly struct Chunks<T>(RowMemory<T> rows) : IRowSource where T : unmanaged
{
    public nint Pitch => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref byte At(long row) => ref Unsafe.As<T, byte>(ref rows.At(row));
}
