using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

public static partial class Ops
{
    /// <summary>
    /// Y = X·W;  dX = G·Wᵀ, dW = Xᵀ·G.  Shapes: […, m, k] × [k, n], or batches whose leading sizes broadcast: [b…, m, k] × [b…, k, n].  A
    /// vector [k] is a row on the
    /// left and a column on the right, and its dimension goes: two vectors give their dot product.
    /// </summary>
    /// <exception cref="ArgumentException">The inner sizes differ, or the leading sizes do not broadcast.</exception>
    public static Tensor MatMul(this Tensor x, Tensor w)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(w);
        Require.That(x.Rank >= 1 && w.Rank >= 1,
            $"MatMul: {x.Shape} × {w.Shape}; both are vectors, matrices, or batches of matrices: multiply by a number with *", nameof(w));
        Require.That(x.Shape[^1] == w.Shape[w.Rank == 1 ? ^1 : ^2],
            $"MatMul: {x.Shape} × {w.Shape}: inner sizes {x.Shape[^1]} and {w.Shape[w.Rank == 1 ? ^1 : ^2]} differ", nameof(w));
        if (x.Rank == 1) return w.Rank == 1 ? (x * w).Sum() : x.Unsqueeze(0).MatMul(w).Squeeze(-2);
        if (w.Rank == 1) return x.MatMul(w.Unsqueeze(1)).Squeeze(-1);
        if (w.Rank > 2 && !x.Shape.Sizes[..^2].SequenceEqual(w.Shape.Sizes[..^2]))
        {
            Shape batch = Broadcast.Common(new Shape(x.Shape.Sizes[..^2]), new Shape(w.Shape.Sizes[..^2]),
                $"MatMul of {x.Shape} × {w.Shape}");
            (x, w) = (x.Expand([.. batch.Sizes, .. x.Shape.Sizes[^2..]]), w.Expand([.. batch.Sizes, .. w.Shape.Sizes[^2..]]));
        }
        return Trace.Op(Tensor.RecordProduct(Product(x, false, w, false), (x, w),
            (x, static (g, kept) => Product(g, false, kept.w, true)),
            (w, static (g, kept) => kept.w.Rank == 2 ? FlatProduct(kept.x, g) : Product(kept.x, true, g, false))), "MatMul", [x, w]);
    }

    /// <summary>Y = X·Wᵀ for each leading index;  dX = G·W, dW = Gᵀ·X.  Shapes: [b…, m, k] × [b…, n, k] → [b…, m, n].</summary>
    /// <remarks>What attention scores are: queries by keys.</remarks>
    /// <exception cref="ArgumentException">The inner or the leading sizes differ, or an operand is not at least a matrix.</exception>
    public static Tensor MatMulTransposed(this Tensor x, Tensor w)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(w);
        Require.That(x.Rank >= 2 && w.Rank == x.Rank && x.Shape[^1] == w.Shape[^1]
            && x.Shape.Sizes[..^2].SequenceEqual(w.Shape.Sizes[..^2]),
            $"MatMulTransposed: {x.Shape} × {w.Shape} transposed; last and leading sizes are the same", nameof(w));
        return Trace.Op(Tensor.RecordProduct(Product(x, false, w, true), (x, w),
            (x, static (g, kept) => Product(g, false, kept.w, false)),
            (w, static (g, kept) => Product(g, true, kept.x, false))), "MatMulTransposed", [x, w]);
    }

    /// <summary>Y = X·Wᵀ + b;  dX = G·W, dW = Gᵀ·X, db = Σ G.  Shapes: X […, in], W [out, in], b [out] or none → Y […, out].</summary>
    /// <exception cref="ArgumentException">The sizes do not fit together.</exception>
    public static Tensor Affine(Tensor x, Tensor weight, Tensor? bias)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(weight);
        Require.That(weight.Rank == 2 && x.Rank >= 1 && x.Shape[^1] == weight.Shape[1],
            $"Affine: x {x.Shape} and weight {weight.Shape}; x ends in the {(weight.Rank == 2 ? weight.Shape[1] : 0)} inputs of the "
                + $"weight", nameof(x));
        int inputs = (int)weight.Shape[1], outputs = (int)weight.Shape[0], rows = (int)(x.Shape.Without(x.Rank - 1).Count);
        Require.That(bias is null || (bias.Rank == 1 && bias.Count == outputs),
            $"Affine: bias {bias?.Shape} for {outputs} outputs; it is [{outputs}]", nameof(bias));

        Tensor y = Tensor.Empty(x.Shape.With(x.Rank - 1, outputs));
        Numerics.MatMul.Multiply(x.Span, false, weight.Span, true, y.WritableSpan, rows, outputs, inputs, bias: bias is null
            ? default : bias.Span);
        (Tensor, Pull<(Tensor x, Tensor weight)>) dx = (x, static (g, kept) =>
        {
            Tensor into = Tensor.Empty(kept.x.Shape);
            int outs = (int)kept.weight.Shape[0], ins = (int)kept.weight.Shape[1];
            Numerics.MatMul.Multiply(g.Span, false, kept.weight.Span, false, into.WritableSpan, (int)(g.Count / outs), ins, outs);
            return into;
        });
        (Tensor, Pull<(Tensor x, Tensor weight)>) dw = (weight, static (g, kept) => FlatProduct(g, kept.x));
        y = bias is null
            ? Tensor.RecordProduct(y, (x, weight), dx, dw)
            : Tensor.RecordProduct(y, (x, weight), dx, dw, (bias, static (g, _) => g));
        return Trace.Op(y, "Affine", [x, weight, bias]);
    }

    /// <summary>op(X)·op(W) for each leading index; a single W serves all.</summary>
    static Tensor Product(Tensor x, bool transposeX, Tensor w, bool transposeW)
    {
        int m = (int)x.Shape[transposeX ? ^1 : ^2], k = (int)x.Shape[transposeX ? ^2 : ^1], n = (int)w.Shape[transposeW ? ^2 : ^1];
        Tensor y = Tensor.Empty(new Shape([.. x.Shape.Sizes[..^2], m, n]));
        int batch = (int)new Shape(x.Shape.Sizes[..^2]).Count;
        if (w.Rank == 2 && !transposeX) Numerics.MatMul.Multiply(x.Span, false, w.Span, transposeW, y.WritableSpan, batch * m, n, k);
        else Numerics.MatMul.MultiplyBatch(x.Span, transposeX, w.Span, transposeW, y.WritableSpan, batch, m, n, k);
        return y;
    }

    /// <summary>Xᵀ·Y with all leading dimensions taken as rows.</summary>
    static Tensor FlatProduct(Tensor x, Tensor y)
    {
        int m = (int)x.Shape[^1], n = (int)y.Shape[^1], rows = (int)new Shape(x.Shape.Sizes[..^1]).Count;
        Tensor z = Tensor.Empty(new Shape(m, n));
        Numerics.MatMul.Multiply(x.Span, true, y.Span, false, z.WritableSpan, m, n, rows);
        return z;
    }
}
