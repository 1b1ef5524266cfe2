using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

/// <summary>PyTorch's names of operations that have another name, or a wider one, here.</summary>
public static partial class Ops
{
    /// <summary>As <see cref="Power"/>.</summary>
    public static Tensor Pow(this Tensor x, float p) => Power(x, p);

    /// <summary>As <see cref="Concat"/>.</summary>
    public static Tensor Cat(IReadOnlyList<Tensor> tensors, int dim = 0) => Concat(tensors, dim);

    /// <summary>As <see cref="Reshape"/>: tensors are contiguous, so a view always exists.</summary>
    public static Tensor View(this Tensor x, params ReadOnlySpan<long> shape) => Reshape(x, shape);

    /// <summary>As <see cref="MatMul"/>, of two batches of matrices [b, m, k] × [b, k, n].</summary>
    /// <exception cref="ArgumentException">An operand has not three dimensions, or their sizes do not fit.</exception>
    public static Tensor Bmm(this Tensor x, Tensor w)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(w);
        Require.That(x.Rank == 3 && w.Rank == 3 && x.Shape[0] == w.Shape[0],
            $"Bmm: {x.Shape} × {w.Shape}; both are [b, …, …] with the same b: MatMul takes other shapes", nameof(w));
        return MatMul(x, w);
    }

    /// <summary>y = Σ x·w of two vectors;  dx = g·w, dw = g·x.</summary>
    /// <exception cref="ArgumentException">The operands are not vectors of one length.</exception>
    public static Tensor Dot(this Tensor x, Tensor w)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(w);
        Require.That(x.Rank == 1 && w.Rank == 1,
            $"Dot: {x.Shape} and {w.Shape}; both are vectors: multiply matrices with MatMul, or sum row by row with (x * w).Sum(-1)",
            nameof(w));
        return MatMul(x, w);
    }
}
