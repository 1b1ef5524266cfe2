using Rowan.Numerics;

namespace Rowan.Training;

/// <summary>Why training ended.</summary>
public enum TrainingEnd
{
    /// <summary>Completed: all steps were made.</summary>
    Finished,

    /// <summary>Early stopping: the monitored metric no longer improved.</summary>
    NoImprovement,

    /// <summary>The time limit was reached.</summary>
    TimeLimit,

    /// <summary>It was cancelled.</summary>
    Stopped,
}

/// <summary>The outcome of training.</summary>
/// <param name="End">Why it ended.</param>
/// <param name="Steps">Steps done.</param>
/// <param name="Examples">Examples seen.</param>
/// <param name="Loss">The mean loss of the last steps.</param>
/// <param name="Metrics">The metrics of the check whose weights the job now holds, the watched one first; none where nothing was
/// validated.</param>
/// <param name="Elapsed">Time in all.</param>
public sealed record TrainingOutcome(TrainingEnd End, long Steps, long Examples, double Loss, IReadOnlyList<Metric> Metrics,
    TimeSpan Elapsed)
{
    /// <summary>Epochs that the weights the job now holds were trained for.</summary>
    public double Epochs { get; init; }
}

/// <summary>The loss is not finite. Its batch changed no weights.</summary>
public sealed class NonFiniteLossException : ArithmeticException
{
    /// <param name="loss">The loss.</param>
    /// <param name="step">The step, the first being 1.</param>
    /// <param name="examples">The batch in the users' words.</param>
    public NonFiniteLossException(double loss, long step, string examples)
        : base($"the loss of step {step} is {loss}; the weights are those before it. Batch: {examples}. Try a smaller learning rate, "
            + $"clip gradients, or look for extreme values in these examples") => Step = step;

    /// <summary>The step, the first being 1.</summary>
    public long Step { get; }
}

