using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>
/// y = (x − μ) / √(σ² + ε)·w + b, mean and biased variance over groups of channels of each example, w and b by channel.  (Wu and He
/// 2018.)
/// </summary>
/// <remarks>Shapes: [n, channels, …], kept. w starts at 1 and b at 0; nothing is drawn.</remarks>
public sealed class GroupNorm : Module<Tensor, Tensor>
{
    readonly float _epsilon;

    /// <param name="numGroups">Groups into which the channels are cut.</param>
    /// <param name="numChannels">Channels.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="affine">Whether w and b are there.</param>
    /// <exception cref="ArgumentOutOfRangeException">The channels are no positive multiple of the groups.</exception>
    public GroupNorm(int numGroups, int numChannels, float epsilon = 1e-5f, bool affine = true)
    {
        Require.InRange(numGroups > 0 && numChannels > 0 && numChannels % numGroups == 0,
            $"GroupNorm: {numChannels} channels in {numGroups} groups; they are a positive multiple", nameof(numGroups));
        (NumGroups, NumChannels, _epsilon) = (numGroups, numChannels, epsilon);
        Weight = affine ? new Parameter(Tensor.Ones(numChannels)) : null;
        Bias = affine ? new Parameter(Tensor.Zeros(numChannels)) : null;
    }

    /// <summary>Groups.</summary>
    public int NumGroups { get; }

    /// <summary>Channels.</summary>
    public int NumChannels { get; }

    /// <summary>w [channels], where it is there.</summary>
    public Parameter? Weight { get; }

    /// <summary>b [channels], where it is there.</summary>
    public Parameter? Bias { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The input is not [n, channels, …].</exception>
    public override Tensor Forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Require.That(input.Rank >= 2 && input.Shape[1] == NumChannels, $"GroupNorm: input {input.Shape}; it is [n, {NumChannels}, …]",
            nameof(input));
        if (input.Count == 0) return input;
        Tensor groups = input.Reshape(input.Shape[0], NumGroups, -1);
        Tensor normal = groups.LayerNorm(new Shape(groups.Shape[2]), null, null, _epsilon).Reshape(input.Shape.Sizes);
        if (Weight is null || Bias is null) return normal;
        long[] byChannel = [NumChannels, .. Enumerable.Repeat(1L, input.Rank - 2)];
        return normal * Weight.Value.Reshape(byChannel) + Bias.Value.Reshape(byChannel);
    }
}
