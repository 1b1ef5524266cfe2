namespace Rowan.Training;

/// <summary>How far a job is: what a screen draws and a log keeps.</summary>
/// <param name="Phase">What is being done: "reading", "training" …</param>
/// <param name="Done">Units done in this phase.</param>
/// <param name="Total">Units in all; 0 where that is not known.</param>
/// <param name="Loss">The loss of late, where there is one.</param>
/// <param name="Elapsed">Time since the phase began.</param>
public sealed record TrainingProgress(string Phase, long Done, long Total, double? Loss, TimeSpan Elapsed)
{
    /// <summary>Units a second since the phase began.</summary>
    public double PerSecond => Elapsed > TimeSpan.Zero ? Done / Elapsed.TotalSeconds : 0;

    /// <summary>How long the rest takes at this pace; null before anything is known.</summary>
    public TimeSpan? Remaining => Done > 0 && Total >= Done ? Elapsed * ((Total - Done) / (double)Done) : null;
}
