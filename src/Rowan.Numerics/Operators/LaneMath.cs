using System.Numerics;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>Functions that the base library lacks, lane by lane.</summary>
static class LaneMath
{
    /// <summary>log(1 + e) for e ≥ 0, exact where 1 + e would round e away: log(u)·e/(u − 1) with u = 1 + e rounded (Kahan).</summary>
    public static V LogOnePlus(V e)
    {
        V u = V.One + e, kept = u - V.One;
        return Vector.ConditionalSelect(Vector.Equals(kept, V.Zero), e, Vector.Log(u) * (e / kept));
    }
}
