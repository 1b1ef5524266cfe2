using System.Numerics;
using Rowan.Numerics;

namespace Rowan.Tensors;

/// <summary>
/// Memory that goes back: what a large tensor of a computation lies in. Who reads it afterwards gets an error, not another tensor's values.
/// </summary>
sealed class PooledBuffer(float[] values)
{
    float[]? _values = values;

    /// <summary>The memory.</summary>
    /// <exception cref="InvalidOperationException">It has gone back.</exception>
    public float[] Values => _values ?? throw new InvalidOperationException(
        "this tensor's memory was recycled when the gradients were cleared (ZeroGrad): read it before, or keep Detach(), which has "
            + "memory of its own.");

    /// <summary>Whether a backward pass made it, and it goes back with its last user.</summary>
    public bool Transient { get; init; }

    /// <summary>Gradients that wait in it, and tables and leaves that keep it.</summary>
    public int Users { get; private set; }

    /// <summary>The next of a list of blocks that go back together.</summary>
    public PooledBuffer? Next { get; set; }

    public void Hold() => Users++;

    public void Drop()
    {
        if (--Users == 0 && Transient) Release();
    }

    public void Release()
    {
        if (Interlocked.Exchange(ref _values, null) is { } values) BufferPool.Return(values);
    }
}

/// <summary>
/// Arrays that tensors of a computation gave back, by size: fresh pages cost more than the arithmetic on them. Four sizes an octave, so
/// that at most a fifth of an array is unused. What was not wanted for a while is left to the collector.
/// </summary>
static class BufferPool
{
    /// <summary>Smaller tensors are cheap for the collector, and nothing is cheaper.</summary>
    public const int Least = 1_024;

    const int SweepEvery = 256;

    static readonly Shelf[] _shelves = [.. Enumerable.Range(0, 4 * 22).Select(size => new Shelf(size))];
    static int _sweep;

    /// <summary>An array of at least <paramref name="count"/> values, of any content.</summary>
    public static float[] Rent(int count)
    {
        float[]? array = _shelves[ShelfOf(count)].Take();
        (array is null ? Counters.BuffersFresh : Counters.BuffersRecycled).Add(1);
        return array ?? GC.AllocateUninitializedArray<float>((int)Math.Min(SizeOf(ShelfOf(count)), Array.MaxLength));
    }

    public static void Return(float[] values) => _shelves[ShelfOf(values.Length)].Put(values);

    /// <summary>Called once for each cleared gradient: every so often, what nobody took since the last time is dropped.</summary>
    public static void Tick()
    {
        if (Interlocked.Increment(ref _sweep) % SweepEvery != 0) return;
        foreach (Shelf shelf in _shelves) shelf.Sweep();
    }

    /// <summary>The smallest shelf whose arrays have room for as many.</summary>
    static int ShelfOf(int count)
    {
        int octave = Math.Max(0, BitOperations.Log2((uint)Math.Max(1, count - 1)) - 10);
        long quarter = 256L << octave;
        return octave * 4 + (int)((Math.Max(count, Least + 1L) - (1024L << octave) + quarter - 1) / quarter) - 1;
    }

    /// <summary>1,280, 1,536, 1,792, 2,048, 2,560, … values.</summary>
    static long SizeOf(int shelf) => (1024L + 256 * (shelf % 4 + 1)) << (shelf / 4);

    sealed class Shelf(int size)
    {
        readonly Stack<float[]> _arrays = new();
        int _fewest;

        public float[]? Take()
        {
            lock (_arrays)
            {
                if (!_arrays.TryPop(out float[]? array)) return null;
                _fewest = Math.Min(_fewest, _arrays.Count);
                return array;
            }
        }

        public void Put(float[] array)
        {
            Require.That(array.Length >= Math.Min(SizeOf(size), Array.MaxLength),
                $"BufferPool: an array of {array.Length} values among those of {SizeOf(size)}");
            lock (_arrays) _arrays.Push(array);
        }

        public void Sweep()
        {
            lock (_arrays)
            {
                for (; _fewest > 0; _fewest--) _arrays.Pop();
                _fewest = _arrays.Count;
            }
        }
    }
}
