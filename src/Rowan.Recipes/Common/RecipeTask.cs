using System.Text.Json;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>The metrics of a trained model on the test data, the most important first, and those of baselines.</summary>
sealed record Measured(IReadOnlyList<Metric> Metrics, IReadOnlyList<(string Name, IReadOnlyList<Metric> Metrics)> Baselines)
{
    /// <summary>Nothing was measured: training was stopped, or there is no test data.</summary>
    public static Measured Nothing { get; } = new([], []);
}

/// <summary>
/// One training of a recipe. The order is the same for all: settings, reading, model, training, measuring, saving, the run folder with its
/// report. A task says what it reads, what it trains, and how that is measured and saved.
/// </summary>
/// <typeparam name="TSettings">The recipe's settings.</typeparam>
/// <typeparam name="TData">What is read; disposed when training ends.</typeparam>
/// <typeparam name="TJob">The model with its data, as the training loop takes it.</typeparam>
abstract class RecipeTask<TSettings, TData, TJob> where TSettings : class where TJob : ITrainingJob
{
    readonly string _kind;
    readonly SettingList<TSettings> _list;

    /// <param name="kind">The recipe's name.</param>
    /// <param name="list">Its settings.</param>
    /// <param name="request">The request, with columns in the roles in which the recipe uses them.</param>
    private protected RecipeTask(string kind, SettingList<TSettings> list, TrainRequest request)
    {
        (_kind, _list, Request, Earlier) = (kind, list, request, EarlierRun.Of(request, kind));
        Settings = EarlierRun.Settings(list, request, Earlier);
    }

    protected TrainRequest Request { get; }

    /// <summary>The run that this one grows from.</summary>
    protected EarlierRun? Earlier { get; }

    /// <summary>What was given; what is open is filled in while data is read. The run records the last value.</summary>
    protected TSettings Settings { get; set; }

    /// <summary>Takes notes, warnings and the progress of phases.</summary>
    protected RunSession Session { get; private set; } = null!;

    /// <summary>Asks to finish the batch at hand and save.</summary>
    protected CancellationToken Stop { get; private set; }

    /// <summary>The settings of the training loop.</summary>
    protected abstract TrainerSettings Loop { get; }

    /// <summary>What to try against a model that is no better than its baseline.</summary>
    protected virtual string Remedy => "more data, other columns, or 'rowan tune', may help";

    /// <summary>Names of baselines that are parts of the model: no warning compares the model with them.</summary>
    protected virtual IReadOnlyList<string> PartsOfTheModel => [];

    /// <summary>Reads, trains, measures, and writes the run.</summary>
    public TrainReport Run(IProgress<TrainingProgress>? progress, CancellationToken stop)
    {
        Stop = stop;
        Check();
        using var session = new RunSession(_kind, Request, json => _list.Write(json, Settings), progress)
        {
            Remedy = Remedy, PartsOfTheModel = PartsOfTheModel,
        };
        Session = session;
        session.Begin("reading", 1);
        TData data = Read();
        using var disposed = data as IDisposable;
        Review(data);
        session.At(1);
        TJob job = Build(data);
        TrainingOutcome outcome = session.Train(job, Loop, stop);
        Measured measured = Measure(data, job, outcome);
        session.Begin("saving", 1);
        Save(session.Run, data, job);
        session.At(1);
        return session.Complete(outcome, measured.Metrics, measured.Baselines, [.. Next(data)], json => Describe(json, data));
    }

    /// <summary>Refuses settings that do not fit each other, before anything is written.</summary>
    protected virtual void Check() => Loop.Check();

    /// <summary>Reads and splits the data.</summary>
    protected abstract TData Read();

    /// <summary>Notes and warnings on what was read.</summary>
    protected virtual void Review(TData data) { }

    /// <summary>The model before its first step.</summary>
    protected abstract TJob Build(TData data);

    /// <summary>The metrics on the test data; none if training was stopped.</summary>
    protected abstract Measured Measure(TData data, TJob job, TrainingOutcome outcome);

    /// <summary>Writes weights and tables.</summary>
    protected abstract void Save(RunFolder run, TData data, TJob job);

    /// <summary>Commands to run next, with {run} for the run folder.</summary>
    protected abstract IEnumerable<string> Next(TData data);

    /// <summary>Adds to run.json what is particular to the recipe.</summary>
    protected virtual void Describe(Utf8JsonWriter json, TData data) { }
}
