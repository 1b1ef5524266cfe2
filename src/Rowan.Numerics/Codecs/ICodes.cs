using System.Runtime.Intrinsics;

namespace Rowan.Numerics;

/// <summary>
/// The line through which a row's codes q stand for values: value = Scale·q + Bias, q = round((x − Bias)·Inverse) within the codes.
/// </summary>
/// <param name="Scale">The step from one code to the next, as it is stored.</param>
/// <param name="Bias">The value of code 0.</param>
/// <param name="Inverse">What values are multiplied by on their way to codes.</param>
readonly record struct Affine(float Scale, float Bias, float Inverse);

/// <summary>
/// What a row's codes are: how many bits each has, which code a value becomes, how they lie in bytes, and how they are read in vectors of
/// any width.
/// </summary>
interface ICodes
{
    /// <summary>Bits a code: 2, 4 or 8.</summary>
    static abstract int Bits { get; }

    /// <summary>The line of a row between two finite values.</summary>
    static abstract Affine Fit(float min, float max);

    /// <summary>The codes of eight values, a byte each.</summary>
    static abstract ulong Codes(Vector256<float> x, Affine line);

    /// <summary>Writes eight codes, given a byte each, into Bits bytes.</summary>
    static abstract void Store(ulong eight, ref byte into);

    /// <summary>Code number column as a number.</summary>
    static abstract float Read(ref byte codes, int column);

    /// <summary>Eight codes; column is a multiple of 8.</summary>
    static abstract Vector256<float> Read8(ref byte codes, int column);

    /// <summary>Sixteen codes; column is a multiple of 8.</summary>
    static abstract Vector512<float> Read16(ref byte codes, int column);
}
