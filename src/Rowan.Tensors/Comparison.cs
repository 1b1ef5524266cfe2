namespace Rowan;

/// <summary>
/// What a comparison of tensors gives: a <see cref="Mask"/> where one is wanted, 1 and 0 where a <see cref="Tensor"/> is, as in <c>x * (x
/// &gt; 0)</c>. A mask itself is no tensor: the one of
/// an attention layer means −∞, not 1, where it is true.
/// </summary>
public sealed class Comparison
{
    internal Comparison(bool[] flags, Shape shape) => Mask = Mask.Over(flags, shape);

    /// <summary>Where it holds.</summary>
    public Mask Mask { get; }

    /// <summary>The sizes.</summary>
    public Shape Shape => Mask.Shape;

    /// <summary>Whether it holds, row by row.</summary>
    public ReadOnlySpan<bool> Span => Mask.Span;

    /// <summary>Whether it holds anywhere.</summary>
    public bool Any() => Mask.Any();

    /// <summary>Whether it holds everywhere.</summary>
    public bool All() => Mask.All();

    /// <summary>In how many places it holds.</summary>
    public long CountTrue() => Mask.CountTrue();

    /// <summary>1 where it holds, 0 elsewhere.</summary>
    public Tensor ToTensor() => Mask.ToTensor();

    /// <summary>Where it does not hold.</summary>
    public static Mask operator !(Comparison x) => !x.Mask;

    /// <summary>Where both are true, broadcast.</summary>
    public static Mask operator &(Comparison x, Mask y) => x.Mask & y;

    /// <summary>Where either is true, broadcast.</summary>
    public static Mask operator |(Comparison x, Mask y) => x.Mask | y;

    /// <summary>Where one is true and the other is not, broadcast.</summary>
    public static Mask operator ^(Comparison x, Mask y) => x.Mask ^ y;

    /// <summary>Where it holds.</summary>
    public static implicit operator Mask(Comparison x) => x.Mask;

    /// <summary>1 where it holds, 0 elsewhere.</summary>
    public static implicit operator Tensor(Comparison x) => x.ToTensor();
}
