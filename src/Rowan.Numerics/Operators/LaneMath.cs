using System.Numerics;
using System.Runtime.CompilerServices;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>Functions that the base library lacks, or takes longer for, lane by lane.</summary>
static class LaneMath
{
    /// <summary>
    /// eˣ within one unit in the last place, from 0 to ∞: 2ⁿ·eʳ with n = x / ln 2 rounded and r = x − n·ln 2, eʳ as a polynomial
    /// (Cephes).
    /// </summary>
    /// <remarks>The base library's goes through double, takes 2.7 times as long, and has 1.0000001 for e⁰.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp(V x)
    {
        // Beyond both bounds lie 0 and ∞. NaN is the second operand, so it passes.
        V n = Reduced(Vector.MinNative(new V(89f), Vector.MaxNative(new V(-104f), x)), out V r), p = Fraction(r) + V.One;
        // 2ⁿ in two factors: n runs beyond the exponents of a float at both ends.
        Vector<int> whole = Vector.ConvertToInt32Native(n), half = whole >> 1;
        return p * PowerOfTwo(half) * PowerOfTwo(whole - half);
    }

    /// <summary>eˣ − 1 within two units in the last place also near 0, for |x| ≤ 40, and as at 40 beyond: 2ⁿ·(eʳ − 1) + (2ⁿ − 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V ExpMinusOne(V x)
    {
        V n = Reduced(Vector.MinNative(new V(40f), Vector.MaxNative(new V(-40f), x)), out V r),
        power = PowerOfTwo(Vector.ConvertToInt32Native(n));
        return Vector.MultiplyAddEstimate(power, Fraction(r), power - V.One);
    }

    /// <summary>n = x / ln 2 rounded, and r = x − n·ln 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Reduced(V x, out V r)
    {
        // Adding 1.5·2²³ rounds to a whole number.
        V shift = new(12_582_912f), n = Vector.MultiplyAddEstimate(x, new V(1.44269504f), shift) - shift;
        // ln 2 in two parts, the first with so few digits that n times it is exact.
        r = Vector.MultiplyAddEstimate(n, new V(2.12194440e-4f), Vector.MultiplyAddEstimate(n, new V(-0.693359375f), x));
        return n;
    }

    /// <summary>eʳ − 1 for |r| ≤ ½·ln 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Fraction(V r)
    {
        V p = Vector.MultiplyAddEstimate(new V(1.9875691500e-4f), r, new V(1.3981999507e-3f));
        p = Vector.MultiplyAddEstimate(p, r, new V(8.3334519073e-3f));
        p = Vector.MultiplyAddEstimate(p, r, new V(4.1665795894e-2f));
        p = Vector.MultiplyAddEstimate(p, r, new V(1.6666665459e-1f));
        p = Vector.MultiplyAddEstimate(p, r, new V(5.0000001201e-1f));
        return Vector.MultiplyAddEstimate(p, r * r, r);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V PowerOfTwo(Vector<int> n) => Vector.AsVectorSingle((n + new Vector<int>(127)) << 23);

    /// <summary>log(1 + e) for e ≥ −1, exact where 1 + e would round e away: log(u)·e/(u − 1) with u = 1 + e rounded (Kahan).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V LogOnePlus(V e)
    {
        V u = V.One + e, kept = u - V.One;
        return Vector.ConditionalSelect(Vector.Equals(kept, V.Zero), e, Vector.Log(u) * (e / kept));
    }
}
