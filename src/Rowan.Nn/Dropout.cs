using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>
/// In training y = x / (1 − p) with probability 1 − p, else 0, value by value; in evaluation y = x. (Srivastava et al. 2014.)
/// </summary>
public sealed class Dropout : Module<Tensor, Tensor>, IRandomModule
{
    Rng _rng;

    /// <param name="p">The share that is dropped.</param>
    /// <param name="rng">Where the choice is drawn from, call by call; null for a generator seeded by the system, different in every
    /// run.</param>
    /// <exception cref="ArgumentOutOfRangeException">p is not a probability.</exception>
    public Dropout(float p = 0.5f, Rng? rng = null)
    {
        Require.InRange(p is >= 0 and <= 1, $"Dropout: probability {p}; it runs from 0 to 1", nameof(p));
        (P, _rng) = (p, rng ?? Init.FromSystem());
    }

    /// <summary>The share that is dropped.</summary>
    public float P { get; }

    /// <summary>Where the choice is drawn from.</summary>
    public Rng Rng
    {
        get => _rng;
        set => _rng = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => Training ? input.Dropout(P, _rng) : input;
}

/// <summary>
/// As <see cref="Nn.Dropout"/>, but whole channels at a time: in training one choice for each of [n, channels].  (Tompson et al. 2015.)
/// Shapes: [n, channels, length], kept.
/// </summary>
/// <param name="p">The share that is dropped.</param>
/// <param name="rng">Where the choice is drawn from, call by call; null for a generator seeded by the system, different in every
/// run.</param>
public sealed class Dropout1d(float p = 0.5f, Rng? rng = null) : ChannelDropout(p, 3, rng);

/// <summary>As <see cref="Dropout1d"/>.  Shapes: [n, channels, height, width], kept.</summary>
/// <param name="p">The share that is dropped.</param>
/// <param name="rng">Where the choice is drawn from, call by call; null for a generator seeded by the system, different in every
/// run.</param>
public sealed class Dropout2d(float p = 0.5f, Rng? rng = null) : ChannelDropout(p, 4, rng);

/// <summary>Dropout of whole channels.</summary>
public abstract class ChannelDropout : Module<Tensor, Tensor>, IRandomModule
{
    Rng _rng;
    readonly int _rank;

    private protected ChannelDropout(float p, int rank, Rng? rng)
    {
        Require.InRange(p is >= 0 and <= 1, $"{GetType().Name}: probability {p}; it runs from 0 to 1", nameof(p));
        (P, _rank, _rng) = (p, rank, rng ?? new Rng());
    }

    /// <summary>The share that is dropped.</summary>
    public float P { get; }

    /// <summary>Where the choice is drawn from.</summary>
    public Rng Rng
    {
        get => _rng;
        set => _rng = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The input has another number of dimensions.</exception>
    public override Tensor Forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Require.That(input.Rank == _rank,
            $"{GetType().Name}: input {input.Shape}; it is [n, channels, {(_rank == 3 ? "length" : "height, width")}]", nameof(input));
        return Training ? input.DropoutChannels(P, _rng) : input;
    }
}
