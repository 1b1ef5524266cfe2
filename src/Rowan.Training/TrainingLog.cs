using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Rowan.Training;

/// <summary>
/// What happened in a run, as log.jsonl: a line at each check and at the end of each phase, and at most one per second in between. A
/// resumed run truncates it to its checkpoint. The lines about steps are also written to a TensorBoard event file, and to log.csv,
/// which is rewritten at each check.
/// </summary>
sealed class TrainingLog : IDisposable
{
    internal const string LogFile = "log.jsonl";

    const string TableFile = "log.csv", EventsFile = "events.out.tfevents.rowan";

    static readonly string[] First = ["step", "epoch", "seconds", "loss", "rate", "learning_rate", "touched"];

    readonly string _folder;
    readonly List<SortedDictionary<string, double>> _rows = [];
    FileStream? _stream, _eventsFile;
    TensorBoardEvents? _events;
    string _phase = "";
    double _logged = double.NegativeInfinity;

    public TrainingLog(string folder)
    {
        _folder = folder;
        _stream = new FileStream(Path.Combine(folder, LogFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        _stream.Seek(0, SeekOrigin.End);
    }

    /// <summary>Bytes so far.</summary>
    public long Length => _stream?.Length ?? 0;

    /// <summary>Forgets what was written after a length, which may be half a line: what the other forms hold is what is left.</summary>
    public void CutTo(long length)
    {
        _stream!.SetLength(Math.Min(length, _stream.Length));
        _stream.Position = 0;
        _rows.Clear();
        _eventsFile?.Dispose();
        _eventsFile = new FileStream(Path.Combine(_folder, EventsFile), FileMode.Create, FileAccess.Write, FileShare.Read);
        _events = new TensorBoardEvents(_eventsFile);
        using (var reader = new StreamReader(_stream, leaveOpen: true))
            while (reader.ReadLine() is { } line) AddRow(line);
        _stream.Seek(0, SeekOrigin.End);
    }

    public void Add(TrainingProgress progress)
    {
        bool begins = progress.Phase != _phase, ends = progress.Done == progress.Total;
        if (!begins && !ends && progress.Check.Count == 0 && progress.Elapsed.TotalSeconds < _logged + 1) return;
        (_phase, _logged) = (progress.Phase, progress.Elapsed.TotalSeconds);
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteString("phase", progress.Phase);
            if (progress.Epoch > 0)
            {
                json.WriteNumber("step", progress.Step);
                json.WriteNumber("epoch", progress.Epoch);
            }
            json.WriteNumber("done", progress.Done);
            json.WriteNumber("total", progress.Total);
            json.WriteNumber("seconds", Math.Round(progress.Elapsed.TotalSeconds, 3));
            if (progress.Loss is { } loss && double.IsFinite(loss)) json.WriteNumber("loss", Math.Round(loss, 6));
            if (progress.Rate is { } rate) json.WriteNumber("rate", Math.Round(rate, 6));
            if (progress.LearningRate is { } learningRate) json.WriteNumber("learning_rate", learningRate);
            if (progress.Touched is { } touched) json.WriteNumber("touched", Math.Round(touched, 6));
            if (progress.Check.Count > 0)
            {
                json.WriteStartObject("validation");
                foreach (Metric metric in progress.Check)
                    if (double.IsFinite(metric.Value)) json.WriteNumber(metric.Name, Math.Round(metric.Value, 6));
                json.WriteEndObject();
                json.WriteBoolean("best", progress.IsBest);
            }
            json.WriteEndObject();
        }
        string text = Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length);
        line.WriteByte((byte)'\n');
        line.Position = 0;
        line.CopyTo(_stream!);
        _stream!.Flush();
        AddRow(text);
        _eventsFile?.Flush();
        if (progress.Check.Count > 0 || ends) WriteTable();
    }

    /// <summary>Takes in what a line says of a step.</summary>
    void AddRow(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement json = document.RootElement;
        if (!json.TryGetProperty("step", out _)) return;
        var row = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (JsonProperty property in json.EnumerateObject())
            if (property.Value.ValueKind == JsonValueKind.Number) row[property.Name] = property.Value.GetDouble();
            else if (property.Value.ValueKind == JsonValueKind.Object)
                foreach (JsonProperty figure in property.Value.EnumerateObject())
                    row[$"{property.Name}/{figure.Name}"] = figure.Value.GetDouble();
        _rows.Add(row);
        foreach ((string name, double value) in row)
            if (name is not ("step" or "epoch" or "seconds" or "done" or "total"))
                _events!.Scalar(name, (long)row["step"], row["seconds"], (float)value);
    }

    void WriteTable()
    {
        string[] columns = [.. First,
            .. _rows.SelectMany(row => row.Keys).Where(key => key.StartsWith("validation/", StringComparison.Ordinal)).Distinct()
            .Order(StringComparer.Ordinal)];
        using var table = new StreamWriter(Path.Combine(_folder, TableFile), append: false, new UTF8Encoding(false)) { NewLine = "\n" };
        table.WriteLine(string.Join(',', columns));
        foreach (var row in _rows)
            table.WriteLine(string.Join(',',
            columns.Select(column => row.TryGetValue(column, out double value) ? value.ToString("R", CultureInfo.InvariantCulture) : "")));
    }

    public void Dispose()
    {
        if (_stream is null) return;
        WriteTable();
        _stream.Dispose();
        _eventsFile?.Dispose();
        _stream = null;
    }
}
