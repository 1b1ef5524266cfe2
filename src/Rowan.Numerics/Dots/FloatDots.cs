using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Rowan.Numerics;

/// <summary>What is summed over the values of a query and a row.</summary>
interface IPairSum
{
    static abstract Vector512<float> Add(Vector512<float> q, Vector512<float> r, Vector512<float> sum);

    static abstract Vector256<float> Add(Vector256<float> q, Vector256<float> r, Vector256<float> sum);

    static abstract float Add(float q, float r, float sum);
}

/// <summary>Σ q·r.</summary>
readonly struct ProductSum : IPairSum
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Add(Vector512<float> q, Vector512<float> r, Vector512<float> sum) =>
        Vector512.FusedMultiplyAdd(q, r, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Add(Vector256<float> q, Vector256<float> r, Vector256<float> sum) => Lanes8.MultiplyAdd(q, r, sum);

    public static float Add(float q, float r, float sum) => Lane1.MultiplyAdd(q, r, sum);
}

/// <summary>Σ (q − r)².</summary>
readonly struct SquareSum : IPairSum
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Add(Vector512<float> q, Vector512<float> r, Vector512<float> sum)
    {
        Vector512<float> d = q - r;
        return Vector512.FusedMultiplyAdd(d, d, sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Add(Vector256<float> q, Vector256<float> r, Vector256<float> sum)
    {
        Vector256<float> d = q - r;
        return Lanes8.MultiplyAdd(d, d, sum);
    }

    public static float Add(float q, float r, float sum) => Lane1.MultiplyAdd(q - r, q - r, sum);
}

/// <summary>
/// One query against many rows that lie side by side: a scan that is as fast as memory. Values beyond whole vectors are read again with
/// the vector that ends the row, with zeros for those that were counted.
/// </summary>
/// <remarks>
/// Rows are read one after the other and their sums added four at a time. Reading four rows side by side reaches 75 % of the speed of
/// memory where this reaches 98 %. Widths differ in the last bits; whoever needs the same bits everywhere computes the few best again.
/// </remarks>
static unsafe class FloatDots
{
    /// <param name="query">The query [dim].</param>
    /// <param name="rows">Rows [count, dim] of the code.</param>
    /// <param name="dim">Values per row.</param>
    /// <param name="count">Rows.</param>
    /// <param name="sums">Receives the sums [count].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows<TSum, TCode>(float* query, byte* rows, int dim, int count, float* sums) where TSum : struct, IPairSum
        where TCode : struct, IRowCode
    {
        nint pitch = (nint)dim * TCode.Bytes;
        int i = 0;
        if (Vector512.IsHardwareAccelerated && dim >= 16)
        {
            Vector512<float> rest = Tail512(query, dim, out Vector512<float> mask);
            for (; i + 4 <= count; i += 4, rows += 4 * pitch)
                Totals(Wide<TSum, TCode>(query, rows, dim, rest, mask), Wide<TSum, TCode>(query, rows + pitch, dim, rest, mask),
                    Wide<TSum, TCode>(query, rows + 2 * pitch, dim, rest, mask),
                    Wide<TSum, TCode>(query, rows + 3 * pitch, dim, rest, mask)).Store(sums + i);
            for (; i < count; i++, rows += pitch)
            {
                Vector256<float> sum = Wide<TSum, TCode>(query, rows, dim, rest, mask);
                sums[i] = Totals(sum, sum, sum, sum)[0];
            }
        }
        else if (Vector128.IsHardwareAccelerated && dim >= 8)
        {
            Vector256<float> rest = Tail256(query, dim, out Vector256<float> mask);
            for (; i + 4 <= count; i += 4, rows += 4 * pitch)
                Totals(Half<TSum, TCode>(query, rows, dim, rest, mask), Half<TSum, TCode>(query, rows + pitch, dim, rest, mask),
                    Half<TSum, TCode>(query, rows + 2 * pitch, dim, rest, mask),
                    Half<TSum, TCode>(query, rows + 3 * pitch, dim, rest, mask)).Store(sums + i);
            for (; i < count; i++, rows += pitch)
            {
                Vector256<float> sum = Half<TSum, TCode>(query, rows, dim, rest, mask);
                sums[i] = Totals(sum, sum, sum, sum)[0];
            }
        }
        else
            for (; i < count; i++, rows += pitch)
            {
                float sum = 0;
                for (int c = 0; c < dim; c++) sum = TSum.Add(query[c], TCode.One(ref rows[c * TCode.Bytes]), sum);
                sums[i] = sum;
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> Wide<TSum, TCode>(float* query, byte* row, int dim, Vector512<float> rest, Vector512<float> mask)
        where TSum : struct, IPairSum where TCode : struct, IRowCode
    {
        Vector512<float> even = default, odd = default;
        nint i = 0;
        for (; i + 32 <= dim; i += 32)
        {
            even = TSum.Add(Vector512.Load(query + i), TCode.Sixteen(ref row[i * TCode.Bytes]), even);
            odd = TSum.Add(Vector512.Load(query + i + 16), TCode.Sixteen(ref row[(i + 16) * TCode.Bytes]), odd);
        }
        if (i + 16 <= dim)
        {
            even = TSum.Add(Vector512.Load(query + i), TCode.Sixteen(ref row[i * TCode.Bytes]), even);
            i += 16;
        }
        if (i < dim) odd = TSum.Add(rest, TCode.Sixteen(ref row[(dim - 16) * TCode.Bytes]) & mask, odd);
        Vector512<float> sum = even + odd;
        return sum.GetLower() + sum.GetUpper();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> Half<TSum, TCode>(float* query, byte* row, int dim, Vector256<float> rest, Vector256<float> mask)
        where TSum : struct, IPairSum where TCode : struct, IRowCode
    {
        Vector256<float> even = default, odd = default;
        nint i = 0;
        for (; i + 16 <= dim; i += 16)
        {
            even = TSum.Add(Vector256.Load(query + i), TCode.Eight(ref row[i * TCode.Bytes]), even);
            odd = TSum.Add(Vector256.Load(query + i + 8), TCode.Eight(ref row[(i + 8) * TCode.Bytes]), odd);
        }
        if (i + 8 <= dim)
        {
            even = TSum.Add(Vector256.Load(query + i), TCode.Eight(ref row[i * TCode.Bytes]), even);
            i += 8;
        }
        if (i < dim) odd = TSum.Add(rest, TCode.Eight(ref row[(dim - 8) * TCode.Bytes]) & mask, odd);
        return even + odd;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> Totals(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d)
    {
        if (!Avx.IsSupported)
            return Vector128.Create(Vector256.Sum(a), Vector256.Sum(b), Vector256.Sum(c), Vector256.Sum(d));
        Vector256<float> totals = Avx.HorizontalAdd(Avx.HorizontalAdd(a, b), Avx.HorizontalAdd(c, d));
        return totals.GetLower() + totals.GetUpper();
    }

    /// <summary>The last sixteen values of the query, zero where whole vectors counted them.</summary>
    static Vector512<float> Tail512(float* query, int dim, out Vector512<float> mask)
    {
        uint* bits = stackalloc uint[16];
        for (int i = 0; i < 16; i++) bits[i] = dim - 16 + i >= dim / 16 * 16 ? uint.MaxValue : 0;
        mask = Vector512.Load(bits).AsSingle();
        return Vector512.Load(query + dim - 16) & mask;
    }

    static Vector256<float> Tail256(float* query, int dim, out Vector256<float> mask)
    {
        uint* bits = stackalloc uint[8];
        for (int i = 0; i < 8; i++) bits[i] = dim - 8 + i >= dim / 8 * 8 ? uint.MaxValue : 0;
        mask = Vector256.Load(bits).AsSingle();
        return Vector256.Load(query + dim - 8) & mask;
    }
}
