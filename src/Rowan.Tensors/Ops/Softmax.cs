using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

public static partial class Ops
{
    /// <summary>y = eˣ / Σ eˣ along a dimension, the largest x taken off first;  dx = y·(g − Σ g·y).</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="dim">The dimension, the last if omitted; negative counts from the end.</param>
    public static Tensor Softmax(this Tensor x, int dim = -1)
    {
        ArgumentNullException.ThrowIfNull(x);
        dim = x.Shape.Dim(dim, "Softmax");
        if (dim != x.Rank - 1) return Softmax(x.Transpose(dim, -1), -1).Transpose(dim, -1);
        Tensor y = Tensor.Empty(x.Shape);
        ForRows(x, new SoftmaxRows(x, y));
        y = Tensor.Record(y, y.Alias(), (x, static (g, y) =>
        {
            Tensor dx = Tensor.Empty(y.Shape);
            ForRows(y, new SoftmaxGradient(g, y, dx));
            return dx;
        }));
        return Trace.Op(y, "Softmax", [x]);
    }

    /// <summary>
    /// y = eˣ / Σ eˣ along the last dimension, and y = 0 in rows where every x is −∞;  dx = y·(g − Σ g·y), which is 0 there too.
    /// </summary>
    /// <remarks>
    /// For weights of attention: a target that may attend to no source has no weights, and passes no gradient. A row with a NaN stays NaN.
    /// </remarks>
    /// <param name="x">[…, n].</param>
    public static Tensor MaskedSoftmax(this Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        Require.That(x.Rank >= 1, $"MaskedSoftmax: shape {x.Shape}; there must be a last dimension", nameof(x));
        Tensor y = Tensor.Empty(x.Shape);
        ForRows(x, new MaskedSoftmaxRows(x, y));
        y = Tensor.Record(y, y.Alias(), (x, static (g, y) =>
        {
            Tensor dx = Tensor.Empty(y.Shape);
            ForRows(y, new SoftmaxGradient(g, y, dx));
            return dx;
        }));
        return Trace.Op(y, "MaskedSoftmax", [x]);
    }

    /// <summary>One row of <see cref="MaskedSoftmax"/>; both spans may be the same.</summary>
    internal static void MaskedSoftmaxRow(ReadOnlySpan<float> x, Span<float> y)
    {
        float largest = RowMath.Largest(x);
        // The largest of −∞ and NaN may be either, so the row is read again: a NaN must not become 0.
        if (largest == float.NegativeInfinity && !x.ContainsAnyExcept(float.NegativeInfinity))
        {
            y.Clear();
            return;
        }
        Lanes.Map(new ShiftedExp(largest), x, y);
        RowMath.Scale(y, 1 / Lanes.Sum(y));
    }

    /// <summary>y = x − log Σ eˣ along a dimension, the largest x taken off first;  dx = g − eʸ·Σ g.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="dim">The dimension, the last if omitted; negative counts from the end.</param>
    public static Tensor LogSoftmax(this Tensor x, int dim = -1)
    {
        ArgumentNullException.ThrowIfNull(x);
        dim = x.Shape.Dim(dim, "LogSoftmax");
        if (dim != x.Rank - 1) return LogSoftmax(x.Transpose(dim, -1), -1).Transpose(dim, -1);
        Tensor y = Tensor.Empty(x.Shape);
        ForRows(x, new LogSoftmaxRows(x, y));
        y = Tensor.Record(y, y.Alias(), (x, static (g, y) =>
        {
            Tensor dx = Tensor.Empty(y.Shape);
            ForRows(y, new LogSoftmaxGradient(g, y, dx));
            return dx;
        }));
        return Trace.Op(y, "LogSoftmax", [x]);
    }

    /// <summary>
    /// y = x / max(|x|, ε) along the last dimension; dx = (g − y·(g·y)) / |x|, or g / ε below ε. (PyTorch's F.normalize.)
    /// </summary>
    /// <param name="x">[…, n].</param>
    /// <param name="epsilon">The smallest divisor: a zero row stays zero.</param>
    public static Tensor Normalize(this Tensor x, float epsilon = 1e-12f)
    {
        ArgumentNullException.ThrowIfNull(x);
        Require.That(x.Rank >= 1, $"Normalize: shape {x.Shape}; there must be a last dimension", nameof(x));
        Tensor y = Tensor.Empty(x.Shape);
        ForRows(x, new NormalizeRows(x, y, epsilon));
        y = Tensor.Record(y, (x, y: y.Alias(), epsilon), (x, static (g, kept) =>
        {
            Tensor dx = Tensor.Empty(kept.y.Shape);
            ForRows(kept.y, new NormalizeGradient(g, kept.x, kept.y, dx, kept.epsilon));
            return dx;
        }));
        return Trace.Op(y, "Normalize", [x], default, [epsilon]);
    }

