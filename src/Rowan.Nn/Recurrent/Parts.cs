using System.Runtime.CompilerServices;
using V = System.Numerics.Vector<float>;

namespace Rowan.Nn;

/// <summary>The same vector of hidden values in each of several parts that stand one after another: gates, states, what was kept.</summary>
/// <param name="first">Where the vector begins in the first part.</param>
/// <param name="stride">From one part to the next.</param>
readonly ref struct Parts(ref float first, int stride)
{
    readonly ref float _first = ref first;

    /// <summary>The vector in one part; unchecked.</summary>
    public V this[int part]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Unsafe.ReadUnaligned<V>(ref Unsafe.As<float, byte>(ref Unsafe.Add(ref _first, part * stride)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set => Unsafe.WriteUnaligned(ref Unsafe.As<float, byte>(ref Unsafe.Add(ref _first, part * stride)), value);
    }
}
