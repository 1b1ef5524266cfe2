using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>y = x·Wᵀ + b.  Shapes: x […, inputs] → y […, outputs].</summary>
/// <remarks>W [outputs, inputs] and b [outputs] are drawn from U(−1/√inputs, 1/√inputs), W first, as PyTorch draws them.</remarks>
public sealed class Linear : Module<Tensor, Tensor>
{
    /// <param name="inputs">Values in.</param>
    /// <param name="outputs">Values out.</param>
    /// <param name="bias">Whether b is there.</param>
    /// <param name="rng">Where the weights are drawn from; null for a generator seeded by the system, different in every run.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public Linear(int inputs, int outputs, bool bias = true, Rng? rng = null)
    {
        Require.InRange(inputs > 0, $"Linear: {inputs} inputs; there is at least one", nameof(inputs));
        Require.InRange(outputs > 0, $"Linear: {outputs} outputs; there is at least one", nameof(outputs));
        rng ??= Init.FromSystem();
        Weight = Init.FanInUniform(rng, inputs, outputs, inputs);
        Bias = bias ? Init.FanInUniform(rng, inputs, outputs) : null;
    }

    /// <summary>W [outputs, inputs].</summary>
    public Parameter Weight { get; }

    /// <summary>b [outputs], where there is one.</summary>
    public Parameter? Bias { get; }

    /// <summary>y = x·Wᵀ + b.</summary>
    /// <exception cref="ArgumentException">The last size of the input is not the number of inputs.</exception>
    public override Tensor Forward(Tensor input) => Ops.Affine(input, Weight, Bias?.Value);
}
