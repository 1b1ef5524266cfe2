using System.Diagnostics;

namespace Rowan.Peer;

/// <summary>The same work done by both, and the ratio to reach.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Goal">libtorch's time over Rowan's, at least.</param>
/// <param name="Prepare">Makes both sides; called when the workload's turn has come.</param>
/// <param name="Unit">Calls that one call stands for: small work is done many times.</param>
sealed record Workload(string Name, double Goal, Func<Sides> Prepare, int Unit = 1)
{
    const int Block = 6;

    static readonly TimeSpan _warmUp = TimeSpan.FromMilliseconds(60);
    static readonly TimeSpan _settleLeast = TimeSpan.FromSeconds(0.5), _settleMost = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Both in turn, in blocks of a few calls after some that are not timed, as a training loop finds caches, threads and clocks;
    /// medians. The ratio is the median of those of blocks that stand side by side, now the one first and now the other: the memory of a
    /// shared machine is twice as fast in one second as in the next.
    /// </summary>
    public Result Measure(TimeSpan budget, int least)
    {
        (Action torchSide, Action rowanSide, Action? limitSide, double bytes) = Prepare();
        foreach (Action? side in (Action?[])[torchSide, rowanSide, limitSide])
            if (side is not null) Settle(side);
        List<double> torch = [], rowan = [], limit = [], ratios = [];
        var clock = Stopwatch.StartNew();
        while (torch.Count < least || (clock.Elapsed < budget && torch.Count < 1_000))
        {
            double peer = 0, own;
            if (ratios.Count % 2 == 0) peer = Time(torchSide, torch);
            own = Time(rowanSide, rowan);
            if (ratios.Count % 2 == 1) peer = Time(torchSide, torch);
            ratios.Add(peer / own);
            if (limitSide is not null) Time(limitSide, limit);
        }
        return new Result(Name, Goal, Median(torch) / Unit, Median(rowan) / Unit, Median(ratios), limitSide is null
            ? null : Median(limit) / Unit, bytes, torch.Count);
    }

    static readonly int Pause =
        int.Parse(Environment.GetEnvironmentVariable("ROWAN_PEER_PAUSE_MS") ?? "250", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>
    /// Runs a side until it is as fast as it gets: allocators fill, and what was called 30 and 60 times is compiled again, on a thread
    /// that takes a core meanwhile.
    /// </summary>
    static void Settle(Action act)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; Stopwatch.GetElapsedTime(start) is var spent && (i < 3 || spent < (i < 100 ? _settleMost : _settleLeast)); i++)
            act();
    }

    static double Time(Action act, List<double> times)
    {
        // libtorch's idle threads spin before they sleep, and on as many cores as threads that is somebody else's time: nobody runs while
        // they do.
        Thread.Sleep(Pause);
        long start = Stopwatch.GetTimestamp();
        do act();
        while (Stopwatch.GetElapsedTime(start) < _warmUp);
        List<double> block = [.. Enumerable.Range(0, Block).Select(_ => Once(act))];
        times.AddRange(block);
        return Median(block);
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

/// <summary>What is timed in turn.</summary>
/// <param name="Torch">libtorch's way, one call.</param>
/// <param name="Rowan">Rowan's way, one call.</param>
/// <param name="Limit">What the machine needs for the memory alone, where that is what it takes; null where arithmetic counts.</param>
/// <param name="Bytes">What is read and written, where memory is what it takes.</param>
sealed record Sides(Action Torch, Action Rowan, Action? Limit = null, double Bytes = 0);

/// <summary>Medians in milliseconds, and of the ratios of blocks side by side.</summary>
sealed record Result(string Workload, double Goal, double TorchMs, double RowanMs, double Ratio, double? LimitMs, double Bytes, int Calls)
{
    /// <summary>The machine's time for such rows over Rowan's.</summary>
    public double? ShareOfLimit => LimitMs / RowanMs;

    /// <summary>Bytes a second over those of copies; caches can make it more than 1.</summary>
    public double? ShareOfCopies(double bandwidth) => Bytes == 0 ? null : Bytes / (RowanMs / 1e3) / bandwidth;
}
