using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowan.Numerics;

namespace Rowan.Tables;

/// <summary>
/// Rows of equal width by 64-bit number, zero at first. They lie in pinned chunks of at most a gibibyte, each starting on a
/// cache line, owned by the collector: nothing to dispose, no limit at 2³¹ values, and pages that were never written cost nothing.
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
    /// Which of several memories of the same rows it is, from 0: each begins a little further from the start of its array. The collector puts large arrays multiples of 4 MB apart, and AMD's nearest
    /// cache tells lines of a set apart by a hash of eight bits alone: 12⊕27, 13⊕26, 14⊕25, 15⊕20, 16⊕21, 17⊕22, 18⊕23, 19⊕24 of their address, as measured on a Zen 3. Weight and state of a
    /// row that agree in all of them drive each other out, and each access takes 20 cycles for 5; a step of Adam took half as long again. 32 KB differ in bits 15 and 16, whose partners
    /// are below 4 MB; 256 bytes more, and they do not share sets either.
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

    /// <summary>Rows of a whole chunk are two to this.</summary>
    public int ChunkShift => _shift;

    /// <summary>Whether rows mostly miss the nearer caches, so that asking for them ahead pays.</summary>
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

    /// <summary>The first value of a row, unchecked: for loops whose ids were checked before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref T At(long row)
    {
        long chunk = row >> _shift;
        return ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_chunks[chunk]), _starts[chunk] + (nint)(row & _mask) * Dim);
    }

    /// <summary>Where the first row of each chunk lies, for loops that go by addresses: valid until rows are added, and for as long as the memory is held.</summary>
    public nint Addresses => AddressOf(_addresses);

    /// <summary>Asks for a row before it is needed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(long row) => RowKernels.PrefetchRow(ref Unsafe.As<T, byte>(ref At(row)), Dim * Unsafe.SizeOf<T>());

    public Memory<T> Chunk(int chunk) => _chunks[chunk].AsMemory(_starts[chunk], (int)(RowsIn(chunk) * Dim));

    /// <summary>Values from a flat position on, as many as asked for, or as lie in its chunk.</summary>
    public Span<T> Run(long start, int length)
    {
        long chunk = start / Dim >> _shift;
        Span<T> run = Chunk((int)chunk).Span[(int)(start - (chunk << _shift) * Dim)..];
        return run[..Math.Min(length, run.Length)];
    }

    /// <summary>All rows in order, chunk by chunk.</summary>
    public Memory<T>[] Pieces() => [.. Enumerable.Range(0, Chunks).Select(Chunk)];

    /// <summary>The array under a chunk and where its first row starts, for those that share the memory.</summary>
    public (T[] Array, int Start) Under(int chunk) => (_chunks[chunk], _starts[chunk]);

    public void Fill(T value)
    {
        for (int c = 0; c < Chunks; c++) Chunk(c).Span.Fill(value);
    }

    /// <summary>Adds rows of zeros, or of a value: the last chunk is copied into a longer one, others stay where they are.</summary>
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

    static unsafe nint AddressOf<TItem>(TItem[] array) where TItem : unmanaged => (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array));

    static nint[] Pinned(long chunks) => GC.AllocateArray<nint>((int)chunks, pinned: true);
}

/// <summary>Rows that lie in one chunk for the kernels of <see cref="RowKernels"/>, by address: the chunk is pinned, and whoever runs a kernel holds the memory.</summary>
readonly unsafe struct SingleChunk<T>(RowMemory<T> rows) : IRowSource where T : unmanaged
{
    readonly byte* _first = (byte*)Unsafe.AsPointer(ref rows.At(0));

    public nint Pitch { get; } = (nint)rows.Dim * sizeof(T);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref byte At(long row) => ref Unsafe.AsRef<byte>(_first + (nint)row * Pitch);
}

/// <summary>Rows in any number of chunks for the kernels of <see cref="RowKernels"/>.</summary>
readonly struct Chunks<T>(RowMemory<T> rows) : IRowSource where T : unmanaged
{
    public nint Pitch => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref byte At(long row) => ref Unsafe.As<T, byte>(ref rows.At(row));
}
