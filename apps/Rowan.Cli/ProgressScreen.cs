using System.Globalization;
using Rowan.Training;

namespace Rowan.Cli;

/// <summary>
/// Progress on stderr: one line that is redrawn at most ten times a second, or, where stderr is no terminal, a plain line at each phase and every few seconds.
/// </summary>
/// <param name="error">Where the lines go.</param>
/// <param name="interactive">Whether a line can be redrawn.</param>
/// <param name="clock">The time: a test's own, or the system's.</param>
sealed class ProgressScreen(TextWriter error, bool interactive, TimeProvider clock) : IProgress<TrainingProgress>
{
    const int BarWidth = 24;
    static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(100), PlainLine = TimeSpan.FromSeconds(5);

    string _phase = "";
    long _drawn;
    bool _open;

    public void Report(TrainingProgress value)
    {
        bool begins = value.Phase != _phase, ends = value.Done == value.Total && value.Total > 0;
        TimeSpan since = clock.GetElapsedTime(_drawn);
        if (!begins && !ends && since < (interactive ? Redraw : PlainLine)) return;
        if (!interactive && begins && value.Done == 0 && !ends)
        {
            // The first line of a phase has nothing to say yet but its name.
            (_phase, _drawn) = (value.Phase, clock.GetTimestamp());
            return;
        }
        if (begins) EndLine();
        (_phase, _drawn) = (value.Phase, clock.GetTimestamp());
        if (!interactive)
        {
            error.WriteLine(Line(value));
            return;
        }
        error.Write($"\r{Line(value)}\e[K");
        _open = true;
        if (ends) EndLine();
    }

    /// <summary>Leaves the cursor at the start of a line of its own.</summary>
    public void EndLine()
    {
        if (_open) error.WriteLine();
        _open = false;
    }

    static string Line(TrainingProgress now)
    {
        double share = now.Total > 0 ? (double)now.Done / now.Total : 0;
        int filled = (int)(share * BarWidth);
        var culture = CultureInfo.InvariantCulture;
        string line = string.Create(culture, $"{now.Phase,-10} [{new string('#', filled)}{new string('.', BarWidth - filled)}] {share * 100,3:0} %");
        if (now.Phase == "training") line += string.Create(culture, $"  {now.PerSecond,8:#,0} examples/s");
        if (now.Loss is { } loss) line += string.Create(culture, $"  loss {loss:0.0000}");
        if (now.Done == now.Total) line += $"  {Span(now.Elapsed)}";
        else if (now.Remaining is { } remaining) line += $"  ETA {Span(remaining)}";
        return line;
    }

    static string Span(TimeSpan time) => time.TotalHours >= 1
        ? time.ToString(@"h\:mm\:ss", CultureInfo.InvariantCulture) : time.ToString(@"m\:ss", CultureInfo.InvariantCulture);
}
