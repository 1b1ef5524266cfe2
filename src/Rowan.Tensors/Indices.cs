using System.Collections;
using System.Runtime.CompilerServices;
using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

/// <summary>Ids of any shape: what is looked up. Immutable; the caller's array is copied.</summary>
/// <remarks>
/// Converts implicitly from a single id, from arrays of int or long of one to three dimensions, and from spans; <see cref="From(Array)"/>
/// takes any rank.
/// </remarks>
[CollectionBuilder(typeof(Indices), nameof(Create))]
public sealed partial class Indices : IEnumerable<long>
{
    readonly long[] _ids;

    Indices(long[] ids, Shape shape)
    {
        Require.That(ids.Length == shape.Count, $"Indices: {ids.Length} ids for shape {shape} of {shape.Count}", nameof(ids));
        (_ids, Shape) = (ids, shape);
    }

    /// <summary>The sizes.</summary>
    public Shape Shape { get; }

    /// <summary>Ids in all.</summary>
    public long Count => _ids.Length;

    /// <summary>The ids, row by row.</summary>
    public ReadOnlySpan<long> Span => _ids;

    /// <summary>The ids, row by row.</summary>
    public ReadOnlyMemory<long> Memory => _ids;

    /// <summary>Flat ids: what a collection expression makes.</summary>
    public static Indices Create(ReadOnlySpan<long> ids) => new(ids.ToArray(), new Shape(ids.Length));

    /// <summary>Ids in a shape, copied.</summary>
    /// <exception cref="ArgumentException">There are not as many ids as the shape says.</exception>
    public static Indices From(ReadOnlySpan<long> ids, params ReadOnlySpan<long> shape) => new(ids.ToArray(), new Shape(shape));

    /// <summary>Ids in a shape, copied.</summary>
    /// <exception cref="ArgumentException">There are not as many ids as the shape says.</exception>
    public static Indices From(ReadOnlySpan<int> ids, params ReadOnlySpan<long> shape) => new(Widen(ids), new Shape(shape));

    /// <summary>The ids of an array of any rank, copied.</summary>
    /// <exception cref="ArgumentException">The array holds neither int nor long.</exception>
    public static Indices From(Array ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        Type? type = ids.GetType().GetElementType();
        Require.That(type == typeof(int) || type == typeof(long), $"Indices: an array of {type}; ids are int or long", nameof(ids));
        var shape = new long[ids.Rank];
        for (int d = 0; d < shape.Length; d++) shape[d] = ids.GetLongLength(d);
        if (type == typeof(long))
        {
            var flat = new long[ids.Length];
            Buffer.BlockCopy(ids, 0, flat, 0, checked(flat.Length * sizeof(long)));
            return new(flat, new Shape(shape));
        }
        var narrow = new int[ids.Length];
        Buffer.BlockCopy(ids, 0, narrow, 0, checked(narrow.Length * sizeof(int)));
        return new(Widen(narrow), new Shape(shape));
    }

    /// <summary>The same ids in another shape; one size may be −1, and is worked out.</summary>
    /// <exception cref="ArgumentException">The shape has another number of ids.</exception>
    public Indices Reshape(params ReadOnlySpan<long> shape)
    {
        Shape to = Shape.Closed(shape, "Reshape");
        return Trace.Op(new Indices(_ids, to), "Reshape", [this], to.Sizes);
    }

    /// <summary>The coordinates of a flat position: "[0, 2]".</summary>
    public string Describe(long position)
    {
        var at = new long[Shape.Rank];
        for (int d = at.Length - 1; d >= 0; d--) (position, at[d]) = Math.DivRem(position, Shape[d]);
        return new Shape(at).ToString();
    }

    /// <summary>The ids, row by row.</summary>
    public IEnumerator<long> GetEnumerator() => ((IEnumerable<long>)_ids).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _ids.GetEnumerator();

    /// <summary>The ids and the shape.</summary>
    public override string ToString() => $"[{string.Join(", ", _ids.Take(20))}{(_ids.Length > 20 ? ", …" : "")}]  {Shape}";

    /// <summary>A single id.</summary>
    public static implicit operator Indices(int id) => new([id], new Shape());

    /// <summary>A single id.</summary>
    public static implicit operator Indices(long id) => new([id], new Shape());

    /// <summary>Flat ids.</summary>
    public static implicit operator Indices(int[] ids) => From((Array)ids);

    /// <summary>Flat ids.</summary>
    public static implicit operator Indices(long[] ids) => From((Array)ids);

    /// <summary>A matrix of ids.</summary>
    public static implicit operator Indices(int[,] ids) => From((Array)ids);

    /// <summary>A matrix of ids.</summary>
    public static implicit operator Indices(long[,] ids) => From((Array)ids);

    /// <summary>Ids in three dimensions.</summary>
    public static implicit operator Indices(int[,,] ids) => From((Array)ids);

    /// <summary>Ids in three dimensions.</summary>
    public static implicit operator Indices(long[,,] ids) => From((Array)ids);

    /// <summary>Flat ids.</summary>
    public static implicit operator Indices(ReadOnlySpan<int> ids) => new(Widen(ids), new Shape(ids.Length));

    /// <summary>Flat ids.</summary>
    public static implicit operator Indices(ReadOnlySpan<long> ids) => Create(ids);

    /// <summary>Flat ids.</summary>
    public static implicit operator Indices(Span<int> ids) => (ReadOnlySpan<int>)ids;

    /// <summary>Flat ids.</summary>
    public static implicit operator Indices(Span<long> ids) => Create(ids);

    static long[] Widen(ReadOnlySpan<int> ids)
    {
        var wide = new long[ids.Length];
        for (int i = 0; i < wide.Length; i++) wide[i] = ids[i];
        return wide;
    }
}
