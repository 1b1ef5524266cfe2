using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

/// <summary>Yes or no for each place of a shape. Immutable; the caller's array is copied.</summary>
/// <remarks>Where attention takes a mask, true means: may not be attended to (PyTorch's meaning).</remarks>
public sealed partial class Mask
{
    readonly bool[] _flags;

    Mask(bool[] flags, Shape shape)
    {
        Require.That(flags.Length == shape.Count, $"Mask: {flags.Length} flags for shape {shape} of {shape.Count}", nameof(flags));
        (_flags, Shape) = (flags, shape);
    }

    /// <summary>The sizes.</summary>
    public Shape Shape { get; }

    /// <summary>Places in all.</summary>
    public long Count => _flags.Length;

    /// <summary>The flags, row by row.</summary>
    public ReadOnlySpan<bool> Span => _flags;

    /// <summary>Flags in a shape, copied.</summary>
    /// <exception cref="ArgumentException">There are not as many flags as the shape says.</exception>
    public static Mask From(ReadOnlySpan<bool> flags, params ReadOnlySpan<long> shape) => new(flags.ToArray(), new Shape(shape));

    /// <summary>True above the diagonal [n, n]: as an attention mask, place i sees places up to i.</summary>
    public static Mask Causal(int n)
    {
        var flags = new bool[checked(n * n)];
        for (int i = 0; i < n; i++) flags.AsSpan(i * n + i + 1, n - i - 1).Fill(true);
        return Trace.Op(new Mask(flags, new Shape(n, n)), "Causal", [], [n]);
    }

    /// <summary>True where ids are a given one: the key padding mask of a batch.</summary>
    public static Mask Equal(Indices ids, long id)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var flags = new bool[ids.Count];
        for (int i = 0; i < flags.Length; i++) flags[i] = ids.Span[i] == id;
        return Trace.Op(new Mask(flags, ids.Shape), "EqualToId", [ids], [id]);
    }

    /// <summary>The same flags in another shape; one size may be −1, and is worked out.</summary>
    /// <exception cref="ArgumentException">The shape has another number of places.</exception>
    public Mask Reshape(params ReadOnlySpan<long> shape)
    {
        Shape to = Shape.Closed(shape, "Reshape");
        return Trace.Op(new Mask(_flags, to), "Reshape", [this], to.Sizes);
    }

    /// <summary>−∞ where true, 0 elsewhere: to be added to attention scores.</summary>
    public Tensor ToAdditive()
    {
        Tensor scores = Tensor.Zeros(Shape.Sizes);
        for (int i = 0; i < _flags.Length; i++)
            if (_flags[i]) scores.WritableSpan[i] = float.NegativeInfinity;
        return Trace.Op(scores, "ToAdditive", [this]);
    }

    /// <summary>Flags in a line.</summary>
    public static implicit operator Mask(bool[] flags) => From(flags, flags.Length);

    /// <summary>A matrix of flags.</summary>
    public static implicit operator Mask(bool[,] flags)
    {
        ArgumentNullException.ThrowIfNull(flags);
        return From(flags.Cast<bool>().ToArray(), flags.GetLength(0), flags.GetLength(1));
    }
}
