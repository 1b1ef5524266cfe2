using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Rowan.Numerics;

/// <summary>The loops of a format, written once over its codes, the place of scale and bias, and the width of vectors.</summary>
sealed class RowCodec<TCodes, TScaleBias>(RowFormat format, string name) : RowCodec(format, name) where TCodes : struct, ICodes
    where TScaleBias : struct, IScaleBias
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
            TCodes.Store(TCodes.Codes(Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(row), (nuint)column), line),
                ref Unsafe.Add(ref packed, column / 8 * TCodes.Bits));
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
    public override unsafe void Decode(ReadOnlySpan<byte> row, Span<float> into)
    {
        ref byte bytes = ref MemoryMarshal.GetReference(row);
        (float scale, float bias) = TScaleBias.Read(ref bytes, CodeBytes(into.Length));
        ref byte codes = ref Unsafe.Add(ref bytes, TScaleBias.Before);
        int d = 0, dim = into.Length;
        fixed (float* values = into)
        {
            if (Vector512.IsHardwareAccelerated) d = Decode<Lanes16, Vector512<float>>(ref codes, scale, bias, values, dim, d);
            d = Decode<Lanes8, Vector256<float>>(ref codes, scale, bias, values, dim, d);
            Decode<Lane1, float>(ref codes, scale, bias, values, dim, d);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static unsafe int Decode<TLane, TVector>(ref byte codes, float scale, float bias, float* into, int dim, int d) where TLane : struct,
    IRowLane<TVector> where TVector : struct
    {
        TVector s = TLane.Of(scale), b = TLane.Of(bias);
        for (; d + TLane.Count <= dim; d += TLane.Count)
            TLane.Store(TLane.Add(TLane.Multiply(TLane.Codes<TCodes>(ref codes, d), s), b), into + d);
        return d;
    }

    public override unsafe void SumBags(in PackedRows rows, ReadOnlySpan<long> ids, ReadOnlySpan<long> starts, ReadOnlySpan<float> weights,
        bool mean, Span<float> into, int dim, bool far = false)
    {
        int bags = starts.Length - 1;
        Require.That((bags <= 0 || into.Length >= (long)bags * dim) && (weights.IsEmpty || weights.Length >= ids.Length),
            $"SumBags: {into.Length} values and {weights.Length} weights for {bags} bags of {ids.Length} entries × {dim}", nameof(into));
        fixed (long* id = ids, start = starts)
        fixed (float* weight = weights, sums = into)
        {
            var all = new Bags(id, id + ids.Length - (far ? RowKernels.Ahead : ids.Length), start, weights.IsEmpty ? null : weight, mean,
                sums, dim);
            if (rows.Only is { } piece) Sum(piece, all, bags);
            else Sum(rows, all, bags);
        }
    }

    /// <summary>
    /// All bags block by block of their values where they are one block; else one bag after another, while its rows are near.
    /// </summary>
    static void Sum<TRows>(TRows rows, in Bags bags, int count) where TRows : struct, IPackedRows
    {
        int whole = Vector512.IsHardwareAccelerated ? 128 : 64, step = bags.Dim == whole ? count : 1;
        for (int bag = 0; bag < count; bag += step)
        {
            int d = 0;
            if (Vector512.IsHardwareAccelerated)
                for (; d + 128 <= bags.Dim; d += 128) Eight<TRows, Lanes16, Vector512<float>>(rows, bags, bag, bag + step, d);
            for (; d + 64 <= bags.Dim; d += 64) Eight<TRows, Lanes8, Vector256<float>>(rows, bags, bag, bag + step, d);
            for (; d + 8 <= bags.Dim; d += 8) One<TRows, Lanes8, Vector256<float>>(rows, bags, bag, bag + step, d);
            for (; d < bags.Dim; d++) One<TRows, Lane1, float>(rows, bags, bag, bag + step, d);
        }
    }

    /// <summary>Eight vectors of each row, from column d on, their sums in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void Eight<TRows, TLane, TVector>(TRows rows, Bags bags, int from, int to, int d) where TRows : struct, IPackedRows
        where TLane : struct, IRowLane<TVector> where TVector : struct
    {
        int codeBytes = CodeBytes(bags.Dim), n = TLane.Count;
        nint column = TScaleBias.Before + d * TCodes.Bits / 8;
        // Only the first block of values asks; it asks for whole rows.
        long* ask = d == 0 ? bags.Ask : bags.Ids;
        for (int bag = from; bag < to; bag++)
        {
            TVector x0 = default, x1 = default, x2 = default, x3 = default, x4 = default, x5 = default, x6 = default, x7 = default;
            float bias = 0;
            long* first = bags.Ids + bags.Starts[bag], end = bags.Ids + bags.Starts[bag + 1];
            for (long* i = first; i < end; i++)
            {
                if (i < ask) rows.Prefetch(i[RowKernels.Ahead]);
                byte* row = rows.At(*i);
                ref byte codes = ref row[column];
                TVector scale = TLane.Of(Scale(ref *row, codeBytes, bags, i, ref bias));
                x0 = TLane.Fused(TLane.Codes<TCodes>(ref codes, 0), scale, x0);
                x1 = TLane.Fused(TLane.Codes<TCodes>(ref codes, n), scale, x1);
                x2 = TLane.Fused(TLane.Codes<TCodes>(ref codes, 2 * n), scale, x2);
                x3 = TLane.Fused(TLane.Codes<TCodes>(ref codes, 3 * n), scale, x3);
                x4 = TLane.Fused(TLane.Codes<TCodes>(ref codes, 4 * n), scale, x4);
                x5 = TLane.Fused(TLane.Codes<TCodes>(ref codes, 5 * n), scale, x5);
                x6 = TLane.Fused(TLane.Codes<TCodes>(ref codes, 6 * n), scale, x6);
                x7 = TLane.Fused(TLane.Codes<TCodes>(ref codes, 7 * n), scale, x7);
            }
            TVector b = TLane.Of(bias), f = TLane.Of(bags.Factor(first, end));
            float* target = bags.Sums + (nint)bag * bags.Dim + d;
            TLane.Store(TLane.Multiply(TLane.Add(x0, b), f), target);
            TLane.Store(TLane.Multiply(TLane.Add(x1, b), f), target + n);
            TLane.Store(TLane.Multiply(TLane.Add(x2, b), f), target + 2 * n);
            TLane.Store(TLane.Multiply(TLane.Add(x3, b), f), target + 3 * n);
            TLane.Store(TLane.Multiply(TLane.Add(x4, b), f), target + 4 * n);
            TLane.Store(TLane.Multiply(TLane.Add(x5, b), f), target + 5 * n);
            TLane.Store(TLane.Multiply(TLane.Add(x6, b), f), target + 6 * n);
            TLane.Store(TLane.Multiply(TLane.Add(x7, b), f), target + 7 * n);
        }
    }

    /// <summary>One vector of each row, or one number, at column d.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void One<TRows, TLane, TVector>(TRows rows, Bags bags, int from, int to, int d) where TRows : struct, IPackedRows
        where TLane : struct, IRowLane<TVector> where TVector : struct
    {
        int codeBytes = CodeBytes(bags.Dim);
        long* ask = d == 0 ? bags.Ask : bags.Ids;
        for (int bag = from; bag < to; bag++)
        {
            TVector x = default;
            float bias = 0;
            long* first = bags.Ids + bags.Starts[bag], end = bags.Ids + bags.Starts[bag + 1];
            for (long* i = first; i < end; i++)
            {
                if (i < ask) rows.Prefetch(i[RowKernels.Ahead]);
                byte* row = rows.At(*i);
                x = TLane.Fused(TLane.Codes<TCodes>(ref row[TScaleBias.Before], d),
                    TLane.Of(Scale(ref *row, codeBytes, bags, i, ref bias)), x);
            }
            TLane.Store(TLane.Multiply(TLane.Add(x, TLane.Of(bias)), TLane.Of(bags.Factor(first, end))), bags.Sums + (nint)bag * bags.Dim
                + d);
        }
    }

    /// <summary>w·scale of an entry; w·bias is added to the bag's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static unsafe float Scale(ref byte row, int codeBytes, in Bags bags, long* entry, ref float bias)
    {
        (float s, float b) = TScaleBias.Read(ref row, codeBytes);
        if (bags.Weights != null)
        {
            float weight = bags.Weights[entry - bags.Ids];
            (s, b) = (s * weight, b * weight);
        }
        bias += b;
        return s;
    }

    /// <summary>Bags whose entries and sums are pinned.</summary>
    /// <param name="ids">Row of each entry.</param>
    /// <param name="ask">After the last entry that asks for a later one's row.</param>
    /// <param name="starts">Where each bag starts, and where the last one ends.</param>
    /// <param name="weights">What each entry is multiplied by; null for 1.</param>
    /// <param name="mean">Divide each sum by the number of its entries.</param>
    /// <param name="sums">The sums [bags, dim].</param>
    /// <param name="dim">Values per row.</param>
    readonly unsafe struct Bags(long* ids, long* ask, long* starts, float* weights, bool mean, float* sums, int dim)
    {
        public readonly long* Ids = ids, Ask = ask, Starts = starts;
        public readonly float* Weights = weights, Sums = sums;
        public readonly int Dim = dim;
        readonly bool _mean = mean;

        public float Factor(long* first, long* end) => _mean && end - first > 1 ? 1f / (end - first) : 1;
    }

    public override bool HasNumbers(ReadOnlySpan<byte> row, int dim)
    {
        (float scale, float bias) = TScaleBias.Read(ref MemoryMarshal.GetReference(row), CodeBytes(dim));
        return MathF.Abs(scale) <= TScaleBias.Largest && MathF.Abs(bias) <= TScaleBias.Largest;
    }

    public override string? Fault(ReadOnlySpan<float> row)
    {
        for (int column = 0; column < row.Length; column++)
            if (!float.IsFinite(row[column]))
                return FormattableString.Invariant($"column {column} is {row[column]}; rows hold finite numbers");
        RowExtent.TryOf(row, out float min, out float max);
        return CanHold(min, max) ? null : string.Create(
            CultureInfo.InvariantCulture, $"values from {min:R} to {max:R}; scale and bias of {Format} end at ±{TScaleBias.Largest:R}: "
                + $"{(TScaleBias.Largest == float.MaxValue ? "make the values smaller" : $"use {nameof(RowFormat.Fused8Bit)}")}");
    }

    static bool CanHold(float min, float max)
    {
        Affine line = TCodes.Fit(min, max);
        return MathF.Abs(line.Scale) <= TScaleBias.Largest && MathF.Abs(min) <= TScaleBias.Largest
            && MathF.Abs(line.Bias) <= TScaleBias.Largest;
    }

    static int CodeBytes(int dim) => (int)(((long)dim * TCodes.Bits + 7) / 8);
}
