using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>
/// A kernel that slides over a sequence:  y[n, o, i] = b[o] + Σ W[o, c, k]·x[n, c, s·i − p + d·k].
/// Shapes: x [n, in, length] → y [n, out, (length + 2p − d·(kernel − 1) − 1) / s + 1]; without n alike.
/// </summary>
/// <remarks>
/// W [out, in / groups, kernel] and b [out] are drawn from U(−1/√f, 1/√f), f = in / groups · kernel, W first, as PyTorch draws them.
/// </remarks>
public sealed class Conv1d : Module<Tensor, Tensor>
{
    readonly int _stride, _dilation, _groups;
    readonly (int Before, int After) _padding;

    /// <param name="inChannels">Channels in.</param>
    /// <param name="outChannels">Channels out.</param>
    /// <param name="kernelSize">Places the kernel sees.</param>
    /// <param name="stride">s: how far it moves.</param>
    /// <param name="padding">p: zeros at either end; "same" for as many as keep the length, "valid" for none.</param>
    /// <param name="dilation">d: how far its places lie apart.</param>
    /// <param name="groups">Parts into which the channels are cut; each output channel sees its own part.</param>
    /// <param name="bias">Whether b is there.</param>
    /// <param name="rng">Where the weights are drawn from; null for a generator seeded by the system, different in every run.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or a channel number is no multiple of the groups.</exception>
    public Conv1d(int inChannels, int outChannels, int kernelSize, int stride = 1, ConvPadding padding = default, int dilation = 1,
        int groups = 1, bool bias = true, Rng? rng = null)
    {
        _padding = padding.For("Conv1d", kernelSize, stride, dilation);
        ConvolutionSettings.Check("Conv1d", inChannels, outChannels, groups, (kernelSize, kernelSize), (stride, stride), _padding,
            (dilation, dilation));
        (_stride, _dilation, _groups) = (stride, dilation, groups);
        rng ??= Init.FromSystem();
        long fanIn = (long)inChannels / groups * kernelSize;
        Weight = Init.FanInUniform(rng, fanIn, outChannels, inChannels / groups, kernelSize);
        Bias = bias ? Init.FanInUniform(rng, fanIn, outChannels) : null;
    }

    /// <summary>W [out, in / groups, kernel].</summary>
    public Parameter Weight { get; }

    /// <summary>b [out], where there is one.</summary>
    public Parameter? Bias { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The input is not [n, in, length] or [in, length], or shorter than the kernel.</exception>
    public override Tensor Forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Require.That(input.Rank is 2 or 3 && input.Shape[^2] == Weight.Shape[1] * _groups,
            $"Conv1d: input {input.Shape}; it is [n, {Weight.Shape[1] * _groups}, length], or that without n", nameof(input));
        Tensor x = input.Rank == 2 ? input.Unsqueeze(0) : input;
        // Where one end gets more than the other, the difference is put in beforehand.
        if (_padding.After > _padding.Before) x = x.Pad(0, _padding.After - _padding.Before);
        Tensor y = x.Conv1d(Weight, Bias?.Value, _stride, _padding.Before, _dilation, _groups);
        return input.Rank == 2 ? y.Squeeze(0) : y;
    }
}

static class ConvolutionSettings
{
    public static void Check(string layer, int inChannels, int outChannels, int groups, (int Height, int Width) kernel,
        (int Height, int Width) stride,
        (int Height, int Width) padding, (int Height, int Width) dilation)
    {
        Require.InRange(groups > 0, $"{layer}: {groups} groups; there is at least one", nameof(groups));
        Require.InRange(inChannels > 0 && inChannels % groups == 0,
            $"{layer}: {inChannels} input channels in {groups} groups; they are a positive multiple", nameof(inChannels));
        Require.InRange(outChannels > 0 && outChannels % groups == 0,
            $"{layer}: {outChannels} output channels in {groups} groups; they are a positive multiple", nameof(outChannels));
        Require.InRange(kernel.Height > 0 && kernel.Width > 0,
            $"{layer}: a kernel of {kernel.Height} × {kernel.Width}; sizes are positive", nameof(kernel));
        Require.InRange(stride.Height > 0 && stride.Width > 0, $"{layer}: stride {stride.Height} × {stride.Width}; it is positive",
            nameof(stride));
        Require.InRange(padding.Height >= 0 && padding.Width >= 0,
            $"{layer}: padding {padding.Height} × {padding.Width}; it is not negative", nameof(padding));
        Require.InRange(dilation.Height > 0 && dilation.Width > 0,
            $"{layer}: dilation {dilation.Height} × {dilation.Width}; it is positive", nameof(dilation));
    }
}
