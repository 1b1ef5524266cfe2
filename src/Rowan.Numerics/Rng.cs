using System.Runtime.CompilerServices;
using Rowan.Numerics;

namespace Rowan;

/// <summary>
/// Random numbers as PyTorch draws them on a CPU: <c>new Rng(seed)</c> gives what <c>torch.manual_seed(seed)</c> gives. Uniforms and integers are
/// equal bit for bit, normals within 10⁻⁶.
/// </summary>
/// <remarks>
/// The generator is MT19937 (Matsumoto and Nishimura 1998), seeded with the low 32 bits; the recipes for each distribution, and how many words
/// each draw takes, are PyTorch's. Not thread-safe: give each thread or part its own through <see cref="Split"/>.
/// </remarks>
public sealed class Rng
{
    const int StateSize = 624, Middle = 397;
    const int Block = 16;              // From 16 values on, PyTorch draws normals in blocks.

    readonly uint[] _state = new uint[StateSize];
    int _next = StateSize;
    double? _secondNormal;

    /// <param name="seed">The seed; its low 32 bits count.</param>
    public Rng(ulong seed)
    {
        _state[0] = (uint)seed;
        for (int i = 1; i < StateSize; i++)
            _state[i] = 1_812_433_253u * (_state[i - 1] ^ (_state[i - 1] >> 30)) + (uint)i;
    }

    /// <summary>A generator seeded by the system: different in every run.</summary>
    public Rng() : this(BitConverter.ToUInt64(System.Security.Cryptography.RandomNumberGenerator.GetBytes(sizeof(ulong)))) { }

    /// <summary>One word of the generator.</summary>
    public uint NextUInt32()
    {
        if (_next == StateSize) Twist();
        uint y = _state[_next++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >> 18);
    }

    /// <summary>Two words, the first the high one.</summary>
    public ulong NextUInt64() => ((ulong)NextUInt32() << 32) | NextUInt32();

    /// <summary>A float in [0, 1): 24 bits of one word.</summary>
    public float NextSingle() => (NextUInt32() & 0xff_ffff) * (1f / (1 << 24));

    /// <summary>A double in [0, 1): 53 bits of two words.</summary>
    public double NextDouble() => (NextUInt64() & ((1UL << 53) - 1)) * (1.0 / (1UL << 53));

    /// <summary>A generator of its own, whose draws are settled by this one's state and independent of how often it is used.</summary>
    public Rng Split() => new(NextUInt32());

    /// <summary>A generator in the same state: both draw the same from here on.</summary>
    public Rng Clone()
    {
        var copy = new Rng(0);
        copy.CopyFrom(this);
        return copy;
    }

    /// <summary>Takes the state of another: both draw the same from here on.</summary>
    public void CopyFrom(Rng other)
    {
        ArgumentNullException.ThrowIfNull(other);
        other._state.CopyTo(_state, 0);
        (_next, _secondNormal) = (other._next, other._secondNormal);
    }

    /// <summary>U(0, 1), as <c>torch.rand</c>.</summary>
    public void Rand(Span<float> into)
    {
        for (int i = 0; i < into.Length; i++) into[i] = NextSingle();
    }

    /// <summary>U(0, 1), as <c>torch.rand</c> in float64.</summary>
    public void Rand(Span<double> into)
    {
        for (int i = 0; i < into.Length; i++) into[i] = NextDouble();
    }

    /// <summary>u·(high − low) + low, as <c>uniform_(low, high)</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">low is above high.</exception>
    public void Uniform(Span<float> into, float low, float high)
    {
        Require.InRange(low <= high, $"Uniform: from {low} to {high}; the first is the smaller", nameof(low));
        for (int i = 0; i < into.Length; i++) into[i] = MathF.FusedMultiplyAdd(NextSingle(), high - low, low);
    }

    /// <summary>u·(high − low) + low, as <c>uniform_(low, high)</c> in float64.</summary>
    /// <exception cref="ArgumentOutOfRangeException">low is above high.</exception>
    public void Uniform(Span<double> into, double low, double high)
    {
        Require.InRange(low <= high, $"Uniform: from {low} to {high}; the first is the smaller", nameof(low));
        for (int i = 0; i < into.Length; i++) into[i] = NextDouble() * (high - low) + low;
    }

    /// <summary>N(0, 1), as <c>torch.randn</c>: Box–Muller in blocks of 16, or one pair at a time below 16 values.</summary>
    public void Randn(Span<float> into)
    {
        if (into.Length < Block)
        {
            for (int i = 0; i < into.Length; i++) into[i] = (float)NextNormal();
            return;
        }
        Rand(into);
        for (int i = 0; i + Block <= into.Length; i += Block) BoxMuller(into.Slice(i, Block));
        if (into.Length % Block == 0) return;
        Rand(into[^Block..]);
        BoxMuller(into[^Block..]);
    }

