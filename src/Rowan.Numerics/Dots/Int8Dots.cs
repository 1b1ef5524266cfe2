using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Rowan.Numerics;

/// <summary>
/// Σ q[c]·r[c] of a 16-bit query with rows of 8-bit codes, four rows at a time. Sums are integers, so every width gives the same bits.
/// </summary>
/// <remarks>
/// The query keeps 16 bits: its rounding then costs nothing next to that of the rows, and the pairs of products cannot overflow as those
/// of unsigned and signed bytes do. Lengths are multiples of <see cref="Step"/>, padded with zeros.
/// </remarks>
static unsafe class Int8Dots
{
    /// <summary>Row lengths are multiples of this many codes.</summary>
    public const int Step = 32;

    /// <summary>Codes of a row are from −<see cref="LargestCode"/> to it.</summary>
    public const int LargestCode = 127;

    /// <summary>The length of a row of codes, padding included.</summary>
    public static int Padded(int dim) => (dim + Step - 1) / Step * Step;

    /// <summary>The largest code of a query of a padded length, such that no sum overflows 32 bits.</summary>
    public static int LargestQueryCode(int length) => Math.Min(short.MaxValue, int.MaxValue / (LargestCode * length));

    /// <summary>Codes of a row: x ≈ scale·code. A row of zeros has scale 0.</summary>
    /// <param name="row">The row [dim], finite.</param>
    /// <param name="codes">Receives codes [padded].</param>
    /// <returns>The scale.</returns>
    public static float Encode(ReadOnlySpan<float> row, Span<sbyte> codes)
    {
        float largest = RowMath.Norm(row, float.PositiveInfinity), scale = largest / LargestCode;
        codes.Clear();
        // A scale that is not a normal number has no reciprocal; such a row is as good as zero.
        if (!float.IsNormal(scale)) return 0;
        float inverse = LargestCode / largest;
        if (!float.IsFinite(inverse)) return 0;
        for (int i = 0; i < row.Length; i++) codes[i] = (sbyte)MathF.Round(row[i] * inverse);
        return scale;
    }

    /// <summary>Codes of a query: x ≈ scale·code.</summary>
    /// <param name="query">The query [dim], finite.</param>
    /// <param name="codes">Receives codes [padded].</param>
    /// <returns>The scale; 0 for a query of zeros.</returns>
    public static float EncodeQuery(ReadOnlySpan<float> query, Span<short> codes)
    {
        int most = LargestQueryCode(codes.Length);
        float largest = RowMath.Norm(query, float.PositiveInfinity), scale = largest / most;
        codes.Clear();
        if (!float.IsNormal(scale)) return 0;
        float inverse = most / largest;
        if (!float.IsFinite(inverse)) return 0;
        for (int i = 0; i < query.Length; i++) codes[i] = (short)MathF.Round(query[i] * inverse);
        return scale;
    }

    /// <summary>Codes of a row as those of a query.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Widen(sbyte* row, short* query, int length)
    {
        if (Avx512BW.IsSupported)
            for (int c = 0; c < length; c += 32) Avx512BW.ConvertToVector512Int16(Vector256.Load(row + c)).Store(query + c);
        else if (!Vector128.IsHardwareAccelerated)
            for (int c = 0; c < length; c++) query[c] = row[c];
        else
            for (int c = 0; c < length; c += 16)
            {
                Vector128<sbyte> codes = Vector128.Load(row + c);
                Vector128.WidenLower(codes).Store(query + c);
                Vector128.WidenUpper(codes).Store(query + c + 8);
            }
    }

    /// <summary>The sums of rows that lie side by side.</summary>
    /// <param name="query">The query [length].</param>
    /// <param name="rows">Rows [count, length].</param>
    /// <param name="length">Codes of a row.</param>
    /// <param name="count">Rows.</param>
    /// <param name="sums">Receives the sums [count].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows(short* query, sbyte* rows, nint length, int count, int* sums)
    {
        int i = 0;
        for (; i + 4 <= count; i += 4, rows += 4 * length)
            Four(query, rows, rows + length, rows + 2 * length, rows + 3 * length, length).Store(sums + i);
        for (; i < count; i++, rows += length) sums[i] = Four(query, rows, rows, rows, rows, length)[0];
    }

