using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Rowan.Numerics;

/// <summary>Rows of bytes by 64-bit number, in pinned pieces of 2ᵏ rows each. Nothing is checked, and whoever uses it holds the memory.</summary>
/// <param name="pieces">The address of each piece.</param>
/// <param name="shift">k.</param>
/// <param name="rowBytes">Bytes a row; rows lie without gaps.</param>
public readonly unsafe struct PackedRows(nint[] pieces, int shift, int rowBytes)
{
    const int CacheLine = 64;

    readonly nint _only = pieces.Length == 1 ? pieces[0] : 0;

    /// <summary>Bytes a row.</summary>
    public int RowBytes => rowBytes;

    /// <summary>The first byte of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref byte At(long row) => ref Unsafe.AsRef<byte>((byte*)Address(row));

    /// <summary>Asks for every cache line of a row before it is needed: a row begins anywhere in a line, and its scale may stand alone in the last one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(long row)
    {
        if (!Sse.IsSupported) return;
        nint first = Address(row), end = first + rowBytes;
        for (nint line = first & -CacheLine; line < end; line += CacheLine) Sse.Prefetch0((byte*)line);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    nint Address(long row) => _only != 0 ? _only + (nint)row * rowBytes : pieces[row >> shift] + (nint)(row & ((1L << shift) - 1)) * rowBytes;
}
