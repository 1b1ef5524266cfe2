namespace Rowan.Nn;

/// <summary>
/// What attention adds to its scores: −∞ where a place may not be attended to, or any number. A <see cref="Mask"/>, a matrix of bool
/// (true: may not) and a tensor of numbers convert to it.
/// </summary>
public sealed class AttentionMask
{
    AttentionMask(Tensor scores) => Scores = scores;

    /// <summary>What is added.</summary>
    public Tensor Scores { get; }

    /// <summary>Place i sees places up to i [n, n].</summary>
    public static AttentionMask Causal(int n) => Mask.Causal(n);

    /// <summary>−∞ where true.</summary>
    public static implicit operator AttentionMask(Mask mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        return new(mask.ToAdditive());
    }

    /// <summary>−∞ where true.</summary>
    public static implicit operator AttentionMask(bool[,] mask) => (Mask)mask;

    /// <summary>Added as it is.</summary>
    public static implicit operator AttentionMask(Tensor scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        return new(scores);
    }
}
