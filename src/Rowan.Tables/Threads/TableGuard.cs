using System.Runtime.CompilerServices;
using Rowan.Numerics;

namespace Rowan.Tables;

/// <summary>
/// Many readers or one writer: who looks rows up holds it as a reader, who moves, writes or adds rows as a writer. A writer that waits
/// keeps new readers out.
/// </summary>
/// <remarks>
/// A table that one thread alone uses pays for none of this: the first thread is its owner, and notes without atomic instructions that it
/// is inside, which takes
/// two nanoseconds. The first call from another thread ends that for good (<see cref="EndOwnership"/>). From then on readers count
/// themselves, each thread in a cache line of its own as far as
/// there are processors, because a line that all of them write costs hundreds of nanoseconds; a writer looks through all the lines.
/// </remarks>
sealed class TableGuard
{
    const int Line = 16;               // Counts of 4 bytes in a cache line.
    const int MostReaders = 64;        // Lines of counts.

    [ThreadStatic] static List<TableGuard>? _scopes;
    static long _guards;

    readonly Lock _writers = new();
    int _owner, _inside, _depth, _writer;
    bool _shared;
    int _writing;
    int[] _readers = [];

    /// <summary>Position in the order in which guards of several tables are taken, so that no two threads wait for each other.</summary>
    public long Order { get; } = Interlocked.Increment(ref _guards);

    /// <summary>
    /// Holds it as a reader. A thread that holds it as a writer may; one that holds it as a reader must not, unless in a scope.
    /// </summary>
    public Hold Read()
    {
        int me = Environment.CurrentManagedThreadId;
        return EnterAsOwner(me) ? new Hold(this, Hold.Owner) : ReadShared(me);
    }

    /// <summary>
    /// Holds it, if that takes no atomic instruction, until <see cref="LeaveAsOwner"/>: for calls that take a tenth of a microsecond.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryEnterAsOwner() => _owner == Environment.CurrentManagedThreadId && EnterAsOwner(_owner);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void LeaveAsOwner() => Volatile.Write(ref _inside, _inside - 1);

    /// <summary>Holds it as a writer, also within another hold as a writer.</summary>
    /// <exception cref="InvalidOperationException">The thread holds it in a scope as a reader, and would wait for itself.</exception>
    public Hold Write(string operation, string table)
    {
        if (_scopes is { } scopes)
            Require.State(!scopes.Contains(this),
                $"{operation}: this thread reads '{table}' within LockForReading, and would wait for itself; dispose that lock first");
        int me = Environment.CurrentManagedThreadId;
        return EnterAsOwner(me) ? new Hold(this, Hold.Owner) : WriteShared(me);
    }

    Hold WriteShared(int me)
    {
        if (!Volatile.Read(ref _shared)) EndOwnership(me);
        _writers.Enter();
        if (_depth++ > 0) return new Hold(this, Hold.Writer);
        _writer = me;
        Interlocked.Exchange(ref _writing, 1);
        for (int slot = 0; slot < _readers.Length; slot += Line)
        {
            var wait = new SpinWait();
            while (Volatile.Read(ref _readers[slot]) > 0) wait.SpinOnce();
        }
        return new Hold(this, Hold.Writer);
    }

    /// <summary>Notes that this thread holds it as a reader for longer, so that lookups within go through.</summary>
    public void OpenScope() => (_scopes ??= []).Add(this);

    /// <summary>Ends <see cref="OpenScope"/>.</summary>
    public void CloseScope() => _scopes!.Remove(this);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    bool EnterAsOwner(int me)
    {
        bool owns = _owner == me || (_owner == 0 && !Volatile.Read(ref _shared) && Interlocked.CompareExchange(ref _owner, me, 0) == 0);
        if (!owns) return false;
        int depth = _inside;
        Volatile.Write(ref _inside, depth + 1);
        // A thread that ends the ownership sees this one inside, or this one sees that it has ended.
        if (depth > 0 || !Volatile.Read(ref _shared)) return true;
        Volatile.Write(ref _inside, depth);
        return false;
    }

    Hold ReadShared(int me)
    {
        if (!Volatile.Read(ref _shared)) EndOwnership(me);
        if (Volatile.Read(ref _writer) == me) return new Hold(this, Hold.Nothing);
        int slot = me * Line & (_readers.Length - 1);
        Interlocked.Increment(ref _readers[slot]);
        var wait = new SpinWait();
        while (Volatile.Read(ref _writing) != 0 && !(_scopes?.Contains(this) ?? false))
        {
            Interlocked.Decrement(ref _readers[slot]);
            while (Volatile.Read(ref _writing) != 0) wait.SpinOnce();
            Interlocked.Increment(ref _readers[slot]);
        }
        return new Hold(this, slot);
    }

    /// <summary>From here on every thread counts itself. Waits until the owner is outside.</summary>
    void EndOwnership(int me)
    {
        lock (_writers)
        {
            if (_shared) return;
            int lines = 1;
            while (lines < Math.Min(Environment.ProcessorCount, MostReaders)) lines *= 2;
            _readers = new int[lines * Line];
            Interlocked.CompareExchange(ref _owner, me, 0);
            Volatile.Write(ref _shared, true);
            // The owner notes that it is inside by a plain store; this has every thread's stores seen, and its next reads see the line
            // above.
            Interlocked.MemoryBarrierProcessWide();
            var wait = new SpinWait();
            while (_owner != me && Volatile.Read(ref _inside) > 0) wait.SpinOnce();
        }
    }

    void LeaveShared(int held)
    {
        switch (held)
        {
            case Hold.Writer:
                if (--_depth == 0)
                {
                    _writer = 0;
                    Volatile.Write(ref _writing, 0);
                }
                _writers.Exit();
                break;
            case Hold.Nothing:
                break;
            default:
                Interlocked.Decrement(ref _readers[held]);
                break;
        }
    }

    /// <summary>Leaves when it is disposed, once, on the thread that entered.</summary>
    public readonly struct Hold(TableGuard guard, int held) : IDisposable
    {
        public const int Owner = -1, Writer = -2, Nothing = -3;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Dispose()
        {
            if (held == Owner) guard.LeaveAsOwner();
            else guard.LeaveShared(held);
        }
    }
}
