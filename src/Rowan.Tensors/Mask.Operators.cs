using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

public sealed partial class Mask
{
    /// <summary>The part that indices and ranges name, as of a tensor: <c>mask[0]</c>, <c>mask[.., 1]</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are more indices than dimensions, or one is outside its dimension.</exception>
    public Mask this[params ReadOnlySpan<TensorIndex> index]
    {
        get
        {
            (Picks picks, Shape shape) = TensorIndex.Of(Shape, index);
            var flags = new bool[picks.To.Count];
            picks.Take(Span, flags, false);
            return TensorIndex.Traced(new Mask(flags, shape), this, Shape, index);
        }
    }

    /// <summary>Whether any place is true.</summary>
    public bool Any() => Span.Contains(true);

    /// <summary>Whether all places are true.</summary>
    public bool All() => !Span.Contains(false);

    /// <summary>Places that are true.</summary>
    public long CountTrue() => Span.Count(true);

    /// <summary>The flags broadcast to a shape; −1 keeps a size.</summary>
    /// <exception cref="ArgumentException">The shape is not one that the mask broadcasts to.</exception>
    public Mask Expand(params ReadOnlySpan<long> shape)
    {
        Shape to = Broadcast.Target(Shape, shape, "Expand");
        if (to == Shape) return this;
        var from = new Shape([.. Enumerable.Repeat(1L, to.Rank - Shape.Rank), .. Shape.Sizes]);
        var picks = new int[]?[to.Rank];
        for (int d = 0; d < to.Rank; d++)
            if (from[d] != to[d]) picks[d] = new int[to[d]];
        var flags = new bool[to.Count];
        new Picks(from, picks).Take(Span, flags, false);
        return Trace.Op(new Mask(flags, to), "Expand", [this], to.Sizes);
    }

    /// <summary>1 where true, 0 elsewhere.</summary>
    public Tensor ToTensor()
    {
        Tensor values = Tensor.Zeros(Shape.Sizes);
        for (int i = 0; i < Count; i++)
            if (Span[i]) values.WritableSpan[i] = 1;
        return Trace.Op(values, "ToTensor", [this]);
    }

    /// <summary>Where both are true, broadcast.</summary>
    public static Mask operator &(Mask x, Mask y) => Zip("And", x, y, static (a, b) => a & b);

    /// <summary>Where either is true, broadcast.</summary>
    public static Mask operator |(Mask x, Mask y) => Zip("Or", x, y, static (a, b) => a | b);

    /// <summary>Where one is true and the other is not, broadcast.</summary>
    public static Mask operator ^(Mask x, Mask y) => Zip("Xor", x, y, static (a, b) => a ^ b);

    /// <summary>Where the mask is false.</summary>
    public static Mask operator !(Mask mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        return Trace.Op(new Mask([.. mask._flags.Select(flag => !flag)], mask.Shape), "Not", [mask]);
    }

    /// <summary>Flags that nobody else holds, not copied.</summary>
    internal static Mask Over(bool[] flags, Shape shape) => new(flags, shape);

    static Mask Zip(string name, Mask x, Mask y, Func<bool, bool, bool> op)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        Shape shape = Broadcast.Common(x.Shape, y.Shape, "Mask");
        bool[] a = x.Expand(shape.Sizes)._flags, b = y.Expand(shape.Sizes)._flags, flags = new bool[a.Length];
        for (int i = 0; i < flags.Length; i++) flags[i] = op(a[i], b[i]);
        return Trace.Op(new Mask(flags, shape), name, [x, y]);
    }
}
