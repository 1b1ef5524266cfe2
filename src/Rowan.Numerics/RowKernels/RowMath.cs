using System.Numerics;
using System.Runtime.InteropServices;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>Operations on one row of floats.</summary>
static class RowMath
{
    /// <summary>y ← y + x.  Both [n].</summary>
    public static void Add(ReadOnlySpan<float> x, Span<float> y)
    {
        ReadOnlySpan<V> vx = MemoryMarshal.Cast<float, V>(x);
        Span<V> vy = MemoryMarshal.Cast<float, V>(y)[..vx.Length];
        for (int i = 0; i < vx.Length; i++) vy[i] += vx[i];
        for (int i = vx.Length * V.Count; i < x.Length; i++) y[i] += x[i];
    }

    /// <summary>y ← y + a·x.  Both [n]; product and sum are rounded each.</summary>
    public static void AddScaled(ReadOnlySpan<float> x, float a, Span<float> y)
    {
        ReadOnlySpan<V> vx = MemoryMarshal.Cast<float, V>(x);
        Span<V> vy = MemoryMarshal.Cast<float, V>(y)[..vx.Length];
        for (int i = 0; i < vx.Length; i++) vy[i] += vx[i] * a;
        for (int i = vx.Length * V.Count; i < x.Length; i++) y[i] += x[i] * a;
    }

    /// <summary>x ← a·x.</summary>
    public static void Scale(Span<float> x, float a)
    {
        Span<V> vx = MemoryMarshal.Cast<float, V>(x);
        for (int i = 0; i < vx.Length; i++) vx[i] *= a;
        for (int i = vx.Length * V.Count; i < x.Length; i++) x[i] *= a;
    }

    /// <summary>
    /// Row by row, where x[r, i] &gt; m[i]:  m[i] ← x[r, i], and at[i] ← place + r.  Comparisons with NaN are false: a NaN in x is
    /// ignored, and a NaN in m stays.
    /// </summary>
    /// <param name="x">Rows [rows, n].</param>
    /// <param name="place">The index of the first row.</param>
    /// <param name="m">The largest so far [n].</param>
    /// <param name="at">Index of each maximum (argmax) [n]. Optional: may be empty.</param>
    public static void TakeLarger(ReadOnlySpan<float> x, int place, Span<float> m, Span<float> at)
    {
        int n = m.Length, i = 0;
        for (; i + V.Count <= n; i += V.Count)
        {
            Span<float> largest = m.Slice(i, V.Count), where = at.IsEmpty ? default : at.Slice(i, V.Count);
            V most = new(largest), stood = at.IsEmpty ? V.Zero : new(where), here = new(place);
            ref float first = ref MemoryMarshal.GetReference(x);
            for (int row = i; row < x.Length; row += n, here += V.One)
            {
                V own = Vector.LoadUnsafe(ref first, (nuint)row);
                Vector<int> larger = Vector.GreaterThan(own, most);
                (most, stood) = (Vector.ConditionalSelect(larger, own, most), Vector.ConditionalSelect(larger, here, stood));
            }
            most.CopyTo(largest);
            if (!at.IsEmpty) stood.CopyTo(where);
        }
        for (; i < n; i++)
            for (int row = i; row < x.Length; row += n)
                if (x[row] > m[i])
                {
                    m[i] = x[row];
                    if (!at.IsEmpty) at[i] = place + row / n;
                }
    }

    /// <summary>Σ xᵢ·yᵢ.  Both [n]; four fixed partial sums of lanes, so the bits depend on the data alone.</summary>
    public static float Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        ReadOnlySpan<V> vx = MemoryMarshal.Cast<float, V>(x), vy = MemoryMarshal.Cast<float, V>(y)[..vx.Length];
        V a = V.Zero, b = V.Zero, c = V.Zero, d = V.Zero;
        int i = 0;
        for (; i + 4 <= vx.Length; i += 4)
        {
            a += vx[i] * vy[i];
            b += vx[i + 1] * vy[i + 1];
            c += vx[i + 2] * vy[i + 2];
            d += vx[i + 3] * vy[i + 3];
        }
        for (; i < vx.Length; i++) a += vx[i] * vy[i];
        float sum = Vector.Sum(a + b + (c + d));
        for (int j = vx.Length * V.Count; j < x.Length; j++) sum += x[j] * y[j];
        return sum;
    }

    /// <summary>The largest value; −∞ for an empty span. NaN may be ignored.</summary>
    public static float Largest(ReadOnlySpan<float> x)
    {
        ReadOnlySpan<V> vx = MemoryMarshal.Cast<float, V>(x);
        V a = new(float.NegativeInfinity), b = a;
        int i = 0;
        for (; i + 2 <= vx.Length; i += 2)
        {
            a = Vector.MaxNative(a, vx[i]);
            b = Vector.MaxNative(b, vx[i + 1]);
        }
        if (i < vx.Length) a = Vector.MaxNative(a, vx[i]);
        a = Vector.MaxNative(a, b);
        float largest = float.NegativeInfinity;
        for (int lane = 0; lane < V.Count; lane++) largest = MathF.Max(largest, a[lane]);
        for (int j = vx.Length * V.Count; j < x.Length; j++) largest = MathF.Max(largest, x[j]);
        return largest;
    }

    /// <summary>The p-norm (Σ |xᵢ|ᵖ)^(1/p); p = 0 counts the values that are not zero, p = ∞ takes the largest magnitude.</summary>
    public static float Norm(ReadOnlySpan<float> x, float p)
    {
        if (p == 2) return MathF.Sqrt(Dot(x, x));
        if (float.IsPositiveInfinity(p))
        {
            float largest = 0;
            foreach (float value in x) largest = MathF.Max(largest, MathF.Abs(value));
            return largest;
        }
        double sum = 0;
        foreach (float value in x)
            sum += p == 0 ? (value != 0 ? 1 : 0) : p == 1 ? Math.Abs(value) : Math.Pow(Math.Abs(value), p);
        return (float)(p is 0 or 1 ? sum : Math.Pow(sum, 1.0 / p));
    }
}
