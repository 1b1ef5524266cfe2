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
/// One query against many rows that lie side by side, four rows at a time: a scan that is as fast as memory. Values beyond whole vectors
/// are read again with the vector that ends the row, with zeros for those that were counted.
/// </summary>
/// <remarks>Widths differ in the last bits; whoever needs the same bits everywhere computes the few best again.</remarks>
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
                Wide<TSum, TCode>(query, rows, rows + pitch, rows + 2 * pitch, rows + 3 * pitch, dim, rest, mask).Store(sums + i);
            for (; i < count; i++, rows += pitch)
                sums[i] = Wide<TSum, TCode>(query, rows, rows, rows, rows, dim, rest, mask)[0];
        }
        else if (dim >= 8)
        {
            Vector256<float> rest = Tail256(query, dim, out Vector256<float> mask);
            for (; i + 4 <= count; i += 4, rows += 4 * pitch)
                Half<TSum, TCode>(query, rows, rows + pitch, rows + 2 * pitch, rows + 3 * pitch, dim, rest, mask).Store(sums + i);
            for (; i < count; i++, rows += pitch)
                sums[i] = Half<TSum, TCode>(query, rows, rows, rows, rows, dim, rest, mask)[0];
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
    static Vector128<float> Wide<TSum, TCode>(float* query, byte* a, byte* b, byte* c, byte* d, int dim, Vector512<float> rest,
        Vector512<float> mask) where TSum : struct, IPairSum where TCode : struct, IRowCode
    {
        Vector512<float> sa = default, sb = default, sc = default, sd = default;
        int i = 0;
        for (; i + 16 <= dim; i += 16)
        {
            Vector512<float> q = Vector512.Load(query + i);
            int at = i * TCode.Bytes;
            sa = TSum.Add(q, TCode.Sixteen(ref a[at]), sa);
            sb = TSum.Add(q, TCode.Sixteen(ref b[at]), sb);
            sc = TSum.Add(q, TCode.Sixteen(ref c[at]), sc);
            sd = TSum.Add(q, TCode.Sixteen(ref d[at]), sd);
        }
        if (i < dim)
        {
            int at = (dim - 16) * TCode.Bytes;
            sa = TSum.Add(rest, TCode.Sixteen(ref a[at]) & mask, sa);
            sb = TSum.Add(rest, TCode.Sixteen(ref b[at]) & mask, sb);
            sc = TSum.Add(rest, TCode.Sixteen(ref c[at]) & mask, sc);
            sd = TSum.Add(rest, TCode.Sixteen(ref d[at]) & mask, sd);
        }
        return Totals(sa.GetLower() + sa.GetUpper(), sb.GetLower() + sb.GetUpper(), sc.GetLower() + sc.GetUpper(),
            sd.GetLower() + sd.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> Half<TSum, TCode>(float* query, byte* a, byte* b, byte* c, byte* d, int dim, Vector256<float> rest,
        Vector256<float> mask) where TSum : struct, IPairSum where TCode : struct, IRowCode
    {
        Vector256<float> sa = default, sb = default, sc = default, sd = default;
        int i = 0;
        for (; i + 8 <= dim; i += 8)
        {
            Vector256<float> q = Vector256.Load(query + i);
            int at = i * TCode.Bytes;
            sa = TSum.Add(q, TCode.Eight(ref a[at]), sa);
            sb = TSum.Add(q, TCode.Eight(ref b[at]), sb);
            sc = TSum.Add(q, TCode.Eight(ref c[at]), sc);
            sd = TSum.Add(q, TCode.Eight(ref d[at]), sd);
        }
        if (i < dim)
        {
            int at = (dim - 8) * TCode.Bytes;
            sa = TSum.Add(rest, TCode.Eight(ref a[at]) & mask, sa);
            sb = TSum.Add(rest, TCode.Eight(ref b[at]) & mask, sb);
            sc = TSum.Add(rest, TCode.Eight(ref c[at]) & mask, sc);
            sd = TSum.Add(rest, TCode.Eight(ref d[at]) & mask, sd);
        }
        return Totals(sa, sb, sc, sd);
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
