using System.Runtime.CompilerServices;

namespace Rowan.Tables;

/// <summary>Sorted entries by address, for loops that are compiled for one kind of them; unchecked, and valid while their <see cref="DuplicateSums"/> holds them in place.</summary>
unsafe interface ISortedGradients
{
    /// <summary>The row of the table.</summary>
    long Row(int entry);

    /// <summary>The first value of its gradient.</summary>
    float* Gradient(int entry);

    /// <summary>What the gradient is multiplied by.</summary>
    float Scale(int entry);
}

/// <summary>Entries whose labels are gradient rows of one part, not scaled.</summary>
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

/// <summary>Entries whose gradient rows were found before.</summary>
/// <param name="keys">Row of each, and a label.</param>
/// <param name="shift">Bits of the label.</param>
/// <param name="addresses">Where each gradient row lies.</param>
/// <param name="scales">What each is multiplied by.</param>
readonly unsafe struct LocatedGradients(ulong* keys, int shift, float** addresses, float* scales) : ISortedGradients
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Row(int entry) => (long)(keys[entry] >> shift);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Gradient(int entry) => addresses[entry];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Scale(int entry) => scales[entry];
}
