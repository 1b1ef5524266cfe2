using Rowan.Numerics;

namespace Rowan.Training;

/// <summary>The learning rate schedule.</summary>
public enum RateSchedule
{
    /// <summary>Constant: 1.</summary>
    Constant,

    /// <summary>Linear decay from 1 to 0.</summary>
    Linear,

    /// <summary>Cosine decay: (1 + cos π·t) / 2 for t from 0 to 1.</summary>
    Cosine,
}

/// <summary>Settings of the training loop.</summary>
public sealed record TrainerSettings
{
    /// <summary>Number of epochs.</summary>
    public int Epochs { get; init; } = 10;

    /// <summary>Number of steps, instead of epochs; null for epochs.</summary>
    public long? Steps { get; init; }

    /// <summary>Batch size.</summary>
    public int BatchSize { get; init; } = 256;

    /// <summary>Random seed.</summary>
    public ulong Seed { get; init; }

    /// <summary>The learning rate schedule.</summary>
    public RateSchedule Schedule { get; init; }

    /// <summary>Linear warm-up from 0, as a share of all steps.</summary>
    public float Warmup { get; init; }

    /// <summary>Gradient clipping: the largest norm of all gradients; null for none.</summary>
    public float? ClipNorm { get; init; }

    /// <summary>Validations per epoch.</summary>
    public int ChecksPerEpoch { get; init; } = 1;

    /// <summary>
    /// The metric that early stopping watches; null for the job's first. Where two checks have the same value, the one with the lower
    /// loss is better: the first other metric of which lower values are better.
    /// </summary>
    public string? Monitor { get; init; }

    /// <summary>Early stopping: validations without improvement after which training ends; null for never.</summary>
    public int? Patience { get; init; }

    /// <summary>Early stopping waits for at least this many steps, so that it does not end training before the model has begun to
    /// learn.</summary>
    public long MinSteps { get; init; }

    /// <summary>Whether to restore the weights of the best validation at the end.</summary>
    public bool RestoreBest { get; init; } = true;

    /// <summary>
    /// The epoch, the first being 1, from which on weights are averaged over training, 20 times an epoch (Izmailov et al. 2018): the mean
    /// is what is checked, kept as the best and returned, while training continues from the last weights. Running statistics of
    /// normalization layers are averaged likewise. Null for never. It costs up to two more copies of the weights.
    /// </summary>
    public int? AverageFrom { get; init; }

    /// <summary>Time limit, after which training stops as by Ctrl-C; null for none.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>
    /// Time between checkpoints from which a killed run resumes; null for none. Writing takes at most a tenth of the time, so large
    /// models wait longer.
    /// </summary>
    public TimeSpan? CheckpointEvery { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Throws if a setting is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its bounds.</exception>
    public void Check()
    {
        Require.InRange(Epochs >= 1, $"{Epochs} epochs; there must be at least one", nameof(Epochs));
        Require.InRange(Steps is null or >= 1, $"{Steps} steps; there must be at least one", nameof(Steps));
        Require.InRange(BatchSize >= 1, $"batch size {BatchSize}; it must be at least 1", nameof(BatchSize));
        Require.InRange(Warmup is >= 0 and < 1, $"warm-up {Warmup}; it must be a share of all steps, at least 0 and below 1",
            nameof(Warmup));
        Require.InRange(ClipNorm is null or > 0, $"clip norm {ClipNorm}; it must be positive", nameof(ClipNorm));
        Require.InRange(ChecksPerEpoch >= 1, $"{ChecksPerEpoch} checks per epoch; there must be at least one", nameof(ChecksPerEpoch));
        Require.InRange(AverageFrom is null or >= 1, $"averaging from epoch {AverageFrom}; the first epoch is 1", nameof(AverageFrom));
        Require.InRange(Patience is null or >= 1, $"patience {Patience}; it must be at least one check", nameof(Patience));
        Require.InRange(MinSteps >= 0, $"early stopping after {MinSteps} steps; it must be 0 or more", nameof(MinSteps));
    }
}
