using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

public static partial class Ops
{
    /// <summary>
    /// n = (x − μ) / √(σ² + ε) with mean and variance over the last dimensions,  y = n·w + b;
    /// dx = (g·w − mean(g·w) − n·mean(g·w·n)) / √(σ² + ε), dw = Σ g·n, db = Σ g.  (Ba, Kiros, Hinton 2016.)
    /// </summary>
    /// <param name="x">[…, shape…].</param>
    /// <param name="shape">The last dimensions, over which mean and (biased) variance are taken.</param>
    /// <param name="weight">w, of that shape; null for 1.</param>
    /// <param name="bias">b, of that shape; null for 0.</param>
    /// <param name="epsilon">Keeps the divisor away from 0.</param>
    /// <exception cref="ArgumentException">x does not end in the shape, or weight or bias are not of it.</exception>
    public static Tensor LayerNorm(this Tensor x, Shape shape, Tensor? weight, Tensor? bias, float epsilon = 1e-5f)
    {
        ArgumentNullException.ThrowIfNull(x);
        Require.That(shape.Rank >= 1 && shape.Count > 0 && shape.Rank <= x.Rank && x.Shape.Sizes[^shape.Rank..].SequenceEqual(shape.Sizes),
            $"LayerNorm: x {x.Shape} does not end in {shape}", nameof(x));
        Require.That(weight is null || weight.Shape == shape, $"LayerNorm: weight {weight?.Shape} for {shape}", nameof(weight));
        Require.That(bias is null || bias.Shape == shape, $"LayerNorm: bias {bias?.Shape} for {shape}", nameof(bias));
        var plan = new LayerNormPlan(x, weight, bias, (int)shape.Count, epsilon);
        return Trace.Op(JointGradients.Record(plan.Forward(), plan, x, weight, bias), "LayerNorm", [x, weight, bias],
            [shape.Rank], [epsilon]);
    }

    /// <summary>One layer normalization: mean and scale of each row are kept, and both passes.</summary>
    sealed class LayerNormPlan(Tensor x, Tensor? weight, Tensor? bias, int width, float epsilon) : JointGradients
    {
        // Rows whose gradients of w and b one thread sums: a fixed number, so that the order of the sums is too.
        const int Block = 64;

        readonly RowNorm[] _norms = new RowNorm[x.Count / width];

        long RowsAThread => Math.Max(1, ElementGrain / width);

        int Blocks => (_norms.Length + Block - 1) / Block;

        public Tensor Forward()
        {
            Tensor y = Tensor.Empty(x.Shape);
            Workers.For(_norms.Length, RowsAThread, new ForwardRows(this, y));
            return y;
        }

        protected override Tensor?[] Walk(Tensor g)
        {
            // Gradients of rows and, block by block, of w and b.
            Tensor dx = Tensor.Empty(x.Shape);
            Tensor? dw = Sums(weight), db = Sums(bias);
            Workers.For(Blocks, Math.Max(1, RowsAThread / Block), new BackwardBlocks(this, g, dx, dw, db));
            return [dx, dw, db];
        }

        /// <summary>Zeros for a gradient of each block; the backward pass adds them, as those of an operand that was broadcast.</summary>
        Tensor? Sums(Tensor? learning) => learning is { RequiresGrad: true } ? Tensor.Zeros([Blocks, .. learning.Shape.Sizes]) : null;

        static Span<float> Part(Tensor? all, long block, int width) => all is null
            ? [] : all.WritableMemory.Span.Slice((int)block * width, width);

        readonly struct ForwardRows(LayerNormPlan plan, Tensor y) : IRangeBody
        {
            public void Run(long from, long to)
            {
                (Tensor x, Tensor? weight, Tensor? bias, int width, float epsilon) = plan.Operands;
                for (int row = (int)from; row < to; row++)
                {
                    ReadOnlySpan<float> values = x.Span.Slice(row * width, width);
                    RowNorm norm = plan._norms[row] = RowNorm.Of(values, epsilon);
                    norm.Forward(values, weight is null ? [] : weight.Span, bias is null ? [] : bias.Span,
                        y.WritableMemory.Span.Slice(row * width, width));
                }
            }
        }

        readonly struct BackwardBlocks(LayerNormPlan plan, Tensor g, Tensor dx, Tensor? dw, Tensor? db) : IRangeBody
        {
            public void Run(long from, long to)
            {
                (Tensor x, Tensor? weight, _, int width, _) = plan.Operands;
                for (long block = from; block < to; block++)
                    for (int row = (int)block * Block; row < Math.Min((block + 1) * Block, plan._norms.Length); row++)
                        plan._norms[row].Backward(g.Span.Slice(row * width, width), x.Span.Slice(row * width, width), weight is null
                            ? [] : weight.Span,
                            dx.WritableMemory.Span.Slice(row * width, width), Part(dw, block, width), Part(db, block, width));
            }
        }

        (Tensor X, Tensor? Weight, Tensor? Bias, int Width, float Epsilon) Operands => (x, weight, bias, width, epsilon);
    }
}
