using Rowan.Nn;
using Rowan.Numerics;
using Rowan.TestSupport;

namespace Rowan.Tests;

/// <summary>A layer made from a seed begins with libtorch's weights, and leaves the generator where libtorch leaves it.</summary>
public class FirstWeightsTests
{
    public static TheoryData<string> Modules =>
        [.. Golden.Read("first_weights.json").Where(golden => golden.Text("op") == "module").Select(golden => golden.Name)];

    public static TheoryData<string> Rules =>
        [.. Golden.Read("first_weights.json").Where(golden => golden.Text("op") == "init").Select(golden => golden.Name)];

    public static TheoryData<string> Gains =>
        [.. Golden.Read("first_weights.json").Where(golden => golden.Text("op") == "calculate_gain").Select(golden => golden.Name)];

    [Theory, MemberData(nameof(Modules))]
    public void OfModules(string name)
    {
        Golden golden = Golden.Read("first_weights.json", name);
        var rng = new Rng((ulong)golden.Setting("seed")!);
        int I(string key) => (int)golden.Setting(key)!;
        Module module = golden.Text("module") switch
        {
            "Embedding" => new Embedding(I("num_embeddings"), I("embedding_dim"),
                new EmbeddingOptions { PaddingIdx = (long?)golden.Setting("padding_idx") }, rng),
            "EmbeddingBag" => new EmbeddingBag(I("num_embeddings"), I("embedding_dim"), rng: rng),
            "Linear" => new Linear(I("in_features"), I("out_features"), golden.Flag("bias"), rng),
            "Bilinear" => new Bilinear(I("in1_features"), I("in2_features"), I("out_features"), golden.Flag("bias"), rng),
            "Conv1d" => new Conv1d(I("in_channels"), I("out_channels"), I("kernel_size"), groups: I("groups"), rng: rng),
            "Conv2d" => new Conv2d(I("in_channels"), I("out_channels"), (golden.Ints("kernel_size")[0], golden.Ints("kernel_size")[1]),
                groups: I("groups"), rng: rng),
            "RNN" => new Rnn(I("input_size"), I("hidden_size"), I("num_layers"), bidirectional: golden.Flag("bidirectional"), rng: rng),
            "LSTM" => new Lstm(I("input_size"), I("hidden_size"), I("num_layers"), bidirectional: golden.Flag("bidirectional"), rng: rng),
            "GRU" => new Gru(I("input_size"), I("hidden_size"), I("num_layers"), bidirectional: golden.Flag("bidirectional"), rng: rng),
            "LayerNorm" => new LayerNorm(golden.Ints("normalized_shape")[0]),
            "MultiheadAttention" => new MultiheadAttention(I("embed_dim"), I("num_heads"), addBiasKv: golden.Flag("add_bias_kv"),
                kdim: (int?)golden.Setting("kdim"), vdim: (int?)golden.Setting("vdim"), rng: rng),
            "TransformerEncoderLayer" =>
                new TransformerEncoderLayer(I("d_model"), I("nhead"), new TransformerOptions { FeedForwardDim = I("dim_feedforward") },
                rng),
            var other => throw new InvalidOperationException($"no module {other}"),
        };
        StateDict state = module.StateDict();
        string[] expected = [.. golden.Names("outputs").Where(output => output != "then_rand2")];
        Assert.Equal(expected.Order(), state.Names.Order());
        foreach (string part in expected)
        {
            Assert.Equal(golden.Shape("outputs", part), state[part].Sizes);
            // Uniform draws are equal bit for bit; normal ones within 10⁻⁶, because libtorch approximates logarithm and sine.
            bool normal = golden.Text("module")!.StartsWith("Embedding", StringComparison.Ordinal)
                || part.StartsWith("bias_", StringComparison.Ordinal);
            Golden.Close(golden.Floats("outputs", part), state[part].ToTensor().Span, normal && part is "weight" or "bias_k" or "bias_v"
                ? 1e-6f : 0, part);
        }
        var then = new float[2];
        rng.Rand(then);
        Assert.Equal(golden.Floats("outputs", "then_rand2"), then);
    }

    [Theory, MemberData(nameof(Rules))]
    public void OfRules(string name)
    {
        Golden golden = Golden.Read("first_weights.json", name);
        var rng = new Rng((ulong)golden.Setting("seed")!);
        long[] shape = [.. golden.Ints("shape").Select(size => (long)size)];
        double D(string key) => (double)golden.Setting(key)!;
        double Gain() => Init.Gain(golden.Text("nonlinearity")!, D("a"));
        bool fanOut = golden.Text("mode") == "fan_out";
        Parameter weights = golden.Text("init") switch
        {
            "xavier_uniform_" => Init.XavierUniform(rng, shape, D("gain")),
            "xavier_normal_" => Init.XavierNormal(rng, shape, D("gain")),
            "kaiming_uniform_" => Init.KaimingUniform(rng, shape, Gain(), fanOut),
            "kaiming_normal_" => Init.KaimingNormal(rng, shape, Gain(), fanOut),
            "normal_" => Init.Normal(rng, shape, (float)D("mean"), (float)D("std")),
            "uniform_" => Init.Uniform(rng, shape, (float)D("a"), (float)D("b")),
            "trunc_normal_" => Init.TruncatedNormal(rng, shape, D("mean"), D("std"), D("a"), D("b")),
            "orthogonal_" => Init.Orthogonal(rng, shape, D("gain")),
            "eye_" => Init.Eye((int)shape[0], (int)shape[1]),
            "dirac_" => Init.Dirac(shape),
            var other => throw new InvalidOperationException($"no rule {other}"),
        };
        Golden.Close(golden.Floats("outputs", "out"), weights.Value.Span, 2e-6f, "out");
        var then = new float[2];
        rng.Rand(then);
        Assert.Equal(golden.Floats("outputs", "then_rand2"), then);
    }

    [Theory, MemberData(nameof(Gains))]
    public void OfGains(string name)
    {
        Golden golden = Golden.Read("first_weights.json", name);
        Assert.Equal(golden.Doubles("outputs", "out")[0], Init.Gain(golden.Text("nonlinearity")!, (double)golden.Setting("param")!), 1e-6);
    }
}
