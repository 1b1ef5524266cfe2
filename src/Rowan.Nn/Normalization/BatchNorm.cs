using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>
/// y = (x − μ) / √(σ² + ε)·w + b channel by channel: in training with the batch's mean and biased variance, in evaluation with running
/// ones. (Ioffe and Szegedy 2015.)
/// </summary>
/// <remarks>
/// Each batch moves the running values: r ← (1 − m)·r + m·(the batch's), the variance unbiased. w starts at 1 and b at 0; nothing is
/// drawn.
/// </remarks>
public abstract class BatchNorm : Module<Tensor, Tensor>
{
    readonly float _epsilon;
    readonly float? _momentum;

    private protected BatchNorm(int numFeatures, float epsilon, float? momentum, bool affine, bool trackRunningStats)
    {
        Require.InRange(numFeatures > 0, $"{GetType().Name}: {numFeatures} channels; there is at least one", nameof(numFeatures));
        (NumFeatures, _epsilon, _momentum) = (numFeatures, epsilon, momentum);
        Weight = affine ? new Parameter(Tensor.Ones(numFeatures)) : null;
        Bias = affine ? new Parameter(Tensor.Zeros(numFeatures)) : null;
        if (!trackRunningStats) return;
        RunningMean = new Buffer(Tensor.Zeros(numFeatures));
        RunningVar = new Buffer(Tensor.Ones(numFeatures));
        NumBatchesTracked = Buffer.Counter();
    }

    /// <summary>Channels.</summary>
    public int NumFeatures { get; }

    /// <summary>w [channels], where it is there.</summary>
    public Parameter? Weight { get; }

    /// <summary>b [channels], where it is there.</summary>
    public Parameter? Bias { get; }

    /// <summary>The running mean [channels]; null where none is tracked, and the batch's own serves in evaluation too.</summary>
    public Buffer? RunningMean { get; }

    /// <summary>The running unbiased variance [channels].</summary>
    public Buffer? RunningVar { get; }

    /// <summary>How many batches have moved the running values.</summary>
    public Buffer? NumBatchesTracked { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The input has another rank or other channels, or in training a single value a
    /// channel.</exception>
    public override Tensor Forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Require.That(Takes(input.Rank) && input.Shape[1] == NumFeatures, $"{GetType().Name}: input {input.Shape}; {Expected}",
            nameof(input));
        if (!Training && RunningMean is not null)
            return input.BatchNorm(RunningMean.Value.Memory, RunningVar!.Value.Memory, ofBatch: false, Weight?.Value, Bias?.Value,
                _epsilon);
        long count = input.Count / NumFeatures;
        Require.That(!Training || count > 1,
            $"{GetType().Name}: input {input.Shape} has one value a channel, which has no variance; give a larger batch, or call Eval()",
            nameof(input));
        (float[] mean, float[] variance) = Ops.ChannelStatistics(input);
        if (Training && RunningMean is not null) Track(mean, variance, count);
        return input.BatchNorm(mean, variance, ofBatch: true, Weight?.Value, Bias?.Value, _epsilon);
    }

    private protected abstract bool Takes(int rank);

    private protected abstract string Expected { get; }

    void Track(float[] mean, float[] variance, long count)
    {
        // Without a momentum the running values are plain means over all batches.
        double share = _momentum ?? 1.0 / ++NumBatchesTracked!.Number;
        if (_momentum is not null) NumBatchesTracked!.Number++;
        double unbiased = (double)count / (count - 1);
        Span<float> runningMean = RunningMean!.Value.WritableSpan, runningVar = RunningVar!.Value.WritableSpan;
        for (int c = 0; c < mean.Length; c++)
        {
            runningMean[c] = (float)((1 - share) * runningMean[c] + share * mean[c]);
            runningVar[c] = (float)((1 - share) * runningVar[c] + share * variance[c] * unbiased);
        }
    }
}

/// <summary><inheritdoc cref="BatchNorm"/>  Shapes: [n, channels] or [n, channels, length], kept.</summary>
/// <param name="numFeatures">Channels.</param>
/// <param name="epsilon">ε.</param>
/// <param name="momentum">m: the share of a new batch in the running values; null for their plain mean.</param>
/// <param name="affine">Whether w and b are there.</param>
/// <param name="trackRunningStats">Whether running values are kept.</param>
public sealed class BatchNorm1d(int numFeatures, float epsilon = 1e-5f, float? momentum = 0.1f, bool affine = true,
    bool trackRunningStats = true)
    : BatchNorm(numFeatures, epsilon, momentum, affine, trackRunningStats)
{
    private protected override bool Takes(int rank) => rank is 2 or 3;

    private protected override string Expected => $"it is [n, {NumFeatures}] or [n, {NumFeatures}, length]";
}

/// <summary><inheritdoc cref="BatchNorm"/>  Shapes: [n, channels, height, width], kept.</summary>
/// <param name="numFeatures">Channels.</param>
/// <param name="epsilon">ε.</param>
/// <param name="momentum">m: the share of a new batch in the running values; null for their plain mean.</param>
/// <param name="affine">Whether w and b are there.</param>
/// <param name="trackRunningStats">Whether running values are kept.</param>
public sealed class BatchNorm2d(int numFeatures, float epsilon = 1e-5f, float? momentum = 0.1f, bool affine = true,
    bool trackRunningStats = true)
    : BatchNorm(numFeatures, epsilon, momentum, affine, trackRunningStats)
{
    private protected override bool Takes(int rank) => rank == 4;

    private protected override string Expected => $"it is [n, {NumFeatures}, height, width]";
}
