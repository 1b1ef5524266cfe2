namespace Rowan.Numerics;

/// <summary>The body of a parallel loop over a range of an index. <see cref="Workers"/> chooses threads and ranges.</summary>
interface IRangeBody
{
    /// <summary>Processes from ≤ i &lt; to. Ranges of one loop never overlap and may run at the same time.</summary>
    void Run(long from, long to);
}

/// <summary>
/// Loops over ranges in parallel. Results must depend on the index alone, so a loop gives the same bits for any number of threads.
/// </summary>
/// <remarks>
/// The threads are Rowan's own, not the thread pool's. One loop at a time uses them: if another thread's loop is running, a loop runs on
/// the calling thread, which suits a server with many requests.
/// </remarks>
static class Workers
{
    [ThreadStatic] static bool _inside;

    /// <summary>How many threads a loop may use, the caller's included; at first the machine's processors.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive.</exception>
    public static int Threads
    {
        get;
        set
        {
            Require.InRange(value >= 1, $"Threads: {value}; there is at least one", nameof(value));
            field = value;
        }
    } = Environment.ProcessorCount;

    /// <summary>Runs the body over [0, count) in at most <see cref="Threads"/> ranges of at least <paramref name="grain"/>.</summary>
    /// <remarks>
    /// A loop inside a loop, and one below two grains, runs on the calling thread. What a body throws reaches the caller.
    /// </remarks>
    public static void For<TBody>(long count, long grain, TBody body) where TBody : struct, IRangeBody
    {
        if (count <= 0) return;
        long ranges = Math.Min(Threads, Math.Max(1, count / Math.Max(1, grain)));
        if (ranges <= 1 || _inside || !WorkerTeam.TryRun(body, count, (int)ranges)) body.Run(0, count);
    }

    /// <summary>Runs one range, in which further loops do not split.</summary>
    internal static void Inside<TBody>(TBody body, long from, long to) where TBody : struct, IRangeBody
    {
        bool before = _inside;
        _inside = true;
        try { body.Run(from, to); }
        finally { _inside = before; }
    }
}
