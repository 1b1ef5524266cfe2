using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Rowan.Numerics;

/// <summary>The loops of a format, written once over its codes, the place of scale and bias, and the width of vectors.</summary>
sealed class RowCodec<TCodes, TScaleBias>(RowFormat format, string name) : RowCodec(format, name) where TCodes : struct, ICodes where TScaleBias : struct, IScaleBias
{
    public override int Bytes(int dim) => checked(TScaleBias.Before + CodeBytes(dim) + TScaleBias.After);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool TryEncode(ReadOnlySpan<float> row, Span<byte> into)
    {
        if (!RowExtent.TryOf(row, out float min, out float max) || !CanHold(min, max)) return false;
        Affine line = TCodes.Fit(min, max);
        int codes = CodeBytes(row.Length), column = 0;
        TScaleBias.Write(ref into[0], codes, line);
        ref byte packed = ref into[TScaleBias.Before];
        for (; column + 8 <= row.Length; column += 8)
            TCodes.Store(TCodes.Codes(Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(row), (nuint)column), line), ref Unsafe.Add(ref packed, column / 8 * TCodes.Bits));
        if (column < row.Length) Last(row[column..], line, into.Slice(TScaleBias.Before, codes)[(column / 8 * TCodes.Bits)..]);
        return true;
    }

    /// <summary>Fewer than eight values: in a vector filled up with what becomes code 0.</summary>
    static void Last(ReadOnlySpan<float> values, Affine line, Span<byte> into)
    {
        Span<float> eight = stackalloc float[8];
        Span<byte> packed = stackalloc byte[sizeof(ulong)];
        eight.Fill(line.Bias);
        values.CopyTo(eight);
        TCodes.Store(TCodes.Codes(Vector256.Create<float>(eight), line), ref packed[0]);
        packed[..into.Length].CopyTo(into);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Decode(ReadOnlySpan<byte> row, Span<float> into)
    {
        ref byte bytes = ref MemoryMarshal.GetReference(row);
        (float scale, float bias) = TScaleBias.Read(ref bytes, CodeBytes(into.Length));
        ref byte codes = ref Unsafe.Add(ref bytes, TScaleBias.Before);
        int d = 0;
        if (Vector512.IsHardwareAccelerated) d = Decode<Lanes16, Vector512<float>>(ref codes, scale, bias, into, d);
        d = Decode<Lanes8, Vector256<float>>(ref codes, scale, bias, into, d);
        Decode<Lane1, float>(ref codes, scale, bias, into, d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int Decode<TLane, TVector>(ref byte codes, float scale, float bias, Span<float> into, int d) where TLane : struct, ILane<TVector> where TVector : struct
    {
        TVector s = TLane.Of(scale), b = TLane.Of(bias);
        for (; d + TLane.Count <= into.Length; d += TLane.Count) TLane.Store(TLane.Add(TLane.Multiply(TLane.Codes<TCodes>(ref codes, d), s), b), ref into[d]);
        return d;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Sum(in PackedRows rows, ReadOnlySpan<long> ids, int first, int end, ReadOnlySpan<float> weights, float factor, Span<float> into, bool far = false)
    {
        int d = 0;
        if (Vector512.IsHardwareAccelerated)
            for (; d + 128 <= into.Length; d += 128) Eight<Lanes16, Vector512<float>>(rows, ids, first, end, weights, factor, into, d, far);
        for (; d + 64 <= into.Length; d += 64) Eight<Lanes8, Vector256<float>>(rows, ids, first, end, weights, factor, into, d, far);
        for (; d + 8 <= into.Length; d += 8) One<Lanes8, Vector256<float>>(rows, ids, first, end, weights, factor, into, d, far);
        for (; d < into.Length; d++) One<Lane1, float>(rows, ids, first, end, weights, factor, into, d, far);
    }

    /// <summary>Eight vectors of each row, from column d on, their sums in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Eight<TLane, TVector>(PackedRows rows, ReadOnlySpan<long> ids, int first, int end, ReadOnlySpan<float> weights, float factor, Span<float> into, int d, bool far)
        where TLane : struct, ILane<TVector> where TVector : struct
    {
        int codeBytes = CodeBytes(into.Length), n = TLane.Count, ask = Ask(ids, d, far);
        TVector x0 = default, x1 = default, x2 = default, x3 = default, x4 = default, x5 = default, x6 = default, x7 = default;
        float bias = 0;
        for (int i = first; i < end; i++)
        {
            if (i < ask) rows.Prefetch(ids[i + RowBlocks.Ahead]);
            ref byte row = ref rows.At(ids[i]);
            ref byte codes = ref Unsafe.Add(ref row, TScaleBias.Before);
            TVector scale = TLane.Of(Scale(ref row, codeBytes, weights, i, ref bias));
            x0 = TLane.Fused(TLane.Codes<TCodes>(ref codes, d), scale, x0);
            x1 = TLane.Fused(TLane.Codes<TCodes>(ref codes, d + n), scale, x1);
            x2 = TLane.Fused(TLane.Codes<TCodes>(ref codes, d + 2 * n), scale, x2);
            x3 = TLane.Fused(TLane.Codes<TCodes>(ref codes, d + 3 * n), scale, x3);
            x4 = TLane.Fused(TLane.Codes<TCodes>(ref codes, d + 4 * n), scale, x4);
            x5 = TLane.Fused(TLane.Codes<TCodes>(ref codes, d + 5 * n), scale, x5);
            x6 = TLane.Fused(TLane.Codes<TCodes>(ref codes, d + 6 * n), scale, x6);
            x7 = TLane.Fused(TLane.Codes<TCodes>(ref codes, d + 7 * n), scale, x7);
        }
        TVector b = TLane.Of(bias), f = TLane.Of(factor);
        ref float target = ref into[d];
        TLane.Store(TLane.Multiply(TLane.Add(x0, b), f), ref target);
        TLane.Store(TLane.Multiply(TLane.Add(x1, b), f), ref Unsafe.Add(ref target, n));
        TLane.Store(TLane.Multiply(TLane.Add(x2, b), f), ref Unsafe.Add(ref target, 2 * n));
        TLane.Store(TLane.Multiply(TLane.Add(x3, b), f), ref Unsafe.Add(ref target, 3 * n));
        TLane.Store(TLane.Multiply(TLane.Add(x4, b), f), ref Unsafe.Add(ref target, 4 * n));
        TLane.Store(TLane.Multiply(TLane.Add(x5, b), f), ref Unsafe.Add(ref target, 5 * n));
        TLane.Store(TLane.Multiply(TLane.Add(x6, b), f), ref Unsafe.Add(ref target, 6 * n));
        TLane.Store(TLane.Multiply(TLane.Add(x7, b), f), ref Unsafe.Add(ref target, 7 * n));
    }

    /// <summary>One vector of each row, or one number, at column d.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void One<TLane, TVector>(PackedRows rows, ReadOnlySpan<long> ids, int first, int end, ReadOnlySpan<float> weights, float factor, Span<float> into, int d, bool far)
        where TLane : struct, ILane<TVector> where TVector : struct
    {
        int codeBytes = CodeBytes(into.Length), ask = Ask(ids, d, far);
        TVector x = default;
        float bias = 0;
        for (int i = first; i < end; i++)
        {
            if (i < ask) rows.Prefetch(ids[i + RowBlocks.Ahead]);
            ref byte row = ref rows.At(ids[i]);
            x = TLane.Fused(TLane.Codes<TCodes>(ref Unsafe.Add(ref row, TScaleBias.Before), d), TLane.Of(Scale(ref row, codeBytes, weights, i, ref bias)), x);
        }
        TLane.Store(TLane.Multiply(TLane.Add(x, TLane.Of(bias)), TLane.Of(factor)), ref into[d]);
    }

    /// <summary>w·scale of entry i; w·bias is added to the bag's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float Scale(ref byte row, int codeBytes, ReadOnlySpan<float> weights, int i, ref float bias)
    {
        (float s, float b) = TScaleBias.Read(ref row, codeBytes);
        if (!weights.IsEmpty) (s, b) = (s * weights[i], b * weights[i]);
        bias += b;
        return s;
    }

    public override bool HasNumbers(ReadOnlySpan<byte> row, int dim)
    {
        (float scale, float bias) = TScaleBias.Read(ref MemoryMarshal.GetReference(row), CodeBytes(dim));
        return MathF.Abs(scale) <= TScaleBias.Largest && MathF.Abs(bias) <= TScaleBias.Largest;
    }

    public override string? Fault(ReadOnlySpan<float> row)
    {
        for (int column = 0; column < row.Length; column++)
            if (!float.IsFinite(row[column])) return FormattableString.Invariant($"column {column} is {row[column]}; rows hold finite numbers");
        RowExtent.TryOf(row, out float min, out float max);
        return CanHold(min, max) ? null : FormattableString.Invariant(
            $"values from {min:R} to {max:R}; scale and bias of {Format} end at ±{TScaleBias.Largest:R}: {(TScaleBias.Largest == float.MaxValue ? "make the values smaller" : $"use {nameof(RowFormat.Fused8Bit)}")}");
    }

    static bool CanHold(float min, float max)
    {
        Affine line = TCodes.Fit(min, max);
        return MathF.Abs(line.Scale) <= TScaleBias.Largest && MathF.Abs(min) <= TScaleBias.Largest && MathF.Abs(line.Bias) <= TScaleBias.Largest;
    }

    // Only the first block of values asks; it asks for whole rows.
    static int Ask(ReadOnlySpan<long> ids, int d, bool far) => far && d == 0 ? ids.Length - RowBlocks.Ahead : 0;

    static int CodeBytes(int dim) => (int)(((long)dim * TCodes.Bits + 7) / 8);
}
