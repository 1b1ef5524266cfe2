using Rowan.Numerics;

namespace Rowan;

/// <summary>
/// An array under a name: what files are written from and what modules are loaded from. The values stay where they are (in a parameter, a
/// table, an open file) and are copied in ranges when asked for, so that an array may be larger than memory.
/// </summary>
public sealed class StateEntry
{
    readonly RangeReader<float> _floats;
    readonly RangeReader<long>? _integers;
    readonly RangeReader<byte>? _bytes;

    /// <summary>An array of floats.</summary>
    /// <param name="name">By convention the path of the part: <c>layers.0.weight</c>.</param>
    /// <param name="sizes">The sizes, outermost first; none for a scalar.</param>
    /// <param name="read">Copies the values from a flat position on.</param>
    public StateEntry(string name, IReadOnlyList<long> sizes, RangeReader<float> read)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(sizes);
        ArgumentNullException.ThrowIfNull(read);
        (Name, Sizes, _floats) = (name, sizes, read);
        Int128 count = 1;
        foreach (long size in sizes)
        {
            Require.InRange(size >= 0, $"StateEntry: size {size} of '{name}'; sizes are not negative", nameof(sizes));
            count *= size;
            Require.That(count <= long.MaxValue, $"StateEntry: sizes [{string.Join(", ", sizes)}] of '{name}' are more than 2⁶³ values",
                nameof(sizes));
        }
        Count = (long)count;
    }

    /// <summary>An array of 64-bit integers.</summary>
    /// <param name="name">By convention the path of the part.</param>
    /// <param name="sizes">The sizes, outermost first; none for a scalar.</param>
    /// <param name="read">Copies the values from a flat position on.</param>
    public StateEntry(string name, IReadOnlyList<long> sizes, RangeReader<long> read) : this(name, sizes, Narrow(read)) => _integers = read;

    /// <summary>An array of bytes: integers from 0 to 255, which a file that has such a type keeps as they are.</summary>
    /// <param name="name">By convention the path of the part.</param>
    /// <param name="sizes">The sizes, outermost first; none for a scalar.</param>
    /// <param name="read">Copies the values from a flat position on.</param>
    public StateEntry(string name, IReadOnlyList<long> sizes, RangeReader<byte> read) : this(name, sizes, Widen(read)) => _bytes = read;

    StateEntry(StateEntry other, string name)
    {
        (Name, Sizes, Count, Format) = (name, other.Sizes, other.Count, other.Format);
        (_floats, _integers, _bytes) = (other._floats, other._integers, other._bytes);
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The sizes, outermost first; none for a scalar.</summary>
    public IReadOnlyList<long> Sizes { get; }

    /// <summary>Values in all.</summary>
    public long Count { get; }

    /// <summary>Whether the values are 64-bit integers; otherwise they are floats.</summary>
    public bool IsInteger => _integers is not null;

    /// <summary>Whether the integers are bytes.</summary>
    public bool IsBytes => _bytes is not null;

    /// <summary>The narrowest format that holds every value: what a file of several formats writes. Integers have none of it.</summary>
    public FloatFormat Format { get; init; }

    /// <summary>An array in memory, shared and not copied.</summary>
    /// <exception cref="ArgumentException">There are not as many values as the sizes say.</exception>
    public static StateEntry Over(string name, IReadOnlyList<long> sizes, params IReadOnlyList<Memory<float>> pieces)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        long given = pieces.Sum(piece => (long)piece.Length);
        var entry = new StateEntry(name, sizes, (RangeReader<float>)((start, into) => Copy(pieces, start, into)));
        Require.That(given == entry.Count, $"StateEntry: {given} values for '{name}' of [{string.Join(", ", sizes)}]", nameof(pieces));
        return entry;
    }

    /// <summary>Integers in memory, shared and not copied.</summary>
    /// <exception cref="ArgumentException">There are not as many values as the sizes say.</exception>
    public static StateEntry Over(string name, IReadOnlyList<long> sizes, long[] integers)
    {
        ArgumentNullException.ThrowIfNull(integers);
        var entry = new StateEntry(name, sizes,
            (RangeReader<long>)((start, into) => integers.AsSpan((int)start, into.Length).CopyTo(into)));
        Require.That(integers.Length == entry.Count, $"StateEntry: {integers.Length} values for '{name}' of [{string.Join(", ", sizes)}]",
            nameof(integers));
        return entry;
    }

    /// <summary>Copies values, from a flat position on; integers are rounded to floats.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the array.</exception>
    public void Read(long start, Span<float> into)
    {
        CheckRange(start, into.Length);
        _floats(start, into);
    }

    /// <summary>Copies integers, from a flat position on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the array.</exception>
    /// <exception cref="InvalidOperationException">The array holds floats.</exception>
    public void Read(long start, Span<long> into)
    {
        CheckRange(start, into.Length);
        Require.State(_integers is not null, $"Read: '{Name}' holds floats, not integers");
        _integers(start, into);
    }

    /// <summary>Copies bytes, from a flat position on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the array.</exception>
    /// <exception cref="InvalidOperationException">The array holds wider numbers.</exception>
    public void Read(long start, Span<byte> into)
    {
        CheckRange(start, into.Length);
        Require.State(_bytes is not null, $"Read: '{Name}' holds {(IsInteger ? "integers of 64 bits" : "floats")}, not bytes");
        _bytes(start, into);
    }

    /// <summary>All values; integers are rounded to floats.</summary>
    internal float[] Floats()
    {
        var values = new float[Count];
        Read(0, values.AsSpan());
        return values;
    }

    /// <summary>All integers.</summary>
    /// <exception cref="InvalidOperationException">The array holds floats.</exception>
    internal long[] Integers()
    {
        var values = new long[Count];
        Read(0, values.AsSpan());
        return values;
    }

    /// <summary>The only integer.</summary>
    /// <exception cref="InvalidOperationException">The array holds floats.</exception>
    internal long Integer()
    {
        Span<long> value = stackalloc long[1];
        Read(0, value);
        return value[0];
    }

    /// <summary>The only value as a whole number: an integer, or the whole part of a float, as PyTorch's files have for a step.</summary>
    internal long WholeNumber()
    {
        if (IsInteger) return Integer();
        Span<float> value = stackalloc float[1];
        Read(0, value);
        return (long)value[0];
    }

    internal StateEntry Named(string name) => new(this, name);

    /// <summary>Name and sizes.</summary>
    public override string ToString() => $"{Name} [{string.Join(", ", Sizes)}]";

    void CheckRange(long start, int length) => Require.InRange(start >= 0 && start <= Count - length,
        $"Read: values {start} to {start + length} of '{Name}', which has {Count}", nameof(start));

    static RangeReader<long> Widen(RangeReader<byte> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        return (start, into) =>
        {
            Span<byte> part = stackalloc byte[256];
            for (int length; into.Length > 0; into = into[length..], start += length)
            {
                length = Math.Min(part.Length, into.Length);
                read(start, part[..length]);
                for (int i = 0; i < length; i++) into[i] = part[i];
            }
        };
    }

    static RangeReader<float> Narrow(RangeReader<long> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        return (start, into) =>
        {
            Span<long> part = stackalloc long[256];
            while (into.Length > 0)
            {
                int length = Math.Min(part.Length, into.Length);
                read(start, part[..length]);
                for (int i = 0; i < length; i++) into[i] = part[i];
                into = into[length..];
                start += length;
            }
        };
    }

    static void Copy(IReadOnlyList<Memory<float>> pieces, long start, Span<float> into)
    {
        for (int p = 0; into.Length > 0; p++)
        {
            ReadOnlySpan<float> piece = pieces[p].Span;
            if (start < piece.Length)
            {
                piece = piece[(int)start..];
                int length = Math.Min(piece.Length, into.Length);
                piece[..length].CopyTo(into);
                into = into[length..];
            }
            start = Math.Max(0, start - pieces[p].Length);
        }
    }
}

/// <summary>Copies the values of an array from a flat position on.</summary>
public delegate void RangeReader<T>(long start, Span<T> into);

/// <summary>Takes the values of an array from a flat position on.</summary>
public delegate void RangeWriter<T>(long start, ReadOnlySpan<T> values);
