using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Rowan.Numerics;

/// <summary>Where the rows of a table of 16-bit codes lie: for kernels that walk many of them.</summary>
public interface INarrowSource
{
    /// <summary>The first code of a row; unchecked.</summary>
    ref ushort At(long row);
}

/// <summary><see cref="RowBlocks"/> for rows of 16-bit codes: they are widened on the way into registers, and summed as floats in the same order.</summary>
public static class NarrowBlocks
{
    /// <summary>into ← Σ scale[i]·row(ids[i]) over first ≤ i &lt; end, times a factor; as <see cref="RowBlocks.Sum"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sum<TCode, TRows>(TRows rows, ReadOnlySpan<long> ids, int first, int end, ReadOnlySpan<float> scale, float factor, Span<float> into, bool far)
        where TCode : struct, INarrowFloat where TRows : struct, INarrowSource
    {
        int d = 0, dim = into.Length, ask = far ? ids.Length - RowBlocks.Ahead : 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; d + 64 <= dim; d += 64, ask = 0)
            {
                Vector512<float> a = default, b = default, c = default, e = default;
                for (int i = first; i < end; i++)
                {
                    if (i < ask) Prefetch(ref rows.At(ids[i + RowBlocks.Ahead]), dim);
                    ref ushort row = ref Unsafe.Add(ref rows.At(ids[i]), d);
                    Vector512<float> x = TCode.Widen(NarrowRows.Sixteen(ref row)), y = TCode.Widen(NarrowRows.Sixteen(ref Unsafe.Add(ref row, 16)));
                    Vector512<float> z = TCode.Widen(NarrowRows.Sixteen(ref Unsafe.Add(ref row, 32))), w = TCode.Widen(NarrowRows.Sixteen(ref Unsafe.Add(ref row, 48)));
                    if (!scale.IsEmpty)
                    {
                        var s = Vector512.Create(scale[i]);
                        (x, y, z, w) = (x * s, y * s, z * s, w * s);
                    }
                    (a, b, c, e) = (a + x, b + y, c + z, e + w);
                }
                var f = Vector512.Create(factor);
                ref float target = ref into[d];
                (a * f).StoreUnsafe(ref target);
                (b * f).StoreUnsafe(ref target, 16);
                (c * f).StoreUnsafe(ref target, 32);
                (e * f).StoreUnsafe(ref target, 48);
            }
        }
        for (; d + 32 <= dim; d += 32, ask = 0)
        {
            Vector256<float> a = default, b = default, c = default, e = default;
            for (int i = first; i < end; i++)
            {
                if (i < ask) Prefetch(ref rows.At(ids[i + RowBlocks.Ahead]), dim);
                ref ushort row = ref Unsafe.Add(ref rows.At(ids[i]), d);
                Vector256<float> x = TCode.Widen(NarrowRows.Eight(ref row)), y = TCode.Widen(NarrowRows.Eight(ref Unsafe.Add(ref row, 8)));
                Vector256<float> z = TCode.Widen(NarrowRows.Eight(ref Unsafe.Add(ref row, 16))), w = TCode.Widen(NarrowRows.Eight(ref Unsafe.Add(ref row, 24)));
                if (!scale.IsEmpty)
                {
                    var s = Vector256.Create(scale[i]);
                    (x, y, z, w) = (x * s, y * s, z * s, w * s);
                }
                (a, b, c, e) = (a + x, b + y, c + z, e + w);
            }
            var f = Vector256.Create(factor);
            ref float target = ref into[d];
            (a * f).StoreUnsafe(ref target);
            (b * f).StoreUnsafe(ref target, 8);
            (c * f).StoreUnsafe(ref target, 16);
            (e * f).StoreUnsafe(ref target, 24);
        }
        // The last vector of a row of 8 values or more ends with the row; what it has in common with the one before comes out the same.
        while (dim >= 8 && d < dim)
        {
            d = Math.Min(d, dim - 8);
            Vector256<float> a = default;
            for (int i = first; i < end; i++)
            {
                if (i < ask) Prefetch(ref rows.At(ids[i + RowBlocks.Ahead]), dim);
                Vector256<float> x = TCode.Widen(NarrowRows.Eight(ref Unsafe.Add(ref rows.At(ids[i]), d)));
                a += scale.IsEmpty ? x : x * scale[i];
            }
            (a * factor).StoreUnsafe(ref into[d]);
            (d, ask) = (d + 8, 0);
        }
        for (; d < dim; d++)
        {
            float a = 0;
            for (int i = first; i < end; i++)
            {
                float x = TCode.Widen(Unsafe.Add(ref rows.At(ids[i]), d));
                a += scale.IsEmpty ? x : x * scale[i];
            }
            into[d] = a * factor;
        }
    }

    /// <summary>Asks for a row [dim] before it is needed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(ref ushort row, int dim) => RowBlocks.Prefetch(ref Unsafe.As<ushort, float>(ref row), (dim + 1) / 2);
}
