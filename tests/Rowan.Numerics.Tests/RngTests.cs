using Rowan.Numerics;
using Rowan.TestSupport;

namespace Rowan.Tests;

public class RngTests
{
    const float Tolerance = 1e-6f;

    public static TheoryData<string> Cases => [.. Golden.Read("rng.json").Select(golden => golden.Name)];

    [Theory, MemberData(nameof(Cases))]
    public void DrawsWhatManualSeedDraws(string name)
    {
        Golden golden = Golden.Read("rng.json", name);
        var rng = new Rng(unchecked((ulong)(long)golden.Setting("seed")!));
        int n = (int)(golden.Setting("n") ?? 0);
        bool wide = golden.Text("dtype") == "f64";
        switch (golden.Text("op"))
        {
            case "rand" when wide:
                Assert.Equal(golden.Doubles("outputs", "out"), Fill<double>(n, rng.Rand));
                break;
            case "rand":
                Assert.Equal(golden.Floats("outputs", "out"), Fill<float>(n, rng.Rand));
                break;
            case "uniform_":
                float low = (float)golden.Setting("from")!, high = (float)golden.Setting("to")!;
                Assert.Equal(golden.Floats("outputs", "out"), Fill<float>(n, into => rng.Uniform(into, low, high)));
                break;
            case "randn" when wide:
                CloseDoubles(golden.Doubles("outputs", "out"), Fill<double>(n, rng.Randn));
                break;
            case "randn":
                Golden.Close(golden.Floats("outputs", "out"), Fill<float>(n, rng.Randn), Tolerance, "out");
                break;
            case "normal_":
                Golden.Close(golden.Floats("outputs", "out"),
                    Fill<float>(n, into => rng.Normal(into, (float)golden.Setting("mean")!, (float)golden.Setting("std")!)), Tolerance,
                    "out");
                break;
            case "randperm":
                Assert.Equal(golden.Longs("outputs", "out"), rng.RandPerm(n));
                break;
            case "randint":
                Assert.Equal(golden.Longs("outputs", "out"),
                    Fill<long>(n, into => rng.RandInt(into, (long)golden.Setting("low")!, (long)golden.Setting("high")!)));
                break;
            case "bernoulli_":
                Assert.Equal(golden.Floats("outputs", "out"), Fill<float>(n, into => rng.Bernoulli(into, golden.Setting("p")!.Value)));
                break;
            case "bernoulli":
                float[] p = new float[n];
                p.AsSpan().Fill((float)golden.Setting("p")!);
                Assert.Equal(golden.Floats("outputs", "out"), Fill<float>(n, into => rng.Bernoulli(p, into)));
                break;
            case "randn_sequence":
                int call = 0;
                foreach (var size in golden.Config.GetProperty("sizes").EnumerateArray())
                    Golden.Close(golden.Floats("outputs", $"out{call++}"), Fill<float>(size.GetInt32(), rng.Randn), Tolerance,
                        $"out{call}");
                break;
            case "mixed_sequence":
                Golden.Close(golden.Floats("outputs", "out0"), Fill<float>(3, rng.Randn), Tolerance, "out0");
                Assert.Equal(golden.Floats("outputs", "out1"), Fill<float>(4, rng.Rand));
                Assert.Equal(golden.Longs("outputs", "out2"), Fill<long>(5, into => rng.RandInt(into, 0, 10)));
                Golden.Close(golden.Floats("outputs", "out3"), Fill<float>(20, rng.Randn), Tolerance, "out3");
                Assert.Equal(golden.Longs("outputs", "out4"), rng.RandPerm(6));
                Assert.Equal(golden.Floats("outputs", "out5"), Fill<float>(1, rng.Rand));
                break;
            case "dropout":
                double keep = 1 - golden.Setting("p")!.Value;
                Assert.Equal(golden.Floats("outputs", "out"),
                    Fill<float>(n, into => rng.Bernoulli(into, keep)).Select(kept => kept / (float)keep));
                break;
            case "multinomial":
                Assert.Equal(golden.Longs("outputs", "out"),
                    Fill<long>(n, into => rng.Multinomial(golden.Floats("inputs", "weights"), into, golden.Flag("replacement"))));
                break;
            default:
                Assert.Fail($"no test for {golden.Text("op")}");
                break;
        }
        // The stream stands where libtorch's stands: as many words were used.
        if (golden.Has("outputs", "then_rand2")) Assert.Equal(golden.Floats("outputs", "then_rand2"), Fill<float>(2, rng.Rand));
    }

