using Rowan.Nn;
using Rowan.Numerics;
using Rowan.TestSupport;

namespace Rowan.Tests;

/// <summary>Every layer and function: the outputs, and the gradients of all inputs and parameters, that libtorch computed.</summary>
public class LayersTests
{
    public static TheoryData<string> Cases => [.. Golden.Read("layers.json").Select(golden => golden.Name)];

    [Theory, MemberData(nameof(Cases))]
    public void OutputsAndGradientsAreLibtorchs(string name)
    {
        Golden golden = Golden.Read("layers.json", name);
        LayerGolden.Check(golden, Run);
    }

    static (Module?, Dictionary<string, Tensor>) Run(Golden golden, Dictionary<string, Tensor> inputs)
    {
        int I(string setting) => (int)golden.Setting(setting)!;
        float F(string setting) => (float)golden.Setting(setting)!;
        bool B(string setting) => golden.Flag(setting);
        Size2d Two(string setting) => (golden.Ints(setting)[0], golden.Ints(setting)[1]);
        var rng = new Rng(0);
        Tensor x = inputs.GetValueOrDefault("x")!;
        switch (golden.Text("module") ?? golden.Text("function"))
        {
            case "Linear": return One(new Linear(I("in_features"), I("out_features"), B("bias"), rng));
            case "Bilinear":
            {
                Bilinear bilinear = Loaded(new Bilinear(I("in1_features"), I("in2_features"), I("out_features"), B("bias"), rng));
                return (bilinear, Out(bilinear.Forward(inputs["x1"], inputs["x2"])));
            }
            case "Conv1d": return One(
                new Conv1d(I("in_channels"), I("out_channels"), I("kernel_size"), I("stride"), I("padding"), I("dilation"), I("groups"),
                B("bias"), rng));
            case "Conv2d": return One(
                new Conv2d(I("in_channels"), I("out_channels"), Two("kernel_size"), Two("stride"), Two("padding"), Two("dilation"),
                I("groups"), B("bias"), rng));
            case "MaxPool1d":
            {
                var pool = new MaxPool1d(I("kernel_size"), I("stride"), I("padding"), I("dilation"), B("ceil_mode"));
                return Positions(pool.ForwardWithPositions(x));
            }
            case "AvgPool1d": return One(
                new AvgPool1d(I("kernel_size"), I("stride"), I("padding"), B("ceil_mode"), B("count_include_pad")));
            case "AdaptiveAvgPool1d": return One(new AdaptiveAvgPool1d(I("output_size")));
            case "AdaptiveMaxPool1d": return Positions(new AdaptiveMaxPool1d(I("output_size")).ForwardWithPositions(x));
            case "LayerNorm": return One(
                new LayerNorm([.. golden.Ints("normalized_shape").Select(size => (long)size)], F("eps"), B("elementwise_affine"),
                B("bias")));
            case "BatchNorm1d":
            {
                var norm = new BatchNorm1d(I("num_features"), F("eps"), F("momentum"), B("affine"));
                norm.LoadStateDict(new StateDict(golden.Names("params").Select(part => Entry("params", part, part))
                    .Concat([Entry("inputs", "running_mean", "running_mean"), Entry("inputs", "running_var", "running_var")])),
                    strict: false);
                if (!B("training")) norm.Eval();
                Tensor y = norm.Forward(x);
                return (norm, new() { ["out"] = y, ["running_mean_after"] = norm.RunningMean!.Value,
                    ["running_var_after"] = norm.RunningVar!.Value });
            }
            case "RNN":
            {
                Rnn rnn = Loaded(new Rnn(I("input_size"), I("hidden_size"), I("num_layers"), golden.Text("nonlinearity") == "relu"
                    ? Nonlinearity.Relu : Nonlinearity.Tanh, B("bias"), B("batch_first"), 0, B("bidirectional"), rng));
                (Tensor output, Tensor hidden) = rnn.Forward(x, inputs.GetValueOrDefault("h0"));
                return (rnn, new() { ["out"] = output, ["h_n"] = hidden });
            }
            case "GRU":
            {
                Gru gru = Loaded(new Gru(I("input_size"), I("hidden_size"), I("num_layers"), B("bias"), B("batch_first"), 0,
                    B("bidirectional"), rng));
                (Tensor output, Tensor hidden) = gru.Forward(x, inputs.GetValueOrDefault("h0"));
                return (gru, new() { ["out"] = output, ["h_n"] = hidden });
            }
            case "LSTM":
            {
                Lstm lstm = Loaded(new Lstm(I("input_size"), I("hidden_size"), I("num_layers"), B("bias"), B("batch_first"), 0,
                    B("bidirectional"), rng));
                (Tensor output, LstmState state) =
                    lstm.Forward(x, inputs.ContainsKey("h0") ? new LstmState(inputs["h0"], inputs["c0"]) : null);
                return (lstm, new() { ["out"] = output, ["h_n"] = state.Hidden, ["c_n"] = state.Cell });
            }
            case "MultiheadAttention":
            {
                MultiheadAttention attention =
                    Loaded(new MultiheadAttention(I("embed_dim"), I("num_heads"), 0, B("bias"), B("add_bias_kv"), B("add_zero_attn"),
                    I("kdim"), I("vdim"), rng: rng));
                Tensor query = inputs["query"], key = inputs.GetValueOrDefault("key") ?? query, value = inputs.GetValueOrDefault("value")
                    ?? query;
                AttentionResult result =
                    attention.Forward(query, key, value, Padding("key_padding_mask"), Attention("attn_mask"), B("need_weights"),
                    B("average_attn_weights"));
                return (attention, result.Weights is null
                    ? Out(result.Output) : new() { ["out"] = result.Output, ["attn_weights"] = result.Weights });
            }
            case "TransformerEncoderLayer":
            {
                TransformerEncoderLayer layer = Loaded(EncoderLayer());
                return (layer, Out(layer.Forward(inputs["src"], Attention("src_mask"), Padding("src_key_padding_mask"))));
            }
            case "TransformerEncoder":
            {
                TransformerEncoder encoder = Loaded(new TransformerEncoder(EncoderLayer(), I("num_layers")));
                return (encoder, Out(encoder.Forward(inputs["src"], Attention("mask"), Padding("src_key_padding_mask"))));
            }
            case "Dropout":
            {
                var dropout = new Dropout(F("p"), rng);
                dropout.Eval();
                return One(dropout);
            }
            case "CosineSimilarity": return (null, Out(new CosineSimilarity(I("dim"), F("eps")).Forward(inputs["x1"], inputs["x2"])));
            case "PairwiseDistance": return (null,
                Out(new PairwiseDistance(F("p"), F("eps"), B("keepdim")).Forward(inputs["x1"], inputs["x2"])));
            case "normalize": return (null, Out(x.Normalize(F("eps"))));
            case "relu": return One(new Nn.Relu());
            case "relu6": return One(new Relu6());
            case "tanh": return One(new Nn.Tanh());
            case "sigmoid": return One(new Nn.Sigmoid());
            case "logsigmoid": return One(new Nn.LogSigmoid());
            case "gelu": return One(new Nn.Gelu(golden.Text("approximate") == "tanh"));
            case "silu": return One(new Nn.Silu());
            case "mish": return One(new Nn.Mish());
            case "softsign": return One(new Nn.Softsign());
            case "hardtanh": return One(new Nn.HardTanh(F("min_val"), F("max_val")));
            case "hardsigmoid": return One(new Nn.HardSigmoid());
            case "hardswish": return One(new Nn.HardSwish());
            case "selu": return One(new Selu());
            case "leaky_relu": return One(new Nn.LeakyRelu(F("negative_slope")));
            case "elu": return One(new Nn.Elu(F("alpha")));
            case "celu": return One(new Celu(F("alpha")));
            case "softplus": return One(new Nn.Softplus(F("beta"), F("threshold")));
            case "softmax": return One(new Nn.Softmax(I("dim")));
            case "log_softmax": return One(new Nn.LogSoftmax(I("dim")));
            case "glu":
                return (null, Out(x.Slice(1, 0, 6).Glu(I("dim"))));
            case var other: throw new InvalidOperationException($"no layer for {other}");
        }

        (Module?, Dictionary<string, Tensor>) One(Module<Tensor, Tensor> module)
        {
            Loaded(module);
            return (module, Out(module.Forward(x)));
        }

        T Loaded<T>(T module) where T : Module
        {
            module.LoadStateDict(new StateDict(golden.Names("params").Select(part => Entry("params", part, part))));
            return module;
        }

        TransformerEncoderLayer EncoderLayer() => new(I("d_model"), I("nhead"), new TransformerOptions
        {
            FeedForwardDim = I("dim_feedforward"), Dropout = F("dropout"), NormFirst = B("norm_first"),
            LayerNormEpsilon = F("layer_norm_eps"),
            Activation = golden.Text("activation") == "gelu" ? TransformerActivation.Gelu : TransformerActivation.Relu,
        }, rng);

        StateEntry Entry(string group, string part, string called) =>
            StateEntry.Over(called, golden.Shape(group, part), golden.Floats(group, part));

        Mask? Padding(string input) => golden.Has("inputs", input)
            ? Mask.From([.. golden.Longs("inputs", input).Select(flag => flag != 0)], golden.Shape("inputs", input)) : null;

        AttentionMask? Attention(string input) => !golden.Has("inputs", input) ? null
            : golden.IsFloat("inputs", input) ? golden.Tensor("inputs", input) : Padding(input)!;

        (Module?, Dictionary<string, Tensor>) Positions((Tensor Values, Indices Positions) pooled)
        {
            Assert.Equal(golden.Longs("outputs", "indices"), pooled.Positions);
            return (null, Out(pooled.Values));
        }

        static Dictionary<string, Tensor> Out(Tensor y) => new() { ["out"] = y };
    }
}
