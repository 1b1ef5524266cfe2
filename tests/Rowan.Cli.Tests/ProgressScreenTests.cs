using Rowan.Training;

namespace Rowan.Cli.Tests;

public class ProgressScreenTests
{
    [Fact]
    public void ATerminalIsRedrawnAtMostTenTimesASecond()
    {
        var clock = new Clock();
        var error = new StringWriter();
        var screen = new ProgressScreen(error, interactive: true, clock);
        for (int i = 0; i < 1_000; i++)
        {
            screen.Report(new TrainingProgress("training", i, 1_000, 0.5, clock.Elapsed - TimeSpan.FromHours(1)));
            clock.Elapsed += TimeSpan.FromMilliseconds(2);
        }
        int redraws = error.ToString().Count(c => c == '\r');
        Assert.InRange(redraws, 15, 21);
        Assert.Contains("examples/s  loss 0.5000  ETA 0:", error.ToString(), StringComparison.Ordinal);
        screen.EndLine();
        Assert.EndsWith(Environment.NewLine, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ElsewhereALineComesEveryFewSecondsAndAtTheEnd()
    {
        var clock = new Clock();
        var error = new StringWriter();
        var screen = new ProgressScreen(error, interactive: false, clock);
        for (int i = 0; i <= 120; i++)
        {
            screen.Report(new TrainingProgress("training", i, 120, null, clock.Elapsed - TimeSpan.FromHours(1)));
            clock.Elapsed += TimeSpan.FromMilliseconds(100);
        }
        string[] lines = error.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.DoesNotContain('\r', lines[0]);
        Assert.Contains("100 %", lines[^1], StringComparison.Ordinal);
    }

    sealed class Clock : TimeProvider
    {
        public TimeSpan Elapsed { get; set; } = TimeSpan.FromHours(1);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Elapsed.Ticks;
    }
}
