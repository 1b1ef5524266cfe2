using Rowan.Numerics;

namespace Rowan;

/// <summary>
/// The steps of several learnables. Those of small tables run at the same time, each on one thread: between their loops lies work for one
/// thread only (sorting entries), and a loop shared out costs some microseconds. Each step is the same on whichever thread, so the bits
/// do not depend on it.
/// </summary>
sealed class TableSteps
{
    // From here on (about a millisecond) a table's own loops keep all threads busy.
    const long Large = 1 << 20;

    // Below, one thread's caches hold all the rows, and moving them to another's costs more than it saves.
    const long Small = 1 << 18;

    long[] _work = [];
    int[] _order = [];
    int _count, _next;

    /// <param name="learnables">How many there are.</param>
    /// <param name="pending">Of a learnable, what its step reads: <see cref="IUpdater{TRule}.Pending"/>.</param>
    /// <param name="step">Its step.</param>
    public void Run(int learnables, Func<int, long> pending, Action<int> step)
    {
        if (_work.Length < learnables) (_work, _order) = (new long[learnables], new int[learnables]);
        long total = 0;
        for (int i = 0; i < learnables; i++) total += pending(i);
        // What is more than a thread's share would leave the others waiting.
        long most = total < Small ? 0 : Math.Min(Large, total / Workers.Threads);
        (_count, _next) = (0, -1);
        for (int i = 0; i < learnables; i++)
        {
            long work = pending(i);
            if (work > 0 && work <= most) (_work[_count], _order[_count++]) = (-work, i);
            else step(i);
        }
        // The largest first, so that the small ones even out the ends.
        Array.Sort(_work, _order, 0, _count);
        Workers.For(_count, 1, new Taking(this, step));
    }

    readonly struct Taking(TableSteps steps, Action<int> step) : IRangeBody
    {
        public void Run(long from, long to)
        {
            while (Interlocked.Increment(ref steps._next) is var next && next < steps._count) step(steps._order[next]);
        }
    }
}
