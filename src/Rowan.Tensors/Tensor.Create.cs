using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

public sealed partial class Tensor
{
    /// <summary>Zeros.</summary>
    public static Tensor Zeros(params ReadOnlySpan<long> shape) => Full(0, shape);

    /// <summary>Memory that is not cleared: for an op that writes every value.</summary>
    public static Tensor Empty(params ReadOnlySpan<long> shape) => Empty(new Shape(shape));

    /// <summary>Ones.</summary>
    public static Tensor Ones(params ReadOnlySpan<long> shape) => Full(1, shape);

    /// <summary>One value everywhere.</summary>
    public static Tensor Full(float value, params ReadOnlySpan<long> shape) => Trace.Op(Filled(value, shape), "Full", [], shape, [value]);

    static Tensor Filled(float value, ReadOnlySpan<long> shape)
    {
        var of = new Shape(shape);
        if (value == 0 && Length(of) is var count && (count < BufferPool.Least || !Recycles)) return new Tensor(new float[count], 0, of);
        Tensor tensor = Empty(of);
        tensor.Values.Fill(value);
        return tensor;
    }

    /// <summary>0, 1, …, count − 1.</summary>
    public static Tensor Arange(long count)
    {
        Tensor tensor = Filled(0, [count]);
        for (int i = 0; i < tensor._count; i++) tensor.Values[i] = i;
        return Trace.Op(tensor, "Arange", [], [0, count, 1]);
    }

    /// <summary>start, start + step, … below end, or above it where the step is negative.</summary>
    /// <exception cref="ArgumentException">The step leads away from the end, or is 0.</exception>
    public static Tensor Arange(float start, float end, float step = 1)
    {
        double count = Math.Ceiling(((double)end - start) / step);
        Require.That(step != 0 && count >= 0, $"Arange: from {start} to {end} by steps of {step}; the step leads to the end",
            nameof(step));
        Tensor tensor = Filled(0, [(long)count]);
        for (int i = 0; i < tensor._count; i++) tensor.Values[i] = (float)(start + (double)step * i);
        return tensor;
    }

    /// <summary>Values at equal distances from start to end, both included.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public static Tensor Linspace(float start, float end, long count)
    {
        Require.InRange(count >= 0, $"Linspace: {count} values; the number is not negative", nameof(count));
        Tensor tensor = Filled(0, [count]);
        for (int i = 0; i < tensor._count; i++) tensor.Values[i] = count == 1 ? start
            : (float)(start + ((double)end - start) * i / (count - 1));
        return tensor;
    }

    /// <summary>1 on the diagonal, 0 elsewhere [rows, columns].</summary>
    public static Tensor Eye(long rows, long? columns = null)
    {
        Tensor tensor = Filled(0, [rows, columns ?? rows]);
        for (long i = 0; i < Math.Min(rows, tensor.Shape[1]); i++) tensor.Values[(int)(i * tensor.Shape[1] + i)] = 1;
        return tensor;
    }

    /// <summary>Zeros in the shape of another.</summary>
    public static Tensor ZerosLike(Tensor other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Zeros(other.Shape.Sizes);
    }

    /// <summary>Ones in the shape of another.</summary>
    public static Tensor OnesLike(Tensor other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Ones(other.Shape.Sizes);
    }

