using System.Runtime.CompilerServices;

namespace Rowan.Numerics;

/// <summary>
/// Up to eight vectors of a row at once: the first 1, 2, 4 or 8, as the unroll factor says. The loops of <see cref="RowKernels"/> and
/// <see cref="ContiguousBagSum"/> keep eight sums in local variables, which the JIT keeps in registers; an array or a struct of eight
/// would go through memory. So the steps are written out: here, and in <c>FusedRowUpdate</c> for gradients that go on into a step of the
/// optimizer. With calls of these methods bags take as long as with the steps written out in each loop (0.99 to 1.02, dim 20 to 200).
/// </summary>
static unsafe class VectorSums
{
    /// <summary>Adds a row, times a scale if entries have scales.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add<TCode, TScaling, TLane, TVector, TWidth>(ref byte row, TVector scale, ref TVector s0, ref TVector s1,
        ref TVector s2, ref TVector s3, ref TVector s4, ref TVector s5, ref TVector s6, ref TVector s7)
        where TCode : struct, IRowCode where TScaling : struct, ContiguousBagSum.IScaling where TLane : struct, IRowLane<TVector>
        where TVector : struct where TWidth : struct, IUnroll
    {
        s0 = TLane.Add(s0, Term<TCode, TScaling, TLane, TVector>(ref row, 0, scale));
        if (TWidth.Vectors >= 2) s1 = TLane.Add(s1, Term<TCode, TScaling, TLane, TVector>(ref row, 1, scale));
        if (TWidth.Vectors >= 4)
        {
            s2 = TLane.Add(s2, Term<TCode, TScaling, TLane, TVector>(ref row, 2, scale));
            s3 = TLane.Add(s3, Term<TCode, TScaling, TLane, TVector>(ref row, 3, scale));
        }
        if (TWidth.Vectors >= 8)
        {
            s4 = TLane.Add(s4, Term<TCode, TScaling, TLane, TVector>(ref row, 4, scale));
            s5 = TLane.Add(s5, Term<TCode, TScaling, TLane, TVector>(ref row, 5, scale));
            s6 = TLane.Add(s6, Term<TCode, TScaling, TLane, TVector>(ref row, 6, scale));
            s7 = TLane.Add(s7, Term<TCode, TScaling, TLane, TVector>(ref row, 7, scale));
        }
    }

    /// <summary>Stores vectors times a factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TLane, TVector,
    TWidth>(float* into, TVector factor, TVector s0, TVector s1, TVector s2, TVector s3, TVector s4,
        TVector s5, TVector s6, TVector s7)
        where TLane : struct, IRowLane<TVector> where TVector : struct where TWidth : struct, IUnroll
    {
        TLane.Store(TLane.Multiply(s0, factor), into);
        if (TWidth.Vectors >= 2) TLane.Store(TLane.Multiply(s1, factor), into + TLane.Count);
        if (TWidth.Vectors >= 4)
        {
            TLane.Store(TLane.Multiply(s2, factor), into + 2 * TLane.Count);
            TLane.Store(TLane.Multiply(s3, factor), into + 3 * TLane.Count);
        }
        if (TWidth.Vectors >= 8)
        {
            TLane.Store(TLane.Multiply(s4, factor), into + 4 * TLane.Count);
            TLane.Store(TLane.Multiply(s5, factor), into + 5 * TLane.Count);
            TLane.Store(TLane.Multiply(s6, factor), into + 6 * TLane.Count);
            TLane.Store(TLane.Multiply(s7, factor), into + 7 * TLane.Count);
        }
    }

    /// <summary>Copies vectors of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy<TCode, TLane, TVector, TWidth>(ref byte row, float* into)
        where TCode : struct, IRowCode where TLane : struct, IRowLane<TVector> where TVector : struct where TWidth : struct, IUnroll
    {
        TLane.Store(Vector<TCode, TLane, TVector>(ref row, 0), into);
        if (TWidth.Vectors >= 2) TLane.Store(Vector<TCode, TLane, TVector>(ref row, 1), into + TLane.Count);
        if (TWidth.Vectors >= 4)
        {
            TLane.Store(Vector<TCode, TLane, TVector>(ref row, 2), into + 2 * TLane.Count);
            TLane.Store(Vector<TCode, TLane, TVector>(ref row, 3), into + 3 * TLane.Count);
        }
        if (TWidth.Vectors >= 8)
        {
            TLane.Store(Vector<TCode, TLane, TVector>(ref row, 4), into + 4 * TLane.Count);
            TLane.Store(Vector<TCode, TLane, TVector>(ref row, 5), into + 5 * TLane.Count);
            TLane.Store(Vector<TCode, TLane, TVector>(ref row, 6), into + 6 * TLane.Count);
            TLane.Store(Vector<TCode, TLane, TVector>(ref row, 7), into + 7 * TLane.Count);
        }
    }

    // No local variable in between: it would cost a separate load instruction.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector Term<TCode, TScaling, TLane, TVector>(ref byte row, int vector, TVector scale)
        where TCode : struct, IRowCode where TScaling : struct, ContiguousBagSum.IScaling where TLane : struct, IRowLane<TVector>
        where TVector : struct =>
        TScaling.Scales ? TLane.Multiply(scale, Vector<TCode, TLane, TVector>(ref row, vector))
            : Vector<TCode, TLane, TVector>(ref row, vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector Vector<TCode, TLane, TVector>(ref byte row, int vector)
        where TCode : struct, IRowCode where TLane : struct, IRowLane<TVector> where TVector : struct =>
        TLane.Stored<TCode>(ref Unsafe.Add(ref row, vector * TLane.Count * TCode.Bytes));
}
