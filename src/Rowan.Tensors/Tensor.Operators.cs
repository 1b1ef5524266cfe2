using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

public sealed partial class Tensor
{
    /// <summary>The part at leading indices: of shape [2, 4, 3], <c>x[0, 1]</c> is [3]. Gradients pass.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are more indices than dimensions, or one is outside its dimension.</exception>
    [System.Runtime.CompilerServices.IndexerName("Part")]
    public Tensor this[params ReadOnlySpan<long> index]
    {
        get => Ops.Select(this, index);
        set => Assign(TensorIndex.Of(Shape, [.. index.ToArray().Select(at => (TensorIndex)at)]), value);
    }

    /// <summary>
    /// The part that indices, ranges and ids name: <c>x[0..2]</c>, <c>x[.., 0]</c>, <c>x[^1]</c>, <c>x[ids]</c>. An index takes its
    /// dimension away, <c>..</c> keeps it whole. Gradients
    /// pass. Assigning writes the values of a tensor, or a number, broadcast to the part.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There are more indices than dimensions, or one is outside its dimension.</exception>
    /// <exception cref="InvalidOperationException">Assigned to a tensor that was computed from others, or a tensor that learns is
    /// assigned.</exception>
    [System.Runtime.CompilerServices.IndexerName("Part")]
    public Tensor this[params ReadOnlySpan<TensorIndex> index]
    {
        get => Ops.Part(this, index);
        set => Assign(TensorIndex.Of(Shape, index), value);
    }

    void Assign((Picks Picks, Shape Shape) part, Tensor value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Require.State(!value.RequiresGrad,
            $"Assigning to a part of a tensor would lose the gradient of a value of shape {value.Shape} that requires one; build "
            + $"the tensor with Ops.Where, Concat or Stack, or assign value.Detach()");
        part.Picks.Assign(value.Expand(part.Shape.Sizes).Span, WritableSpan);
    }

    /// <summary>The last two dimensions exchanged: each matrix of a batch transposed.</summary>
    /// <exception cref="InvalidOperationException">There are fewer than two dimensions.</exception>
    public Tensor MT
    {
        get
        {
            Require.State(Rank >= 2, $"MT: shape {Shape} has no matrices; there are at least two dimensions");
            return this.Transpose(-2, -1);
        }
    }

    /// <summary>A matrix with rows and columns exchanged.</summary>
    /// <exception cref="InvalidOperationException">The tensor is not a matrix.</exception>
    public Tensor T
    {
        get
        {
            Require.State(Rank == 2, $"T: shape {Shape} is not a matrix; name the dimensions: Transpose(0, 1)");
            return this.Transpose(0, 1);
        }
    }

    /// <summary>x + y, broadcast.</summary>
    public static Tensor operator +(Tensor x, Tensor y) => Ops.Add(x, y);

    /// <summary>x − y, broadcast.</summary>
    public static Tensor operator -(Tensor x, Tensor y) => Ops.Subtract(x, y);

    /// <summary>x·y, value by value, broadcast.</summary>
    public static Tensor operator *(Tensor x, Tensor y) => Ops.Multiply(x, y);

    /// <summary>x / y, broadcast.</summary>
    public static Tensor operator /(Tensor x, Tensor y) => Ops.Divide(x, y);

    /// <summary>−x.</summary>
    public static Tensor operator -(Tensor x) => Ops.Negate(x);

    /// <summary>Where x &gt; y, broadcast: a mask, or 1 and 0 where a tensor is wanted.</summary>
    public static Comparison operator >(Tensor x, Tensor y) => Ops.Greater(x, y);

    /// <summary>Where x &lt; y, broadcast.</summary>
    public static Comparison operator <(Tensor x, Tensor y) => Ops.Less(x, y);

    /// <summary>Where x ≥ y, broadcast.</summary>
    public static Comparison operator >=(Tensor x, Tensor y) => Ops.GreaterOrEqual(x, y);

    /// <summary>Where x ≤ y, broadcast.</summary>
    public static Comparison operator <=(Tensor x, Tensor y) => Ops.LessOrEqual(x, y);

    /// <summary>The only value of a tensor of one. A cast is asked for, because no gradient passes.</summary>
    /// <exception cref="InvalidOperationException">The tensor has not exactly one value.</exception>
    public static explicit operator float(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.Item();
    }
}
