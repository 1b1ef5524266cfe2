using System.Diagnostics;
using Rowan.Data;
using Rowan.Numerics;

namespace Rowan.Training;

/// <summary>Why training ended.</summary>
public enum TrainingEnd
{
    /// <summary>All steps were done.</summary>
    Finished,

    /// <summary>The watched figure had stopped improving.</summary>
    NoImprovement,

    /// <summary>The time was up.</summary>
    TimeLimit,

    /// <summary>Somebody asked for it.</summary>
    Stopped,
}

/// <summary>What came of training.</summary>
/// <param name="End">Why it ended.</param>
/// <param name="Steps">Steps done.</param>
/// <param name="Examples">Examples seen.</param>
/// <param name="Loss">The mean loss of the last steps.</param>
/// <param name="Metrics">The figures of the check whose weights the job now holds; none where nothing was validated.</param>
/// <param name="Elapsed">Time in all.</param>
public sealed record TrainingOutcome(TrainingEnd End, long Steps, long Examples, double Loss, IReadOnlyList<Metric> Metrics, TimeSpan Elapsed);

/// <summary>A loss that is no finite number: nothing was moved by its batch.</summary>
public sealed class NonFiniteLossException : ArithmeticException
{
    /// <param name="loss">The loss.</param>
    /// <param name="step">The step, the first being 1.</param>
    /// <param name="examples">The batch in the users' words.</param>
    public NonFiniteLossException(double loss, long step, string examples)
        : base($"the loss of step {step} is {loss}; the weights are those before it. Batch: {examples}. Try a smaller learning rate, clip gradients, or look for extreme values in these examples") => Step = step;

    /// <summary>The step, the first being 1.</summary>
    public long Step { get; }
}

/// <summary>The one loop: batches in an order that depends on (seed, epoch) alone, checks, early stopping, limits.</summary>
/// <param name="job">What learns.</param>
/// <param name="settings">How long and how.</param>
/// <param name="progress">Hears of every step.</param>
public sealed class Trainer(ITrainingJob job, TrainerSettings settings, IProgress<TrainingProgress>? progress = null)
{
    /// <summary>Trains until one of the ends.</summary>
    /// <exception cref="NonFiniteLossException">A loss is no finite number; the job holds the last good state.</exception>
    public TrainingOutcome Run(CancellationToken stop = default)
    {
        settings.Check();
        Require.State(job.Examples > 0, $"there is nothing to train on: no example is left; check the data and the split");
        var time = Stopwatch.StartNew();
        long stepsPerEpoch = (job.Examples + settings.BatchSize - 1) / settings.BatchSize;
        long total = settings.Steps ?? checked(stepsPerEpoch * settings.Epochs);
        long checkEvery = Math.Max(1, stepsPerEpoch / settings.ChecksPerEpoch);
        var examples = new long[settings.BatchSize];
        double smooth = double.NaN;
        long step = 0, seen = 0, sinceBest = 0;
        Metric? best = null;
        IReadOnlyList<Metric> bestMetrics = [];
        StateDict? bestState = null;
        var end = TrainingEnd.Finished;
        while (step < total)
        {
            int epoch = (int)(step / stepsPerEpoch);
            long at = step % stepsPerEpoch * settings.BatchSize;
            var batch = examples.AsSpan(0, (int)Math.Min(settings.BatchSize, job.Examples - at));
            new Shuffle(job.Examples, Shuffle.Mix(settings.Seed, (ulong)epoch)).Read(at, batch);
            double loss = job.Step(new TrainingBatch(step, epoch, batch, new Rng(Shuffle.Mix(~settings.Seed, (ulong)step)), Rate(step, total), settings.ClipNorm));
            if (!double.IsFinite(loss)) throw new NonFiniteLossException(loss, step + 1, job.Describe(batch));
            smooth = double.IsNaN(smooth) ? loss : 0.98 * smooth + 0.02 * loss;
            step++;
            seen += batch.Length;
            progress?.Report(new TrainingProgress("training", seen, total * settings.BatchSize, smooth, time.Elapsed));
            if (step % checkEvery == 0 || step == total)
            {
                IReadOnlyList<Metric> metrics = job.Validate(stop);
                Metric? watched = settings.Monitor is { } name ? metrics.FirstOrDefault(metric => metric.Name == name) : metrics.FirstOrDefault();
                if (watched is not null && (best is null || watched.Improves(best.Value)))
                {
                    (best, bestMetrics, sinceBest) = (watched, metrics, 0);
                    if (settings.RestoreBest && step < total) bestState = Copy(job.StateDict());
                    else bestState = null;
                }
                else if (watched is not null && ++sinceBest >= settings.Patience)
                {
                    end = TrainingEnd.NoImprovement;
                    break;
                }
            }
            if (stop.IsCancellationRequested || time.Elapsed >= settings.TimeLimit)
            {
                end = stop.IsCancellationRequested ? TrainingEnd.Stopped : TrainingEnd.TimeLimit;
                break;
            }
        }
        if (bestState is not null) job.LoadStateDict(bestState);
        return new TrainingOutcome(end, step, seen, smooth, bestMetrics, time.Elapsed);
    }

    float Rate(long step, long total)
    {
        double warm = settings.Warmup * total;
        if (step < warm) return (float)((step + 1) / (warm + 1));
        double t = (step - warm) / Math.Max(1, total - warm);
        return settings.Schedule switch
        {
            RateSchedule.Linear => (float)(1 - t),
            RateSchedule.Cosine => (float)((1 + Math.Cos(Math.PI * t)) / 2),
            _ => 1,
        };
    }

    static StateDict Copy(StateDict state) => new(state.Select(entry =>
    {
        if (entry.IsInteger)
        {
            var numbers = new long[entry.Count];
            entry.Read(0, numbers.AsSpan());
            return StateEntry.Over(entry.Name, entry.Sizes, numbers);
        }
        var values = new float[entry.Count];
        entry.Read(0, values.AsSpan());
        return StateEntry.Over(entry.Name, entry.Sizes, values);
    }).ToArray());
}
