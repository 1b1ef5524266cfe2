using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>What the search job may be told; the defaults were chosen by measuring on questions other than those it reports.</summary>
public sealed record SearchSettings
{
    /// <summary>Values a vector.</summary>
    public int Dim { get; init; } = 128;

    /// <summary>Times each member is trained on.</summary>
    public int Epochs { get; init; } = 12;

    /// <summary>Members in a batch: each is the wrong answer to the questions of all others.</summary>
    public int BatchSize { get; init; } = 512;

    /// <summary>Adam's step size at the start; it falls in a straight line to a twentieth.</summary>
    public float LearningRate { get; init; } = 0.01f;

    /// <summary>How fast the members' own rows learn beside the words: slower, so that what words tell is learned by the words.</summary>
    public float MemberRate { get; init; } = 0.05f;

    /// <summary>What a cosine is multiplied by before softmax: one over the temperature.</summary>
    public float Scale { get; init; } = 12;

    /// <summary>Members of the same type put side by side in a batch: wrong answers that are hard to tell from the right one.</summary>
    public int Siblings { get; init; } = 4;

    /// <summary>Occurrences from which a word has a row of its own.</summary>
    public int MinCount { get; init; } = 3;

    /// <summary>Rows that the n-grams of all other words share.</summary>
    public long Buckets { get; init; } = 32_768;

    /// <summary>Questions held out of training and asked at the end.</summary>
    public int HeldOut { get; init; } = 2_000;

    /// <summary>Settles every random choice.</summary>
    public ulong Seed { get; init; }

    /// <summary>Throws where a setting makes no sense.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its bounds.</exception>
    public void Check()
    {
        Require.InRange(Dim is >= 1 and <= 4_096, $"search: dim {Dim}; it runs from 1 to 4096", nameof(Dim));
        Require.InRange(Epochs >= 1, $"search: {Epochs} epochs; there is at least one", nameof(Epochs));
        Require.InRange(BatchSize >= 2, $"search: batches of {BatchSize}; a member needs at least one other to be told from", nameof(BatchSize));
        Require.InRange(LearningRate > 0 && float.IsFinite(LearningRate), $"search: learning rate {LearningRate}; it is positive", nameof(LearningRate));
        Require.InRange(MemberRate >= 0 && float.IsFinite(MemberRate), $"search: member rate {MemberRate}; it is not negative", nameof(MemberRate));
        Require.InRange(Scale > 0 && float.IsFinite(Scale), $"search: scale {Scale}; it is positive", nameof(Scale));
        Require.InRange(Siblings >= 1, $"search: {Siblings} siblings; 1 puts no siblings together", nameof(Siblings));
        Require.InRange(MinCount >= 1, $"search: minimum count {MinCount}; it is at least 1", nameof(MinCount));
        Require.InRange(Buckets >= 1, $"search: {Buckets} buckets; there is at least one", nameof(Buckets));
        Require.InRange(HeldOut >= 0, $"search: {HeldOut} questions held out; the number is not negative", nameof(HeldOut));
    }
}
