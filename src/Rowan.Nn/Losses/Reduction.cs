using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

/// <summary>How the losses of a batch become one number.</summary>
public enum Reduction
{
    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>Left as they are.</summary>
    None,

    /// <summary>
    /// Their sum over the first size: a mean over examples of sums over values. What the Kullback–Leibler divergence means by a mean.
    /// </summary>
    BatchMean,
}

/// <summary>Losses, as PyTorch defines them: how far predictions are from what was wanted.</summary>
public static partial class Losses
{
    const long ElementGrain = 8_192;

    static Tensor Reduce(Tensor losses, Reduction reduction) => reduction switch
    {
        Reduction.Mean => losses.Mean(),
        Reduction.Sum => losses.Sum(),
        Reduction.BatchMean => losses.Sum() / (losses.Rank == 0 ? 1 : losses.Shape[0]),
        _ => losses,
    };

    /// <summary>A loss each, of predictions and targets of one shape.</summary>
    static Tensor Each<TLoss>(Tensor x, Tensor y) where TLoss : struct, ILoss
    {
        Tensor losses = Tensor.Empty(x.Shape.Sizes);
        Workers.For(losses.Count, ElementGrain, new Forward<TLoss>(x, y, losses));
        return Tensor.Record(losses, (x, y),
            (x, static (g, kept) => Slope<TLoss>(false, g, kept.x, kept.y)),
            (y, static (g, kept) => Slope<TLoss>(true, g, kept.x, kept.y)));
    }

    static Tensor Slope<TLoss>(bool toTargets, Tensor g, Tensor x, Tensor y) where TLoss : struct, ILoss
    {
        Tensor into = Tensor.Empty(x.Shape.Sizes);
        Workers.For(into.Count, ElementGrain, new Backward<TLoss>(toTargets, g, x, y, into));
        return into;
    }

    readonly struct Forward<TLoss>(Tensor x, Tensor y, Tensor losses) : IRangeBody where TLoss : struct, ILoss
    {
        public void Run(long from, long to)
        {
            int start = (int)from, length = (int)(to - from);
            Lanes.Zip<TLoss>(x.Span.Slice(start, length), y.Span.Slice(start, length), losses.WritableMemory.Span.Slice(start, length));
        }
    }

    readonly struct Backward<TLoss>(bool toTargets, Tensor g, Tensor x, Tensor y, Tensor into) : IRangeBody where TLoss : struct, ILoss
    {
        public void Run(long from, long to)
        {
            int start = (int)from, length = (int)(to - from);
            Lanes.LossBackward<TLoss>(toTargets, g.Span.Slice(start, length), x.Span.Slice(start, length), y.Span.Slice(start, length),
                into.WritableMemory.Span.Slice(start, length));
        }
    }

    static void SameShape(Tensor x, Tensor y, string operation, string first = "predictions", string second = "targets")
    {
        ArgumentNullException.ThrowIfNull(x, first);
        ArgumentNullException.ThrowIfNull(y, second);
        Require.That(x.Shape == y.Shape, $"{operation}: {first} {x.Shape} and {second} {y.Shape} differ in shape; give both the same",
            second);
    }

    /// <summary>Signs that say which of two things is wanted: each 1 or −1.</summary>
    static void Signs(Tensor y, string operation)
    {
        for (int i = 0; i < y.Count; i++)
            Require.InRange(y.Span[i] is 1 or -1, $"{operation}: target {y.Span[i]} at [{i}]; targets are 1 or −1", "targets");
    }
}
