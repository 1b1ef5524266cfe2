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
                    Fill<float>(n, into => rng.Normal(into, (float)golden.Setting("mean")!, (float)golden.Setting("std")!)), Tolerance, "out");
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
                    Golden.Close(golden.Floats("outputs", $"out{call++}"), Fill<float>(size.GetInt32(), rng.Randn), Tolerance, $"out{call}");
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
                Assert.Equal(golden.Floats("outputs", "out"), Fill<float>(n, into => rng.Bernoulli(into, keep)).Select(kept => kept / (float)keep));
                break;
            case "multinomial":
                Assert.Equal(golden.Longs("outputs", "out"), Fill<long>(n, into => rng.Multinomial(golden.Floats("inputs", "weights"), into, golden.Flag("replacement"))));
                break;
            default:
                Assert.Fail($"no test for {golden.Text("op")}");
                break;
        }
        // The stream stands where libtorch's stands: as many words were used.
        if (golden.Has("outputs", "then_rand2")) Assert.Equal(golden.Floats("outputs", "then_rand2"), Fill<float>(2, rng.Rand));
    }

    [Theory]
    [InlineData(new[] { 16, 5 }), InlineData(new[] { 32, 16, 20 }), InlineData(new[] { 48, 16 }), InlineData(new[] { 3 }), InlineData(new[] { 16, 0 })]
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
}
