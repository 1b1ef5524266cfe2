namespace Rowan.Nn;

/// <summary>The largest value of each window.  Shapes: […, height, width] → […, out height, out width].</summary>
/// <param name="kernelSize">Places in the window.</param>
/// <param name="stride">How far it moves; null for its own size.</param>
/// <param name="padding">Places of −∞ at either end, at most half the window.</param>
/// <param name="dilation">How far its places lie apart; null for 1.</param>
/// <param name="ceilMode">Count a last window that starts within the input, but does not fit, too.</param>
public sealed class MaxPool2d(Size2d kernelSize, Size2d? stride = null, Size2d padding = default, Size2d? dilation = null,
    bool ceilMode = false) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => ForwardWithPositions(input).Values;

    /// <summary>The largest values, and the flat position of each within its [height, width].</summary>
    public (Tensor Values, Indices Positions) ForwardWithPositions(Tensor input) => input.MaxPool2d(
        new PoolWindow(kernelSize.Height, stride?.Height, padding.Height, dilation?.Height ?? 1, ceilMode),
        new PoolWindow(kernelSize.Width, stride?.Width, padding.Width, dilation?.Width ?? 1, ceilMode));
}

/// <summary>The mean of each window.  Shapes: […, height, width] → […, out height, out width].</summary>
/// <param name="kernelSize">Places in the window.</param>
/// <param name="stride">How far it moves; null for its own size.</param>
/// <param name="padding">Places of 0 at either end, at most half the window.</param>
/// <param name="ceilMode">Count a last window that starts within the input, but does not fit, too.</param>
/// <param name="countIncludePad">Whether padding counts in the divisor.</param>
/// <param name="divisorOverride">A divisor instead of the number of places; null for none.</param>
public sealed class AvgPool2d(Size2d kernelSize, Size2d? stride = null, Size2d padding = default, bool ceilMode = false,
    bool countIncludePad = true, int? divisorOverride = null) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => input.AveragePool2d(
        new PoolWindow(kernelSize.Height, stride?.Height, padding.Height, 1, ceilMode),
        new PoolWindow(kernelSize.Width, stride?.Width, padding.Width, 1, ceilMode), countIncludePad, divisorOverride);
}

/// <summary>The mean of each of so many parts.  Shapes: […, height, width] → […, output height, output width].</summary>
/// <param name="outputSize">Parts of the height and of the width.</param>
public sealed class AdaptiveAvgPool2d(Size2d outputSize) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => input.AdaptiveAveragePool2d(outputSize.Height, outputSize.Width);
}

/// <summary>The largest value of each of so many parts.  Shapes: […, height, width] → […, output height, output width].</summary>
/// <param name="outputSize">Parts of the height and of the width.</param>
public sealed class AdaptiveMaxPool2d(Size2d outputSize) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => ForwardWithPositions(input).Values;

    /// <summary>The largest values, and the flat position of each within its [height, width].</summary>
    public (Tensor Values, Indices Positions) ForwardWithPositions(Tensor input) =>
        input.AdaptiveMaxPool2d(outputSize.Height, outputSize.Width);
}
