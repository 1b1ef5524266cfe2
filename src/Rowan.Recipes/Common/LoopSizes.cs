using System.Numerics;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>Sizes of the training loop. Null: chosen from the number of examples.</summary>
public sealed record LoopSizes
{
    /// <summary>Examples in a step.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Number of epochs.</summary>
    public int? Epochs { get; init; }

    /// <summary>Steps before which early stopping does not end training.</summary>
    public long? MinSteps { get; init; }

    /// <summary>The same sizes with a number in place of every null.</summary>
    /// <param name="examples">Examples to train on.</param>
    /// <param name="rule">How sizes follow them.</param>
    internal LoopSizes For(long examples, LoopRule rule)
    {
        int batch = BatchSize ?? rule.BatchFor(examples);
        long stepsPerEpoch = Math.Max(1, (examples + batch - 1) / batch);
        int epochs = Epochs ?? (int)Math.Clamp((rule.Steps + stepsPerEpoch - 1) / stepsPerEpoch, rule.Epochs,
            Math.Max(rule.Epochs, LoopRule.MostEpochs));
        return new() { BatchSize = batch, Epochs = epochs, MinSteps = MinSteps ?? Math.Min(rule.MinSteps, epochs * stepsPerEpoch / 2) };
    }

    /// <summary>Settings of the loop with these sizes, which must be known.</summary>
    internal TrainerSettings In(TrainerSettings loop)
    {
        Require.State(BatchSize is not null && Epochs is not null && MinSteps is not null,
            $"the sizes of the training loop are not chosen yet");
        return loop with { BatchSize = BatchSize.Value, Epochs = Epochs.Value, MinSteps = MinSteps.Value };
    }
}

/// <summary>How the sizes of a training loop follow the number of examples n.</summary>
/// <param name="Batch">The largest batch up to a million examples or so.</param>
/// <param name="Epochs">The fewest epochs.</param>
/// <param name="Steps">The fewest steps in all, which small data reaches by more epochs, up to <see cref="MostEpochs"/>.</param>
/// <param name="MinSteps">Steps before which early stopping does not end training; at most half of all.</param>
/// <param name="LeastStepsPerEpoch">The fewest steps of an epoch, which small data reaches by smaller batches.</param>
sealed record LoopRule(int Batch, int Epochs, long Steps, long MinSteps, int LeastStepsPerEpoch = 32)
{
    /// <summary>The most epochs that small data is given.</summary>
    public const int MostEpochs = 200;

    const int SmallestBatch = 16, LargestBatch = 4_096, MostStepsPerEpoch = 16_384;

    /// <summary>
    /// A power of two: at least so many steps an epoch where there are examples enough, and from many examples on about 16,000.
    /// </summary>
    public int BatchFor(long examples)
    {
        long small = Power(examples / LeastStepsPerEpoch), large = Power(examples / MostStepsPerEpoch);
        return (int)Math.Clamp(Math.Max(Math.Min(small, Batch), large), SmallestBatch, LargestBatch);
    }

    /// <summary>The largest power of two that is at most x; 1 for less.</summary>
    static long Power(long x) => x < 1 ? 1 : 1L << BitOperations.Log2((ulong)x);
}
