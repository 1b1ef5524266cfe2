using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using V = System.Numerics.Vector<float>;

namespace Rowan.Nn;

/// <summary>
/// One step of one sequence: the loop of a cell over hidden values, whole vectors in memory, the tail on padded copies. Every span is a
/// number of parts of h values.
/// </summary>
static class CellLoop<TCell> where TCell : struct, IRecurrentCell
{
    public static void Forward(Span<float> gates, Span<float> u, Span<float> state, Span<float> kept, int h)
    {
        int j = 0;
        for (; j + V.Count <= h; j += V.Count) TCell.Forward(At(gates, j, h), At(u, j, h), At(state, j, h), At(kept, j, h));
        if (j == h) return;
        Span<float> g = stackalloc float[TCell.Gates * V.Count], v = stackalloc float[g.Length],
        s = stackalloc float[TCell.States * V.Count], k = stackalloc float[TCell.Kept * V.Count];
        Padded(gates, j, h, g);
        Padded(u, j, h, v);
        Padded(state, j, h, s);
        TCell.Forward(At(g, 0, V.Count), At(v, 0, V.Count), At(s, 0, V.Count), At(k, 0, V.Count));
        Store(g, gates, j, h);
        Store(s, state, j, h);
        Store(k, kept, j, h);
    }

    public static void Backward(Span<float> gates, Span<float> kept, Span<float> dstate, Span<float> dx, Span<float> du, int h)
    {
        int j = 0;
        for (; j + V.Count <= h; j += V.Count)
            TCell.Backward(At(gates, j, h), At(kept, j, h), At(dstate, j, h), At(dx, j, h), At(du, j, h));
        if (j == h) return;
        Span<float> g = stackalloc float[TCell.Gates * V.Count], x = stackalloc float[g.Length], v = stackalloc float[g.Length],
        s = stackalloc float[TCell.States * V.Count], k = stackalloc float[TCell.Kept * V.Count];
        Padded(gates, j, h, g);
        Padded(kept, j, h, k);
        Padded(dstate, j, h, s);
        TCell.Backward(At(g, 0, V.Count), At(k, 0, V.Count), At(s, 0, V.Count), At(x, 0, V.Count), At(v, 0, V.Count));
        Store(s, dstate, j, h);
        Store(x, dx, j, h);
        if (!TCell.ReadsSums) Store(v, du, j, h);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Parts At(Span<float> parts, int j, int stride) => new(ref Unsafe.Add(ref MemoryMarshal.GetReference(parts), j), stride);

    /// <summary>The last h − j values of each part, zeros after them.</summary>
    static void Padded(ReadOnlySpan<float> parts, int j, int h, Span<float> into)
    {
        into.Clear();
        for (int p = 0; p * V.Count < into.Length; p++) parts.Slice(p * h + j, h - j).CopyTo(into[(p * V.Count)..]);
    }

    static void Store(ReadOnlySpan<float> padded, Span<float> parts, int j, int h)
    {
        for (int p = 0; p * V.Count < padded.Length; p++) padded.Slice(p * V.Count, h - j).CopyTo(parts[(p * h + j)..]);
    }
}
