using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

/// <summary>
/// An array of float32 of any shape, and, where something learns, how it was computed. Values lie in one block, the last dimension fastest.
/// </summary>
/// <remarks>
/// There is nothing to dispose. Operations return new tensors; only <see cref="WritableSpan"/> and <see cref="RequiresGrad"/> change one.
/// Any number of threads may read a tensor and compute from it
/// while none writes it; two backward passes that reach the same leaf must not run at the same time.
/// What a backward pass walked through is recycled when a gradient that it left is cleared (<see cref="ZeroGrad"/>,
/// <c>optimizer.ZeroGrad()</c>): large tensors that were computed from others that learn, and gradients. Reading one afterwards throws;
/// <see cref="Detach"/> makes it your own. A tensor holds at most <see cref="System.Array.MaxLength"/> values; larger things are tables.
/// </remarks>
public sealed partial class Tensor
{
    readonly float[]? _array;
    readonly int _offset;
    readonly int _count;

    Tensor(float[] memory, int offset, Shape shape)
    {
        int count = Length(shape);
        Require.That(offset >= 0 && offset + (long)count <= memory.Length,
            $"Tensor: {memory.Length - offset} values for shape {shape} of {count}", nameof(memory));
        (_array, _offset, _count, Shape) = (memory, offset, count, shape);
    }

    Tensor(PooledBuffer block, int offset, Shape shape) => (PooledBuffer, _offset, _count, Shape) = (block, offset, Length(shape), shape);

    /// <summary>A tensor of given values, copied.</summary>
    /// <exception cref="ArgumentException">There are not as many values as the shape says.</exception>
    public Tensor(ReadOnlySpan<float> values, params ReadOnlySpan<long> shape) : this(Checked(values, shape), 0, new Shape(shape)) { }

    /// <summary>The values of a vector, copied.</summary>
    public Tensor(ReadOnlySpan<float> values) : this(values, [values.Length]) { }

    /// <summary>The values of a matrix, copied.</summary>
    public Tensor(float[,] values) : this(FromArray(values).Array, 0, FromArray(values).Shape) { }

    /// <summary>The values of an array of three dimensions, copied.</summary>
    public Tensor(float[,,] values) : this(FromArray(values).Array, 0, FromArray(values).Shape) { }

    /// <summary>The sizes.</summary>
    public Shape Shape { get; }

    /// <summary>The size of a dimension as an int; negative counts from the end. <see cref="Shape"/> has all of them, as long.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such dimension.</exception>
    /// <exception cref="OverflowException">The size does not fit, which only that of a tensor without values can.</exception>
    public int Size(int dim) => checked((int)Shape[dim]);

    /// <summary>Dimensions.</summary>
    public int Rank => Shape.Rank;

    /// <summary>Values in all.</summary>
    public long Count => _count;

    /// <summary>The values, row by row.</summary>
    public ReadOnlySpan<float> Span => Values;

    /// <summary>The values, row by row.</summary>
    public ReadOnlyMemory<float> Memory => Array.AsMemory(_offset, _count);

    /// <summary>The values, to be written.</summary>
    /// <remarks>
    /// Counts as a change: a backward pass through an operation that needs the values as they were throws. Take the span anew for each
    /// change; one kept from before a forward pass is not seen.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The tensor was computed from others that learn.</exception>
    public Span<float> WritableSpan => WritableMemory.Span;

    /// <inheritdoc cref="WritableSpan"/>
    public Memory<float> WritableMemory
    {
        get
        {
            Require.State(_node is null && !_ofComputed,
                $"WritableMemory: this tensor of shape {Shape} was computed from others, and changing it would falsify their gradients; "
                + $"use Detach().Clone()");
            if (Trace.IsOn) Trace.Written(this);
            Changed("WritableSpan");
            return Array.AsMemory(_offset, _count);
        }
    }

    /// <summary>One value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The index has the wrong length or is outside the shape.</exception>
    public float At(params ReadOnlySpan<long> index)
    {
        Require.InRange(index.Length == Rank, $"At: {index.Length} indices for shape {Shape}", nameof(index));
        return Span[OffsetOf(index)];
    }

    /// <summary>The only value of a tensor of one.</summary>
    /// <exception cref="InvalidOperationException">The tensor has not exactly one value.</exception>
    public float Item()
    {
        Require.State(_count == 1, $"Item: shape {Shape} has {_count} values; Item reads a tensor of one");
        return Array[_offset];
    }

    /// <summary>The values in an array of their own.</summary>
    public float[] ToArray() => Span.ToArray();

    /// <summary>The same values in memory of their own, apart from the computation.</summary>
    public Tensor Clone() => Trace.Same(new Tensor(ToArray(), 0, Shape), this);

    /// <summary>
    /// The same values, apart from the computation: no gradient passes. They stay: of a computed tensor, whose memory is recycled, they
    /// are a copy; of any other the memory is shared.
    /// </summary>
    public Tensor Detach() => _node is not null || PooledBuffer is { Transient: true } ? Clone() : Alias();

    /// <summary>The same memory, apart from the computation, and recycled with this tensor: what an op reads from and keeps.</summary>
    public Tensor Alias() => Trace.Same(Viewed(Shape), this);

    /// <summary>Whether both hold the same values in the same shape, bit for bit but for NaN.</summary>
    public bool SequenceEqual(Tensor other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Shape == other.Shape && Span.SequenceEqual(other.Span);
    }

    /// <summary>Whether |x − y| ≤ atol + rtol·|y| everywhere.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public bool AllClose(Tensor other, float rtol = 1e-5f, float atol = 1e-8f)
    {
        ArgumentNullException.ThrowIfNull(other);
        Require.That(Shape == other.Shape, $"AllClose: shapes {Shape} and {other.Shape} differ", nameof(other));
        for (int i = 0; i < _count; i++)
            if (!(Span[i] == other.Span[i] || MathF.Abs(Span[i] - other.Span[i]) <= atol + rtol * MathF.Abs(other.Span[i]))) return false;
        return true;
    }

    /// <summary>The values and the shape, large tensors shortened.</summary>
    public override string ToString() => TensorText.Format(this);

    /// <summary>What the values lie in where they are recycled; null where they are the tensor's own.</summary>
    internal PooledBuffer? PooledBuffer { get; }

    /// <summary>The values, whoever they were computed from.</summary>
    internal Span<float> Values => Array.AsSpan(_offset, _count);

    float[] Array => _array ?? PooledBuffer!.Values;

    internal int OffsetOf(ReadOnlySpan<long> index)
    {
        long offset = 0;
        for (int d = 0; d < index.Length; d++)
        {
            Require.InRange((ulong)index[d] < (ulong)Shape[d],
                $"index {index[d]} of dimension {d} is outside shape {Shape}; it runs from 0 to {Shape[d] - 1}", nameof(index));
            offset = offset * Shape[d] + index[d];
        }
        for (int d = index.Length; d < Rank; d++) offset *= Shape[d];
        return (int)offset;
    }

    static float[] Checked(ReadOnlySpan<float> values, ReadOnlySpan<long> shape)
    {
        var of = new Shape(shape);
        Require.That(values.Length == of.Count, $"Tensor: {values.Length} values for shape {of} of {of.Count}", nameof(values));
        return values.ToArray();
    }
}
