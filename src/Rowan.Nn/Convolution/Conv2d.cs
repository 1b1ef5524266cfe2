using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>Height and width; a single number stands for both.</summary>
/// <param name="Height">Along the height.</param>
/// <param name="Width">Along the width.</param>
public readonly record struct Size2d(int Height, int Width)
{
    /// <summary>The same for both.</summary>
    public static implicit operator Size2d(int both) => new(both, both);

    /// <summary>Height and width.</summary>
    public static implicit operator Size2d((int Height, int Width) size) => new(size.Height, size.Width);
}

/// <summary>
/// A kernel that slides over an image:  y[n, o, i, j] = b[o] + Σ W[o, c, k, l]·x[n, c, s·i − p + d·k, s·j − p + d·l].
/// Shapes: x [n, in, height, width] → y [n, out, …, …]; without n alike.
/// </summary>
/// <remarks>
/// W and b are drawn from U(−1/√f, 1/√f), f = in / groups · kernel height · kernel width, W first, as PyTorch draws them.
/// </remarks>
public sealed class Conv2d : Module<Tensor, Tensor>
{
    readonly Size2d _stride, _dilation;
    readonly (int Before, int After) _paddingHeight, _paddingWidth;
    readonly int _groups;

    /// <param name="inChannels">Channels in.</param>
    /// <param name="outChannels">Channels out.</param>
    /// <param name="kernelSize">Places the kernel sees.</param>
    /// <param name="stride">s: how far it moves; null for 1.</param>
    /// <param name="padding">p: zeros at either end; "same" for as many as keep the size, "valid" for none.</param>
    /// <param name="dilation">d: how far its places lie apart; null for 1.</param>
    /// <param name="groups">Parts into which the channels are cut; each output channel sees its own part.</param>
    /// <param name="bias">Whether b is there.</param>
    /// <param name="rng">Where the weights are drawn from; null for a generator seeded by the system, different in every run.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or a channel number is no multiple of the groups.</exception>
    public Conv2d(int inChannels, int outChannels, Size2d kernelSize, Size2d? stride = null, ConvPadding2d padding = default,
        Size2d? dilation = null,
        int groups = 1, bool bias = true, Rng? rng = null)
    {
        (_stride, _dilation, _groups) = (stride ?? 1, dilation ?? 1, groups);
        (_paddingHeight, _paddingWidth) = padding.For("Conv2d", kernelSize, _stride, _dilation);
        ConvolutionSettings.Check("Conv2d", inChannels, outChannels, groups, (kernelSize.Height, kernelSize.Width),
            (_stride.Height, _stride.Width),
            (_paddingHeight.Before, _paddingWidth.Before), (_dilation.Height, _dilation.Width));
        rng ??= Init.FromSystem();
        long fanIn = (long)inChannels / groups * kernelSize.Height * kernelSize.Width;
        Weight = Init.FanInUniform(rng, fanIn, outChannels, inChannels / groups, kernelSize.Height, kernelSize.Width);
        Bias = bias ? Init.FanInUniform(rng, fanIn, outChannels) : null;
    }

    /// <summary>W [out, in / groups, kernel height, kernel width].</summary>
    public Parameter Weight { get; }

    /// <summary>b [out], where there is one.</summary>
    public Parameter? Bias { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The input is not [n, in, height, width] or [in, height, width], or smaller than the
    /// kernel.</exception>
    public override Tensor Forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Require.That(input.Rank is 3 or 4 && input.Shape[^3] == Weight.Shape[1] * _groups,
            $"Conv2d: input {input.Shape}; it is [n, {Weight.Shape[1] * _groups}, height, width], or that without n", nameof(input));
        Tensor x = input.Rank == 3 ? input.Unsqueeze(0) : input;
        // Where one end gets more than the other, the difference is put in beforehand.
        (int more, int wider) = (_paddingHeight.After - _paddingHeight.Before, _paddingWidth.After - _paddingWidth.Before);
        if (more > 0 || wider > 0) x = x.Pad(0, wider, 0, more);
        Tensor y = x.Conv2d(Weight, Bias?.Value, (_stride.Height, _stride.Width), (_paddingHeight.Before, _paddingWidth.Before),
            (_dilation.Height, _dilation.Width), _groups);
        return input.Rank == 3 ? y.Squeeze(0) : y;
    }
}
