using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Rowan.Data;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>What every recipe does around its model: the run folder, the phases, the loop, and run.json.</summary>
sealed class RunSession : IDisposable
{
    readonly TrainRequest _request;
    readonly string _kind;
    readonly Action<Utf8JsonWriter> _settings;
    readonly IProgress<TrainingProgress>? _progress;
    readonly Stopwatch _time = Stopwatch.StartNew(), _phase = new();
    readonly List<string> _notes = [], _warnings = [];
    double _firstLoss = double.NaN;
    string _phaseName = "";
    long _phaseTotal;

    /// <param name="kind">The recipe.</param>
    /// <param name="request">The request.</param>
    /// <param name="settings">Writes the object "settings".</param>
    /// <param name="progress">Receives the progress.</param>
    public RunSession(string kind, TrainRequest request, Action<Utf8JsonWriter> settings, IProgress<TrainingProgress>? progress)
    {
        (_kind, _request, _settings, _progress) = (kind, request, settings, progress);
        _notes.AddRange(request.Schema.Notes);
        Run = RunFolder.Create(request.RunsDirectory, request.Name, kind, request.Resume, request.Overwrite, request.DataName);
        ResumableRun now = new(Environment.CurrentDirectory, [.. request.Arguments], Settings(settings), request.Data.Fingerprint())
        {
            Kind = kind, Files = [.. request.Data.Names],
        };
        string file = RunFolder.RequestFile(request.RunsDirectory, Path.GetFileName(Run.Path));
        if (Run.Checkpoint.Exists) GoOn(file, now);
        now.Write(file);
    }

    /// <summary>Compares the request with that of the interrupted run.</summary>
    void GoOn(string file, ResumableRun now)
    {
        ResumableRun then = ResumableRun.Read(file);
        if (then.Differs(now) is { } difference)
        {
            Run.Dispose();
            throw new InvalidDataException($"the run '{Path.GetFileName(Run.Path)}' can't be resumed: {difference}. Train again under "
                + $"another name");
        }
        foreach ((string name, string was) in then.Differences(now))
            Note($"resumed from its last checkpoint with another `{name}`; it was {was}");
    }

