using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Rowan.Numerics;

/// <summary>A vector of one width, and the few things a product does with it: loops over it are written once.</summary>
unsafe interface ILanes<T> where T : struct, ILanes<T>
{
    /// <summary>Values in a vector.</summary>
    static abstract int Count { get; }

    static abstract T Load(float* from);

    static abstract T Splat(float value);

    /// <summary>x·y + sum, rounded once wherever the processor can.</summary>
    static abstract T MultiplyAdd(T x, T y, T sum);

    static abstract T operator +(T x, T y);

    void Store(float* into);
}

/// <summary>Sixteen lanes.</summary>
readonly unsafe struct Lanes512(Vector512<float> lanes) : ILanes<Lanes512>
{
    readonly Vector512<float> _lanes = lanes;

    public static int Count => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Load(float* from) => new(Vector512.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Splat(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 MultiplyAdd(Lanes512 x, Lanes512 y, Lanes512 sum) => new(Vector512.FusedMultiplyAdd(x._lanes, y._lanes, sum._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator +(Lanes512 x, Lanes512 y) => new(x._lanes + y._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* into) => _lanes.Store(into);
}

/// <summary>Eight lanes.</summary>
readonly unsafe struct Lanes256(Vector256<float> lanes) : ILanes<Lanes256>
{
    readonly Vector256<float> _lanes = lanes;

    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Load(float* from) => new(Vector256.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Splat(float value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 MultiplyAdd(Lanes256 x, Lanes256 y, Lanes256 sum) =>
        new(Fma.IsSupported ? Fma.MultiplyAdd(x._lanes, y._lanes, sum._lanes) : x._lanes * y._lanes + sum._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator +(Lanes256 x, Lanes256 y) => new(x._lanes + y._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* into) => _lanes.Store(into);
}

/// <summary>Four lanes: what Arm has.</summary>
readonly unsafe struct Lanes128(Vector128<float> lanes) : ILanes<Lanes128>
{
    readonly Vector128<float> _lanes = lanes;

    public static int Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Load(float* from) => new(Vector128.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Splat(float value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 MultiplyAdd(Lanes128 x, Lanes128 y, Lanes128 sum) =>
        new(ScalarLanes.Fused ? Vector128.FusedMultiplyAdd(x._lanes, y._lanes, sum._lanes) : x._lanes * y._lanes + sum._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator +(Lanes128 x, Lanes128 y) => new(x._lanes + y._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* into) => _lanes.Store(into);
}

/// <summary>The portable twin: one lane.</summary>
readonly unsafe struct ScalarLanes(float lane) : ILanes<ScalarLanes>
{
    readonly float _lane = lane;

    public static int Count => 1;

    /// <summary>Whether the processor rounds x·y + z once; then every width does.</summary>
    public static bool Fused => Fma.IsSupported || System.Runtime.Intrinsics.Arm.AdvSimd.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLanes Load(float* from) => new(*from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLanes Splat(float value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLanes MultiplyAdd(ScalarLanes x, ScalarLanes y, ScalarLanes sum) =>
        new(Fused ? MathF.FusedMultiplyAdd(x._lane, y._lane, sum._lane) : x._lane * y._lane + sum._lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLanes operator +(ScalarLanes x, ScalarLanes y) => new(x._lane + y._lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* into) => *into = _lane;
}
