using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>y = (x − μ) / √(σ² + ε)·w + b, mean and biased variance over the last dimensions.  (Ba, Kiros, Hinton 2016.)</summary>
/// <remarks>w starts at 1 and b at 0; nothing is drawn.</remarks>
public sealed class LayerNorm : Module<Tensor, Tensor>
{
    readonly Shape _shape;
    readonly float _epsilon;

    /// <summary>Over the last dimension.</summary>
    public LayerNorm(long normalizedShape, float epsilon = 1e-5f, bool elementwiseAffine = true, bool bias = true)
        : this([normalizedShape], epsilon, elementwiseAffine, bias) { }

    /// <summary>Over the last dimensions, of a given shape.</summary>
    /// <param name="normalizedShape">Their sizes.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="elementwiseAffine">Whether w and b are there.</param>
    /// <param name="bias">Whether b is there.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public LayerNorm(ReadOnlySpan<long> normalizedShape, float epsilon = 1e-5f, bool elementwiseAffine = true, bool bias = true)
    {
        _shape = new Shape(normalizedShape);
        Require.InRange(_shape.Rank > 0 && _shape.Count > 0, $"LayerNorm: shape {_shape}; sizes are positive", nameof(normalizedShape));
        _epsilon = epsilon;
        Weight = elementwiseAffine ? new Parameter(Tensor.Ones(normalizedShape)) : null;
        Bias = elementwiseAffine && bias ? new Parameter(Tensor.Zeros(normalizedShape)) : null;
    }

    /// <summary>w, where it is there.</summary>
    public Parameter? Weight { get; }

    /// <summary>b, where it is there.</summary>
    public Parameter? Bias { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The input does not end in the normalized shape.</exception>
    public override Tensor Forward(Tensor input) => input.LayerNorm(_shape, Weight?.Value, Bias?.Value, _epsilon);
}