    /// <summary>One value everywhere in the shape of another.</summary>
    public static Tensor FullLike(Tensor other, float value)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Full(value, other.Shape.Sizes);
    }

    /// <summary>Draws from N(0, 1).</summary>
    public static Tensor Randn(Rng rng, params ReadOnlySpan<long> shape)
    {
        ArgumentNullException.ThrowIfNull(rng);
        Tensor tensor = Filled(0, shape);
        rng.Randn(tensor.Values);
        return tensor;
    }

    /// <summary>Draws from U(0, 1).</summary>
    public static Tensor Rand(Rng rng, params ReadOnlySpan<long> shape)
    {
        ArgumentNullException.ThrowIfNull(rng);
        Tensor tensor = Filled(0, shape);
        rng.Rand(tensor.Values);
        return tensor;
    }

    /// <summary>The values of an array of any rank, copied.</summary>
    /// <exception cref="ArgumentException">The array does not hold floats.</exception>
    public static Tensor FromArray(System.Array values)
    {
        ArgumentNullException.ThrowIfNull(values);
        Require.That(values.GetType().GetElementType() == typeof(float),
            $"FromArray: an array of {values.GetType().GetElementType()}; tensors hold float", nameof(values));
        var shape = new long[values.Rank];
        for (int d = 0; d < shape.Length; d++) shape[d] = values.GetLongLength(d);
        var flat = new float[values.Length];
        Buffer.BlockCopy(values, 0, flat, 0, checked(flat.Length * sizeof(float)));
        return new Tensor(flat, 0, new Shape(shape));
    }

    /// <summary>A tensor over memory that exists, shared and not copied.</summary>
    /// <exception cref="ArgumentException">The memory is shorter than the shape says.</exception>
    public static Tensor Over(float[] memory, params ReadOnlySpan<long> shape) => Over(memory, 0, shape);

    /// <summary>A tensor over memory that exists, from an offset on, shared and not copied.</summary>
    /// <exception cref="ArgumentException">The memory is shorter than the shape says.</exception>
    public static Tensor Over(float[] memory, int offset, ReadOnlySpan<long> shape)
    {
        ArgumentNullException.ThrowIfNull(memory);
        return new(memory, offset, new Shape(shape));
    }

    /// <summary>The same, with the version that counts the changes of that memory: how a table's rows become a tensor.</summary>
    /// <exception cref="ArgumentException">The memory is shorter than the shape says.</exception>
    internal static Tensor Over(float[] memory, int offset, ReadOnlySpan<long> shape, ValueVersion version)
    {
        ArgumentNullException.ThrowIfNull(version);
        Tensor tensor = Over(memory, offset, shape);
        tensor._version = version;
        return tensor;
    }

    /// <summary>A scalar.</summary>
    public static implicit operator Tensor(float value) => new([value], 0, new Shape());

    /// <summary>A vector, copied.</summary>
    public static implicit operator Tensor(float[] values) => FromArray(values);

    /// <summary>A matrix, copied.</summary>
    public static implicit operator Tensor(float[,] values) => FromArray(values);

    /// <summary>Values in three dimensions, copied.</summary>
    public static implicit operator Tensor(float[,,] values) => FromArray(values);

    /// <summary>The same memory in another shape, apart from the computation.</summary>
    internal Tensor Viewed(Shape shape)
    {
        Tensor view = SameMemory(shape);
        (view._root, view._ofComputed) = (_root ?? this, _ofComputed || _node is not null);
        return view;
    }

    Tensor SameMemory(Shape shape) => PooledBuffer is null ? new(_array!, _offset, shape) : new(PooledBuffer, _offset, shape);

    /// <summary>This tensor, not yet recorded, in another shape: its memory is recycled with the result.</summary>
    internal Tensor Shaped(Shape shape)
    {
        Tensor shaped = SameMemory(shape);
        shaped._owns = _owns;
        return shaped;
    }

    /// <summary>Memory that is not cleared; recycled where a computation may be recorded, or runs back.</summary>
    internal static Tensor Empty(Shape shape)
    {
        int count = Length(shape);
        if (count < BufferPool.Least || !Recycles) return new(GC.AllocateUninitializedArray<float>(count), 0, shape);
        return BackwardPass.Current is { } pass
            ? new(pass.Rent(count), 0, shape) : new(new PooledBuffer(BufferPool.Rent(count)), 0, shape) { _owns = true };
    }

    static bool Recycles => !Gradients.AreOff || BackwardPass.Current is not null;

    static int Length(Shape shape)
    {
        Int128 count = 1;
        foreach (long size in shape.Sizes) count = size == 0 ? 0 : Int128.Min(count * size, long.MaxValue);
        Require.InRange(count <= System.Array.MaxLength,
            $"Tensor: shape {shape} has {(count == long.MaxValue ? "more than 9.2·10¹⁸" : $"{(long)count}")} values; "
            + $"a tensor holds at most {System.Array.MaxLength}; keep more in a Table", nameof(shape));
        return (int)count;
    }
}
