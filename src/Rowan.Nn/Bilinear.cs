using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>y[o] = b[o] + Σᵢⱼ x₁[i]·W[o, i, j]·x₂[j].  Shapes: x₁ […, inputs1], x₂ […, inputs2] → y […, outputs].</summary>
/// <remarks>
/// W [outputs, inputs1, inputs2] and b [outputs] are drawn from U(−1/√inputs1, 1/√inputs1), W first, as PyTorch draws them.
/// </remarks>
public sealed class Bilinear : Module
{
    /// <param name="inputs1">Values of the first input.</param>
    /// <param name="inputs2">Values of the second input.</param>
    /// <param name="outputs">Values out.</param>
    /// <param name="bias">Whether b is there.</param>
    /// <param name="rng">Where the weights are drawn from; null for a generator seeded by the system, different in every run.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public Bilinear(int inputs1, int inputs2, int outputs, bool bias = true, Rng? rng = null)
    {
        Require.InRange(inputs1 > 0, $"Bilinear: {inputs1} first inputs; there is at least one", nameof(inputs1));
        Require.InRange(inputs2 > 0, $"Bilinear: {inputs2} second inputs; there is at least one", nameof(inputs2));
        Require.InRange(outputs > 0, $"Bilinear: {outputs} outputs; there is at least one", nameof(outputs));
        rng ??= Init.FromSystem();
        Weight = Init.FanInUniform(rng, inputs1, outputs, inputs1, inputs2);
        Bias = bias ? Init.FanInUniform(rng, inputs1, outputs) : null;
    }

    /// <summary>W [outputs, inputs1, inputs2].</summary>
    public Parameter Weight { get; }

    /// <summary>b [outputs], where there is one.</summary>
    public Parameter? Bias { get; }

    /// <summary>y[o] = b[o] + Σᵢⱼ x₁[i]·W[o, i, j]·x₂[j].</summary>
    /// <exception cref="ArgumentException">The inputs' last sizes are not the layer's, or their leading sizes differ.</exception>
    public Tensor Forward(Tensor x1, Tensor x2)
    {
        ArgumentNullException.ThrowIfNull(x1);
        ArgumentNullException.ThrowIfNull(x2);
        (long outputs, long inputs1, long inputs2) = (Weight.Shape[0], Weight.Shape[1], Weight.Shape[2]);
        Require.That(x1.Rank >= 1 && x1.Rank == x2.Rank && x1.Shape[^1] == inputs1 && x2.Shape[^1] == inputs2
            && x1.Shape.Sizes[..^1].SequenceEqual(x2.Shape.Sizes[..^1]),
            $"Bilinear: inputs {x1.Shape} and {x2.Shape}; they end in {inputs1} and {inputs2}, and are equal before that", nameof(x1));
        long rows = x1.Count / inputs1;
        // x₁·W first, for all outputs at once: [rows, inputs1] × [inputs1, outputs·inputs2].
        Tensor half = x1.Reshape(rows, inputs1).MatMul(Weight.Value.Transpose(0, 1).Reshape(inputs1, outputs * inputs2))
            .Reshape(rows, outputs, inputs2);
        Tensor y = (half * x2.Reshape(rows, 1, inputs2)).Sum(-1).Reshape([.. x1.Shape.Sizes[..^1], outputs]);
        return Bias is null ? y : y + Bias.Value;
    }
}
