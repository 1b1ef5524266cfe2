using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

public static partial class Ops
{
    /// <summary>
    /// y[n, o, i] = b[o] + Σ w[o, c, k]·x[n, c, s·i − p + d·k] over the channels of o's group and the kernel, x being 0 beyond its ends.
    /// Shapes: x [n, in, length], w [out, in / groups, kernel], b [out] → y [n, out, (length + 2p − d·(kernel − 1) − 1) / s + 1].
    /// </summary>
    /// <inheritdoc cref="Conv2d"/>
    public static Tensor Conv1d(this Tensor x, Tensor weight, Tensor? bias, int stride = 1, int padding = 0, int dilation = 1,
        int groups = 1)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(weight);
        Require.That(x.Rank == 3 && weight.Rank == 3,
            $"Conv1d: x {x.Shape} and weight {weight.Shape}; they are [n, in, length] and [out, in / groups, kernel]", nameof(x));
        return x.Unsqueeze(2).Conv2d(weight.Unsqueeze(2), bias, (1, stride), (0, padding), (1, dilation), groups).Squeeze(2);
    }

    /// <summary>
    /// y[n, o, i, j] = b[o] + Σ w[o, c, k, l]·x[n, c, s·i − p + d·k, s·j − p + d·l] over the channels of o's group and the kernel, x
    /// being 0 beyond its edges. Shapes: x [n, in, height, width], w [out, in / groups, kernel height, kernel width], b [out] → y [n,
    /// out, …, …].
    /// </summary>
    /// <param name="x">The input.</param>
    /// <param name="weight">w.</param>
    /// <param name="bias">b; null for 0.</param>
    /// <param name="stride">s: how far the kernel moves.</param>
    /// <param name="padding">p: zeros at either end.</param>
    /// <param name="dilation">d: how far the kernel's values lie apart.</param>
    /// <param name="groups">Parts into which the channels are cut; each output channel sees its own part.</param>
    /// <exception cref="ArgumentException">The sizes do not fit together, or the kernel is larger than the padded input.</exception>
    public static Tensor Conv2d(this Tensor x, Tensor weight, Tensor? bias, (int Height, int Width) stride,
        (int Height, int Width) padding, (int Height, int Width) dilation, int groups = 1)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(weight);
        var plan = new ConvolutionPlan(x.Shape, weight.Shape, stride, padding, dilation, groups);
        Require.That(bias is null || (bias.Rank == 1 && bias.Count == weight.Shape[0]),
            $"Convolution: bias {bias?.Shape} for {weight.Shape[0]} output channels", nameof(bias));
        Tensor y = plan.Forward(x, weight, bias);
        (Tensor, Pull<(ConvolutionPlan plan, Tensor x, Tensor weight)>) dx =
            (x, static (g, kept) => kept.plan.GradientOfInput(g, kept.weight)),
            dw = (weight, static (g, kept) => kept.plan.GradientOfWeight(g, kept.x));
        y = bias is null
            ? Tensor.RecordProduct(y, (plan, x, weight), dx, dw)
            : Tensor.RecordProduct(y, (plan, x, weight), dx, dw, (bias, static (g, _) => g.Sum(3).Sum(2).Sum(0)));
        return Trace.Op(y, "Conv2d", [x, weight, bias],
            [stride.Height, stride.Width, padding.Height, padding.Width, dilation.Height, dilation.Width, groups]);
    }
}
