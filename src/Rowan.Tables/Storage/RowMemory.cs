using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowan.Numerics;

namespace Rowan.Tables;

/// <summary>
/// Memory of rows of equal length by 64-bit number, initially zero. Rows lie in chunks of a power of two of rows, each at a fixed address
/// that is a multiple of a cache line. A <see cref="RowBackEnd"/> makes the chunks; here and in the kernels there are only addresses.
/// There is no limit at 2³¹ values.
/// </summary>
sealed class RowMemory<T> where T : unmanaged
{
    const int Skew = (32 << 10) + 256;
    const int SkewsFrom = 1 << 24;

    readonly RowBackEnd _backEnd;
    Memory<T>[] _chunks;
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
    /// <param name="backEnd">Makes the chunks; null for managed arrays.</param>
    public RowMemory(long rows, int dim, int beside = 0, RowBackEnd? backEnd = null)
    {
        _backEnd = backEnd ?? RowBackEnd.Managed;
        _skew = beside * Skew;
        Rows = rows;
        Dim = dim;
        long rowBytes = Math.Max(1, (long)dim * Unsafe.SizeOf<T>());
        _shift = BitOperations.Log2((ulong)Math.Max(1, _backEnd.ChunkBytes / rowBytes));
        _mask = (1L << _shift) - 1;
        long chunks = Math.Max(1, (rows + _mask) >> _shift);
        _chunks = new Memory<T>[chunks];
        _addresses = Pinned(chunks);
        for (int c = 0; c < chunks; c++) Allocate(c);
    }

    public long Rows { get; private set; }

    public int Dim { get; }

    /// <summary>What made the chunks.</summary>
    public RowBackEnd BackEnd => _backEnd;

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
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)row, (ulong)Rows, nameof(row));
            return MemoryMarshal.CreateSpan(ref At(row), Dim);
        }
    }

    /// <summary>The first value of a row, unchecked, for ids that were checked before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe ref T At(long row) => ref Unsafe.AsRef<T>((T*)_addresses[row >> _shift] + (nint)(row & _mask) * Dim);

    /// <summary>
    /// Pointer to an array with the address of each chunk's first row. Valid until rows are added, while this object is alive.
    /// </summary>
    public unsafe nint Addresses => (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_addresses));

    /// <summary>Prefetches a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(long row) => RowKernels.PrefetchRow(ref Unsafe.As<T, byte>(ref At(row)), Dim * Unsafe.SizeOf<T>());

    public Memory<T> Chunk(int chunk) => _chunks[chunk];

    /// <summary>Values from a flat position on: as many as requested, or up to the end of the chunk.</summary>
    public Span<T> Run(long start, int length)
    {
        long chunk = start / Dim >> _shift;
        Span<T> run = Chunk((int)chunk).Span[(int)(start - (chunk << _shift) * Dim)..];
        return run[..Math.Min(length, run.Length)];
    }

    /// <summary>All rows in order, chunk by chunk.</summary>
    public Memory<T>[] Pieces() => [.. Enumerable.Range(0, Chunks).Select(Chunk)];

    /// <summary>The array of a chunk, for callers that share the memory; false if the chunk is not in an array.</summary>
    public bool TryArray(int chunk, out ArraySegment<T> array) => MemoryMarshal.TryGetArray(_chunks[chunk], out array);

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
        Memory<T> old = _chunks[last];
        Rows = rows;
        long chunks = (rows + _mask) >> _shift;
        Array.Resize(ref _chunks, (int)chunks);
        nint[] addresses = Pinned(chunks);
        _addresses.CopyTo(addresses, 0);
        _addresses = addresses;
        Allocate(last);
        old.Span.CopyTo(_chunks[last].Span);
        for (int c = last + 1; c < chunks; c++) Allocate(c);
        if (EqualityComparer<T>.Default.Equals(value, default)) return;
        for (long row = before; row < rows; row++) this[row].Fill(value);
    }

    void Allocate(int chunk)
    {
        long length = RowsIn(chunk) * Dim;
        int skew = length * Unsafe.SizeOf<T>() >= SkewsFrom ? _skew : 0;
        (_chunks[chunk], _addresses[chunk]) = _backEnd.Allocate<T>(length, skew);
    }

    long RowsIn(long chunk) => Math.Min(Rows - (chunk << _shift), 1L << _shift);

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
