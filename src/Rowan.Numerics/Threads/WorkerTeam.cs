using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Rowan.Numerics;

/// <summary>
/// A team of threads that wait for the next loop. They spin for a short time, then sleep. Starting a loop costs about a microsecond while
/// they spin; a thread-pool task costs several.
/// </summary>
/// <remarks>
/// The only shared state is one number: the loop's number and how many of its ranges are not yet taken. The thread that lowers it owns the
/// range. The caller takes ranges too, so it never waits for a thread that is still asleep.
/// </remarks>
static class WorkerTeam
{
    // Longer than the serial work between two loops of a training step.
    static readonly long _spin = Stopwatch.Frequency / 10_000;

    static readonly object _asleep = new();
    static int _taken, _members, _sleeping, _unfinished;
    static long _open;             // Loop number in the upper half, ranges not yet taken in the lower.
    static Job _job = null!;

    /// <summary>Runs the body over [0, count) in ranges; false when another loop has the team.</summary>
    public static bool TryRun<TBody>(TBody body, long count, int ranges) where TBody : struct, IRangeBody
    {
        if (Interlocked.CompareExchange(ref _taken, 1, 0) != 0) return false;
        Job<TBody> job = Job<TBody>.Only;
        Exception? fault;
        try
        {
            while (_members < ranges - 1) Hire();
            job.Set(body, count, ranges);
            _job = job;
            Volatile.Write(ref _unfinished, ranges);
            Interlocked.Exchange(ref _open, (((_open >> 32) + 1) << 32) | (uint)ranges);
            if (Volatile.Read(ref _sleeping) > 0) Wake();
            while (TakeRange()) { }
            var wait = new SpinWait();
            while (Volatile.Read(ref _unfinished) > 0) wait.SpinOnce(sleep1Threshold: -1);
            fault = job.Fault;
        }
        finally
        {
            job.Clear();
            Volatile.Write(ref _taken, 0);
        }
        if (fault is not null) ExceptionDispatchInfo.Throw(fault);
        return true;
    }

    static void Hire()
    {
        _members++;
        new Thread(Wait) { IsBackground = true, Name = $"Rowan worker {_members}" }.Start();
    }

    static bool TakeRange()
    {
        long open = Volatile.Read(ref _open);
        while ((int)open > 0)
        {
            long before = Interlocked.CompareExchange(ref _open, open - 1, open);
            if (before == open)
            {
                _job.Run((int)open - 1);
                Interlocked.Decrement(ref _unfinished);
                return true;
            }
            open = before;
        }
        return false;
    }

    static void Wait()
    {
        while (true)
        {
            if (TakeRange()) continue;
            // More threads than processors would only slow each other down.
            if (_members < Environment.ProcessorCount && Spin()) continue;
            lock (_asleep)
            {
                Interlocked.Increment(ref _sleeping);
                while ((int)Volatile.Read(ref _open) == 0) Monitor.Wait(_asleep);
                Interlocked.Decrement(ref _sleeping);
            }
        }
    }

    static bool Spin()
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetTimestamp() - start < _spin)
            for (int i = 0; i < 16; i++)
            {
                if ((int)Volatile.Read(ref _open) > 0) return true;
                Thread.SpinWait(4);
            }
        return false;
    }

    static void Wake()
    {
        lock (_asleep) Monitor.PulseAll(_asleep);
    }

    abstract class Job
    {
        public abstract void Run(int range);
    }

    /// <summary>The loop over one type of body. Only one loop runs at a time, so one object per type is enough.</summary>
    sealed class Job<TBody> : Job where TBody : struct, IRangeBody
    {
        public static readonly Job<TBody> Only = new();

        TBody _body;
        long _count;
        int _ranges;
        Exception? _fault;

        public Exception? Fault => _fault;

        public void Set(TBody body, long count, int ranges) => (_body, _count, _ranges, _fault) = (body, count, ranges, null);

        /// <summary>Clears the body, so that the garbage collector can free what it references.</summary>
        public void Clear() => (_body, _fault) = (default, null);

        public override void Run(int range)
        {
            long Start(int of) => (long)((Int128)_count * of / _ranges);
            try { Workers.Inside(_body, Start(range), Start(range + 1)); }
#pragma warning disable CA1031 // Exceptions of a body are rethrown on the calling thread.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Interlocked.CompareExchange(ref _fault, e, null);
            }
        }
    }
}