    [Theory]
    [InlineData(new[] { 16, 5 }), InlineData(new[] { 32, 16, 20 }), InlineData(new[] { 48, 16 }), InlineData(new[] { 3 }),
        InlineData(new[] { 16, 0 })]
    public void NormalsOverPiecesAreOneDraw(int[] pieces)
    {
        float[] whole = Fill<float>(pieces.Sum(), new Rng(9).Randn);
        Memory<float>[] memory = [.. pieces.Select(length => new Memory<float>(new float[length]))];
        new Rng(9).Randn(memory);
        Assert.Equal(whole, memory.SelectMany(piece => piece.ToArray()));
        Assert.Throws<ArgumentException>(() => new Rng(9).Randn([new float[5], new float[16]]));
    }

    [Fact]
    public void SplitsAreIndependentAndRepeatable()
    {
        Rng first = new Rng(5).Split(), second = new Rng(5).Split();
        Assert.Equal(first.NextUInt32(), second.NextUInt32());
        Assert.NotEqual(first.NextUInt32(), new Rng(5).NextUInt32());
    }

    [Fact]
    public void BoundsAreChecked()
    {
        var rng = new Rng(0);
        Assert.Throws<ArgumentOutOfRangeException>(() => rng.RandInt(new long[1], 3, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => rng.RandPerm(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => rng.Bernoulli(new float[1], 1.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => rng.Uniform(new float[1], 1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => rng.Normal(new float[1], 0, -1));
    }

    delegate void Filler<T>(Span<T> into);

    static T[] Fill<T>(int n, Filler<T> filler)
    {
        var values = new T[n];
        filler(values);
        return values;
    }

    static void CloseDoubles(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-12);
    }

    /// <summary>
    /// The generator and its recipes word by word, as they are written down: what the vector code must draw at every length and from
    /// every place in its 624 words.
    /// </summary>
    sealed class Slow(uint seed)
    {
        readonly uint[] _state = Seeded(seed);
        int _next = 624;

        static uint[] Seeded(uint seed)
        {
            var state = new uint[624];
            state[0] = seed;
            for (int i = 1; i < 624; i++) state[i] = 1_812_433_253u * (state[i - 1] ^ (state[i - 1] >> 30)) + (uint)i;
            return state;
        }

        public uint Word()
        {
            if (_next == 624)
            {
                for (int i = 0; i < 624; i++)
                {
                    uint half = (_state[i] & 0x8000_0000) | (_state[(i + 1) % 624] & 0x7fff_ffff);
                    _state[i] = _state[(i + 397) % 624] ^ (half >> 1) ^ ((half & 1) == 0 ? 0 : 0x9908_b0df);
                }
                _next = 0;
            }
            uint y = _state[_next++];
            y ^= y >> 11;
            y ^= (y << 7) & 0x9d2c5680;
            y ^= (y << 15) & 0xefc60000;
            return y ^ (y >> 18);
        }

        public float Single() => (Word() & 0xff_ffff) * (1f / (1 << 24));

        public double Double()
        {
            ulong high = Word();
            return (((high << 32) | Word()) & ((1UL << 53) - 1)) * (1.0 / (1UL << 53));
        }
    }

    [Fact]
    public void EveryFillIsTheSlowObviousWayAtEveryLength()
    {
        var rng = new Rng(77);
        var slow = new Slow(77);
        for (int n = 0; n < 720; n += n < 80 ? 1 : 37)
        {
            // An odd number of words between them, so that pairs begin at odd places and lie across the end of the 624.
            Assert.Equal(slow.Word(), rng.NextUInt32());
            Assert.Equal(Drawn(n, slow.Single), Fill<float>(n, rng.Rand));
            Assert.Equal(Drawn(n, slow.Double), Fill<double>(n, rng.Rand));
            Assert.Equal(Drawn(n, () => MathF.FusedMultiplyAdd(slow.Single(), 0.4f - -0.3f, -0.3f)),
                Fill<float>(n, into => rng.Uniform(into, -0.3f, 0.4f)));
            foreach (double p in (double[])[0, 1e-9, 0.1, 0.5, 0.9f, 1 - 1e-16, 1])
                Assert.Equal(Drawn(n, () => slow.Double() < p ? 1.25f : 0), Fill<float>(n, into => rng.Bernoulli(into, p, 1.25f)));
            Assert.Equal(Drawn(n, () => -5 + (long)(slow.Word() % 12)), Fill<long>(n, into => rng.RandInt(into, -5, 7)));
            Assert.Equal(slow.Word(), rng.Clone().NextUInt32());
            rng.NextUInt32();
        }

        static T[] Drawn<T>(int n, Func<T> draw) => [.. Enumerable.Range(0, n).Select(_ => draw())];
    }

    [Theory]
    [InlineData(16), InlineData(100_003), InlineData(600_001)]
    public void NormalsHaveTheSameBitsForAnyNumberOfThreads(int n)
    {
        int before = Workers.Threads;
        try
        {
            Workers.Threads = 1;
            var slow = new Slow(5);
            float[] uniforms = [.. Enumerable.Range(0, n).Select(_ => slow.Single())], one = Fill<float>(n, new Rng(5).Randn);
            for (int i = 0; i + 16 <= n - 16; i += 16)
                for (int j = 0; j < 8; j++)
                {
                    float radius = MathF.Sqrt(-2 * MathF.Log(1 - uniforms[i + j]));
                    (float sin, float cos) = MathF.SinCos(2 * MathF.PI * uniforms[i + j + 8]);
                    Assert.Equal((radius * cos, radius * sin), (one[i + j], one[i + j + 8]));
                }
            foreach (int threads in (int[])[2, 3, 8])
            {
                Workers.Threads = threads;
                var rng = new Rng(5);
                Assert.Equal(one, Fill<float>(n, rng.Randn));
                var ranges = new float[n];
                new Rng(5).Randn(n, (start, values) => values.CopyTo(ranges.AsSpan((int)start)));
                Assert.Equal(one, ranges);
            }
        }
        finally { Workers.Threads = before; }
    }

    /// <summary>What one thread would draw, each number once.</summary>
    [Fact]
    public void ThreadsThatShareAGeneratorDrawEachNumberOnce()
    {
        const int Threads = 8, Draws = 20_000;
        var rng = new Rng(9);
        var drawn = new ulong[Threads][];
        Parallel.For(0, Threads, thread =>
        {
            drawn[thread] = new ulong[Draws];
            for (int i = 0; i < Draws; i++) drawn[thread][i] = rng.NextUInt64();
        });
        var alone = new Rng(9);
        ulong[] expected = [.. Enumerable.Range(0, Threads * Draws).Select(_ => alone.NextUInt64())];
        Assert.Equal(expected.Order(), drawn.SelectMany(values => values).Order());
        Assert.Equal(alone.NextUInt32(), rng.NextUInt32());

        // All kinds of draws at once, and a generator that works afterwards.
        Parallel.For(0, Threads, thread =>
        {
            var floats = new float[700];
            for (int i = 0; i < 200; i++)
            {
                rng.Randn(floats);
                rng.Bernoulli(floats, 0.5);
                rng.RandPerm(9);
                rng.CopyFrom(rng.Split());
                rng.Clone().NextSingle();
            }
        });
        float[] after = Fill<float>(10_000, rng.Rand);
        Assert.InRange(after.Average(), 0.45, 0.55);
        Assert.InRange(after.Distinct().Count(), 9_900, 10_000);
    }
}
