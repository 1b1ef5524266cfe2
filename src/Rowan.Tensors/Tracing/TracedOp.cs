namespace Rowan.Tensors;

/// <summary>One operation of a <see cref="Trace"/>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Inputs">A <see cref="TracedValue"/>, or a constant (tensor, indices, mask, table); null for one that was left out.</param>
/// <param name="Numbers">Sizes, dimensions, counts and flags.</param>
/// <param name="Floats">Other numbers.</param>
/// <param name="Settings">Further settings.</param>
/// <param name="Outputs">What it computed.</param>
sealed record TracedOp(string Name, object?[] Inputs, long[] Numbers, float[] Floats, object? Settings, TracedValue[] Outputs)
{
    /// <summary>The name of an operation that was recorded for backward and has named itself to no trace.</summary>
    public const string Unnamed = "?";
}

/// <summary>One value of a <see cref="Trace"/>.</summary>
/// <param name="op">What computed it; null for an input of the computation.</param>
/// <param name="output">Which output of that operation it is.</param>
/// <param name="value">The object: a tensor, indices, a mask, or starts of bags.</param>
sealed class TracedValue(TracedOp? op, int output, object value)
{
    /// <summary>What computed it; null for an input of the computation.</summary>
    public TracedOp? Op => op;

    /// <summary>Which output of that operation it is.</summary>
    public int Output => output;

    /// <summary>The object: a tensor, indices, a mask, or starts of bags.</summary>
    public object Value => value;

    /// <summary>The sizes.</summary>
    public Shape Shape => ShapeOf(value);

    /// <summary>The sizes of any traced object or constant.</summary>
    public static Shape ShapeOf(object value) => value switch
    {
        TracedValue traced => traced.Shape,
        Tensor tensor => tensor.Shape,
        Indices indices => indices.Shape,
        Mask mask => mask.Shape,
        long[] starts => new Shape(starts.Length),
        Rowan.Numerics.ILearnable learnable => new Shape([.. learnable.Sizes]),
        _ => throw new ArgumentException($"a value of type {value.GetType()} has no shape", nameof(value)),
    };
}
