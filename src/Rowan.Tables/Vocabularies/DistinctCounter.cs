using System.Numerics;
using Rowan.Numerics;

namespace Rowan;

/// <summary>
/// About how many different things were seen: n ≈ −m·ln(share of m bits that are still 0) (Whang et al. 1990). It takes a megabyte
/// whatever it counts, and is within a percent up to some ten million.
/// </summary>
sealed class DistinctCounter
{
    const int Bits = 1 << 23;

    readonly ulong[] _seen = new ulong[Bits / 64];

    /// <summary>Different things so far.</summary>
    public long Count
    {
        get
        {
            long zeros = Bits - _seen.Sum(word => (long)BitOperations.PopCount(word));
            return (long)Math.Round(-(double)Bits * Math.Log(Math.Max(1, zeros) / (double)Bits));
        }
    }

    /// <summary>Counts a thing by its hash.</summary>
    public void Add(ulong hash)
    {
        ulong place = Shuffle.Mix(0x64_6973_7469, hash) % Bits;
        _seen[place >> 6] |= 1UL << (int)(place & 63);
    }

    /// <summary>
    /// Rows for so many things that share rows by their hash: rounded up by at most an eighth, so that a few more or fewer things give
    /// the same size.
    /// </summary>
    public static int Buckets(long things, int least, int most)
    {
        long grain = Math.Max(1, (1L << BitOperations.Log2((ulong)Math.Max(1, things))) / 8);
        return (int)Math.Clamp((things + grain - 1) / grain * grain, least, most);
    }
}
