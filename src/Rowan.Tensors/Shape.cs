using System.Globalization;
using Rowan.Numerics;

namespace Rowan;

/// <summary>The sizes of a tensor, outermost first; the last varies fastest in memory.</summary>
public readonly struct Shape : IEquatable<Shape>
{
    readonly long[]? _sizes;

    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    public Shape(params ReadOnlySpan<long> sizes)
    {
        for (int d = 0; d < sizes.Length; d++)
            Require.InRange(sizes[d] >= 0, $"Shape: size {sizes[d]} of dimension {d}; sizes are not negative", nameof(sizes));
        _sizes = sizes.ToArray();
    }

    /// <summary>The sizes.</summary>
    public ReadOnlySpan<long> Sizes => _sizes;

    /// <summary>Dimensions; 0 for a scalar.</summary>
    public int Rank => _sizes?.Length ?? 0;

    /// <summary>Values in all: the product of the sizes.</summary>
    /// <exception cref="OverflowException">The product does not fit in 64 bits.</exception>
    public long Count
    {
        get
        {
            long count = 1;
            foreach (long size in Sizes)
            {
                ulong high = Math.BigMul((ulong)count, (ulong)size, out ulong low);
                if (high != 0 || low > long.MaxValue) throw new OverflowException($"Shape: {this} has more than {long.MaxValue} values");
                count = (long)low;
            }
            return count;
        }
    }

    /// <summary>The size of a dimension; −1 is the last.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such dimension.</exception>
    public long this[int dim] => Sizes[Dim(dim, "Shape")];

    /// <summary>The size of a dimension, counted from either end.</summary>
    public long this[Index dim] => Sizes[dim];

    /// <summary>A dimension counted from the start; negative ones count from the end.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such dimension.</exception>
    internal int Dim(int dim, string operation)
    {
        Require.InRange(dim >= -Rank && dim < Rank,
            $"{operation}: dimension {dim} of shape {this}; dimensions run from {-Rank} to {Rank - 1}", nameof(dim));
        return dim < 0 ? dim + Rank : dim;
    }

    /// <summary>How the shape falls apart around a dimension: values outside, along and inside it.</summary>
    internal (int Outer, int Along, int Inner) Around(int dim)
    {
        long outer = 1, inner = 1;
        for (int d = 0; d < dim; d++) outer *= Sizes[d];
        for (int d = dim + 1; d < Rank; d++) inner *= Sizes[d];
        return ((int)outer, (int)Sizes[dim], (int)inner);
    }

    /// <summary>Sizes for the values of this shape, where one of them may be −1, and is worked out.</summary>
    /// <exception cref="ArgumentException">The sizes are those of another number of values.</exception>
    internal Shape Closed(ReadOnlySpan<long> shape, string operation)
    {
        long[] sizes = shape.ToArray();
        int open = sizes.IndexOf(-1);
        if (open >= 0)
        {
            sizes[open] = 1;
            long rest = new Shape(sizes).Count;
            Require.That(rest > 0 && Count % rest == 0,
                $"{operation}: {this} has {Count} values, not a multiple of the {rest} that the other sizes take", nameof(shape));
            sizes[open] = Count / rest;
        }
        var to = new Shape(sizes);
        Require.That(to.Count == Count, $"{operation}: {this} of {Count} values to {to} of {to.Count}", nameof(shape));
        return to;
    }

    /// <summary>The shape with one size changed.</summary>
    internal Shape With(int dim, long size)
    {
        long[] sizes = Sizes.ToArray();
        sizes[dim] = size;
        return new Shape(sizes);
    }

    /// <summary>The shape without a dimension.</summary>
    public Shape Without(int dim) => new([.. Sizes[..dim], .. Sizes[(dim + 1)..]]);

    /// <summary>Whether the sizes are the same.</summary>
    public bool Equals(Shape other) => Sizes.SequenceEqual(other.Sizes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (long size in Sizes) hash.Add(size);
        return hash.ToHashCode();
    }

    /// <summary>"[2, 4, 3]".</summary>
    public override string ToString() => "["
        + string.Join(", ", (_sizes ?? []).Select(size => size.ToString(CultureInfo.InvariantCulture))) + "]";

    /// <summary>Whether the sizes are the same.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Whether the sizes differ.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);
}
