using System.Numerics;
using Rowan.Numerics;

namespace Rowan;

/// <summary>
/// A random permutation of 0 … n − 1 that is a function of (n, seed): four Feistel rounds over the smallest even number of bits that
/// holds n, repeated until the value is below n (cycle walking, Black and Rogaway 2002). It takes no memory, and any position can be
/// computed alone, so a run resumes from its position.
/// </summary>
/// <remarks>Immutable: safe to read from any number of threads.</remarks>
public readonly struct Shuffle
{
    const int Rounds = 4;

    readonly ulong _seed;
    readonly int _half;

    /// <param name="count">Number of items.</param>
    /// <param name="seed">Random seed.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    public Shuffle(long count, ulong seed)
    {
        Require.InRange(count >= 0, $"Shuffle: count is {count}; it must be at least 0", nameof(count));
        (Count, _seed) = (count, seed);
        int bits = count <= 2 ? 2 : 64 - BitOperations.LeadingZeroCount((ulong)(count - 1));
        _half = (bits + 1) / 2;
    }

    /// <summary>Number of items.</summary>
    public long Count { get; }

    /// <summary>The item at a position.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The position is outside 0 … Count − 1.</exception>
    public long this[long position]
    {
        get
        {
            Require.InRange((ulong)position < (ulong)Count,
                $"Shuffle: position {position} is outside a shuffle of {Count} items; it must be at least 0 and below {Count}",
                nameof(position));
            ulong value = (ulong)position;
            do value = Permuted(value);
            while (value >= (ulong)Count);
            return (long)value;
        }
    }

    /// <summary>Fills a span with the items from a position on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The span reaches beyond the last item.</exception>
    public void Read(long position, Span<long> into)
    {
        for (int i = 0; i < into.Length; i++) into[i] = this[position + i];
    }

    /// <summary>Combines a seed and a number into a new seed, with the finalizer of SplitMix64 (Steele, Lea, Flood 2014).</summary>
    public static ulong Mix(ulong seed, ulong number)
    {
        ulong z = seed + 0x9e37_79b9_7f4a_7c15 * (number + 1);
        z = (z ^ (z >> 30)) * 0xbf58_476d_1ce4_e5b9;
        z = (z ^ (z >> 27)) * 0x94d0_49bb_1331_11eb;
        return z ^ (z >> 31);
    }

    ulong Permuted(ulong value)
    {
        ulong mask = (1UL << _half) - 1, left = value >> _half, right = value & mask;
        for (int round = 0; round < Rounds; round++)
            (left, right) = (right, left ^ (Mix(_seed ^ right, (ulong)round) & mask));
        return left << _half | right;
    }
}
