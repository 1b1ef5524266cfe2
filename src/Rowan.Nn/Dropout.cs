using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>In training y = x / (1 − p) with probability 1 − p, else 0, value by value; in evaluation y = x.  (Srivastava et al. 2014.)</summary>
public sealed class Dropout : Module<Tensor, Tensor>, IRandomModule
{
    Rng _rng;

    /// <param name="p">The share that is dropped.</param>
    /// <param name="rng">Where the choice is drawn from, call by call; null for a generator seeded by the system, different in every run.</param>
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
