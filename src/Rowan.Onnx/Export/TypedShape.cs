using System.Runtime.InteropServices;
using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan.Onnx;

/// <summary>Sizes and values of what an operation can take.</summary>
static class TypedShape
{
    /// <summary>The sizes.</summary>
    public static Shape Of(object value) => value is QuantizedTable table ? new Shape(table.Count, table.Dim) : TracedValue.ShapeOf(value);

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
    public static void ReadValues(this QuantizedTable table, long start, Span<float> into)
    {
        if (into.Length == 0) return;
        long first = start / table.Dim, last = (start + into.Length - 1) / table.Dim;
        var ids = new long[last - first + 1];
        for (int i = 0; i < ids.Length; i++) ids[i] = first + i;
        var rows = new float[ids.Length * table.Dim];
        table.Gather(ids, rows);
        rows.AsSpan((int)(start - first * table.Dim), into.Length).CopyTo(into);
    }
}
