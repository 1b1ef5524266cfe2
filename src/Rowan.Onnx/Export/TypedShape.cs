using System.Runtime.InteropServices;
using Rowan.Numerics;
using Rowan.Recipes;
using Rowan.Tensors;

namespace Rowan.Onnx;

/// <summary>Sizes and values of what an operation can take.</summary>
static class TypedShape
{
    /// <summary>The sizes.</summary>
    public static Shape Of(object value) => value switch
    {
        QuantizedTable table => new Shape(table.Count, table.Dim),
        VectorRows rows => new Shape(rows.Rows, rows.Dim),
        _ => TracedValue.ShapeOf(value),
    };

    /// <summary>Whether two constants hold the same values in the same shape.</summary>
    public static bool SameValues(object x, object y) => (x, y) switch
    {
        (Tensor a, Tensor b) => a.Shape == b.Shape && MemoryMarshal.AsBytes(a.Span).SequenceEqual(MemoryMarshal.AsBytes(b.Span)),
        (Indices a, Indices b) => a.Shape == b.Shape && a.Span.SequenceEqual(b.Span),
        (Mask a, Mask b) => a.Shape == b.Shape && a.Span.SequenceEqual(b.Span),
        (long[] a, long[] b) => a.AsSpan().SequenceEqual(b),
        _ => false,
    };

    /// <summary>Values of a quantized table in ranges, decoded.</summary>
    public static void ReadValues(this QuantizedTable table, long start, Span<float> into) =>
        InRows(table.Dim, start, into, (first, rows) =>
        {
            var ids = new long[rows.Length / table.Dim];
            for (int i = 0; i < ids.Length; i++) ids[i] = first + i;
            table.Gather(ids, rows);
        });

    /// <summary>Values of vectors in ranges.</summary>
    public static void ReadValues(this VectorRows vectors, long start, Span<float> into) =>
        InRows(vectors.Dim, start, into, (first, rows) => vectors.CopyTo(first, rows));

    static void InRows(int dim, long start, Span<float> into, Action<long, float[]> read)
    {
        if (into.Length == 0) return;
        long first = start / dim, last = (start + into.Length - 1) / dim;
        var rows = new float[(last - first + 1) * dim];
        read(first, rows);
        rows.AsSpan((int)(start - first * dim), into.Length).CopyTo(into);
    }
}