/// <summary>The training loop: batches in an order that depends only on (seed, epoch), validation, early stopping, limits,
/// checkpoints.</summary>
/// <param name="job">The model to train, with its data and optimizer.</param>
/// <param name="settings">The settings of the loop.</param>
/// <param name="progress">Receives the progress.</param>
/// <param name="checkpoints">Where checkpoints are written, and resumed from if there is one; null for none.</param>
/// <param name="clock">The time; null for the system's.</param>
public sealed class Trainer(ITrainingJob job, TrainerSettings settings, IProgress<TrainingProgress>? progress = null,
    TrainingCheckpoint? checkpoints = null, TimeProvider? clock = null)
{
    // The recent loss averages over about this many steps.
    const double Memory = 50;
    const double LargestWritingShare = 0.1;
    const int MomentsPerEpoch = 20;
    const string AveragePrefix = "average.";

    readonly TimeProvider _clock = clock ?? TimeProvider.System;
    readonly WeightCopy _best = new(), _own = new();
    readonly StateAverage _average = new();
    TrainingPosition _position = new();
    IReadOnlyList<Metric> _latest = [];
    long _bestStep;
    TimeSpan _before;
    long _began;

    long StepsPerEpoch => (job.Examples + settings.BatchSize - 1) / settings.BatchSize;

    long TotalSteps => settings.Steps ?? checked(StepsPerEpoch * settings.Epochs);

    TimeSpan Elapsed => _before + _clock.GetElapsedTime(_began);

    /// <summary>Trains, from the checkpoint if there is one, until a <see cref="TrainingEnd"/> is reached.</summary>
    /// <exception cref="NonFiniteLossException">A loss is no finite number; the job holds the last good state, and a checkpoint of it is
    /// kept.</exception>
    /// <exception cref="ArgumentException">There is no metric of the monitored name.</exception>
    /// <exception cref="InvalidDataException">The checkpoint is damaged, or of another model.</exception>
    public TrainingOutcome Run(CancellationToken stop = default)
    {
        settings.Check();
        Require.State(job.Examples > 0, $"there is nothing to train on: no example is left; check the data and the split");
        _began = _clock.GetTimestamp();
        if (checkpoints is { Exists: true }) Resume();
        TrainingEnd? end = EndedAt(_position);
        long lastCheckpoint = _clock.GetTimestamp();
        TimeSpan writing = TimeSpan.Zero;
        var pace = new Pace(_clock);
        var examples = new long[settings.BatchSize];
        while (end is null)
        {
            TrainingProgress report = Step(examples, pace);
            if (AverageDue) _average.Add(job.Weights());
            if (CheckDue) report = Check(report, stop);
            progress?.Report(report);
            end = EndedAt(_position)
                ?? (stop.IsCancellationRequested ? TrainingEnd.Stopped : Elapsed >= settings.TimeLimit ? TrainingEnd.TimeLimit : null);
            if (end is not null || checkpoints is null || settings.CheckpointEvery is not { } every) continue;
            TimeSpan since = _clock.GetElapsedTime(lastCheckpoint);
            if (since < every || since * LargestWritingShare < writing) continue;
            long started = _clock.GetTimestamp();
            WriteCheckpoint();
            lastCheckpoint = _clock.GetTimestamp();
            writing = _clock.GetElapsedTime(started, lastCheckpoint);
        }
        // Who interrupts may want to resume: from the last step, not from the best weights.
        if (end == TrainingEnd.Stopped && checkpoints is not null && settings.CheckpointEvery is not null) WriteCheckpoint();
        if (settings.RestoreBest && _best.Weights is { } best)
        {
            if (_average.Moments > 0 || _bestStep != _position.Step) job.LoadWeights(best);
        }
        else if (_average.Mean is { } mean) job.LoadWeights(mean);
        IReadOnlyList<Metric> metrics = settings.RestoreBest ? _position.Best : _latest;
        metrics = [.. metrics.Where(metric => metric.Name == _position.Watched),
            .. metrics.Where(metric => metric.Name != _position.Watched)];
        long kept = settings.RestoreBest && _best.Weights is not null ? _bestStep : _position.Step;
        return new TrainingOutcome(end.Value, _position.Step, _position.Examples, _position.Loss, metrics, Elapsed) {
            Epochs = kept / (double)StepsPerEpoch };
    }

    bool AverageDue => _position.Step > (settings.AverageFrom - 1) * StepsPerEpoch
        && _position.Step % Math.Max(1, StepsPerEpoch / MomentsPerEpoch) == 0;

    bool CheckDue
    {
        get
        {
            long every = Math.Max(1, StepsPerEpoch / settings.ChecksPerEpoch);
            return _position.Step % every == 0 || _position.Step == TotalSteps;
        }
    }

    TrainingEnd? EndedAt(TrainingPosition position) =>
        position.Step >= TotalSteps ? TrainingEnd.Finished
            : position.ChecksSinceBest >= settings.Patience && position.Step >= settings.MinSteps ? TrainingEnd.NoImprovement : null;

    TrainingProgress Step(long[] examples, Pace pace)
    {
        long step = _position.Step, at = step % StepsPerEpoch * settings.BatchSize;
        int epoch = (int)(step / StepsPerEpoch);
        var batch = examples.AsSpan(0, (int)Math.Min(settings.BatchSize, job.Examples - at));
        new Shuffle(job.Examples, Shuffle.Mix(settings.Seed, (ulong)epoch)).Read(at, batch);
        float rate = RateAt(step);
        double loss = job.Step(new TrainingBatch(step, epoch, batch, new Rng(Shuffle.Mix(~settings.Seed, (ulong)step)), rate,
            settings.ClipNorm));
        if (!double.IsFinite(loss))
        {
            if (checkpoints is not null) WriteCheckpoint();
            throw new NonFiniteLossException(loss, step + 1, job.Describe(batch));
        }
        double smooth = double.IsNaN(_position.Loss) ? loss : _position.Loss + (loss - _position.Loss) / Math.Min(Memory, step + 1);
        _position = _position with { Step = step + 1, Examples = _position.Examples + batch.Length, Loss = smooth };
        long total = settings.Steps is { } steps ? checked(steps * settings.BatchSize) : checked(job.Examples * settings.Epochs);
        return new TrainingProgress("training", Math.Min(_position.Examples, total), Math.Max(total, 1), smooth, Elapsed)
        {
            Step = step + 1, Epoch = epoch + 1, Epochs = (int)((TotalSteps + StepsPerEpoch - 1) / StepsPerEpoch), Rate = rate,
            LearningRate = job.LearningRate * rate, PerSecondOfLate = pace.After(batch.Length, job), Touched = pace.Touched,
        };
    }

    TrainingProgress Check(TrainingProgress report, CancellationToken stop)
    {
        IReadOnlyList<Metric> metrics = _average.Mean is { } mean ? WithWeights(mean, stop) : job.Validate(stop);
        _latest = metrics;
        report = report with { Check = metrics, Touched = job.RowsTouched };
        if (metrics.Count == 0) return report;
        Metric watched = settings.Monitor is not { } name ? metrics[0] : metrics.FirstOrDefault(metric => metric.Name == name)
            ?? throw new ArgumentException($"`monitor` {name}: there is no such metric; there are " +
                $"{string.Join(", ", metrics.Select(metric => metric.Name))}", "monitor");
        if (_position.Best.Count > 0 && !IsBetter(metrics, _position.Best, watched.Name))
        {
            _position = _position with { ChecksSinceBest = _position.ChecksSinceBest + 1 };
            return report;
        }
        _position = _position with { Best = metrics, Watched = watched.Name, ChecksSinceBest = 0 };
        if (settings.RestoreBest)
        {
            _best.Take(_average.Mean ?? job.Weights());
            _bestStep = _position.Step;
        }
        return report with { IsBest = true };
    }

    /// <summary>
    /// Whether a check is better than the best one: by the watched metric, and where that is equal, by the loss. A value that is no
    /// number, such as the AUC of records that all have one class, is worse than any number.
    /// </summary>
    static bool IsBetter(IReadOnlyList<Metric> now, IReadOnlyList<Metric> best, string watched)
    {
        int order = Compare(now, best, watched);
        if (order != 0) return order > 0;
        return now.FirstOrDefault(metric => metric.Name != watched && !metric.HigherIsBetter) is { } loss
            && Compare(now, best, loss.Name) > 0;
    }

    static int Compare(IReadOnlyList<Metric> now, IReadOnlyList<Metric> best, string name)
    {
        Metric own = now.First(metric => metric.Name == name);
        double other = best.FirstOrDefault(metric => metric.Name == name)?.Value ?? double.NaN;
        if (double.IsNaN(own.Value) || double.IsNaN(other)) return (double.IsNaN(own.Value) ? 0 : 1) - (double.IsNaN(other) ? 0 : 1);
        return own.Improves(other) ? 1 : own.Value == other ? 0 : -1;
    }

    /// <summary>The metrics of other weights than those that training continues with.</summary>
    IReadOnlyList<Metric> WithWeights(StateDict weights, CancellationToken stop)
    {
        _own.Take(job.Weights());
        job.LoadWeights(weights);
        try { return job.Validate(stop); }
        finally { job.LoadWeights(_own.Weights!); }
    }

    void Resume()
    {
        (_position, StateDict state, StateDict? best, _bestStep) = checkpoints!.Read();
        StateEntry[] mean = [.. state.Rename(name => name.StartsWith(AveragePrefix, StringComparison.Ordinal)
            ? name[AveragePrefix.Length..] : null)];
        try { job.LoadStateDict(state.Rename(name => name.StartsWith(AveragePrefix, StringComparison.Ordinal) ? null : name)); }
        catch (ArgumentException other) { throw new InvalidDataException($"the checkpoint is of another model: {other.Message}", other); }
        if (best is not null) _best.Take(best);
        if (mean.Length > 0) _average.Load(new StateDict(mean), _position.Moments);
        _before = _position.Elapsed;
    }

    void WriteCheckpoint()
    {
        StateDict state = job.StateDict();
        if (_average.Mean is { } mean) state = new StateDict([.. state, .. mean.Rename(name => AveragePrefix + name)]);
        checkpoints!.Write(_position with { Elapsed = Elapsed, Moments = _average.Moments }, state, settings.RestoreBest
            ? _best.Weights : null, _bestStep);
    }

    /// <summary>The factor on the learning rate: warm-up to 1, then the schedule.</summary>
    float RateAt(long step)
    {
        double warm = settings.Warmup * TotalSteps;
        if (step < warm) return (float)RateCurve.Line(0, 1, (step + 1) / (warm + 1));
        double t = (step - warm) / Math.Max(1, TotalSteps - warm);
        return settings.Schedule switch
        {
            RateSchedule.Linear => (float)RateCurve.Line(1, 0, t),
            RateSchedule.Cosine => (float)RateCurve.HalfWave(1, 0, t),
            _ => 1,
        };
    }

    /// <summary>Examples per second over the last second or two.</summary>
    sealed class Pace(TimeProvider clock)
    {
        long _since = clock.GetTimestamp(), _examples;
        double? _pace;

        /// <summary>The share of rows touched when the pace was last taken: counting takes time with the size of the tables.</summary>
        public double? Touched { get; private set; }

        public double? After(int examples, ITrainingJob job)
        {
            _examples += examples;
            double seconds = clock.GetElapsedTime(_since).TotalSeconds;
            if (seconds < 1) return _pace;
            (_pace, _since, _examples, Touched) = (_examples / seconds, clock.GetTimestamp(), 0, job.RowsTouched);
            return _pace;
        }
    }
}
