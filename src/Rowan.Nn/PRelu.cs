using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>
/// y = x where x &gt; 0, else w·x, w learned: one for all, or one for each channel of [n, channels, …].  (He et al. 2015.)
/// </summary>
public sealed class PRelu : Module<Tensor, Tensor>
{
    /// <param name="numParameters">Values of w: 1, or the number of channels.</param>
    /// <param name="init">What w starts at.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive.</exception>
    public PRelu(int numParameters = 1, float init = 0.25f)
    {
        Require.InRange(numParameters > 0, $"PRelu: {numParameters} parameters; there is one, or one for each channel",
            nameof(numParameters));
        Weight = new Parameter(Tensor.Full(init, numParameters));
    }

    /// <summary>w [numParameters].</summary>
    public Parameter Weight { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The input has another number of channels.</exception>
    public override Tensor Forward(Tensor input) => input.PRelu(Weight);
}
