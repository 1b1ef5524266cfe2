using System.Diagnostics;

namespace Rowan.Peer;

/// <summary>The same work done by both, and the ratio to reach.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Goal">libtorch's time over Rowan's, at least.</param>
/// <param name="Torch">libtorch's way, one call.</param>
/// <param name="Rowan">Rowan's way, one call.</param>
/// <param name="Unit">Calls that one call stands for: small work is done many times.</param>
/// <param name="Limit">What the machine needs for the memory alone, where that is what it takes; null where arithmetic counts.</param>
sealed record Workload(string Name, double Goal, Action Torch, Action Rowan, int Unit = 1, Action? Limit = null)
{
    const int Block = 6;

    static readonly TimeSpan _warmUp = TimeSpan.FromMilliseconds(60);

    /// <summary>
    /// Both in turn, in blocks of a few calls after some that are not timed, as a training loop finds caches, threads and clocks; medians.
    /// </summary>
    public Result Measure(TimeSpan budget, int least)
    {
        var clock = Stopwatch.StartNew();
        for (int i = 0; i < 3 || clock.Elapsed < budget / 5; i++)
        {
            Torch();
            Rowan();
            Limit?.Invoke();
        }
        List<double> torch = [], rowan = [], limit = [];
        clock.Restart();
        while (torch.Count < least || (clock.Elapsed < budget && torch.Count < 1_000))
        {
            Time(Torch, torch);
            Time(Rowan, rowan);
            if (Limit is not null) Time(Limit, limit);
        }
        return new Result(Name, Goal, Median(torch) / Unit, Median(rowan) / Unit, Limit is null ? null : Median(limit) / Unit, torch.Count);
    }

    static readonly int Pause = int.Parse(Environment.GetEnvironmentVariable("ROWAN_PEER_PAUSE_MS") ?? "250", System.Globalization.CultureInfo.InvariantCulture);

    static void Time(Action act, List<double> times)
    {
        // libtorch's idle threads spin before they sleep, and on as many cores as threads that is somebody else's time: nobody runs while they do.
        Thread.Sleep(Pause);
        long start = Stopwatch.GetTimestamp();
        do act();
        while (Stopwatch.GetElapsedTime(start) < _warmUp);
        for (int i = 0; i < Block; i++) times.Add(Once(act));
    }

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
sealed record Result(string Workload, double Goal, double TorchMs, double RowanMs, double? LimitMs, int Calls)
{
    public double Ratio => TorchMs / RowanMs;

    /// <summary>The machine's time over Rowan's.</summary>
    public double? ShareOfLimit => LimitMs / RowanMs;
}
