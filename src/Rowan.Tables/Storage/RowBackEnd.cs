using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rowan.Tables;

/// <summary>
/// Where the memory of rows comes from: managed arrays, or another kind such as a mapped file. <see cref="RowMemory{T}"/> divides rows
/// into chunks and asks a back end for each; kernels work by address and do not know which back end it was. The optimizer state of a
/// table uses the back end of the table, so that a table and its state larger than memory need no second updater.
/// </summary>
abstract class RowBackEnd
{
    /// <summary>Pinned managed arrays, owned by the garbage collector.</summary>
    public static RowBackEnd Managed { get; } = new ManagedRows();

    /// <summary>Bytes of a chunk at most; a longer row has a chunk of its own.</summary>
    public abstract long ChunkBytes { get; }

    /// <summary>Makes a chunk of zeros that stays at its address while its memory is referenced.</summary>
    /// <param name="values">Values.</param>
    /// <param name="skew">Bytes after the cache line at which the chunk begins; see <see cref="RowMemory{T}"/>. May be ignored.</param>
    public abstract RowChunk<T> Allocate<T>(long values, int skew) where T : unmanaged;
}

/// <summary>A chunk of rows.</summary>
/// <param name="Values">Its values. The memory keeps the chunk alive.</param>
/// <param name="Address">The address of the first, a multiple of a cache line.</param>
readonly record struct RowChunk<T>(Memory<T> Values, nint Address);

/// <summary>Chunks of at most 1 GiB in pinned arrays. Pages that were never written take no memory.</summary>
sealed class ManagedRows : RowBackEnd
{
    const int CacheLine = 64;

    public override long ChunkBytes => 1L << 30;

    public override unsafe RowChunk<T> Allocate<T>(long values, int skew)
    {
        T[] array = GC.AllocateArray<T>(checked((int)(values + (skew + CacheLine) / Unsafe.SizeOf<T>())), pinned: true);
        nint first = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array));
        int start = ((int)((CacheLine - first % CacheLine) % CacheLine) + skew) / Unsafe.SizeOf<T>();
        HugePages.Ask(MemoryMarshal.AsBytes(array.AsSpan()));
        return new(array.AsMemory(start, (int)values), first + (nint)start * Unsafe.SizeOf<T>());
    }
}
