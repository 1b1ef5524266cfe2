using System.Globalization;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>The settings of the training loop, which every recipe has.</summary>
static class TrainingOptions
{
    /// <summary>Settings that may be overridden when a run is resumed: none of them changes the order of the examples or the shape of
    /// the model.</summary>
    public static IReadOnlyList<string> MayChange { get;
    } = ["learning-rate", "epochs", "steps", "min-steps", "schedule", "warmup", "clip-norm", "patience", "time-limit", "checkpoint-every",
    "restore-best"];

    const string Epochs = "Passes over the training data.", BatchSize = "Batch size.",
    MinSteps = "Early stopping: steps to train at least.",
        Auto = " auto: by the size of the data.";

    /// <summary>The settings of the loop as settings of a recipe that holds them.</summary>
    /// <param name="get">The loop's settings within the recipe's.</param>
    /// <param name="set">The recipe's settings with others of the loop.</param>
    /// <param name="epochs">What else the description of epochs says.</param>
    public static SettingOf<T>[] Of<T>(Func<T, TrainerSettings> get, Func<T, TrainerSettings, T> set, string epochs = "") =>
    [
        SettingOf<T>.Integer("epochs", Epochs + epochs,
            x => get(x).Epochs, (x, v) => set(x, get(x) with { Epochs = (int)v }), 1, int.MaxValue),
        SettingOf<T>.Integer("batch-size", BatchSize,
            x => get(x).BatchSize, (x, v) => set(x, get(x) with { BatchSize = (int)v }), 1, 1 << 24, "64", "256", "1024"),
        SettingOf<T>.Integer("min-steps", MinSteps, x => get(x).MinSteps, (x, v) => set(x, get(x) with { MinSteps = v }), 0),
        .. Shared(get, set),
    ];

    /// <summary>The same for a recipe whose batch size, epochs and minimum number of steps follow the data unless they are given.</summary>
    /// <param name="get">The loop's settings within the recipe's.</param>
    /// <param name="set">The recipe's settings with others of the loop.</param>
    /// <param name="sizes">The sizes within the recipe's settings.</param>
    /// <param name="withSizes">The recipe's settings with other sizes.</param>
    /// <param name="batches">Batch sizes that a search for settings may try.</param>
    public static SettingOf<T>[] Of<T>(
        Func<T, TrainerSettings> get, Func<T, TrainerSettings, T> set, Func<T, LoopSizes> sizes, Func<T, LoopSizes, T> withSizes,
        params string[] batches) =>
    [
        SettingOf<T>.AutoInteger("epochs", Epochs + Auto,
            x => sizes(x).Epochs, (x, v) => withSizes(x, sizes(x) with { Epochs = (int?)v }), 1, int.MaxValue),
        SettingOf<T>.AutoInteger("batch-size", BatchSize + Auto,
            x => sizes(x).BatchSize, (x, v) => withSizes(x, sizes(x) with { BatchSize = (int?)v }), 1, 1 << 24, batches),
        SettingOf<T>.AutoInteger("min-steps", MinSteps + Auto, x => sizes(x).MinSteps,
            (x, v) => withSizes(x, sizes(x) with { MinSteps = v }), 0),
        .. Shared(get, set),
    ];

    static SettingOf<T>[] Shared<T>(Func<T, TrainerSettings> get, Func<T, TrainerSettings, T> set) =>
    [
        SettingOf<T>.OptionalInteger("steps", "Total number of steps, instead of `epochs`.",
            x => get(x).Steps, (x, v) => set(x, get(x) with { Steps = v })),
        SettingOf<T>.Text("seed", "Random seed. The same seed gives the same model, byte for byte.", "a whole number from 0 on",
            x => get(x).Seed.ToString(CultureInfo.InvariantCulture), (x, v) =>
                ulong.TryParse(v, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed)
                ? set(x, get(x) with { Seed = seed }) : default),
        SettingOf<T>.Choice("schedule", "Learning rate schedule.", x => get(x).Schedule, (x, v) => set(x, get(x) with { Schedule = v }),
            [("constant", RateSchedule.Constant), ("linear", RateSchedule.Linear), ("cosine", RateSchedule.Cosine)], "constant", "linear"),
        SettingOf<T>.Number("warmup", "Learning rate warm-up, as a share of all steps.",
            x => get(x).Warmup, (x, v) => set(x, get(x) with { Warmup = v }), 0, 0.99f),
        SettingOf<T>.OptionalNumber("clip-norm", "Clip the global gradient norm at this value.",
            x => get(x).ClipNorm, (x, v) => set(x, get(x) with { ClipNorm = v }), float.Epsilon),
        SettingOf<T>.Integer("checks-per-epoch", "Validations per epoch.",
            x => get(x).ChecksPerEpoch, (x, v) => set(x, get(x) with { ChecksPerEpoch = (int)v }), 1, 1_000_000),
        SettingOf<T>.Text("monitor", "Metric that early stopping watches. default: the first metric of the task.",
            "the name of a metric, or default", x => get(x).Monitor ?? "default",
            (x, v) => v.Length == 0 ? default : set(x, get(x) with { Monitor = v == "default" ? null : v })),
        SettingOf<T>.OptionalInteger("patience", "Early stopping: validations without improvement before training stops.",
            x => get(x).Patience, (x, v) => set(x, get(x) with { Patience = (int?)v })),
        SettingOf<T>.Flag("restore-best", "Restore the weights of the best validation at the end.",
            x => get(x).RestoreBest, (x, v) => set(x, get(x) with { RestoreBest = v })),
        SettingOf<T>.OptionalInteger("average-from",
            "Weight averaging (SWA): the first epoch to average from. The mean is validated and kept.",
            x => get(x).AverageFrom, (x, v) => set(x, get(x) with { AverageFrom = (int?)v })),
        SettingOf<T>.OptionalNumber("time-limit", "Stop and save after this many seconds.",
            x => (float?)get(x).TimeLimit?.TotalSeconds,
            (x, v) => set(x, get(x) with { TimeLimit = v is { } seconds ? TimeSpan.FromSeconds(seconds) : null }), float.Epsilon),
        SettingOf<T>.OptionalNumber("checkpoint-every", "Seconds between checkpoints, from which `resume` continues.",
            x => (float?)get(x).CheckpointEvery?.TotalSeconds,
            (x, v) => set(x, get(x) with { CheckpointEvery = v is { } seconds ? TimeSpan.FromSeconds(seconds) : null }), 0),
    ];
}
