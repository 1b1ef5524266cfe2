using System.Numerics;
using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

/// <summary>Comparisons, and what is done with their masks.</summary>
public static partial class Ops
{
    /// <summary>Where x = y, broadcast. As of any comparison, no gradient passes.</summary>
    public static Comparison Equal(this Tensor x, Tensor y) => Compared<EqualTo>(x, y, "Equal");

    /// <summary>Where x ≠ y, broadcast.</summary>
    public static Comparison NotEqual(this Tensor x, Tensor y) => Compared<NotEqualTo>(x, y, "NotEqual");

    /// <summary>Where x &gt; y, broadcast.</summary>
    public static Comparison Greater(this Tensor x, Tensor y) => Compared<GreaterThan>(x, y, "Greater");

    /// <summary>Where x ≥ y, broadcast.</summary>
    public static Comparison GreaterOrEqual(this Tensor x, Tensor y) => Compared<GreaterThanOrEqual>(x, y, "GreaterOrEqual");

    /// <summary>Where x &lt; y, broadcast.</summary>
    public static Comparison Less(this Tensor x, Tensor y) => Compared<GreaterThan>(y, x, "Less");

    /// <summary>Where x ≤ y, broadcast.</summary>
    public static Comparison LessOrEqual(this Tensor x, Tensor y) => Compared<GreaterThanOrEqual>(y, x, "LessOrEqual");

    /// <summary>Where x is NaN.</summary>
    public static Comparison IsNaN(this Tensor x) => NotEqual(x, x);

    /// <summary>Whether any value is not 0.</summary>
    public static bool Any(this Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.Span.ContainsAnyExcept(0);
    }

    /// <summary>Whether no value is 0.</summary>
    public static bool All(this Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return !x.Span.Contains(0);
    }

    /// <summary>
    /// z = x where the mask is true, y elsewhere, all three broadcast;  dx = g where it is true, dy = g where it is not.
    /// </summary>
    /// <param name="mask">What chooses.</param>
    /// <param name="x">Where true.</param>
    /// <param name="y">Where false.</param>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public static Tensor Where(Mask mask, Tensor x, Tensor y)
    {
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        Shape shape = Broadcast.Common(mask.Shape, Broadcast.Common(x.Shape, y.Shape, "Where"), "Where");
        mask = mask.Expand(shape.Sizes);
        return Trace.Op(Tensor.Record(Chosen(mask, Expanded(x, shape).Span, Expanded(y, shape).Span), mask,
            (x, static (g, mask) => Chosen(mask, g.Span, 0f)),
            (y, static (g, mask) => Chosen(!mask, g.Span, 0f))), "Where", [mask, x, y]);
    }

    /// <summary>x where the mask is true, y elsewhere; a span of one value stands for all.</summary>
    static Tensor Chosen(Mask mask, ReadOnlySpan<float> x, params ReadOnlySpan<float> y)
    {
        Tensor z = Tensor.Empty(mask.Shape);
        Span<float> into = z.WritableSpan;
        ReadOnlySpan<bool> flags = mask.Span;
        for (int i = 0; i < into.Length; i++) into[i] = flags[i] ? x[i] : y[y.Length == 1 ? 0 : i];
        return z;
    }

    /// <summary>x in a shape that it broadcasts to, the values copied.</summary>
    static Tensor Expanded(Tensor x, Shape shape)
    {
        if (x.Shape == shape) return x;
        var picks = new int[]?[shape.Rank];
        var from = new Shape([.. Enumerable.Repeat(1L, shape.Rank - x.Rank), .. x.Shape.Sizes]);
        for (int d = 0; d < shape.Rank; d++)
            if (from[d] != shape[d]) picks[d] = new int[shape[d]];
        Tensor y = Tensor.Empty(shape);
        new Picks(from, picks).Take(x.Span, y.WritableSpan, 0);
        return y;
    }

    static Comparison Compared<TOp>(Tensor x, Tensor y, string operation) where TOp : struct, IBinary
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        using Gradients.Scope off = Gradients.Off();
        Tensor holds = Broadcast.Zip<TOp>(x, y, operation);
        var flags = new bool[holds.Count];
        for (int i = 0; i < flags.Length; i++) flags[i] = holds.Span[i] != 0;
        var comparison = new Comparison(flags, holds.Shape);
        if (Trace.IsOn) Trace.Op(comparison.Mask, typeof(TOp).Name, [x, y]);
        return comparison;
    }

    readonly struct EqualTo : IBinary
    {
        public Vector<float> Forward(Vector<float> x, Vector<float> y) =>
            Vector.ConditionalSelect(Vector.Equals(x, y), Vector<float>.One, Vector<float>.Zero);
    }

    readonly struct NotEqualTo : IBinary
    {
        public Vector<float> Forward(Vector<float> x, Vector<float> y) =>
            Vector.ConditionalSelect(Vector.Equals(x, y), Vector<float>.Zero, Vector<float>.One);
    }

    readonly struct GreaterThan : IBinary
    {
        public Vector<float> Forward(Vector<float> x, Vector<float> y) =>
            Vector.ConditionalSelect(Vector.GreaterThan(x, y), Vector<float>.One, Vector<float>.Zero);
    }

    readonly struct GreaterThanOrEqual : IBinary
    {
        public Vector<float> Forward(Vector<float> x, Vector<float> y) =>
            Vector.ConditionalSelect(Vector.GreaterThanOrEqual(x, y), Vector<float>.One, Vector<float>.Zero);
    }
}
