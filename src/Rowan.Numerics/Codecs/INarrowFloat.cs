using System.Runtime.Intrinsics;

namespace Rowan.Numerics;

/// <summary>
/// A way of storing a float in 16 bits. Every float of the format becomes a float and back unchanged; codes lie in the low half of 32-bit
/// lanes.
/// </summary>
interface INarrowFloat : IRowCode
{
    /// <summary>Random bits that <see cref="Rounded"/> takes for a value: 16 or 32.</summary>
    static abstract int RandomBits { get; }

    /// <summary>The largest finite float that <see cref="Nearest"/> keeps finite.</summary>
    static abstract float Largest { get; }

    /// <summary>The float of a code.</summary>
    static abstract float Widen(ushort code);

    /// <summary>The floats of codes.</summary>
    static abstract Vector256<float> Widen(Vector256<uint> codes);

    /// <summary>The floats of codes.</summary>
    static abstract Vector512<float> Widen(Vector512<uint> codes);

    /// <summary>The codes nearest to floats, the even one of two that are as near. Too large becomes infinite, NaN stays NaN.</summary>
    static abstract Vector256<uint> Nearest(Vector256<float> x);

    /// <summary>
    /// One of the two codes around a float, the farther from zero with the probability of the distance to the nearer: the mean of many is
    /// the float. Random bits of zero round toward zero. Values of the format, infinity and NaN stay what they are.
    /// </summary>
    static abstract Vector256<uint> Rounded(Vector256<float> x, Vector256<uint> random);
}
