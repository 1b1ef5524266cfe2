using System.Runtime.CompilerServices;
using V = System.Numerics.Vector<float>;

namespace Rowan.Nn;

/// <summary>
/// Gates i, f, o = σ(x + u), g = tanh(x + u);  c′ = f·c + i·g;  t = tanh c′;  h′ = o·t.  State: h, c; gates in the order i, f, g, o.
/// (Hochreiter and Schmidhuber 1997; forget gate: Gers, Schmidhuber, Cummins 2000.)
/// </summary>
readonly struct LstmStep : IRecurrentCell
{
    const int H = 0, C = 1, I = 0, F = 1, G = 2, O = 3, Before = 0, T = 1;

    public static int Gates => 4;

    public static int States => 2;

    public static int Kept => 2;

    public static bool ReadsSums => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Forward(Parts gates, Parts u, Parts state, Parts kept)
    {
        V i = Sigmoid(gates[I] + u[I]), f = Sigmoid(gates[F] + u[F]), g = Tanh(gates[G] + u[G]), o = Sigmoid(gates[O] + u[O]);
        V before = state[C], c = f * before + i * g, t = Tanh(c);
        (state[C], state[H]) = (c, o * t);
        (gates[I], gates[F], gates[G], gates[O]) = (i, f, g, o);
        (kept[Before], kept[T]) = (before, t);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Backward(Parts gates, Parts kept, Parts dstate, Parts dx, Parts du)
    {
        V i = gates[I], f = gates[F], g = gates[G], o = gates[O], before = kept[Before], t = kept[T], dh = dstate[H];
        V dc = dstate[C] + dh * o * (V.One - t * t);
        dx[I] = dc * g * i * (V.One - i);
        dx[F] = dc * before * f * (V.One - f);
        dx[G] = dc * i * (V.One - g * g);
        dx[O] = dh * t * o * (V.One - o);
        (dstate[H], dstate[C]) = (V.Zero, dc * f);
    }

    static V Sigmoid(V x) => default(Numerics.Sigmoid).Forward(x);

    static V Tanh(V x) => default(Numerics.Tanh).Forward(x);
}
