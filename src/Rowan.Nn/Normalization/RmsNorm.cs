using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>y = x / √(mean(x²) + ε)·w, the mean over the last dimensions.  (Zhang and Sennrich 2019.)</summary>
/// <remarks>w starts at 1; nothing is drawn. The default ε is the smallest step of a float at 1, as in PyTorch.</remarks>
public sealed class RmsNorm : Module<Tensor, Tensor>
{
    readonly Shape _shape;
    readonly float _epsilon;

    /// <summary>Over the last dimension.</summary>
    public RmsNorm(long normalizedShape, float epsilon = 1.1920929e-7f, bool elementwiseAffine = true)
        : this([normalizedShape], epsilon, elementwiseAffine) { }

    /// <summary>Over the last dimensions, of a given shape.</summary>
    /// <param name="normalizedShape">Their sizes.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="elementwiseAffine">Whether w is there.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public RmsNorm(ReadOnlySpan<long> normalizedShape, float epsilon = 1.1920929e-7f, bool elementwiseAffine = true)
    {
        _shape = new Shape(normalizedShape);
        Require.InRange(_shape.Rank > 0 && _shape.Count > 0, $"RmsNorm: shape {_shape}; sizes are positive", nameof(normalizedShape));
        _epsilon = epsilon;
        Weight = elementwiseAffine ? new Parameter(Tensor.Ones(normalizedShape)) : null;
    }

    /// <summary>w, where it is there.</summary>
    public Parameter? Weight { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The input does not end in the normalized shape.</exception>
    public override Tensor Forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Require.That(_shape.Rank <= input.Rank && input.Shape.Sizes[^_shape.Rank..].SequenceEqual(_shape.Sizes),
            $"RmsNorm: input {input.Shape} does not end in {_shape}", nameof(input));
        int[] dims = [.. Enumerable.Range(-_shape.Rank, _shape.Rank)];
        Tensor normal = input * (input.Square().Mean(dims, keepDim: true) + _epsilon).Rsqrt();
        return Weight is null ? normal : normal * Weight.Value;
    }
}
