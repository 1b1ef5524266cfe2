using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Rowan.Numerics;

/// <summary>
/// Rows of bytes by 64-bit row number, in pinned pieces of 2ᵏ rows each. Nothing is checked; the caller keeps the memory alive.
/// </summary>
/// <param name="pieces">The address of each piece.</param>
/// <param name="shift">k.</param>
/// <param name="rowBytes">Bytes per row; rows are contiguous.</param>
readonly unsafe struct PackedRows(nint[] pieces, int shift, int rowBytes) : IPackedRows
{
    /// <summary>The rows as one piece; null if there are several.</summary>
    internal PackedPiece? Only => pieces.Length == 1 ? new PackedPiece((byte*)pieces[0], rowBytes) : null;

    /// <summary>The first byte of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* At(long row) => (byte*)pieces[row >> shift] + (nint)(row & ((1L << shift) - 1)) * rowBytes;

    /// <summary>Prefetches every cache line of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(long row) => Prefetch(At(row), rowBytes);

    /// <summary>
    /// Prefetches every cache line of a row. A row can start anywhere in a line, and its scale may be alone in the last line. Every row
    /// gets the same number of prefetches, because a count that depends on the row's address would make the loop's branch unpredictable.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Prefetch(byte* row, int bytes)
    {
        const int CacheLine = 64;
        if (!Sse.IsSupported) return;
        for (int line = 0; line < bytes; line += CacheLine) Sse.PrefetchNonTemporal(row + line);
        Sse.PrefetchNonTemporal(row + bytes - 1);
    }
}

/// <summary>Contiguous rows of bytes.</summary>
readonly unsafe struct PackedPiece(byte* first, nint rowBytes) : IPackedRows
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* At(long row) => first + (nint)row * rowBytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(long row) => PackedRows.Prefetch(At(row), (int)rowBytes);
}

/// <summary>The addresses of rows of bytes, as a type parameter: a loop is compiled for each layout.</summary>
unsafe interface IPackedRows
{
    /// <summary>The first byte of a row; unchecked.</summary>
    byte* At(long row);

    /// <summary>Prefetches every cache line of a row.</summary>
    void Prefetch(long row);
}
