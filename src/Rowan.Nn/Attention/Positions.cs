using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>
/// y[t] = x[t] + code of place t, with sin(t·ωᵢ) at even and cos(t·ωᵢ) at odd values, ωᵢ = 10,000^(−2i / dim).  Nothing is learned.
/// (Vaswani et al. 2017.)
/// </summary>
public sealed class SinusoidalPositions : Module<Tensor, Tensor>
{
    readonly bool _batchFirst;

    /// <param name="maxLength">Places.</param>
    /// <param name="dim">Values of a place.</param>
    /// <param name="batchFirst">Whether inputs are [n, length, dim] rather than [length, n, dim].</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public SinusoidalPositions(int maxLength, int dim, bool batchFirst = false)
    {
        Require.InRange(maxLength > 0 && dim > 0, $"SinusoidalPositions: {maxLength} places of {dim} values; sizes are positive",
            nameof(maxLength));
        _batchFirst = batchFirst;
        Tensor code = Tensor.Zeros(maxLength, dim);
        for (int t = 0; t < maxLength; t++)
            for (int d = 0; d < dim; d++)
            {
                double angle = t * Math.Pow(10_000, -(d / 2 * 2) / (double)dim);
                code.WritableSpan[t * dim + d] = (float)(d % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle));
            }
        Pe = new Buffer(code);
    }

    /// <summary>The codes [maxLength, dim].</summary>
    public Buffer Pe { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The input is longer than the places, or has another number of values.</exception>
    public override Tensor Forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        int length = Places.Length(input, _batchFirst, Pe.Value.Shape[0], Pe.Value.Shape[1], nameof(SinusoidalPositions));
        return Places.Added(input, Pe.Value.Slice(0, 0, length), _batchFirst);
    }
}

/// <summary>y[t] = x[t] + W[t]: places with vectors that are learned.  (Gehring et al. 2017.)</summary>
public sealed class LearnedPositions : Module<Tensor, Tensor>
{
    readonly bool _batchFirst;

    /// <param name="maxLength">Places.</param>
    /// <param name="dim">Values of a place.</param>
    /// <param name="batchFirst">Whether inputs are [n, length, dim] rather than [length, n, dim].</param>
    /// <param name="rng">Where the vectors are drawn from, N(0, 1); null for a generator seeded by the system, different in every
    /// run.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public LearnedPositions(int maxLength, int dim, bool batchFirst = false, Rng? rng = null)
    {
        Require.InRange(maxLength > 0 && dim > 0, $"LearnedPositions: {maxLength} places of {dim} values; sizes are positive",
            nameof(maxLength));
        (_batchFirst, Weight) = (batchFirst, Init.NormalRows(rng, maxLength, dim, EmbeddingOptions.None));
    }

    /// <summary>The vectors, a row each place.</summary>
    public Table Weight { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The input is longer than the places, or has another number of values.</exception>
    public override Tensor Forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        int length = Places.Length(input, _batchFirst, Weight.Count, Weight.Dim, nameof(LearnedPositions));
        return Places.Added(input, EmbeddingLookup.Forward(Weight, Indices.Arange(length)), _batchFirst);
    }
}

static class Places
{
    public static int Length(Tensor input, bool batchFirst, long places, long dim, string layer)
    {
        Require.That(input.Rank is 2 or 3 && input.Shape[^1] == dim,
            $"{layer}: input {input.Shape}; it is [{(batchFirst ? "n, length" : "length, n")}, {dim}] or [length, {dim}]", nameof(input));
        long length = input.Shape[batchFirst && input.Rank == 3 ? 1 : 0];
        Require.That(length <= places,
            $"{layer}: input {input.Shape} has {length} places, and there are codes for {places}; make the layer longer", nameof(input));
        return (int)length;
    }

    public static Tensor Added(Tensor input, Tensor code, bool batchFirst) =>
        input + (batchFirst || input.Rank == 2 ? code : code.Unsqueeze(1));
}
