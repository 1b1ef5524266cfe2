namespace Rowan.Training;

/// <summary>Progress of training, for the screen and the log.</summary>
/// <param name="Phase">What is being done: "reading", "training" …</param>
/// <param name="Done">Units done in this phase.</param>
/// <param name="Total">Units in all; 0 where that is not known.</param>
/// <param name="Loss">The recent loss (an exponential moving average), if there is one.</param>
/// <param name="Elapsed">Time since the phase began.</param>
public sealed record TrainingProgress(string Phase, long Done, long Total, double? Loss, TimeSpan Elapsed)
{
    /// <summary>Steps done, in training.</summary>
    public long Step { get; init; }

    /// <summary>The current epoch, from 1; 0 outside training.</summary>
    public int Epoch { get; init; }

    /// <summary>Epochs in all.</summary>
    public int Epochs { get; init; }

    /// <summary>The schedule's factor on the learning rate.</summary>
    public double? Rate { get; init; }

    /// <summary>The learning rate of the optimizer.</summary>
    public double? LearningRate { get; init; }

    /// <summary>The metrics of a check, in the report that follows it; otherwise none.</summary>
    public IReadOnlyList<Metric> Check { get; init; } = [];

    /// <summary>Whether that check is the best so far.</summary>
    public bool IsBest { get; init; }

    /// <summary>The share of table rows that ever received a gradient, if counted.</summary>
    public double? Touched { get; init; }

    /// <summary>Recent rate in units per second; null for the mean since the phase began.</summary>
    public double? PerSecondOfLate { get; init; }

    /// <summary>Units per second since the phase began.</summary>
    public double PerSecond => Elapsed > TimeSpan.Zero ? Done / Elapsed.TotalSeconds : 0;

    /// <summary>How long the rest takes at this pace; null before anything is known.</summary>
    public TimeSpan? Remaining => Done > 0 && Total >= Done ? Elapsed * ((Total - Done) / (double)Done) : null;
}
