using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>The elementwise loops, each written once: whole vectors of memory, then the tail on a padded copy.</summary>
static class Lanes
{
    /// <summary>y = f(x).  Both [n].</summary>
    public static void Map<TOp>(ReadOnlySpan<float> x, Span<float> y) where TOp : struct, IUnary => Map(default(TOp), x, y);

    /// <summary>y = f(x) of an operator with settings.  Both [n].</summary>
    public static void Map<TOp>(TOp op, ReadOnlySpan<float> x, Span<float> y) where TOp : struct, IUnary
    {
        ReadOnlySpan<V> vx = Of(x);
        Span<V> vy = Of(y)[..vx.Length];
        for (int i = 0; i < vx.Length; i++) vy[i] = op.Forward(vx[i]);
        int done = vx.Length * V.Count;
        if (done < x.Length) Store(op.Forward(Load(x[done..])), y[done..x.Length]);
    }

    /// <summary>dx = g·f′(x).  All [n].</summary>
    public static void MapBackward<TOp>(TOp op, ReadOnlySpan<float> g, ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> dx)
        where TOp : struct, IUnary
    {
        ReadOnlySpan<V> vg = Of(g), vx = Of(x)[..vg.Length], vy = Of(y)[..vg.Length];
        Span<V> vdx = Of(dx)[..vg.Length];
        for (int i = 0; i < vg.Length; i++) vdx[i] = op.Backward(vg[i], vx[i], vy[i]);
        int done = vg.Length * V.Count;
        if (done < g.Length) Store(op.Backward(Load(g[done..]), Load(x[done..]), Load(y[done..])), dx[done..g.Length]);
    }

    /// <summary>z = f(x, y).  All [n]; an operand of one value stands for n of it.</summary>
    public static void Zip<TOp>(ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> z) where TOp : struct, IBinary
    {
        TOp op = default;
        Span<V> vz = Of(z);
        int done = vz.Length * V.Count;
        bool oneX = x.Length == 1, oneY = y.Length == 1;
        V x0 = oneX ? new V(x[0]) : default, y0 = oneY ? new V(y[0]) : default;
        ReadOnlySpan<V> vx = oneX ? default : Of(x), vy = oneY ? default : Of(y);
        if (oneX) for (int i = 0; i < vz.Length; i++) vz[i] = op.Forward(x0, oneY ? y0 : vy[i]);
        else if (oneY) for (int i = 0; i < vz.Length; i++) vz[i] = op.Forward(vx[i], y0);
        else for (int i = 0; i < vz.Length; i++) vz[i] = op.Forward(vx[i], vy[i]);
        if (done < z.Length) Store(op.Forward(oneX ? x0 : Load(x[done..]), oneY ? y0 : Load(y[done..])), z[done..]);
    }

    /// <summary>The gradient of a loss to its predictions, or to its targets.  All [n].</summary>
    public static void LossBackward<TLoss>(bool toTargets, ReadOnlySpan<float> g, ReadOnlySpan<float> x, ReadOnlySpan<float> y,
        Span<float> into) where TLoss : struct, ILoss
    {
        TLoss loss = default;
        ReadOnlySpan<V> vg = Of(g), vx = Of(x)[..vg.Length], vy = Of(y)[..vg.Length];
        Span<V> vz = Of(into)[..vg.Length];
        for (int i = 0; i < vg.Length; i++)
            vz[i] = toTargets ? loss.BackwardTarget(vg[i], vx[i], vy[i]) : loss.BackwardPrediction(vg[i], vx[i], vy[i]);
        int done = vg.Length * V.Count;
        if (done == g.Length) return;
        V gt = Load(g[done..]), xt = Load(x[done..]), yt = Load(y[done..]);
        Store(toTargets ? loss.BackwardTarget(gt, xt, yt) : loss.BackwardPrediction(gt, xt, yt), into[done..g.Length]);
    }

    /// <summary>Σ x in two fixed partial sums of lanes, so that the bits depend on the data alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]   // Sums are long: they do not wait for a profile.
    public static float Sum(ReadOnlySpan<float> x)
    {
        ReadOnlySpan<V> vx = Of(x);
        V a = V.Zero, b = V.Zero;
        int i = 0;
        for (; i + 2 <= vx.Length; i += 2)
        {
            a += vx[i];
            b += vx[i + 1];
        }
        if (i < vx.Length) a += vx[i];
        float sum = System.Numerics.Vector.Sum(a + b);
        foreach (float value in x[(vx.Length * V.Count)..]) sum += value;
        return sum;
    }

    /// <summary>Σ f(x), in the order of <see cref="Sum(ReadOnlySpan{float})"/>.  x [n].</summary>
    public static float Sum<TOp>(TOp op, ReadOnlySpan<float> x) where TOp : struct, IUnary
    {
        ReadOnlySpan<V> vx = Of(x);
        V a = V.Zero, b = V.Zero;
        int i = 0;
        for (; i + 2 <= vx.Length; i += 2)
        {
            a += op.Forward(vx[i]);
            b += op.Forward(vx[i + 1]);
        }
        if (i < vx.Length) a += op.Forward(vx[i]);
        float sum = System.Numerics.Vector.Sum(a + b);
        int done = vx.Length * V.Count;
        V rest = done < x.Length ? op.Forward(Load(x[done..])) : default;
        for (int j = done; j < x.Length; j++) sum += rest[j - done];
        return sum;
    }

    static ReadOnlySpan<V> Of(ReadOnlySpan<float> x) => MemoryMarshal.Cast<float, V>(x);

    static Span<V> Of(Span<float> x) => MemoryMarshal.Cast<float, V>(x);

    static V Load(ReadOnlySpan<float> x)
    {
        Span<float> lanes = stackalloc float[V.Count];
        lanes.Clear();
        x.CopyTo(lanes);
        return new V(lanes);
    }

    static void Store(V lanes, Span<float> into)
    {
        for (int i = 0; i < into.Length; i++) into[i] = lanes[i];
    }
}
