using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>h′ = f(x + u);  dx = du = g·f′.  (Elman 1990.)</summary>
readonly struct ElmanCell<TActivation> : IRecurrentCell where TActivation : struct, IUnary
{
    public static int Gates => 1;

    public static int States => 1;

    public static int Kept => 1;

    public static void Forward(ReadOnlySpan<float> x, ReadOnlySpan<float> u, ReadOnlySpan<float> before, Span<float> next, Span<float> kept)
    {
        Lanes.Zip<Add>(x, u, kept);
        Lanes.Map<TActivation>(kept, next);
    }

    public static void Backward(ReadOnlySpan<float> dnext, ReadOnlySpan<float> before, ReadOnlySpan<float> next, ReadOnlySpan<float> kept, Span<float> dx, Span<float> du, Span<float> dbefore)
    {
        Lanes.MapBackward(default(TActivation), dnext, kept, next, dx);
        dx.CopyTo(du);
        dbefore.Clear();
    }
}

/// <summary>
/// Gates i, f, o = σ(x + u), g = tanh(x + u);  c′ = f·c + i·g;  h′ = o·tanh c′.  State: h, c; gates in the order i, f, g, o.
/// (Hochreiter and Schmidhuber 1997; forget gate: Gers, Schmidhuber, Cummins 2000.)
/// </summary>
readonly struct LstmCell : IRecurrentCell
{
    public static int Gates => 4;

    public static int States => 2;

    public static int Kept => 5;

    public static void Forward(ReadOnlySpan<float> x, ReadOnlySpan<float> u, ReadOnlySpan<float> before, Span<float> next, Span<float> kept)
    {
        int h = x.Length / 4;
        Span<float> gates = kept[..(4 * h)], tanhC = kept[(4 * h)..], c = next[h..];
        Lanes.Zip<Add>(x, u, gates);
        Lanes.Map<Numerics.Sigmoid>(gates[..(2 * h)], gates[..(2 * h)]);
        Lanes.Map<Numerics.Tanh>(gates.Slice(2 * h, h), gates.Slice(2 * h, h));
        Lanes.Map<Numerics.Sigmoid>(gates[(3 * h)..], gates[(3 * h)..]);
        for (int j = 0; j < h; j++) c[j] = gates[h + j] * before[h + j] + gates[j] * gates[2 * h + j];
        Lanes.Map<Numerics.Tanh>(c, tanhC);
        Lanes.Zip<Multiply>(gates[(3 * h)..], tanhC, next[..h]);
    }

    public static void Backward(ReadOnlySpan<float> dnext, ReadOnlySpan<float> before, ReadOnlySpan<float> next, ReadOnlySpan<float> kept, Span<float> dx, Span<float> du, Span<float> dbefore)
    {
        int h = dnext.Length / 2;
        for (int j = 0; j < h; j++)
        {
            float i = kept[j], f = kept[h + j], g = kept[2 * h + j], o = kept[3 * h + j], tanhC = kept[4 * h + j];
            float dc = dnext[h + j] + dnext[j] * o * (1 - tanhC * tanhC);
            dx[j] = dc * g * i * (1 - i);
            dx[h + j] = dc * before[h + j] * f * (1 - f);
            dx[2 * h + j] = dc * i * (1 - g * g);
            dx[3 * h + j] = dnext[j] * tanhC * o * (1 - o);
            dbefore[j] = 0;
            dbefore[h + j] = dc * f;
        }
        dx.CopyTo(du);
    }
}

/// <summary>
/// Gates r, z = σ(x + u);  n = tanh(xₙ + r·uₙ);  h′ = (1 − z)·n + z·h.  Gates in the order r, z, n; the reset comes after the product with
/// the state, as in PyTorch and cuDNN.  (Cho et al. 2014.)
/// </summary>
readonly struct GruCell : IRecurrentCell
{
    public static int Gates => 3;

    public static int States => 1;

    public static int Kept => 4;

    public static void Forward(ReadOnlySpan<float> x, ReadOnlySpan<float> u, ReadOnlySpan<float> before, Span<float> next, Span<float> kept)
    {
        int h = before.Length;
        Span<float> gates = kept[..(2 * h)], n = kept.Slice(2 * h, h);
        Lanes.Zip<Add>(x[..(2 * h)], u[..(2 * h)], gates);
        Lanes.Map<Numerics.Sigmoid>(gates, gates);
        u[(2 * h)..].CopyTo(kept[(3 * h)..]);
        for (int j = 0; j < h; j++) n[j] = x[2 * h + j] + gates[j] * u[2 * h + j];
        Lanes.Map<Numerics.Tanh>(n, n);
        for (int j = 0; j < h; j++) next[j] = (1 - gates[h + j]) * n[j] + gates[h + j] * before[j];
    }

    public static void Backward(ReadOnlySpan<float> dnext, ReadOnlySpan<float> before, ReadOnlySpan<float> next, ReadOnlySpan<float> kept, Span<float> dx, Span<float> du, Span<float> dbefore)
    {
        int h = before.Length;
        for (int j = 0; j < h; j++)
        {
            float r = kept[j], z = kept[h + j], n = kept[2 * h + j], un = kept[3 * h + j], g = dnext[j];
            float dn = g * (1 - z) * (1 - n * n);
            dx[j] = du[j] = dn * un * r * (1 - r);
            dx[h + j] = du[h + j] = g * (before[j] - n) * z * (1 - z);
            dx[2 * h + j] = dn;
            du[2 * h + j] = dn * r;
            dbefore[j] = g * z;
        }
    }
}
