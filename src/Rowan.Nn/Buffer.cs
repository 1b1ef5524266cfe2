using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>Values that are saved with a module but do not learn: running statistics, fixed position codes, a counter.</summary>
public sealed class Buffer
{
    readonly Tensor? _floats;

    /// <param name="value">The first values; kept, not copied.</param>
    public Buffer(Tensor value)
    {
        ArgumentNullException.ThrowIfNull(value);
        _floats = value;
    }

    Buffer(long number) => Number = number;

    /// <summary>The values.</summary>
    /// <exception cref="InvalidOperationException">The buffer is a counter.</exception>
    public Tensor Value
    {
        get
        {
            Require.State(_floats is not null, $"Value: this buffer is a counter; read Number");
            return _floats;
        }
    }

    /// <summary>A counter's number.</summary>
    public long Number { get; set; }

    /// <summary>Whether the buffer is a counter, a single 64-bit integer.</summary>
    public bool IsCounter => _floats is null;

    /// <summary>Sizes of the values; none for a counter.</summary>
    public IReadOnlyList<long> Sizes => _floats is null ? [] : _floats.Shape.Sizes.ToArray();

    /// <summary>A single 64-bit integer, saved as such.</summary>
    public static Buffer Counter(long number = 0) => new(number);
}
