using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Rowan.Numerics;

/// <summary>A vector of one width, or a single number: what the loops over packed rows are written for. Every width rounds each value alike.</summary>
interface ILane<TVector> where TVector : struct
{
    static abstract int Count { get; }

    static abstract TVector Of(float value);

    static abstract TVector Codes<TCodes>(ref byte codes, int column) where TCodes : struct, ICodes;

    /// <summary>a·b + c, rounded once.</summary>
    static abstract TVector Fused(TVector a, TVector b, TVector c);

    static abstract TVector Add(TVector a, TVector b);

    static abstract TVector Multiply(TVector a, TVector b);

    static abstract void Store(TVector value, ref float into);
}

/// <summary>Sixteen numbers.</summary>
readonly struct Lanes16 : ILane<Vector512<float>>
{
    public static int Count => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Of(float value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Codes<TCodes>(ref byte codes, int column) where TCodes : struct, ICodes => TCodes.Read16(ref codes, column);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Fused(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Vector512.FusedMultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Add(Vector512<float> a, Vector512<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Multiply(Vector512<float> a, Vector512<float> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> value, ref float into) => value.StoreUnsafe(ref into);
}

/// <summary>Eight numbers.</summary>
readonly struct Lanes8 : ILane<Vector256<float>>
{
    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Of(float value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Codes<TCodes>(ref byte codes, int column) where TCodes : struct, ICodes => TCodes.Read8(ref codes, column);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Fused(Vector256<float> a, Vector256<float> b, Vector256<float> c) => Vector256.FusedMultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Add(Vector256<float> a, Vector256<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Multiply(Vector256<float> a, Vector256<float> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> value, ref float into) => value.StoreUnsafe(ref into);
}

/// <summary>One number: the scalar twin, which takes what a row has beyond whole vectors.</summary>
readonly struct Lane1 : ILane<float>
{
    public static int Count => 1;

    public static float Of(float value) => value;

    public static float Codes<TCodes>(ref byte codes, int column) where TCodes : struct, ICodes => TCodes.Read(ref codes, column);

    public static float Fused(float a, float b, float c) => MathF.FusedMultiplyAdd(a, b, c);

    public static float Add(float a, float b) => a + b;

    public static float Multiply(float a, float b) => a * b;

    public static void Store(float value, ref float into) => into = value;
}
