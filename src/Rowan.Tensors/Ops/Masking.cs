using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

public static partial class Ops
{
    /// <summary>y = a value where the mask is true, x elsewhere;  dx = g where it is false, 0 elsewhere.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="mask">The shape of x, or of its last dimensions, repeated over the others.</param>
    /// <param name="value">The value of y where the mask is true.</param>
    /// <exception cref="ArgumentException">The mask's shape is not that of x's last dimensions.</exception>
    public static Tensor MaskedFill(this Tensor x, Mask mask, float value)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(mask);
        Require.That(mask.Shape.Rank <= x.Rank && x.Shape.Sizes[^mask.Shape.Rank..].SequenceEqual(mask.Shape.Sizes),
            $"MaskedFill: mask {mask.Shape} for x {x.Shape}; the mask has x's shape, or that of its last dimensions", nameof(mask));
        return Trace.Op(Tensor.Record(Filled(x, mask, value), mask, (x, static (g, mask) => Filled(g, mask, 0))), "MaskedFill", [x, mask],
            default, [value]);
    }

    /// <summary>
    /// y = x / (1 − p) with probability 1 − p, else 0, drawn value by value;  dx = g / (1 − p) where kept, else 0.  The draws are
    /// PyTorch's: two random words per value, none for p = 0 or 1.  (Srivastava et al. 2014.)
    /// </summary>
    /// <param name="x">Any shape.</param>
    /// <param name="p">The share that is dropped, from 0 to 1.</param>
    /// <param name="rng">Where the choice is drawn from; null for a generator seeded by the system, different in every run.</param>
    /// <exception cref="ArgumentOutOfRangeException">p is not a probability.</exception>
    public static Tensor Dropout(this Tensor x, float p, Rng? rng = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        Require.InRange(p is >= 0 and <= 1, $"Dropout: probability {p}; it runs from 0 to 1", nameof(p));
        if (p == 0) return x;
        return x * Kept(x.Shape, p, rng ?? new Rng());
    }

    /// <summary>
    /// As <see cref="Dropout"/>, but whole channels [n, channels, …] at a time: one choice for all values of a channel.  (Tompson et al.
    /// 2015.)
    /// </summary>
    /// <param name="x">[n, channels, …].</param>
    /// <param name="p">The share that is dropped, from 0 to 1.</param>
    /// <param name="rng">Where the choice is drawn from; null for a generator seeded by the system, different in every run.</param>
    /// <exception cref="ArgumentException">There are fewer than two dimensions.</exception>
    /// <exception cref="ArgumentOutOfRangeException">p is not a probability.</exception>
    public static Tensor DropoutChannels(this Tensor x, float p, Rng? rng = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        Require.That(x.Rank >= 2, $"DropoutChannels: shape {x.Shape}; it is [n, channels, …]", nameof(x));
        Require.InRange(p is >= 0 and <= 1, $"DropoutChannels: probability {p}; it runs from 0 to 1", nameof(p));
        if (p == 0) return x;
        return x * Kept(new Shape([.. x.Shape.Sizes[..2], .. Enumerable.Repeat(1L, x.Rank - 2)]), p, rng ?? new Rng());
    }

    /// <summary>What dropout multiplies by: 1 / (1 − p) with probability 1 − p, else 0.</summary>
    internal static Tensor Kept(Shape shape, float p, Rng rng)
    {
        Require.InRange(p is >= 0 and <= 1, $"Dropout: probability {p}; it runs from 0 to 1", nameof(p));
        if (p == 1) return Tensor.Zeros(shape.Sizes);
        Tensor kept = Tensor.Empty(shape);
        rng.Bernoulli(kept.WritableSpan, 1 - (double)p, (float)(1 / (1 - (double)p)));
        return kept;
    }

    static Tensor Filled(Tensor x, Mask mask, float value)
    {
        Tensor y = x.Clone();
        Span<float> into = y.WritableSpan;
        ReadOnlySpan<bool> flags = mask.Span;
        for (int start = 0; start < into.Length && flags.Length > 0; start += flags.Length)
            for (int i = 0; i < flags.Length; i++)
                if (flags[i]) into[start + i] = value;
        return y;
    }
}