    static void ForRows<TBody>(Tensor x, TBody body) where TBody : struct, IRangeBody
    {
        long width = x.Shape[^1];
        if (x.Count > 0) Workers.For(x.Count / width, Math.Max(1, ElementGrain / width), body);
    }

    static ReadOnlySpan<float> Row(Tensor x, long row) => x.Span.Slice((int)(row * x.Shape[^1]), (int)x.Shape[^1]);

    static Span<float> RowOf(Tensor x, long row) => x.WritableMemory.Span.Slice((int)(row * x.Shape[^1]), (int)x.Shape[^1]);

    readonly struct SoftmaxRows(Tensor x, Tensor y) : IRangeBody
    {
        public void Run(long from, long to)
        {
            for (long row = from; row < to; row++)
            {
                Span<float> into = RowOf(y, row);
                Lanes.Map(new ShiftedExp(RowMath.Largest(Row(x, row))), Row(x, row), into);
                RowMath.Scale(into, 1 / Lanes.Sum(into));
            }
        }
    }

    readonly struct MaskedSoftmaxRows(Tensor x, Tensor y) : IRangeBody
    {
        public void Run(long from, long to)
        {
            for (long row = from; row < to; row++) MaskedSoftmaxRow(Row(x, row), RowOf(y, row));
        }
    }

    readonly struct SoftmaxGradient(Tensor g, Tensor y, Tensor dx) : IRangeBody
    {
        public void Run(long from, long to)
        {
            for (long row = from; row < to; row++)
            {
                Span<float> into = RowOf(dx, row);
                Lanes.Zip<Subtract>(Row(g, row), [RowMath.Dot(Row(g, row), Row(y, row))], into);
                Lanes.Zip<Multiply>(into, Row(y, row), into);
            }
        }
    }

    readonly struct LogSoftmaxRows(Tensor x, Tensor y) : IRangeBody
    {
        public void Run(long from, long to)
        {
            for (long row = from; row < to; row++)
            {
                Span<float> into = RowOf(y, row);
                float largest = RowMath.Largest(Row(x, row)), log = MathF.Log(Lanes.Sum(new ShiftedExp(largest), Row(x, row)));
                Lanes.Zip<Subtract>(Row(x, row), [largest], into);
                Lanes.Zip<Subtract>(into, [log], into);
            }
        }
    }

    readonly struct LogSoftmaxGradient(Tensor g, Tensor y, Tensor dx) : IRangeBody
    {
        public void Run(long from, long to)
        {
            for (long row = from; row < to; row++)
            {
                Span<float> into = RowOf(dx, row);
                Lanes.Map(new ShiftedExp(0, Lanes.Sum(Row(g, row))), Row(y, row), into);
                Lanes.Zip<Subtract>(Row(g, row), into, into);
            }
        }
    }

    readonly struct NormalizeRows(Tensor x, Tensor y, float epsilon) : IRangeBody
    {
        public void Run(long from, long to)
        {
            for (long row = from; row < to; row++)
                Lanes.Zip<Divide>(Row(x, row), [MathF.Max(RowMath.Norm(Row(x, row), 2), epsilon)], RowOf(y, row));
        }
    }

    readonly struct NormalizeGradient(Tensor g, Tensor x, Tensor y, Tensor dx, float epsilon) : IRangeBody
    {
        public void Run(long from, long to)
        {
            for (long row = from; row < to; row++)
            {
                Span<float> into = RowOf(dx, row);
                float norm = RowMath.Norm(Row(x, row), 2);
                Row(g, row).CopyTo(into);
                if (norm > epsilon) RowMath.AddScaled(Row(y, row), -RowMath.Dot(Row(g, row), Row(y, row)), into);
                RowMath.Scale(into, 1 / MathF.Max(norm, epsilon));
            }
        }
    }
}
