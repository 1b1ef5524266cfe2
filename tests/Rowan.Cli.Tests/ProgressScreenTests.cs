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

    [Fact]
    public void ACheckLeavesALineAndTheLossACurve()
    {
        var clock = new Clock();
        var error = new StringWriter();
        var screen = new ProgressScreen(error, interactive: true, clock, width: 100);
        for (int i = 1; i <= 100; i++)
        {
            clock.Elapsed += TimeSpan.FromMilliseconds(150);
            screen.Report(new TrainingProgress("training", i, 100, 2.0 / i, TimeSpan.FromSeconds(i))
            {
                Step = i, Epoch = (i + 49) / 50, Epochs = 2, Rate = 0.5, Check = i % 50 == 0 ? [new Metric("hr@10", 0.25 * i / 50)] : [],
                IsBest = i == 50, Touched = 0.5,
            });
        }
        string[] lines = error.ToString().Split(Environment.NewLine);
        Assert.Contains("epoch 1/2  step 50  loss 0.0400  hr@10 0.2500 *  touched 50.0 %  0:50", lines[0], StringComparison.Ordinal);
        Assert.Contains("epoch 2/2  step 100", lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain("0.5000 *", lines[1], StringComparison.Ordinal);
        Assert.Contains("█", lines[0], StringComparison.Ordinal);
        Assert.Contains("val 0.2500*", lines[1], StringComparison.Ordinal);
        Assert.All(error.ToString().Split('\r', StringSplitOptions.RemoveEmptyEntries),
            drawn => Assert.InRange(drawn.Split(Environment.NewLine)[0].Replace("\e[K", "", StringComparison.Ordinal).Length, 0, 99));
    }

    [Fact]
    public void ProgressCanBeJson()
    {
        var clock = new Clock();
        var error = new StringWriter();
        var screen = new ProgressScreen(error, interactive: true, clock, json: true);
        for (int i = 0; i <= 20; i++)
        {
            screen.Report(new TrainingProgress("training", i, 20, 0.5, clock.Elapsed - TimeSpan.FromHours(1)));
            clock.Elapsed += TimeSpan.FromMilliseconds(300);
        }
        string[] lines = error.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.InRange(lines.Length, 4, 8);
        foreach (string line in lines)
        {
            using var document = System.Text.Json.JsonDocument.Parse(line);
            Assert.Equal("training", document.RootElement.GetProperty("phase").GetString());
        }
    }

    sealed class Clock : TimeProvider
    {
        public TimeSpan Elapsed { get; set; } = TimeSpan.FromHours(1);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Elapsed.Ticks;
    }
}
