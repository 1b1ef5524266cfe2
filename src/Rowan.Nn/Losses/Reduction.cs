using Rowan.Numerics;

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

    /// <summary>Their sum over the first size: a mean over examples of sums over values. What the Kullback–Leibler divergence means by a mean.</summary>
    BatchMean,
}

/// <summary>Losses, as PyTorch defines them: how far predictions are from what was wanted.</summary>
public static partial class Losses
{
    static Tensor Reduce(Tensor losses, Reduction reduction) => reduction switch
    {
        Reduction.Mean => losses.Mean(),
        Reduction.Sum => losses.Sum(),
        Reduction.BatchMean => losses.Sum() / (losses.Rank == 0 ? 1 : losses.Shape[0]),
        _ => losses,
    };

    static void SameShape(Tensor x, Tensor y, string operation, string first = "predictions", string second = "targets")
    {
        ArgumentNullException.ThrowIfNull(x, first);
        ArgumentNullException.ThrowIfNull(y, second);
        Require.That(x.Shape == y.Shape, $"{operation}: {first} {x.Shape} and {second} {y.Shape} differ in shape; give both the same", second);
    }

    /// <summary>Signs that say which of two things is wanted: each 1 or −1.</summary>
    static void Signs(Tensor y, string operation)
    {
        for (int i = 0; i < y.Count; i++)
            Require.InRange(y.Span[i] is 1 or -1, $"{operation}: target {y.Span[i]} at [{i}]; targets are 1 or −1", "targets");
    }
}
