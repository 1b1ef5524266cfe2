using System.Runtime.CompilerServices;
using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>a = x + u;  h′ = f(a);  dx = du = g·f′(a).  (Elman 1990.)</summary>
readonly struct ElmanStep<TActivation> : IRecurrentCell where TActivation : struct, IUnary
{
    public static int Gates => 1;

    public static int States => 1;

    public static int Kept => 1;

    public static bool ReadsSums => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Forward(Parts gates, Parts u, Parts state, Parts kept)
    {
        gates[0] += u[0];
        kept[0] = state[0] = default(TActivation).Forward(gates[0]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Backward(Parts gates, Parts kept, Parts dstate, Parts dx, Parts du)
    {
        dx[0] = default(TActivation).Backward(dstate[0], gates[0], kept[0]);
        dstate[0] = default;
    }
}
