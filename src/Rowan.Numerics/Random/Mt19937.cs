using System.Numerics;
using System.Runtime.CompilerServices;

namespace Rowan.Numerics;

/// <summary>
/// The words of MT19937 (Matsumoto and Nishimura 1998), made 624 at a time in vector code. Not safe from several threads.
/// </summary>
sealed class Mt19937
{
    const int Size = 624, Middle = 397;

    readonly uint[] _state = new uint[Size], _words = new uint[Size];
    int _next = Size;

    public Mt19937(uint seed)
    {
        _state[0] = seed;
        for (int i = 1; i < Size; i++)
            _state[i] = 1_812_433_253u * (_state[i - 1] ^ (_state[i - 1] >> 30)) + (uint)i;
    }

    public uint Next()
    {
        if (_next == Size) Twist();
        return _words[_next++];
    }

    /// <summary>Two words, the first the high one.</summary>
    public ulong NextPair() => ((ulong)Next() << 32) | Next();

    /// <summary>The next words, at least one and at most as many as asked for. Valid until the next call.</summary>
    public ReadOnlySpan<uint> Take(int atMost)
    {
        if (_next == Size) Twist();
        int from = _next;
        _next += Math.Min(atMost, Size - from);
        return _words.AsSpan(from, _next - from);
    }

    /// <summary>
    /// The next pairs of words, at most as many as asked for; none where a single word is left of the 624. Valid until the next call.
    /// </summary>
    public ReadOnlySpan<uint> TakePairs(int atMost)
    {
        if (_next == Size) Twist();
        return Take(2 * Math.Min(atMost, (Size - _next) / 2));
    }

    public void CopyFrom(Mt19937 other)
    {
        other._state.CopyTo(_state, 0);
        other._words.CopyTo(_words, 0);
        _next = other._next;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    void Twist()
    {
        uint[] s = _state;
        // A vector reads words up to itself and the one after it as they were, and those 397 later, which wrap around to words already
        // new.
        Mix(s, 0, Size - Middle, Middle);
        Mix(s, Size - Middle, Size - 1, Middle - Size);
        s[Size - 1] = s[Middle - 1] ^ Half(s[Size - 1], s[0]);
        int i = 0;
        for (; i + Vector<uint>.Count <= Size; i += Vector<uint>.Count)
        {
            var y = new Vector<uint>(s, i);
            y ^= y >>> 11;
            y ^= (y << 7) & new Vector<uint>(0x9d2c5680);
            y ^= (y << 15) & new Vector<uint>(0xefc60000);
            (y ^ (y >>> 18)).CopyTo(_words, i);
        }
        for (; i < Size; i++)
        {
            uint y = s[i];
            y ^= y >> 11;
            y ^= (y << 7) & 0x9d2c5680;
            y ^= (y << 15) & 0xefc60000;
            _words[i] = y ^ (y >> 18);
        }
        _next = 0;
    }

    /// <summary>s[i] ← s[i + distance] ^ half(s[i], s[i + 1])  for from ≤ i &lt; to.</summary>
    static void Mix(uint[] s, int from, int to, int distance)
    {
        int i = from;
        for (; i + Vector<uint>.Count <= to; i += Vector<uint>.Count)
        {
            Vector<uint> high = new Vector<uint>(s, i) & new Vector<uint>(0x8000_0000);
            Vector<uint> low = new Vector<uint>(s, i + 1) & new Vector<uint>(0x7fff_ffff);
            Vector<uint> y = high | low;
            Vector<uint> odd = Vector<uint>.Zero - (y & Vector<uint>.One);
            (new Vector<uint>(s, i + distance) ^ (y >>> 1) ^ (odd & new Vector<uint>(0x9908_b0df))).CopyTo(s, i);
        }
        for (; i < to; i++) s[i] = s[i + distance] ^ Half(s[i], s[i + 1]);
    }

    static uint Half(uint high, uint low)
    {
        uint y = (high & 0x8000_0000) | (low & 0x7fff_ffff);
        return (y >> 1) ^ ((y & 1) == 0 ? 0 : 0x9908_b0df);
    }
}
