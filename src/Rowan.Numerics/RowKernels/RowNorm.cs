using System.Numerics;
using System.Runtime.InteropServices;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>Normalization of one row:  n = (x − μ)·s,  y = n·w + b.</summary>
/// <param name="Mean">μ.</param>
/// <param name="Scale">s = 1 / √(σ² + ε).</param>
readonly record struct RowNorm(float Mean, float Scale)
{
    /// <summary>With mean and biased variance of the row itself.</summary>
    public static RowNorm Of(ReadOnlySpan<float> x, float epsilon)
    {
        float mean = Lanes.Sum(x) / x.Length;
        return new(mean, 1 / MathF.Sqrt(Lanes.Sum(new SquareFrom(mean), x) / x.Length + epsilon));
    }

    /// <summary>y.  All [n]; an empty w stands for 1, an empty b for 0.</summary>
    public void Forward(ReadOnlySpan<float> x, ReadOnlySpan<float> w, ReadOnlySpan<float> b, Span<float> y)
    {
        ReadOnlySpan<V> vx = Of(x), vw = Of(w), vb = Of(b);
        Span<V> vy = MemoryMarshal.Cast<float, V>(y);
        for (int i = 0; i < vx.Length; i++)
        {
            V n = (vx[i] - new V(Mean)) * Scale;
            if (w.Length > 0) n *= vw[i];
            vy[i] = b.Length > 0 ? n + vb[i] : n;
        }
        for (int i = vx.Length * V.Count; i < x.Length; i++)
            y[i] = (x[i] - Mean) * Scale * (w.Length > 0 ? w[i] : 1) + (b.Length > 0 ? b[i] : 0);
    }

    /// <summary>
    /// Where mean and variance are the row's own: dx = s·(g·w − mean(g·w) − n·mean(g·w·n)), and dw ← dw + g·n, db ← db + g.
    /// </summary>
    /// <param name="g">Gradient of y [n].</param>
    /// <param name="x">The row [n].</param>
    /// <param name="w">w [n]; empty for 1.</param>
    /// <param name="dx">The row's gradient [n].</param>
    /// <param name="dw">Added to [n]; empty where w does not learn.</param>
    /// <param name="db">Added to [n]; empty where b does not learn.</param>
    public void Backward(ReadOnlySpan<float> g, ReadOnlySpan<float> x, ReadOnlySpan<float> w, Span<float> dx, Span<float> dw,
        Span<float> db)
    {
        ReadOnlySpan<V> vg = Of(g), vx = Of(x), vw = Of(w);
        Span<V> vdx = MemoryMarshal.Cast<float, V>(dx), vdw = MemoryMarshal.Cast<float, V>(dw), vdb = MemoryMarshal.Cast<float, V>(db);
        V plain = V.Zero, along = V.Zero;
        for (int i = 0; i < vx.Length; i++)
        {
            V n = (vx[i] - new V(Mean)) * Scale, gw = w.Length > 0 ? vg[i] * vw[i] : vg[i];
            plain += gw;
            along += gw * n;
            if (dw.Length > 0) vdw[i] += vg[i] * n;
            if (db.Length > 0) vdb[i] += vg[i];
        }
        float sum = Vector.Sum(plain), sumAlong = Vector.Sum(along);
        int done = vx.Length * V.Count;
        for (int i = done; i < x.Length; i++)
        {
            float n = (x[i] - Mean) * Scale, gw = w.Length > 0 ? g[i] * w[i] : g[i];
            sum += gw;
            sumAlong += gw * n;
            if (dw.Length > 0) dw[i] += g[i] * n;
            if (db.Length > 0) db[i] += g[i];
        }
        (sum, sumAlong) = (sum / x.Length, sumAlong / x.Length);
        for (int i = 0; i < vx.Length; i++)
        {
            V n = (vx[i] - new V(Mean)) * Scale, gw = w.Length > 0 ? vg[i] * vw[i] : vg[i];
            vdx[i] = (gw - new V(sum) - n * sumAlong) * Scale;
        }
        for (int i = done; i < x.Length; i++)
            dx[i] = ((w.Length > 0 ? g[i] * w[i] : g[i]) - sum - (x[i] - Mean) * Scale * sumAlong) * Scale;
    }

    static ReadOnlySpan<V> Of(ReadOnlySpan<float> x) => MemoryMarshal.Cast<float, V>(x);
}