    /// <summary>The sums of some rows.</summary>
    /// <param name="query">The query [length].</param>
    /// <param name="rows">All rows.</param>
    /// <param name="length">Codes of a row.</param>
    /// <param name="slots">The rows that are wanted [count]; memory for a multiple of four.</param>
    /// <param name="count">How many.</param>
    /// <param name="sums">Receives the sums [count]; memory for a multiple of four.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gather(short* query, sbyte* rows, nint length, uint* slots, int count, int* sums)
    {
        // The last group repeats its last row.
        for (int i = count; (i & 3) != 0; i++) slots[i] = slots[count - 1];
        for (int i = 0; i < count; i += 4)
            Four(query, rows + (nint)slots[i] * length, rows + (nint)slots[i + 1] * length, rows + (nint)slots[i + 2] * length,
                rows + (nint)slots[i + 3] * length, length).Store(sums + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<int> Four(short* query, sbyte* a, sbyte* b, sbyte* c, sbyte* d, nint length)
    {
        if (Avx512BW.IsSupported)
        {
            Vector512<int> sa = default, sb = default, sc = default, sd = default;
            for (nint i = 0; i < length; i += 32)
            {
                Vector512<short> q = Vector512.Load(query + i);
                sa += Avx512BW.MultiplyAddAdjacent(q, Avx512BW.ConvertToVector512Int16(Vector256.Load(a + i)));
                sb += Avx512BW.MultiplyAddAdjacent(q, Avx512BW.ConvertToVector512Int16(Vector256.Load(b + i)));
                sc += Avx512BW.MultiplyAddAdjacent(q, Avx512BW.ConvertToVector512Int16(Vector256.Load(c + i)));
                sd += Avx512BW.MultiplyAddAdjacent(q, Avx512BW.ConvertToVector512Int16(Vector256.Load(d + i)));
            }
            return Totals(sa.GetLower() + sa.GetUpper(), sb.GetLower() + sb.GetUpper(), sc.GetLower() + sc.GetUpper(),
                sd.GetLower() + sd.GetUpper());
        }
        if (Avx2.IsSupported)
        {
            Vector256<int> sa = default, sb = default, sc = default, sd = default;
            for (nint i = 0; i < length; i += 16)
            {
                Vector256<short> q = Vector256.Load(query + i);
                sa += Avx2.MultiplyAddAdjacent(q, Avx2.ConvertToVector256Int16(a + i));
                sb += Avx2.MultiplyAddAdjacent(q, Avx2.ConvertToVector256Int16(b + i));
                sc += Avx2.MultiplyAddAdjacent(q, Avx2.ConvertToVector256Int16(c + i));
                sd += Avx2.MultiplyAddAdjacent(q, Avx2.ConvertToVector256Int16(d + i));
            }
            return Totals(sa, sb, sc, sd);
        }
        return Vector128.Create(One(query, a, length), One(query, b, length), One(query, c, length), One(query, d, length));
    }

    /// <summary>The sums of four vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<int> Totals(Vector256<int> a, Vector256<int> b, Vector256<int> c, Vector256<int> d)
    {
        Vector256<int> totals = Avx2.HorizontalAdd(Avx2.HorizontalAdd(a, b), Avx2.HorizontalAdd(c, d));
        return totals.GetLower() + totals.GetUpper();
    }

    /// <summary>Vectors of 128 bits, which Arm has, or a plain loop.</summary>
    static int One(short* query, sbyte* row, nint length)
    {
        if (!Vector128.IsHardwareAccelerated)
        {
            int total = 0;
            for (nint i = 0; i < length; i++) total += query[i] * row[i];
            return total;
        }
        Vector128<int> sum = default;
        for (nint i = 0; i < length; i += 16)
        {
            Vector128<sbyte> codes = Vector128.Load(row + i);
            sum += Pairs(Vector128.Load(query + i), Vector128.WidenLower(codes))
                + Pairs(Vector128.Load(query + i + 8), Vector128.WidenUpper(codes));
        }
        return Vector128.Sum(sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<int> Pairs(Vector128<short> a, Vector128<short> b) => Sse2.IsSupported ? Sse2.MultiplyAddAdjacent(a, b)
        : Vector128.WidenLower(a) * Vector128.WidenLower(b) + Vector128.WidenUpper(a) * Vector128.WidenUpper(b);
}
