using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>
/// An output layer that scores every row of an embedding: y = x·Wᵀ + b with the embedding's own W. Shapes: x […, dim] → y […, rows].
/// </summary>
/// <remarks>Both layers learn the one table (Press and Wolf 2017). Every row is scored, so every row has a gradient.
/// Any number of threads may call it while another trains: the table's deferred updates are applied, and steps wait until the product is
/// done.</remarks>
public sealed class TiedLinear : Module<Tensor, Tensor>
{
    /// <param name="weight">The embedding's table.</param>
    /// <param name="bias">Whether a bias [rows], zero at first, is there.</param>
    public TiedLinear(Table weight, bool bias = false)
    {
        ArgumentNullException.ThrowIfNull(weight);
        Weight = weight;
        Bias = bias ? new Parameter(Tensor.Zeros(weight.Count)) : null;
    }

    /// <summary>W [rows, dim], shared with the embedding.</summary>
    public Table Weight { get; }

    /// <summary>b [rows], where there is one.</summary>
    public Parameter? Bias { get; }

    /// <summary>y = x·Wᵀ + b.</summary>
    /// <exception cref="ArgumentException">The last size of the input is not the table's dim.</exception>
    public override Tensor Forward(Tensor input)
    {
        using TableReadLock whole = Weight.LockForReading();
        return Ops.Affine(input, Weight.AsTensor(), Bias?.Value);
    }
}
