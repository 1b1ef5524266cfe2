using System.Globalization;
using System.Text.Json;
using Rowan.Formats;
using Rowan.Numerics;

namespace Rowan.Training;

/// <summary>The position of a run between two steps, in addition to the job's own state.</summary>
sealed record TrainingPosition
{
    /// <summary>Steps done.</summary>
    public long Step { get; init; }

    /// <summary>Examples seen.</summary>
    public long Examples { get; init; }

    /// <summary>The recent loss (an exponential moving average); NaN before the first step.</summary>
    public double Loss { get; init; } = double.NaN;

    /// <summary>Checks since the best one.</summary>
    public long ChecksSinceBest { get; init; }

    /// <summary>The metrics of the best check; <see cref="Watched"/> names the monitored one.</summary>
    public IReadOnlyList<Metric> Best { get; init; } = [];

    /// <summary>Name of the monitored metric.</summary>
    public string Watched { get; init; } = "";

    /// <summary>Number of weight snapshots in the running average that is saved next to the job's state.</summary>
    public long Moments { get; init; }

    /// <summary>Time spent so far.</summary>
    public TimeSpan Elapsed { get; init; }
}

/// <summary>
/// Checkpoints in a folder: the job's state, the weights of the best check, and checkpoint.json, which names both and is replaced last.
/// So a crash at any moment leaves the former checkpoint or the new one, whole.
/// </summary>
/// <param name="folder">An existing folder.</param>
public sealed class TrainingCheckpoint(string folder)
{
    internal const string InfoFile = "checkpoint.json";

    long _bestWritten = -1;

    /// <summary>Whether there is a checkpoint to resume from.</summary>
    public bool Exists => File.Exists(Path.Combine(folder, InfoFile));

    /// <summary>Bytes of the log when the checkpoint was written, for a log next to it.</summary>
    public Func<long>? LogLength { get; set; }

    /// <summary>Called with that length when a run is resumed.</summary>
    public Action<long>? LogResumes { get; set; }

    internal void Write(TrainingPosition position, StateDict state, StateDict? best, long bestStep)
    {
        string stateFile = string.Create(CultureInfo.InvariantCulture, $"state-{position.Step}.safetensors");
        string? bestFile = best is null ? null : string.Create(CultureInfo.InvariantCulture, $"best-{bestStep}.safetensors");
        Safetensors.Write(Path.Combine(folder, stateFile), state);
        if (bestFile is not null && _bestWritten != bestStep) Safetensors.Write(Path.Combine(folder, bestFile), best!);
        _bestWritten = bestStep;
        long logLength = LogLength?.Invoke() ?? 0;
        AtomicFile.Write(Path.Combine(folder, InfoFile), stream =>
        {
            using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
            json.WriteStartObject();
            json.WriteString("state", stateFile);
            json.WriteString("best", bestFile);
            json.WriteNumber("best_step", bestStep);
            json.WriteNumber("step", position.Step);
            json.WriteNumber("examples", position.Examples);
            json.WriteString("loss", position.Loss.ToString("R", CultureInfo.InvariantCulture));
            json.WriteNumber("checks_since_best", position.ChecksSinceBest);
            json.WriteString("watched", position.Watched);
            json.WriteNumber("averaged", position.Moments);
            json.WriteNumber("elapsed_ticks", position.Elapsed.Ticks);
            json.WriteNumber("log_length", logLength);
            json.WriteStartArray("metrics");
            foreach (Metric metric in position.Best)
            {
                json.WriteStartObject();
                json.WriteString("name", metric.Name);
                json.WriteString("value", metric.Value.ToString("R", CultureInfo.InvariantCulture));
                json.WriteBoolean("higher_is_better", metric.HigherIsBetter);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        });
        // What checkpoint.json no longer names, also what a crash left half written.
        foreach (string file in Directory.GetFiles(folder))
            if (Path.GetFileName(file) is var name && name != InfoFile && name != stateFile && name != bestFile
                && (name.StartsWith("state-", StringComparison.Ordinal) || name.StartsWith("best-", StringComparison.Ordinal)
                || name.EndsWith(".tmp", StringComparison.Ordinal)))
                File.Delete(file);
    }

    /// <exception cref="InvalidDataException">The checkpoint is damaged.</exception>
    internal (TrainingPosition Position, StateDict State, StateDict? Best, long BestStep) Read()
    {
        string file = Path.Combine(folder, InfoFile);
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
            JsonElement json = document.RootElement;
            var position = new TrainingPosition
            {
                Step = json.GetProperty("step").GetInt64(), Examples = json.GetProperty("examples").GetInt64(),
                Loss = Double(json.GetProperty("loss")),
                ChecksSinceBest = json.GetProperty("checks_since_best").GetInt64(), Watched = json.GetProperty("watched").GetString()!,
                Moments = json.GetProperty("averaged").GetInt64(), Elapsed = new TimeSpan(json.GetProperty("elapsed_ticks").GetInt64()),
                Best = [.. json.GetProperty("metrics").EnumerateArray()
                    .Select(metric => new Metric(metric.GetProperty("name").GetString()!, Double(metric.GetProperty("value")),
                    metric.GetProperty("higher_is_better").GetBoolean()))],
            };
            StateDict state = Safetensors.Read(Path.Combine(folder, json.GetProperty("state").GetString()!));
            StateDict? best = json.GetProperty("best").GetString() is { } bestFile
                ? Safetensors.Read(Path.Combine(folder, bestFile)) : null;
            LogResumes?.Invoke(json.GetProperty("log_length").GetInt64());
            return (position, state, best, _bestWritten = json.GetProperty("best_step").GetInt64());
        }
        catch (Exception damaged) when (damaged is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"'{file}' is damaged: {damaged.Message} Remove the folder and train again", damaged);
        }
    }

    static double Double(JsonElement text) => double.Parse(text.GetString()!, CultureInfo.InvariantCulture);
}
