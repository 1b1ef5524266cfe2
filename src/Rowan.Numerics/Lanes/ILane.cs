using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Rowan.Numerics;

/// <summary>
/// A vector of one width, or a single number: loops over it are written once, and every width rounds each value alike. Sums are variables
/// of the vector's own type, since the compiler multiplies and adds in their registers only then; those of a type that wraps it are
/// copied there and back.
/// </summary>
unsafe interface ILane<TVector> where TVector : struct
{
    /// <summary>Values in a vector.</summary>
    static abstract int Count { get; }

    static abstract TVector Of(float value);

    static abstract TVector Load(float* from);

    static abstract TVector Add(TVector a, TVector b);

    static abstract TVector Multiply(TVector a, TVector b);

    /// <summary>a·b + c, rounded once wherever the processor does that, and then at every width.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    static abstract void Store(TVector value, float* into);
}

/// <summary>The same for rows as tables keep them.</summary>
interface IRowLane<TVector> : ILane<TVector> where TVector : struct
{
    /// <summary>The floats stored from a place on.</summary>
    static abstract TVector Stored<TCode>(ref byte at) where TCode : struct, IRowCode;

    static abstract TVector Codes<TCodes>(ref byte codes, int column) where TCodes : struct, ICodes;

    /// <summary>a·b + c, rounded once whatever the processor does: a part of a format.</summary>
    static abstract TVector Fused(TVector a, TVector b, TVector c);
}

/// <summary>Sixteen numbers.</summary>
readonly unsafe struct Lanes16 : IRowLane<Vector512<float>>
{
    public static int Count => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Of(float value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* from) => Vector512.Load(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Add(Vector512<float> a, Vector512<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Multiply(Vector512<float> a, Vector512<float> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyAdd(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
        Vector512.FusedMultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> value, float* into) => value.Store(into);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Stored<TCode>(ref byte at) where TCode : struct, IRowCode => TCode.Sixteen(ref at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Codes<TCodes>(ref byte codes, int column) where TCodes : struct, ICodes =>
        TCodes.Read16(ref codes, column);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Fused(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Vector512.FusedMultiplyAdd(a, b, c);
}

/// <summary>Eight numbers.</summary>
readonly unsafe struct Lanes8 : IRowLane<Vector256<float>>
{
    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Of(float value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(float* from) => Vector256.Load(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Add(Vector256<float> a, Vector256<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Multiply(Vector256<float> a, Vector256<float> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> c) => Fma.IsSupported
        ? Fma.MultiplyAdd(a, b, c) : a * b + c;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> value, float* into) => value.Store(into);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Stored<TCode>(ref byte at) where TCode : struct, IRowCode => TCode.Eight(ref at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Codes<TCodes>(ref byte codes, int column) where TCodes : struct, ICodes =>
        TCodes.Read8(ref codes, column);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Fused(Vector256<float> a, Vector256<float> b, Vector256<float> c) => Vector256.FusedMultiplyAdd(a, b, c);
}

/// <summary>Four numbers: what Arm has.</summary>
readonly unsafe struct Lanes4 : ILane<Vector128<float>>
{
    public static int Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Of(float value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load(float* from) => Vector128.Load(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Add(Vector128<float> a, Vector128<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Multiply(Vector128<float> a, Vector128<float> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MultiplyAdd(Vector128<float> a, Vector128<float> b, Vector128<float> c) => Lane1.ProcessorFuses
        ? Vector128.FusedMultiplyAdd(a, b, c) : a * b + c;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<float> value, float* into) => value.Store(into);
}

/// <summary>One number: the scalar twin, which takes what a row has beyond whole vectors.</summary>
readonly unsafe struct Lane1 : IRowLane<float>
{
    public static int Count => 1;

    /// <summary>Whether the processor rounds a·b + c once; then every width does.</summary>
    public static bool ProcessorFuses => Fma.IsSupported || AdvSimd.IsSupported;

    public static float Of(float value) => value;

    public static float Load(float* from) => *from;

    public static float Add(float a, float b) => a + b;

    public static float Multiply(float a, float b) => a * b;

    public static float MultiplyAdd(float a, float b, float c) => ProcessorFuses ? MathF.FusedMultiplyAdd(a, b, c) : a * b + c;

    public static void Store(float value, float* into) => *into = value;

    public static float Stored<TCode>(ref byte at) where TCode : struct, IRowCode => TCode.One(ref at);

    public static float Codes<TCodes>(ref byte codes, int column) where TCodes : struct, ICodes => TCodes.Read(ref codes, column);

    public static float Fused(float a, float b, float c) => MathF.FusedMultiplyAdd(a, b, c);
}
