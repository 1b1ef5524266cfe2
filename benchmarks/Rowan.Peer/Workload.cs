using System.Diagnostics;

namespace Rowan.Peer;

/// <summary>The same work done by both, and the ratio to reach.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Goal">libtorch's time over Rowan's, at least.</param>
/// <param name="Torch">libtorch's way, one call.</param>
/// <param name="Rowan">Rowan's way, one call.</param>
/// <param name="Unit">Calls that one call stands for: small work is done many times.</param>
sealed record Workload(string Name, double Goal, Action Torch, Action Rowan, int Unit = 1)
{
    /// <summary>Both in turn, A B A B, after warming up; medians.</summary>
    public Result Measure(TimeSpan budget, int least)
    {
        var clock = Stopwatch.StartNew();
        for (int i = 0; i < 3 || clock.Elapsed < budget / 5; i++)
        {
            Torch();
            Rowan();
        }
        List<double> torch = [], rowan = [];
        clock.Restart();
        while (torch.Count < least || (clock.Elapsed < budget && torch.Count < 1_000))
        {
            torch.Add(Once(Torch));
            Rest();
            rowan.Add(Once(Rowan));
            Rest();
        }
        return new Result(Name, Goal, Median(torch) / Unit, Median(rowan) / Unit, torch.Count);
    }

    // libtorch's idle threads spin before they sleep, and on as many cores as threads that is somebody else's time: neither side is timed while they do.
    static void Rest() => Thread.Sleep(Pause);

    static readonly int Pause = int.Parse(Environment.GetEnvironmentVariable("ROWAN_PEER_PAUSE_MS") ?? "200", System.Globalization.CultureInfo.InvariantCulture);

    static double Once(Action act)
    {
        long start = Stopwatch.GetTimestamp();
        act();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    static double Median(List<double> times)
    {
        times.Sort();
        return times[times.Count / 2];
    }
}

/// <summary>Medians in milliseconds.</summary>
sealed record Result(string Workload, double Goal, double TorchMs, double RowanMs, int Rounds)
{
    public double Ratio => TorchMs / RowanMs;
}
