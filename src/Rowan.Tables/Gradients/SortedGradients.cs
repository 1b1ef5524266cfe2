using System.Runtime.CompilerServices;

namespace Rowan.Tables;

/// <summary>
/// Unchecked access to sorted entries by address. Loops are compiled once per implementation. Valid while <see cref="DuplicateSums"/> pins
/// the memory.
/// </summary>
unsafe interface ISortedGradients
{
    /// <summary>The row of the table.</summary>
    long Row(int entry);

    /// <summary>Address of its gradient row.</summary>
    float* Gradient(int entry);

    /// <summary>The scale of its gradient row.</summary>
    float Scale(int entry);
}

/// <summary>Entries whose label is the index of a gradient row of one segment, without scales.</summary>
/// <param name="keys">Row and label of each.</param>
/// <param name="shift">Bits of the label.</param>
/// <param name="first">The first gradient row.</param>
/// <param name="dim">Values per row.</param>
readonly unsafe struct IndexedGradients(ulong* keys, int shift, float* first, nint dim) : ISortedGradients
{
    readonly ulong _label = (1UL << shift) - 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Row(int entry) => (long)(keys[entry] >> shift);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Gradient(int entry) => first + (nint)(keys[entry] & _label) * dim;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Scale(int entry) => 1;
}

/// <summary>Entries whose gradient rows were located in an earlier pass.</summary>
/// <param name="keys">Row of each, and a label.</param>
/// <param name="shift">Bits of the label.</param>
/// <param name="addresses">Address of each gradient row.</param>
/// <param name="scales">Scale of each.</param>
readonly unsafe struct LocatedGradients(ulong* keys, int shift, float** addresses, float* scales) : ISortedGradients
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Row(int entry) => (long)(keys[entry] >> shift);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Gradient(int entry) => addresses[entry];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Scale(int entry) => scales[entry];
}
