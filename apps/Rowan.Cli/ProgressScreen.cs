using System.Globalization;
using System.Text.Json;
using Rowan.Training;

namespace Rowan.Cli;

/// <summary>How progress is shown.</summary>
enum ProgressForm
{
    /// <summary>One line that is redrawn, and a line that stays for each check.</summary>
    Live,

    /// <summary>Lines that stay, every few seconds.</summary>
    Plain,

    /// <summary>JSON lines, at most one a second.</summary>
    Json,
}

/// <summary>
/// Progress on stderr: one line that is redrawn at most ten times a second, with a small curve of the loss, and a line that stays for
/// each check; or, where stderr is no terminal, a plain line at each phase and every few seconds.
/// </summary>
/// <param name="error">Where the lines go.</param>
/// <param name="interactive">Whether a line can be redrawn.</param>
/// <param name="clock">The time: a test's own, or the system's.</param>
/// <param name="width">Columns of the terminal: what is longer is cut.</param>
/// <param name="json">Whether JSON lines are wanted in place of text.</param>
sealed class ProgressScreen(TextWriter error, bool interactive, TimeProvider clock, int width = 120, bool json = false)
    : IProgress<TrainingProgress>
{
    const int BarWidth = 24, SmallBarWidth = 10, CurvePoints = 12;
    const string Curve = "▁▂▃▄▅▆▇█";
    static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(100), PlainLine = TimeSpan.FromSeconds(5),
    JsonLine = TimeSpan.FromSeconds(1);
    static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    readonly List<double> _losses = [];
    readonly ProgressForm _form = json ? ProgressForm.Json : interactive ? ProgressForm.Live : ProgressForm.Plain;
    Metric? _validation;
    string _phase = "";
    long _drawn;
    int _every = 1, _skipped;
    bool _open, _best;

    public void Report(TrainingProgress value)
    {
        bool begins = value.Phase != _phase, ends = value.Done == value.Total && value.Total > 0;
        if (value.Loss is { } loss && double.IsFinite(loss)) Remember(loss);
        if (value.Check.Count > 0) KeepCheck(value);
        TimeSpan since = clock.GetElapsedTime(_drawn);
        if (!begins && !ends && since < (_form == ProgressForm.Live ? Redraw : _form == ProgressForm.Json ? JsonLine : PlainLine)) return;
        if (_form != ProgressForm.Live && begins && value.Done == 0 && !ends)
        {
            // The first line of a phase has nothing to say yet but its name.
            (_phase, _drawn) = (value.Phase, clock.GetTimestamp());
            return;
        }
        if (begins) EndLine();
        (_phase, _drawn) = (value.Phase, clock.GetTimestamp());
        if (_form == ProgressForm.Json) error.WriteLine(AsJson(value));
        else if (_form == ProgressForm.Plain) error.WriteLine(Line(value));
        else
        {
            string line = Line(value);
            error.Write($"\r{(line.Length >= width ? line[..Math.Max(1, width - 1)] : line)}\e[K");
            _open = true;
            if (ends) EndLine();
        }
    }

    /// <summary>Leaves the cursor at the start of a line of its own.</summary>
    public void EndLine()
    {
        if (_open) error.WriteLine();
        _open = false;
    }

    /// <summary>Keeps a thinned history of the loss, which is smooth already: of every second value where there are too many.</summary>
    void Remember(double loss)
    {
        if (++_skipped < _every) return;
        _skipped = 0;
        _losses.Add(loss);
        if (_losses.Count <= 2 * CurvePoints) return;
        for (int i = 0; i < CurvePoints; i++) _losses[i] = _losses[2 * i + 1];
        _losses.RemoveRange(CurvePoints, _losses.Count - CurvePoints);
        _every *= 2;
    }

    /// <summary>A line that stays: what a check said.</summary>
    void KeepCheck(TrainingProgress value)
    {
        (_validation, _best) = (value.Check[0], value.IsBest);
        if (_form == ProgressForm.Json) return;
        Metric watched = value.Check[0];
        string line = string.Create(Culture,
            $"epoch {value.Epoch}/{value.Epochs}  step {value.Step:#,0}  loss {value.Loss:0.0000}  {watched.Name} "
            + $"{watched.Value:0.0000}{(value.IsBest ? " *" : "")}");
        if (value.Touched is { } touched) line += string.Create(Culture, $"  touched {touched * 100:0.0} %");
        line += $"  {Span(value.Elapsed)}";
        foreach (Metric other in value.Check.Skip(1))
        {
            string figure = string.Create(Culture, $"  {other.Name} {other.Value:0.0000}");
            // Metrics that do not fit on the line are left out.
            if (_form != ProgressForm.Live || line.Length + figure.Length < width) line += figure;
        }
        if (_open) error.Write("\r\e[K");
        _open = false;
        error.WriteLine(_form == ProgressForm.Live && line.Length >= width ? line[..Math.Max(1, width - 1)] : line);
    }

    string Line(TrainingProgress now)
    {
        double share = now.Total > 0 ? (double)now.Done / now.Total : 0;
        int bar = _form == ProgressForm.Live && width < 110 ? SmallBarWidth : BarWidth, filled = (int)(share * bar);
        string line = string.Create(Culture,
            $"{now.Phase,-10} [{new string('#', filled)}{new string('.', bar - filled)}] {share * 100,3:0} %");
        if (now.Phase == "training") line += string.Create(Culture, $"  {now.PerSecondOfLate ?? now.PerSecond,8:#,0} examples/s");
        if (now.Loss is { } loss) line += string.Create(Culture, $"  loss {loss:0.0000}");
        if (_form == ProgressForm.Live && now.Loss is not null && Sparks() is { Length: > 1 } sparks) line += $" {sparks}";
        if (_validation is not null && now.Phase == "training")
            line += string.Create(Culture, $"  val {_validation.Value:0.0000}{(_best ? "*" : "")}");
        if (now.Done == now.Total) line += $"  {Span(now.Elapsed)}";
        else if (now.Remaining is { } remaining) line += $"  ETA {Span(remaining)}";
        if (now.Done == now.Total) return line;
        if (now.LearningRate is { } rate) line += string.Create(Culture, $"  lr {rate:G3}");
        if (now.Touched is { } touched) line += string.Create(Culture, $"  touched {touched * 100:0} %");
        return line;
    }

    string Sparks()
    {
        double least = _losses.Min(), most = _losses.Max();
        return most <= least ? ""
            : string.Concat(_losses.Select(loss => Curve[(int)Math.Round((loss - least) / (most - least) * (Curve.Length - 1))]));
    }

    static string AsJson(TrainingProgress now)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("phase", now.Phase);
            json.WriteNumber("done", now.Done);
            json.WriteNumber("total", now.Total);
            if (now.Epoch > 0) json.WriteNumber("epoch", now.Epoch);
            json.WriteNumber("seconds", Math.Round(now.Elapsed.TotalSeconds, 3));
            if (now.Loss is { } loss && double.IsFinite(loss)) json.WriteNumber("loss", Math.Round(loss, 6));
            foreach (Metric metric in now.Check)
                if (double.IsFinite(metric.Value)) json.WriteNumber(metric.Name, Math.Round(metric.Value, 6));
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    static string Span(TimeSpan time) => time.TotalHours >= 1
        ? time.ToString(@"h\:mm\:ss", CultureInfo.InvariantCulture) : time.ToString(@"m\:ss", CultureInfo.InvariantCulture);
}
