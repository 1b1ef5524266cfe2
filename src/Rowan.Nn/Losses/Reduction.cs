
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
}

/// <summary>Losses, as PyTorch defines them: how far predictions are from what was wanted.</summary>
public static partial class Losses
{
    static Tensor Reduce(Tensor losses, Reduction reduction) => reduction switch
    {
        Reduction.Mean => losses.Mean(),
        Reduction.Sum => losses.Sum(),
        _ => losses,
    };
}
