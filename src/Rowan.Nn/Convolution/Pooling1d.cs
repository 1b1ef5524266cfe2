namespace Rowan.Nn;

/// <summary>The largest value of each window.  Shapes: […, length] → […, (length + 2p − d·(kernel − 1) − 1) / s + 1].</summary>
/// <param name="kernelSize">Places in the window.</param>
/// <param name="stride">How far it moves; null for its own width.</param>
/// <param name="padding">Places of −∞ at either end, at most half the window.</param>
/// <param name="dilation">How far its places lie apart.</param>
/// <param name="ceilMode">Count a last window that starts within the input, but does not fit, too.</param>
public sealed class MaxPool1d(int kernelSize, int? stride = null, int padding = 0, int dilation = 1, bool ceilMode = false)
    : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => ForwardWithPositions(input).Values;

    /// <summary>The largest values, and where in the input's last dimension each stood.</summary>
    public (Tensor Values, Indices Positions) ForwardWithPositions(Tensor input) =>
        Line.Pooled(input.Unsqueeze(-2).MaxPool2d(new PoolWindow(1), new PoolWindow(kernelSize, stride, padding, dilation, ceilMode)));
}

/// <summary>The mean of each window.  Shapes: […, length] → […, (length + 2p − kernel) / s + 1].</summary>
/// <param name="kernelSize">Places in the window.</param>
/// <param name="stride">How far it moves; null for its own width.</param>
/// <param name="padding">Places of 0 at either end, at most half the window.</param>
/// <param name="ceilMode">Count a last window that starts within the input, but does not fit, too.</param>
/// <param name="countIncludePad">Whether padding counts in the divisor.</param>
public sealed class AvgPool1d(int kernelSize, int? stride = null, int padding = 0, bool ceilMode = false, bool countIncludePad = true)
    : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) =>
        input.Unsqueeze(-2).AveragePool2d(new PoolWindow(1), new PoolWindow(kernelSize, stride, padding, 1, ceilMode), countIncludePad)
            .Squeeze(-2);
}

/// <summary>The mean of each of so many parts.  Shapes: […, length] → […, outputSize].</summary>
/// <param name="outputSize">Parts.</param>
public sealed class AdaptiveAvgPool1d(int outputSize) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => input.Unsqueeze(-2).AdaptiveAveragePool2d(1, outputSize).Squeeze(-2);
}

/// <summary>The largest value of each of so many parts.  Shapes: […, length] → […, outputSize].</summary>
/// <param name="outputSize">Parts.</param>
public sealed class AdaptiveMaxPool1d(int outputSize) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => ForwardWithPositions(input).Values;

    /// <summary>The largest values, and where in the input's last dimension each stood.</summary>
    public (Tensor Values, Indices Positions) ForwardWithPositions(Tensor input) =>
        Line.Pooled(input.Unsqueeze(-2).AdaptiveMaxPool2d(1, outputSize));
}

static class Line
{
    public static (Tensor, Indices) Pooled((Tensor Values, Indices Positions) plane)
    {
        Tensor values = plane.Values.Squeeze(-2);
        return (values, plane.Positions.Reshape(values.Shape.Sizes));
    }
}
