using System.Numerics;
using Rowan.Numerics;

namespace Rowan.Data;

/// <summary>
/// A random order of 0 … n − 1 that is a function of (n, seed): four Feistel rounds over the smallest even number of bits that holds n, walked
/// on until the value lies below n (Black and Rogaway 2002). It takes no memory, and any place of it can be asked for, so that a run resumes by its position alone.
/// </summary>
public readonly struct Shuffle
{
    const int Rounds = 4;

    readonly ulong _seed;
    readonly int _half;

    /// <param name="count">How many there are.</param>
    /// <param name="seed">Which order.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    public Shuffle(long count, ulong seed)
    {
        Require.InRange(count >= 0, $"Shuffle: {count} examples; the number is not negative", nameof(count));
        (Count, _seed) = (count, seed);
        int bits = count <= 2 ? 2 : 64 - BitOperations.LeadingZeroCount((ulong)(count - 1));
        _half = (bits + 1) / 2;
    }

    /// <summary>How many there are.</summary>
    public long Count { get; }

    /// <summary>What stands at a position.</summary>
    public long this[long position]
    {
        get
        {
            Require.InRange((ulong)position < (ulong)Count, $"Shuffle: position {position}; it runs from 0 to {Count - 1}", nameof(position));
            ulong value = (ulong)position;
            do value = Permuted(value);
            while (value >= (ulong)Count);
            return (long)value;
        }
    }

    /// <summary>Fills a span with what stands from a position on.</summary>
    public void Read(long position, Span<long> into)
    {
        for (int i = 0; i < into.Length; i++) into[i] = this[position + i];
    }

    /// <summary>Two seeds, or a seed and a number, as one: the finalizer of SplitMix64 (Steele, Lea, Flood 2014).</summary>
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
