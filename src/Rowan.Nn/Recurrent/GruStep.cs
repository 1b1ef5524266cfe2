using System.Runtime.CompilerServices;
using V = System.Numerics.Vector<float>;

namespace Rowan.Nn;

/// <summary>
/// Gates r, z = σ(x + u);  n = tanh(xₙ + r·uₙ);  h′ = (1 − z)·n + z·h.  Gates in the order r, z, n; the reset comes after the product with
/// the state, as in PyTorch and cuDNN.  (Cho et al. 2014.)
/// </summary>
readonly struct GruStep : IRecurrentCell
{
    const int R = 0, Z = 1, N = 2, Before = 0, Un = 1;

    public static int Gates => 3;

    public static int States => 1;

    public static int Kept => 2;

    public static bool ReadsSums => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Forward(Parts gates, Parts u, Parts state, Parts kept)
    {
        V r = Sigmoid(gates[R] + u[R]), z = Sigmoid(gates[Z] + u[Z]), un = u[N], before = state[0];
        V n = Tanh(gates[N] + r * un);
        state[0] = (V.One - z) * n + z * before;
        (gates[R], gates[Z], gates[N]) = (r, z, n);
        (kept[Before], kept[Un]) = (before, un);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Backward(Parts gates, Parts kept, Parts dstate, Parts dx, Parts du)
    {
        V r = gates[R], z = gates[Z], n = gates[N], g = dstate[0];
        V dn = g * (V.One - z) * (V.One - n * n);
        dx[R] = du[R] = dn * kept[Un] * r * (V.One - r);
        dx[Z] = du[Z] = g * (kept[Before] - n) * z * (V.One - z);
        (dx[N], du[N]) = (dn, dn * r);
        dstate[0] = g * z;
    }

    static V Sigmoid(V x) => default(Numerics.Sigmoid).Forward(x);

    static V Tanh(V x) => default(Numerics.Tanh).Forward(x);
}
