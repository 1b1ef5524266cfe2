using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Rowan.Numerics;

/// <summary>Rows of bytes by 64-bit number, in pinned pieces of 2ᵏ rows each. Nothing is checked, and whoever uses it holds the memory.</summary>
/// <param name="pieces">The address of each piece.</param>
/// <param name="shift">k.</param>
/// <param name="rowBytes">Bytes a row; rows lie without gaps.</param>
public readonly unsafe struct PackedRows(nint[] pieces, int shift, int rowBytes) : IPackedRows
{
    /// <summary>The rows where all lie in one piece; null where not.</summary>
    internal PackedPiece? Only => pieces.Length == 1 ? new PackedPiece((byte*)pieces[0], rowBytes) : null;

    /// <summary>The first byte of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* At(long row) => (byte*)pieces[row >> shift] + (nint)(row & ((1L << shift) - 1)) * rowBytes;

    /// <summary>Asks for every cache line of a row before it is needed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(long row) => Prefetch(At(row), rowBytes);

    /// <summary>A row begins anywhere in a line, and its scale may stand alone in the last one. As many requests for each row: which lines they fall in cannot be foreseen.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Prefetch(byte* row, int bytes)
    {
        const int CacheLine = 64;
        if (!Sse.IsSupported) return;
        for (int line = 0; line < bytes; line += CacheLine) Sse.PrefetchNonTemporal(row + line);
        Sse.PrefetchNonTemporal(row + bytes - 1);
    }
}

/// <summary>Rows of bytes that lie one after another.</summary>
readonly unsafe struct PackedPiece(byte* first, nint rowBytes) : IPackedRows
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* At(long row) => first + (nint)row * rowBytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(long row) => PackedRows.Prefetch(At(row), (int)rowBytes);
}

/// <summary>Where rows of bytes lie: known when a loop over them is compiled.</summary>
unsafe interface IPackedRows
{
    /// <summary>The first byte of a row; unchecked.</summary>
    byte* At(long row);

    /// <summary>Asks for every cache line of a row before it is needed.</summary>
    void Prefetch(long row);
}