    /// <summary>N(0, 1), as <c>torch.randn</c> in float64.</summary>
    public void Randn(Span<double> into)
    {
        if (into.Length < Block)
        {
            for (int i = 0; i < into.Length; i++) into[i] = NextNormal();
            return;
        }
        Rand(into);
        for (int i = 0; i + Block <= into.Length; i += Block) BoxMuller(into.Slice(i, Block));
        if (into.Length % Block == 0) return;
        Rand(into[^Block..]);
        BoxMuller(into[^Block..]);
    }

    /// <summary>N(0, 1) over pieces of memory, as one draw over all of them: for tables larger than one span.</summary>
    /// <param name="pieces">All but the last are whole blocks of 16 values.</param>
    /// <exception cref="ArgumentException">A piece before the last is not a whole number of blocks.</exception>
    public void Randn(IReadOnlyList<Memory<float>> pieces)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        for (int p = 0; p < pieces.Count - 1; p++)
            Require.That(pieces[p].Length > 0 && pieces[p].Length % Block == 0, $"Randn: piece {p} has {pieces[p].Length} values; all but the last are multiples of {Block}", nameof(pieces));
        if (pieces.Count == 1) Randn(pieces[0].Span);
        else
            Randn(pieces.Sum(piece => (long)piece.Length), (start, values) =>
            {
                for (int p = 0; values.Length > 0; start -= pieces[p++].Length)
                {
                    if (start >= pieces[p].Length) continue;
                    int length = (int)Math.Min(values.Length, pieces[p].Length - start);
                    values[..length].CopyTo(pieces[p].Span[(int)start..]);
                    values = values[length..];
                    start += length;
                }
            });
    }

    /// <summary>N(0, 1) by ranges, as one draw over all of them: for values that do not lie as floats in memory.</summary>
    /// <param name="count">Values in all.</param>
    /// <param name="write">Takes the values in order; the last 16 come a second time, where the number is no multiple of 16, as <c>torch.randn</c> draws them.</param>
    public void Randn(long count, RangeWriter<float> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var piece = new float[Math.Min(count, 1 << 16)];
        if (count < Block)
        {
            Randn(piece);
            write(0, piece);
            return;
        }
        for (long start = 0; start < count; start += piece.Length)
        {
            Span<float> values = piece.AsSpan(0, (int)Math.Min(piece.Length, count - start));
            Rand(values);
            for (int i = 0; i + Block <= values.Length; i += Block) BoxMuller(values.Slice(i, Block));
            write(start, values);
        }
        if (count % Block == 0) return;
        Span<float> last = piece.AsSpan(0, Block);
        Rand(last);
        BoxMuller(last);
        write(count - Block, last);
    }

    /// <summary>N(mean, std²) = randn·std + mean, as <c>normal_</c>.</summary>
    public void Normal(Span<float> into, float mean, float std)
    {
        Require.InRange(std >= 0, $"Normal: standard deviation {std}; it is not negative", nameof(std));
        Randn(into);
        for (int i = 0; i < into.Length; i++) into[i] = into[i] * std + mean;
    }

    /// <summary>Integers in [low, high), as <c>torch.randint</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">high is not above low.</exception>
    public void RandInt(Span<long> into, long low, long high)
    {
        Require.InRange(low < high, $"RandInt: from {low} to below {high}; there is no such integer", nameof(high));
        ulong range = (ulong)(high - low);
        for (int i = 0; i < into.Length; i++) into[i] = low + (long)(range < 1UL << 28 ? NextUInt32() % range : NextUInt64() % range);
    }

    /// <summary>0 … n − 1 in random order, as <c>torch.randperm</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">n is negative.</exception>
    public long[] RandPerm(long n)
    {
        Require.InRange(n >= 0, $"RandPerm: {n} values; the number is not negative", nameof(n));
        var order = new long[n];
        for (long i = 0; i < n; i++) order[i] = i;
        for (long i = 0; i < n - 1; i++)
        {
            long with = i + (long)(NextUInt32() % (ulong)(n - i));
            (order[i], order[with]) = (order[with], order[i]);
        }
        return order;
    }

    /// <summary>1 with probability p, else 0, as <c>bernoulli_(p)</c>: two words a value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">p is not a probability.</exception>
    public void Bernoulli(Span<float> into, double p)
    {
        Require.InRange(p is >= 0 and <= 1, $"Bernoulli: probability {p}; it runs from 0 to 1", nameof(p));
        for (int i = 0; i < into.Length; i++) into[i] = NextDouble() < p ? 1 : 0;
    }

    /// <summary>1 with the probability of each place, else 0, as <c>torch.bernoulli(probabilities)</c>: one word a value.</summary>
    /// <exception cref="ArgumentException">The lengths differ, or a value is not a probability.</exception>
    public void Bernoulli(ReadOnlySpan<float> probabilities, Span<float> into)
    {
        Require.That(probabilities.Length == into.Length, $"Bernoulli: {probabilities.Length} probabilities for {into.Length} values", nameof(into));
        for (int i = 0; i < into.Length; i++)
            Require.InRange(probabilities[i] is >= 0 and <= 1, $"Bernoulli: probability {probabilities[i]} at [{i}]; it runs from 0 to 1", nameof(probabilities));
        for (int i = 0; i < into.Length; i++) into[i] = NextSingle() < probabilities[i] ? 1 : 0;
    }

    /// <summary>Ids with given weights, as <c>torch.multinomial</c>: two words a draw with replacement, two words a weight without.</summary>
    /// <param name="weights">How likely each id is, in any unit. For many draws of many ids an <see cref="AliasTable"/> is quicker.</param>
    /// <param name="into">The draws.</param>
    /// <param name="replacement">Whether an id may come twice.</param>
    /// <exception cref="ArgumentOutOfRangeException">A weight is negative or not a number.</exception>
    /// <exception cref="ArgumentException">All weights are 0, or without replacement fewer are positive than are drawn.</exception>
    public void Multinomial(ReadOnlySpan<float> weights, Span<long> into, bool replacement)
    {
        int positive = 0;
        float sum = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            Require.InRange(weights[i] >= 0 && float.IsFinite(weights[i]), $"Multinomial: weight {weights[i]} at [{i}]; weights are finite and not negative", nameof(weights));
            if (weights[i] > 0) positive++;
            sum += weights[i];
        }
        Require.That(into.Length == 0 || (replacement ? positive > 0 : positive >= into.Length), $"Multinomial: {into.Length} draws of {positive} ids with a weight; give more weights, or draw fewer", nameof(into));
        if (replacement)
        {
            var upTo = new float[weights.Length];
            float total = 0;
            for (int i = 0; i < upTo.Length; i++) upTo[i] = (total += weights[i]) / sum;
            upTo[^1] = 1;
            for (int i = 0; i < into.Length; i++)
            {
                double u = NextDouble();
                int low = 0, high = upTo.Length;
                while (low < high)
                {
                    int middle = (low + high) / 2;
                    if (upTo[middle] < u) low = middle + 1;
                    else high = middle;
                }
                into[i] = low;
            }
            return;
        }
        // The largest of weight over an exponential draw is an id by weight; the next largest one of those left.
        var keys = new (float Key, int Id)[weights.Length];
        for (int i = 0; i < keys.Length; i++) keys[i] = (weights[i] / (float)-Math.Log(1 - NextDouble()), i);
        Array.Sort(keys, static (a, b) => a.Key != b.Key ? b.Key.CompareTo(a.Key) : a.Id.CompareTo(b.Id));
        for (int i = 0; i < into.Length; i++) into[i] = keys[i].Id;
    }

    /// <summary>One of a Box–Muller pair in double precision; the second is kept for the next call.</summary>
    double NextNormal()
    {
        if (_secondNormal is { } kept)
        {
            _secondNormal = null;
            return kept;
        }
        double u1 = NextDouble(), u2 = NextDouble();
        double radius = Math.Sqrt(-2 * Math.Log(1 - u2));
        (double sin, double cos) = Math.SinCos(2 * Math.PI * u1);
        _secondNormal = radius * sin;
        return radius * cos;
    }

    /// <summary>Sixteen uniforms to sixteen normals: value j and j + 8 make a pair.</summary>
    static void BoxMuller(Span<float> u)
    {
        for (int j = 0; j < Block / 2; j++)
        {
            float radius = MathF.Sqrt(-2 * MathF.Log(1 - u[j]));
            (float sin, float cos) = MathF.SinCos(2 * MathF.PI * u[j + Block / 2]);
            (u[j], u[j + Block / 2]) = (radius * cos, radius * sin);
        }
    }

    static void BoxMuller(Span<double> u)
    {
        for (int j = 0; j < Block / 2; j++)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - u[j]));
            (double sin, double cos) = Math.SinCos(2 * Math.PI * u[j + Block / 2]);
            (u[j], u[j + Block / 2]) = (radius * cos, radius * sin);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    void Twist()
    {
        for (int i = 0; i < StateSize; i++)
        {
            uint y = (_state[i] & 0x8000_0000) | (_state[(i + 1) % StateSize] & 0x7fff_ffff);
            _state[i] = _state[(i + Middle) % StateSize] ^ (y >> 1) ^ ((y & 1) == 0 ? 0 : 0x9908_b0df);
        }
        _next = 0;
    }
}
