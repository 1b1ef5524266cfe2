using Rowan.Nn;
using Rowan.Numerics;
using Rowan.TestSupport;

namespace Rowan.Tests;

/// <summary>
/// What libtorch's C++ side lacks, against PyTorch itself (numbers made by eng/torch-goldens.py): first weights of seed 0 bit for bit,
/// outputs, and gradients of all inputs and parameters.
/// </summary>
public class TorchLayersTests
{
    public static TheoryData<string> Cases => [.. Golden.Read("layers_torch.json").Select(golden => golden.Name)];

    [Theory, MemberData(nameof(Cases))]
    public void OutputsAndGradientsArePyTorchs(string name)
    {
        Golden golden = Golden.Read("layers_torch.json", name);
        LayerGolden.Check(golden, Run);
    }

    static (Module?, Dictionary<string, Tensor>) Run(Golden golden, Dictionary<string, Tensor> inputs)
    {
        var rng = new Rng(0);
        Tensor x = inputs.GetValueOrDefault("x")!;
        bool first = golden.Flag("norm_first");
        TransformerOptions Options(bool gelu) =>
            new() { FeedForwardDim = 6, Dropout = 0, NormFirst = first, Activation = gelu
            ? TransformerActivation.Gelu : TransformerActivation.Relu };
        DecoderMasks Masks() => new() { Target = Flags("tgt_mask"), MemoryKeyPadding = Flags("memory_mask") };
        switch (golden.Text("module"))
        {
            case "MaxPool2d": return Positions(new MaxPool2d((2, 3), (2, 1), (1, 1), (1, 2), golden.Flag("ceil_mode"))
                .ForwardWithPositions(x));
            case "AdaptiveMaxPool2d": return Positions(new AdaptiveMaxPool2d((4, 3)).ForwardWithPositions(x));
            case "AvgPool2d": return One(
                new AvgPool2d((2, 3), 2, 1, true, golden.Flag("count_include_pad"), (int?)golden.Setting("divisor_override")));
            case "AdaptiveAvgPool2d": return One(new AdaptiveAvgPool2d((4, 3)));
            case "BatchNorm2d":
            {
                var norm = new BatchNorm2d(3, momentum: (float?)golden.Setting("momentum"));
                norm.Forward(inputs["before"].Detach());
                return (norm, new() { ["out"] = norm.Forward(x), ["running_mean_after"] = norm.RunningMean!.Value,
                    ["running_var_after"] = norm.RunningVar!.Value });
            }
            case "RNN_packed":
            {
                Rnn rnn = Same(new Rnn(4, 3, 2, bidirectional: true, rng: rng));
                (Tensor output, Tensor hidden) = rnn.Forward(x, inputs["h0"], golden.Longs("inputs", "lengths"));
                return (rnn, new() { ["out"] = output, ["h_n"] = hidden });
            }
            case "GRU_packed":
            {
                Gru gru = Same(new Gru(4, 3, 2, bidirectional: true, rng: rng));
                (Tensor output, Tensor hidden) = gru.Forward(x, inputs["h0"], golden.Longs("inputs", "lengths"));
                return (gru, new() { ["out"] = output, ["h_n"] = hidden });
            }
            case "LSTM_packed":
            {
                Lstm lstm = Same(new Lstm(4, 3, 2, bidirectional: true, rng: rng));
                (Tensor output, LstmState state) =
                    lstm.Forward(x, new LstmState(inputs["h0"], inputs["c0"]), golden.Longs("inputs", "lengths"));
                return (lstm, new() { ["out"] = output, ["h_n"] = state.Hidden, ["c_n"] = state.Cell });
            }
            case "TransformerDecoderLayer":
            {
                TransformerDecoderLayer layer = Same(new TransformerDecoderLayer(8, 2, Options(gelu: true), rng));
                return (layer, Out(layer.Forward(inputs["tgt"], inputs["memory"], Masks())));
            }
            case "TransformerDecoder":
            {
                TransformerDecoder decoder =
                    Same(new TransformerDecoder(new TransformerDecoderLayer(8, 2, Options(gelu: false), rng), 2, new LayerNorm(8)));
                return (decoder, Out(decoder.Forward(inputs["tgt"], inputs["memory"], Masks())));
            }
            case "TransformerEncoder_batch_first":
            {
                TransformerEncoder encoder =
                    Same(new TransformerEncoder(
                    new TransformerEncoderLayer(8, 2, Options(gelu: true) with { BatchFirst = true, NormFirst = true }, rng), 2,
                    new LayerNorm(8)));
                return (encoder, Out(encoder.Forward(inputs["src"], Flags("mask"), Flags("padding_mask"))));
            }
            case "MultiheadAttention_batch_first":
            {
                MultiheadAttention attention = Same(new MultiheadAttention(8, 2, kdim: 5, vdim: 6, batchFirst: true, rng: rng));
                AttentionResult result = attention.Forward(inputs["query"], inputs["key"], inputs["value"], Flags("key_mask"));
                return (attention, new() { ["out"] = result.Output, ["attn_weights"] = result.Weights! });
            }
            case "AdaptiveLogSoftmax":
            {
                AdaptiveLogSoftmax softmax = Same(new AdaptiveLogSoftmax(16, 20, [5, 11], 2, true, rng));
                AdaptiveResult result = softmax.Forward(x, golden.Longs("inputs", "target"));
                return (softmax, new() { ["out"] = result.LogProbabilities, ["loss"] = result.Loss });
            }
            case "PoissonNLL": return (null,
                Out(Losses.PoissonNegativeLogLikelihood(x, inputs["target"].Detach(), Reduction.None, full: true)));
            case "GroupNorm": return One(new GroupNorm(2, 6));
            case "PReLU": return One(Same(new PRelu(3)));
            case "RNNCell":
            {
                RnnCell cell = Same(new RnnCell(4, 5, rng: rng));
                return (cell, new() { ["h"] = cell.Forward(x, inputs["h0"]) });
            }
            case "GRUCell":
            {
                GruCell cell = Same(new GruCell(4, 5, rng: rng));
                return (cell, new() { ["h"] = cell.Forward(x, inputs["h0"]) });
            }
            case "LSTMCell":
            {
                LstmCell cell = Same(new LstmCell(4, 5, rng: rng));
                LstmState next = cell.Forward(x, new LstmState(inputs["h0"], inputs["c0"]));
                return (cell, new() { ["h"] = next.Hidden, ["c"] = next.Cell });
            }
            case "Conv1d_padding": return One(Same(new Conv1d(2, 3, 4, padding: golden.Text("padding")!, rng: rng)));
            case "Conv2d_same": return One(Same(new Conv2d(2, 3, (2, 3), padding: "same", dilation: (1, 2), rng: rng)));
            case "Transformer":
            {
                Transformer transformer = Same(new Transformer(8, 2, 2, 1, feedForwardDim: 6, dropout: 0, rng: rng));
                return (transformer, Out(transformer.Forward(inputs["src"], inputs["tgt"], new() { Target = Flags("tgt_mask") })));
            }
            case "CTC":
                return (null, Out(Losses.Ctc(x.LogSoftmax(-1), Indices.From(golden.Longs("inputs", "target"), 2, 3),
                    golden.Longs("inputs", "steps"), golden.Longs("inputs", "lengths"))));
            case var other: throw new InvalidOperationException($"no layer for {other}");
        }

        (Module?, Dictionary<string, Tensor>) One(Module<Tensor, Tensor> module) => (module, Out(module.Forward(x)));

        Mask Flags(string input) => Mask.From([.. golden.Longs("inputs", input).Select(flag => flag != 0)], golden.Shape("inputs", input));

        T Same<T>(T module) where T : Module
        {
            StateDict state = module.StateDict();
            Assert.Equal(golden.Names("params"), state.Names);
            foreach (string part in golden.Names("params")) Assert.Equal(golden.Floats("params", part), state[part].ToTensor().ToArray());
            return module;
        }

        (Module?, Dictionary<string, Tensor>) Positions((Tensor Values, Indices Positions) pooled)
        {
            Assert.Equal(golden.Longs("outputs", "indices"), pooled.Positions);
            return (null, Out(pooled.Values));
        }

        static Dictionary<string, Tensor> Out(Tensor y) => new() { ["out"] = y };
    }
}