    static string Settings(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>The folder that is written.</summary>
    public RunFolder Run { get; }

    /// <summary>Adds a note to the report.</summary>
    public void Note(string sentence) => _notes.Add(sentence);

    /// <summary>Adds a warning about the result, with the likely remedy.</summary>
    public void Warn(string sentence) => _warnings.Add(sentence);

    /// <summary>What to try against a model that is no better than its baseline.</summary>
    public required string Remedy { get; init; }

    /// <summary>Names of baselines that are parts of the model: no warning compares the model with them.</summary>
    public required IReadOnlyList<string> PartsOfTheModel { get; init; }

    /// <summary>Begins a phase other than training.</summary>
    public void Begin(string phase, long total)
    {
        (_phaseName, _phaseTotal) = (phase, total);
        _phase.Restart();
        At(0);
    }

    /// <summary>Reports the progress of the phase.</summary>
    public void At(long done) => Report(new TrainingProgress(_phaseName, done, _phaseTotal, null, _phase.Elapsed));

    void Report(TrainingProgress progress)
    {
        _progress?.Report(progress);
        Run.Log(progress);
    }

    /// <summary>Trains a job; when it returns the job holds the weights that are to be kept.</summary>
    public TrainingOutcome Train(ITrainingJob job, TrainerSettings settings, CancellationToken stop) =>
        new Trainer(job, settings, new Reported(this), Run.Checkpoint).Run(stop);

    /// <summary>Writes run.json and puts the folder under its name.</summary>
    /// <param name="outcome">The outcome of training.</param>
    /// <param name="metrics">Metrics on the test data.</param>
    /// <param name="baselines">The same metrics of the baselines.</param>
    /// <param name="next">Commands to run next, with {run} for the run folder.</param>
    /// <param name="describe">Adds what is particular to the recipe.</param>
    public TrainReport Complete(
        TrainingOutcome outcome, IReadOnlyList<Metric> metrics,
        IReadOnlyList<(string Name, IReadOnlyList<Metric> Metrics)>? baselines = null, IReadOnlyList<string>? next = null,
        Action<Utf8JsonWriter>? describe = null)
    {
        bool resumable = outcome.End == TrainingEnd.Stopped && Run.Checkpoint.Exists;
        string path = _request.MovedTo ?? Run.Path;
        _warnings.AddRange(ResultWarnings.Of(outcome, _firstLoss, metrics,
            [.. (baselines ?? []).Where(baseline => !PartsOfTheModel.Contains(baseline.Name))], Remedy));
        var report = new TrainReport
        {
            Run = path, Kind = _kind, Epochs = outcome.Epochs, Preset = _request.Preset, End = outcome.End, Examples = outcome.Examples,
            Metrics = metrics, Validation = outcome.Metrics, Baselines = baselines ?? [], Warnings = _warnings, Notes = _notes,
            Next = [.. (next ?? []).Select(command => command.Replace("{run}", path, StringComparison.Ordinal)), .. resumable
                ? [ResumeCommand] : Array.Empty<string>()], Elapsed = _time.Elapsed,
            PeakMemory = Process.GetCurrentProcess().PeakWorkingSet64,
        };
        if (_request.RefitOf is { } first)
            report = report with
            {
                Metrics = first.Metrics, Validation = first.Validation, Baselines = first.Baselines, Warnings = first.Warnings,
                Elapsed = first.Elapsed + report.Elapsed,
                Notes = [.. first.Notes, string.Create(CultureInfo.InvariantCulture,
                    $"`refit`: the saved model was trained on all records for {_request.RefitEpochs} epochs; the"
                    + $" metrics are of the model before, without the held-out records")],
            };
        string fingerprint = _request.Data.Fingerprint();
        Dictionary<string, string> settings = [];
        using (JsonDocument document = JsonDocument.Parse(Settings(_settings)))
            foreach (JsonProperty setting in document.RootElement.GetProperty("settings").EnumerateObject())
                settings[setting.Name] = setting.Value.GetString()!;
        Rowan.Formats.AtomicFile.WriteText(Run.File("README.md"), ModelCard.Of(_request, report, settings, fingerprint));
        Run.Complete(_kind, json =>
        {
            if (_request.CommandLine is { } command) json.WriteString("command", command);
            if (_request.GrownFrom is { } earlier) json.WriteString("grown_from", earlier);
            _settings(json);
            json.WriteStartObject("data");
            json.WriteStartArray("files");
            foreach (string name in _request.Data.Names) json.WriteStringValue(name);
            json.WriteEndArray();
            json.WriteNumber("bytes", _request.Data.Bytes);
            json.WriteString("sha256", fingerprint);
            json.WriteStartArray("columns");
            foreach (ColumnSchema column in _request.Schema.Columns)
            {
                json.WriteStartObject();
                json.WriteString("name", column.Name);
                json.WriteString("role", column.Role.ToString().ToLowerInvariant());
                if (column.Format.DecimalComma) json.WriteBoolean("decimal_comma", true);
                if (column.Role == ColumnRole.Time && column.Kind == ColumnKind.Time)
                    json.WriteString("date_format", column.Format.DateFormat);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteNumber("threads", Workers.Threads);
            if (double.IsFinite(outcome.Loss)) json.WriteNumber("loss", Math.Round(outcome.Loss, 6));
            report.Write(json);
            describe?.Invoke(json);
        }, resumable);
        return report with { Run = Run.Path };
    }

    string ResumeCommand => _request.RunsDirectory == "runs" ? $"rowan train --resume {Path.GetFileName(Run.Path)}"
        : $"rowan train --resume {Path.GetFileName(Run.Path)} --runs {_request.RunsDirectory}";

    /// <summary>Removes an incomplete run.</summary>
    public void Dispose() => Run.Dispose();

    sealed class Reported(RunSession session) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (double.IsNaN(session._firstLoss) && value.Loss is { } loss) session._firstLoss = loss;
            session.Report(value);
        }
    }
}
