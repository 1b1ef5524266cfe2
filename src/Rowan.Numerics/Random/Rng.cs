using System.Numerics;
using System.Runtime.InteropServices;
using Rowan.Numerics;

namespace Rowan;

/// <summary>
/// Random numbers as PyTorch draws them on a CPU: <c>new Rng(seed)</c> gives what <c>torch.manual_seed(seed)</c> gives. Uniforms and
/// integers are equal bit for bit, normals within 10⁻⁶.
/// </summary>
/// <remarks>
/// The generator is MT19937 (Matsumoto and Nishimura 1998), seeded with the low 32 bits; the recipes for each distribution, and how many
/// words each draw takes, are PyTorch's. Threads may share a generator: each call is locked, and draws what no other call draws, but
/// which thread gets which numbers then depends on timing. For the same results in every run give each thread or part its own through
/// <see cref="Split"/>.
/// </remarks>
public sealed partial class Rng
{
    const int Block = 16;              // From 16 values on, PyTorch draws normals in blocks.
    const double DoubleUnit = 1.0 / (1UL << 53);
    const ulong DoubleBits = (1UL << 53) - 1;

    readonly Mt19937 _words;
    double? _secondNormal;
    int _held;

    /// <param name="seed">The seed; its low 32 bits count.</param>
    public Rng(ulong seed) => _words = new Mt19937((uint)seed);

    /// <summary>A generator seeded by the system: different in every run.</summary>
    public Rng() : this(BitConverter.ToUInt64(System.Security.Cryptography.RandomNumberGenerator.GetBytes(sizeof(ulong)))) { }

    /// <summary>One word of the generator.</summary>
    public uint NextUInt32()
    {
        using var held = new Hold(this);
        return _words.Next();
    }

    /// <summary>Two words, the first the high one.</summary>
    public ulong NextUInt64()
    {
        using var held = new Hold(this);
        return _words.NextPair();
    }

    /// <summary>A float in [0, 1): 24 bits of one word.</summary>
    public float NextSingle() => Single(NextUInt32());

