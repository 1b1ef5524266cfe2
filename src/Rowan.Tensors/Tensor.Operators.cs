using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

public sealed partial class Tensor
{
    /// <summary>The part at leading indices: of shape [2, 4, 3], <c>x[0, 1]</c> is [3]. Gradients pass.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are more indices than dimensions, or one is outside its dimension.</exception>
    [System.Runtime.CompilerServices.IndexerName("Part")]
    public Tensor this[params ReadOnlySpan<long> index] => Ops.Select(this, index);

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
}