    /// <summary>A double in [0, 1): 53 bits of two words.</summary>
    public double NextDouble() => Double(NextUInt64());

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
        var words = new Mt19937(0);
        double? second;
        using (new Hold(other))
        {
            words.CopyFrom(other._words);
            second = other._secondNormal;
        }
        using var held = new Hold(this);
        _words.CopyFrom(words);
        _secondNormal = second;
    }

    /// <summary>U(0, 1), as <c>torch.rand</c>.</summary>
    public void Rand(Span<float> into)
    {
        using var held = new Hold(this);
        Singles(into, 1, 0);
    }

    /// <summary>U(0, 1), as <c>torch.rand</c> in float64.</summary>
    public void Rand(Span<double> into)
    {
        using var held = new Hold(this);
        foreach (ref double value in into) value = Double(_words.NextPair());
    }

    /// <summary>u·(high − low) + low, as <c>uniform_(low, high)</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">low is above high.</exception>
    public void Uniform(Span<float> into, float low, float high)
    {
        Require.InRange(low <= high, $"Uniform: from {low} to {high}; the first is the smaller", nameof(low));
        using var held = new Hold(this);
        Singles(into, high - low, low);
    }

    /// <summary>u·(high − low) + low, as <c>uniform_(low, high)</c> in float64.</summary>
    /// <exception cref="ArgumentOutOfRangeException">low is above high.</exception>
    public void Uniform(Span<double> into, double low, double high)
    {
        Require.InRange(low <= high, $"Uniform: from {low} to {high}; the first is the smaller", nameof(low));
        using var held = new Hold(this);
        foreach (ref double value in into) value = Double(_words.NextPair()) * (high - low) + low;
    }

    /// <summary>Integers in [low, high), as <c>torch.randint</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">high is not above low.</exception>
    public void RandInt(Span<long> into, long low, long high)
    {
        Require.InRange(low < high, $"RandInt: from {low} to below {high}; there is no such integer", nameof(high));
        ulong range = (ulong)(high - low);
        using var held = new Hold(this);
        foreach (ref long value in into) value = low + (long)((range < 1UL << 28 ? _words.Next() : _words.NextPair()) % range);
    }

    /// <summary>0 … n − 1 in random order, as <c>torch.randperm</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">n is negative.</exception>
    public long[] RandPerm(long n)
    {
        Require.InRange(n >= 0, $"RandPerm: {n} values; the number is not negative", nameof(n));
        var order = new long[n];
        for (long i = 0; i < n; i++) order[i] = i;
        using var held = new Hold(this);
        for (long i = 0; i < n - 1; i++)
        {
            long with = i + (long)(_words.Next() % (ulong)(n - i));
            (order[i], order[with]) = (order[with], order[i]);
        }
        return order;
    }

    /// <summary>1 with probability p, else 0, as <c>bernoulli_(p)</c>: two words a value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">p is not a probability.</exception>
    public void Bernoulli(Span<float> into, double p) => Bernoulli(into, p, 1);

    /// <summary>
    /// A value with probability p, else 0: what dropout multiplies by. The draws are those of <see cref="Bernoulli(Span{float},
    /// double)"/>.
    /// </summary>
    /// <param name="into">The draws.</param>
    /// <param name="p">The probability.</param>
    /// <param name="value">What is written instead of 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">p is not a probability.</exception>
    public void Bernoulli(Span<float> into, double p, float value)
    {
        Require.InRange(p is >= 0 and <= 1, $"Bernoulli: probability {p}; it runs from 0 to 1", nameof(p));
        using var held = new Hold(this);
        Coins(into, p, value);
    }

    /// <summary>1 with the probability of each place, else 0, as <c>torch.bernoulli(probabilities)</c>: one word a value.</summary>
    /// <exception cref="ArgumentException">The lengths differ, or a value is not a probability.</exception>
    public void Bernoulli(ReadOnlySpan<float> probabilities, Span<float> into)
    {
        Require.That(probabilities.Length == into.Length, $"Bernoulli: {probabilities.Length} probabilities for {into.Length} values",
            nameof(into));
        for (int i = 0; i < into.Length; i++)
            Require.InRange(probabilities[i] is >= 0 and <= 1, $"Bernoulli: probability {probabilities[i]} at [{i}]; it runs from 0 to 1",
                nameof(probabilities));
        using var held = new Hold(this);
        for (int i = 0; i < into.Length; i++) into[i] = Single(_words.Next()) < probabilities[i] ? 1 : 0;
    }

    /// <summary>
    /// Ids with given weights, as <c>torch.multinomial</c>: two words a draw with replacement, two words a weight without.
    /// </summary>
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
            Require.InRange(weights[i] >= 0 && float.IsFinite(weights[i]),
                $"Multinomial: weight {weights[i]} at [{i}]; weights are finite and not negative", nameof(weights));
            if (weights[i] > 0) positive++;
            sum += weights[i];
        }
        Require.That(into.Length == 0 || (replacement ? positive > 0 : positive >= into.Length),
            $"Multinomial: {into.Length} draws of {positive} ids with a weight; give more weights, or draw fewer", nameof(into));
        if (replacement)
        {
            var upTo = new float[weights.Length];
            float total = 0;
            for (int i = 0; i < upTo.Length; i++) upTo[i] = (total += weights[i]) / sum;
            upTo[^1] = 1;
            using var held = new Hold(this);
            for (int i = 0; i < into.Length; i++)
            {
                double u = Double(_words.NextPair());
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
        using (new Hold(this))
            for (int i = 0; i < keys.Length; i++) keys[i] = (weights[i] / (float)-Math.Log(1 - Double(_words.NextPair())), i);
        Array.Sort(keys, static (a, b) => a.Key != b.Key ? b.Key.CompareTo(a.Key) : a.Id.CompareTo(b.Id));
        for (int i = 0; i < into.Length; i++) into[i] = keys[i].Id;
    }

    static float Single(uint word) => (word & 0xff_ffff) * (1f / (1 << 24));

    static double Double(ulong words) => (words & DoubleBits) * DoubleUnit;

    /// <summary>u·scale + low, rounded once.</summary>
    void Singles(Span<float> into, float scale, float low)
    {
        Vector<float> unit = new(1f / (1 << 24)), scales = new(scale), lows = new(low);
        while (into.Length > 0)
        {
            ReadOnlySpan<uint> words = _words.Take(into.Length);
            int i = 0;
            for (; i + Vector<uint>.Count <= words.Length; i += Vector<uint>.Count)
            {
                Vector<int> bits = Vector.AsVectorInt32(new Vector<uint>(words[i..]) & new Vector<uint>(0xff_ffff));
                Vector<float> u = Vector.ConvertToSingle(bits) * unit;
                Vector.FusedMultiplyAdd(u, scales, lows).CopyTo(into[i..]);
            }
            for (; i < words.Length; i++) into[i] = MathF.FusedMultiplyAdd(Single(words[i]), scale, low);
            into = into[words.Length..];
        }
    }

    /// <summary>A value where a draw of 53 bits is below p, else 0.</summary>
    void Coins(Span<float> into, double p, float value)
    {
        // k·2⁻⁵³ < p  ⇔  k < ⌈p·2⁵³⌉, in whole numbers.
        ulong below = (ulong)Math.Ceiling(p * (1UL << 53));
        var limit = new Vector<long>((long)below);
        while (into.Length > 0)
        {
            ReadOnlySpan<ulong> pairs = MemoryMarshal.Cast<uint, ulong>(_words.TakePairs(into.Length));
            if (pairs.IsEmpty)
            {
                into[0] = (_words.NextPair() & DoubleBits) < below ? value : 0;
                into = into[1..];
                continue;
            }
            int i = 0;
            for (; i + Vector<float>.Count <= pairs.Length; i += Vector<float>.Count)
            {
                Vector<long> first = Vector.LessThan(Bits(pairs[i..]), limit);
                Vector<long> second = Vector.LessThan(Bits(pairs[(i + Vector<long>.Count)..]), limit);
                Vector.ConditionalSelect(Vector.Narrow(first, second), new Vector<float>(value), Vector<float>.Zero).CopyTo(into[i..]);
            }
            for (; i < pairs.Length; i++) into[i] = (HighFirst(pairs[i]) & DoubleBits) < below ? value : 0;
            into = into[pairs.Length..];
        }

        static Vector<long> Bits(ReadOnlySpan<ulong> pairs)
        {
            var x = new Vector<ulong>(pairs);
            if (BitConverter.IsLittleEndian) x = (x << 32) | (x >>> 32);
            return Vector.AsVectorInt64(x & new Vector<ulong>(DoubleBits));
        }

        static ulong HighFirst(ulong pair) => BitConverter.IsLittleEndian ? BitOperations.RotateLeft(pair, 32) : pair;
    }

    /// <summary>Keeps other threads out of the generator until it is disposed: one atomic instruction where nobody else draws.</summary>
    readonly ref struct Hold
    {
        readonly Rng _rng;

        public Hold(Rng rng)
        {
            _rng = rng;
            if (Interlocked.CompareExchange(ref rng._held, 1, 0) != 0) Wait(rng);
        }

        public void Dispose() => Volatile.Write(ref _rng._held, 0);

        static void Wait(Rng rng)
        {
            var wait = new SpinWait();
            do wait.SpinOnce();
            while (Interlocked.CompareExchange(ref rng._held, 1, 0) != 0);
        }
    }
}
