using Rowan.Nn;
using Rowan.TestSupport;

namespace Rowan.Onnx.Tests;

/// <summary>
/// Every module, found by reflection, exported and run in ONNX Runtime with sizes that the exporter has not seen. A module without a case
/// or a reason fails.
/// </summary>
public class LayerExportTests
{
    /// <summary>A module, what is exported of it, the inputs that the graph must declare, an example, and other inputs.</summary>
    sealed record Case(Module Module, Func<IReadOnlyList<object>, object?> Forward, string Declared, object[] Example, object[] Other);

    static readonly Rng Rng = new(3);

    static readonly Dictionary<Type, Case[]> Cases = new()
    {
        [typeof(Linear)] = [Of(new Linear(5, 3), "[batch, 5]", Draw(2, 5), Draw(7, 5)),
            Of(new Linear(3, 2, bias: false), "[batch, length, 3]", Draw(2, 4, 3), Draw(1, 9, 3)),
            Of(new Linear(3, 2), "[3]", Draw(3), Draw(3))],
        [typeof(TiedLinear)] = [Of(new TiedLinear(new Embedding(6, 4).Weight, bias: true), "[batch, 4]", Draw(2, 4), Draw(3, 4)),
            Of(new TiedLinear(new Embedding(6, 4).Weight), "[batch, length, 4]", Draw(2, 3, 4), Draw(3, 1, 4))],
        [typeof(Bilinear)] = [Two<Bilinear>(new(4, 3, 2), (m, x) => m.Forward(T(x[0]), T(x[1])), "[batch, 4] [batch, 3]",
            [Draw(2, 4), Draw(2, 3)], [Draw(5, 4), Draw(5, 3)])],
        [typeof(Embedding)] = [Ids(new Embedding(7, 3), "[batch, length]", new[,] { { 1, 6, 0 }, { 2, 2, 5 } },
            new[,] { { 4 }, { 3 }, { 6 } }),
            Ids(new Embedding(7, 3, paddingIdx: 2), "[batch]", new[] { 1, 2 }, new[] { 2, 0, 6, 1 }),
            Ids(new Embedding(7, 3, storage: RowStorage.BFloat16), "[]", 3, 5)],
        [typeof(EmbeddingBag)] =
        [
            .. Enum.GetValues<BagMode>().SelectMany(mode => new long?[] { null, 2 }.SelectMany(padding => new[]
            {
                Two<EmbeddingBag>(new(7, 3, mode, paddingIdx: padding), (m, x) => m.Forward((Indices)x[0]), "[batch, length]",
                    [(Indices)new[,] { { 1, 2, 0 }, { 2, 2, 2 } }], [(Indices)new[,] { { 1, 2 }, { 6, 2 }, { 2, 2 } }]),
                Two<EmbeddingBag>(new(7, 3, mode, paddingIdx: padding), (m, x) => m.Forward((JaggedIndices)x[0]),
                    "[bags_count] [batch_plus_1]",
                    [(JaggedIndices)new[] { new[] { 1, 2, 0 }, [], [2, 2], [6] }],
                    [(JaggedIndices)new[] { new[] { 5 }, [1, 1, 2, 4], [] }]),
                Two<EmbeddingBag>(new(7, 3, mode, paddingIdx: padding), (m, x) => m.Forward((Indices)x[0], (Indices)x[1]),
                    "[batch] [offsets_batch]",
                    [(Indices)new[] { 1, 2, 0, 2, 5 }, (Indices)new[] { 0, 1, 1 }],
                    [(Indices)new[] { 4, 2, 3 }, (Indices)new[] { 0, 0, 2, 3 }]),
            })),
            Two<EmbeddingBag>(new(7, 3, BagMode.Sum, paddingIdx: 0), (m, x) => m.Forward((Indices)x[0], T(x[1])),
                "[batch, length] [batch, length]",
                [(Indices)new[,] { { 1, 2 }, { 0, 2 } }, Draw(2, 2)],
                [(Indices)new[,] { { 1, 2, 6 }, { 0, 2, 0 }, { 0, 0, 0 } }, Draw(3, 3)]),
            Two<EmbeddingBag>(new(7, 3, BagMode.Sum), (m, x) => m.Forward((JaggedIndices)x[0]), "[bags_count] [batch_plus_1] [bags_count]",
                [JaggedIndices.FromOffsets(new[] { 1, 2, 3 }, new[] { 0, 1 }, Draw(3))],
                [JaggedIndices.FromOffsets(new[] { 6, 2, 3, 3 }, new[] { 0, 0, 3 }, Draw(4))]),
        ],
        [typeof(EmbeddingBagCollection)] =
        [
            Two<EmbeddingBagCollection>(new([new("a", 6, 3, "x", "y"), new("b", 4, 2) { Mode = BagMode.Mean }]),
                (m, x) => m.Forward((IReadOnlyDictionary<string, JaggedIndices>)x[0]).Values,
                "[x_count] [batch_plus_1] [batch, length] [b_count] [batch_plus_1]",
                [Features(new[] { new[] { 1, 4, 1 }, [] }, new[,] { { 1, 5 }, { 0, 1 } }, new[] { new[] { 2, 0 }, [1] })],
                [Features(new[] { new[] { 1 }, [5, 5], [] }, new[,] { { 1 }, { 3 }, { 0 } }, new[] { new[] { 2, 0 }, [], [1, 3, 3] })]),
        ],
        [typeof(Conv1d)] = [Of(new Conv1d(2, 4, 3, 2, 1, 2, 2), "[batch, 2, input_dim2]", Draw(2, 2, 12), Draw(3, 2, 17)),
            Of(new Conv1d(2, 2, 4, padding: "same"), "[batch, 2, input_dim2]", Draw(1, 2, 6), Draw(3, 2, 4)),
            Of(new Conv1d(3, 2, 1, bias: false), "[3, length]", Draw(3, 4), Draw(3, 9))],
        [typeof(Conv2d)] = [Of(new Conv2d(2, 2, (2, 3), (1, 2), (1, 1), groups: 2), "[batch, 2, input_dim2, input_dim3]", Draw(1, 2, 5, 6),
            Draw(2, 2, 4, 9)), Of(new Conv2d(1, 2, (2, 4), padding: "same", dilation: (1, 2)), "[1, length, input_dim2]", Draw(1, 5, 8),
            Draw(1, 3, 9))],
        [typeof(MaxPool1d)] = [Of(new MaxPool1d(3, 2, 1), "[batch, length, input_dim2]", Draw(2, 2, 7), Draw(1, 3, 12)),
            Of(new MaxPool1d(3, 2, ceilMode: true, dilation: 2), "[batch, length]", Draw(2, 9), Draw(1, 12)),
            Two<MaxPool1d>(new(2), (m, x) => m.ForwardWithPositions(T(x[0])), "[batch, length, input_dim2]", [Draw(2, 2, 6)],
                [Draw(3, 1, 9)])],
        [typeof(MaxPool2d)] = [Of(new MaxPool2d((2, 3), 2, (1, 1)), "[batch, length, input_dim2, input_dim3]", Draw(1, 2, 4, 6),
            Draw(2, 2, 5, 9)),
            Of(new MaxPool2d(2, 2, ceilMode: true), "[batch, length, input_dim2, input_dim3, input_dim4]", Draw(2, 1, 2, 5, 5),
                Draw(1, 2, 2, 4, 7)),
            Two<MaxPool2d>(new(2), (m, x) => m.ForwardWithPositions(T(x[0])), "[batch, length, input_dim2, input_dim3]",
                [Draw(2, 2, 6, 4)], [Draw(3, 1, 5, 7)])],
        [typeof(AvgPool1d)] = [Of(new AvgPool1d(3, 2, 1), "[batch, length, input_dim2]", Draw(2, 2, 7), Draw(1, 3, 12)),
            Of(new AvgPool1d(3, 2, 1, ceilMode: true, countIncludePad: false), "[batch, length, input_dim2]", Draw(2, 2, 8),
                Draw(1, 3, 11)),
            Of(new AvgPool1d(3, 2, 1, ceilMode: true), "[batch, length, input_dim2]", Draw(2, 2, 8), Draw(1, 3, 11))],
        [typeof(AvgPool2d)] = [Of(new AvgPool2d((2, 3), 2, (1, 1)), "[batch, length, input_dim2, input_dim3]", Draw(1, 2, 4, 6),
            Draw(2, 1, 5, 9)),
            Of(new AvgPool2d(2, divisorOverride: 3), "[batch, length, input_dim2]", Draw(2, 4, 6), Draw(3, 5, 7))],
        [typeof(AdaptiveAvgPool1d)] = [Of(new AdaptiveAvgPool1d(3), "[batch, length, input_dim2]", Draw(2, 2, 7), Draw(1, 3, 5))],
        [typeof(AdaptiveAvgPool2d)] =
            [Of(new AdaptiveAvgPool2d((2, 3)), "[batch, length, input_dim2, input_dim3]", Draw(1, 2, 5, 7), Draw(2, 1, 3, 4))],
        [typeof(AdaptiveMaxPool1d)] = [Of(new AdaptiveMaxPool1d(3), "[batch, length, input_dim2]", Draw(2, 2, 7), Draw(1, 3, 5))],
        [typeof(AdaptiveMaxPool2d)] =
            [Of(new AdaptiveMaxPool2d((2, 3)), "[batch, length, input_dim2, input_dim3]", Draw(1, 2, 5, 7), Draw(2, 1, 3, 4))],
        [typeof(LayerNorm)] = [Of(new LayerNorm(6), "[batch, length, 6]", Draw(2, 3, 6), Draw(4, 1, 6)),
            Of(new LayerNorm([2, 5], bias: false), "[batch, 2, 5]", Draw(2, 2, 5), Draw(3, 2, 5)),
            Of(new LayerNorm(6, elementwiseAffine: false), "[batch, 6]", Draw(2, 6), Draw(4, 6))],
        [typeof(RmsNorm)] = [Of(new RmsNorm(6), "[batch, 6]", Draw(2, 6), Draw(4, 6)),
            Of(new RmsNorm([2, 5], 0.1f, elementwiseAffine: false), "[batch, 2, 5]", Draw(2, 2, 5), Draw(3, 2, 5))],
        [typeof(GroupNorm)] = [Of(new GroupNorm(2, 4), "[batch, 4, input_dim2]", Draw(2, 4, 5), Draw(3, 4, 7)),
            Of(new GroupNorm(1, 5, affine: false), "[batch, 5]", Draw(3, 5), Draw(4, 5)),
            Of(new GroupNorm(2, 4), "[batch, 4, input_dim2, input_dim3]", Draw(2, 4, 5, 3), Draw(1, 4, 7, 2))],
        [typeof(BatchNorm1d)] = [Of(Moved(new BatchNorm1d(3)), "[batch, 3]", Draw(2, 3), Draw(4, 3)),
            Of(Moved(new BatchNorm1d(3, affine: false)), "[batch, 3, input_dim2]", Draw(2, 3, 5), Draw(4, 3, 2)),
            Of(new BatchNorm1d(3, trackRunningStats: false), "[batch, 3, input_dim2]", Draw(2, 3, 5), Draw(4, 3, 2))],
        [typeof(BatchNorm2d)] = [Of(Moved(new BatchNorm2d(3)), "[batch, 3, input_dim2, input_dim3]", Draw(2, 3, 5, 4), Draw(1, 3, 2, 7))],
        [typeof(PRelu)] = [Of(new PRelu(), "[batch, length]", Draw(2, 5), Draw(3, 1)),
            Of(new PRelu(3), "[batch, 3, input_dim2]", Draw(2, 3, 5), Draw(3, 3, 1))],
        [typeof(Dropout1d)] = [Of(new Dropout1d(), "[batch, length, input_dim2]", Draw(2, 3, 4), Draw(1, 2, 6))],
        [typeof(Dropout2d)] = [Of(new Dropout2d(), "[batch, length, input_dim2, input_dim3]", Draw(2, 3, 4, 5), Draw(1, 2, 6, 1))],
        [typeof(Nn.Dropout)] = [Of(new Nn.Dropout(), "[batch, length]", Draw(2, 3), Draw(1, 2))],
        [typeof(Rnn)] =
        [
            Two<Rnn>(new(3, 4, 2, bidirectional: true), (m, x) => m.Forward(T(x[0]), T(x[1]), (Indices)x[2]),
                "[batch, length, 3] [4, length, 4] [length]",
                [Draw(5, 2, 3), Draw(4, 2, 4), (Indices)new[] { 5, 2 }], [Draw(6, 3, 3), Draw(4, 3, 4), (Indices)new[] { 1, 6, 3 }]),
            Two<Rnn>(new(3, 4, nonlinearity: Nonlinearity.Relu, bias: false, batchFirst: true), (m, x) => m.Forward(T(x[0])),
                "[batch, length, 3]",
                [Draw(2, 5, 3)], [Draw(3, 7, 3)]),
        ],
        [typeof(Gru)] =
        [
            Two<Gru>(new(3, 4, 2, bidirectional: true), (m, x) => m.Forward(T(x[0]), T(x[1]), (Indices)x[2]),
                "[batch, length, 3] [4, length, 4] [length]",
                [Draw(5, 2, 3), Draw(4, 2, 4), (Indices)new[] { 5, 2 }], [Draw(6, 3, 3), Draw(4, 3, 4), (Indices)new[] { 1, 6, 3 }]),
            Two<Gru>(new(3, 4, bias: false, batchFirst: true), (m, x) => m.Forward(T(x[0])), "[batch, length, 3]", [Draw(2, 5, 3)],
                [Draw(3, 7, 3)]),
        ],
        [typeof(Lstm)] =
        [
            Two<Lstm>(new(3, 4, 2, bidirectional: true), (m, x) => m.Forward(T(x[0]), (LstmState)x[1], (Indices)x[2]),
                "[batch, length, 3] [4, length, 4] [4, length, 4] [length]",
                [Draw(5, 2, 3), new LstmState(Draw(4, 2, 4), Draw(4, 2, 4)), (Indices)new[] { 5, 2 }],
                [Draw(6, 3, 3), new LstmState(Draw(4, 3, 4), Draw(4, 3, 4)), (Indices)new[] { 1, 6, 3 }]),
            Two<Lstm>(new(3, 4, batchFirst: true), (m, x) => m.Forward(T(x[0])).Output, "[batch, length, 3]", [Draw(2, 5, 3)],
                [Draw(3, 7, 3)]),
            Two<Lstm>(new(3, 4), (m, x) => m.Forward(T(x[0])), "[batch, 3]", [Draw(5, 3)], [Draw(7, 3)]),
        ],
        [typeof(RnnCell)] = [Two<RnnCell>(new(3, 4), (m, x) => m.Forward(T(x[0]), T(x[1])), "[batch, 3] [batch, 4]",
            [Draw(2, 3), Draw(2, 4)],
            [Draw(5, 3), Draw(5, 4)]),
            Two<RnnCell>(new(3, 4, nonlinearity: Nonlinearity.Relu), (m, x) => m.Forward(T(x[0])), "[3]", [Draw(3)], [Draw(3)])],
        [typeof(GruCell)] = [Two<GruCell>(new(3, 4), (m, x) => m.Forward(T(x[0]), T(x[1])), "[batch, 3] [batch, 4]",
            [Draw(2, 3), Draw(2, 4)],
            [Draw(5, 3), Draw(5, 4)])],
        [typeof(LstmCell)] = [Two<LstmCell>(new(3, 4), (m, x) => m.Forward(T(x[0]), (LstmState)x[1]), "[batch, 3] [batch, 4] [batch, 4]",
            [Draw(2, 3), new LstmState(Draw(2, 4), Draw(2, 4))], [Draw(5, 3), new LstmState(Draw(5, 4), Draw(5, 4))])],
        [typeof(MultiheadAttention)] =
        [
            Two<MultiheadAttention>(new(6, 2),
                (m, x) => m.Forward(T(x[0]), T(x[0]), T(x[0]), (Mask)x[1], AttentionMask.Causal(T(x[0]).Size(0))),
                "[batch, length, 6] [length, batch]", [Draw(4, 2, 6), Flags(2, 4)], [Draw(5, 3, 6), Flags(3, 5)]),
            Two<MultiheadAttention>(new(6, 2), (m, x) => m.Forward(T(x[0]), T(x[0]), T(x[0]), needWeights: false).Output,
                "[batch, length, 6]",
                [Draw(4, 2, 6)], [Draw(5, 3, 6)]),
            Two<MultiheadAttention>(new(6, 2, addBiasKv: true, addZeroAttention: true, kdim: 5, vdim: 3, batchFirst: true),
                (m, x) => m.Forward(T(x[0]), T(x[1]), T(x[2]), averageWeights: false),
                "[batch, length, 6] [batch, key_length, 5] [batch, key_length, 3]",
                [Draw(2, 4, 6), Draw(2, 3, 5), Draw(2, 3, 3)], [Draw(3, 2, 6), Draw(3, 7, 5), Draw(3, 7, 3)]),
            Two<MultiheadAttention>(new(6, 3, batchFirst: true, bias: false),
                (m, x) => m.Forward(T(x[0]), T(x[1]), T(x[1]), (Mask)x[2], needWeights: false).Output,
                "[batch, length, 6] [batch, key_length, 6] [batch, key_length]", [Draw(2, 4, 6), Draw(2, 3, 6), Flags(2, 3)],
                [Draw(3, 2, 6), Draw(3, 7, 6), Flags(3, 7)]),
        ],
        [typeof(TransformerEncoderLayer)] =
        [
            Two<TransformerEncoderLayer>(new(6, 2, 8), (m, x) => m.Forward(T(x[0]), AttentionMask.Causal(T(x[0]).Size(0)), (Mask)x[1]),
                "[batch, length, 6] [length, batch]", [Draw(4, 2, 6), Flags(2, 4)], [Draw(5, 3, 6), Flags(3, 5)]),
            Two<TransformerEncoderLayer>(new(6, 2, 8, activation: TransformerActivation.Gelu, batchFirst: true, normFirst: true),
                (m, x) => m.Forward(T(x[0])), "[batch, length, 6]", [Draw(2, 4, 6)], [Draw(3, 5, 6)]),
        ],
        [typeof(TransformerEncoder)] = [Two<TransformerEncoder>(new(new(6, 2, 8, batchFirst: true), 2, new LayerNorm(6)),
            (m, x) => m.Forward(T(x[0]), keyPaddingMask: (Mask)x[1]), "[batch, length, 6] [batch, length]",
            [Draw(2, 4, 6), Flags(2, 4)], [Draw(3, 5, 6), Flags(3, 5)])],
        [typeof(TransformerDecoderLayer)] = [Two<TransformerDecoderLayer>(new(6, 2, 8, normFirst: true),
            (m, x) => m.Forward(T(x[0]), T(x[1]), new() { Target = AttentionMask.Causal(T(x[0]).Size(0)) }),
            "[batch, length, 6] [memory_batch, length, 6]",
            [Draw(4, 2, 6), Draw(3, 2, 6)], [Draw(2, 5, 6), Draw(6, 5, 6)])],
        [typeof(TransformerDecoder)] = [Two<TransformerDecoder>(new(new(6, 2, 8, batchFirst: true), 2),
            (m, x) => m.Forward(T(x[0]), T(x[1])), "[batch, length, 6] [batch, memory_length, 6]", [Draw(2, 4, 6), Draw(2, 3, 6)],
            [Draw(5, 2, 6), Draw(5, 6, 6)])],
        [typeof(Transformer)] = [Two<Transformer>(new(6, 2, 1, 1, 8), (m, x) => m.Forward(T(x[0]), T(x[1]),
            new() { Target = AttentionMask.Causal(T(x[1]).Size(0)) }), "[batch, length, 6] [target_batch, length, 6]",
            [Draw(4, 2, 6), Draw(3, 2, 6)], [Draw(2, 5, 6), Draw(6, 5, 6)])],
        [typeof(SinusoidalPositions)] =
            [Of(new SinusoidalPositions(12, 4, batchFirst: true), "[batch, length, 4]", Draw(2, 5, 4), Draw(3, 12, 4)),
            Of(new SinusoidalPositions(12, 4), "[batch, length, 4]", Draw(5, 2, 4), Draw(9, 3, 4))],
        [typeof(LearnedPositions)] = [Of(new LearnedPositions(5, 4, batchFirst: true), "[batch, length, 4]", Draw(2, 5, 4), Draw(3, 2, 4)),
            Of(new LearnedPositions(12, 4), "[batch, length, 4]", Draw(5, 2, 4), Draw(9, 3, 4))],
        [typeof(AdaptiveLogSoftmax)] =
            [Two<AdaptiveLogSoftmax>(new(8, 12, [3, 7], 2, true), (m, x) => (m.LogProbabilities(T(x[0])), m.Predict(T(x[0]))),
            "[batch, 8]", [Draw(3, 8)], [Draw(5, 8)])],
        [typeof(CosineSimilarity)] = [Two<CosineSimilarity>(new(), (m, x) => m.Forward(T(x[0]), T(x[1])),
            "[batch, length] [batch, length]", [Draw(2, 5), Draw(2, 5)], [Draw(3, 7), Draw(3, 7)])],
        [typeof(PairwiseDistance)] =
            [Two<PairwiseDistance>(new(3, keepDim: true), (m, x) => m.Forward(T(x[0]), T(x[1])), "[batch, length] [batch, length]",
            [Draw(2, 5), Draw(2, 5)], [Draw(3, 7), Draw(3, 7)])],
        [typeof(Sequential)] = [Ids(new Sequential(new Embedding(7, 4), new Linear(4, 2)), "[batch, length]", new[,] { { 1, 2, 6 } },
            new[,] { { 0, 5 }, { 3, 3 } }),
            Of(new Sequential(new Conv2d(1, 2, 3), new Nn.Relu(), new MaxPool2d(2), new Flatten(), new Linear(8, 3)), "[batch, 1, 6, 6]",
                Draw(2, 1, 6, 6),
                Draw(5, 1, 6, 6))],
        [typeof(Sequential<>)] =
            [Ids(new Sequential<Indices>(new Embedding(7, 4), new Nn.Tanh()), "[batch]", new[] { 1, 2, 6 }, new[] { 0, 5 })],
        [typeof(ModuleDict<>)] =
            [Two<ModuleDict<Linear>>(new() { ["first"] = new(4, 3) }, (m, x) => m["first"].Forward(T(x[0])), "[batch, 4]", [Draw(2, 4)],
            [Draw(3, 4)])],
        [typeof(ModuleList)] = [Two<ModuleList>(new([new Linear(4, 3)]), (m, x) => ((Linear)m[0]).Forward(T(x[0])), "[batch, 4]",
            [Draw(2, 4)], [Draw(3, 4)])],
        [typeof(ModuleDict)] = [Two<ModuleDict>(new() { ["a"] = new Linear(4, 3) }, (m, x) => ((Linear)m["a"]).Forward(T(x[0])),
            "[batch, 4]", [Draw(2, 4)], [Draw(3, 4)])],
        [typeof(ModuleList<>)] =
            [Two<ModuleList<Linear>>(new(new Linear(4, 3)), (m, x) => m[0].Forward(T(x[0])), "[batch, 4]", [Draw(2, 4)], [Draw(3, 4)])],
        [typeof(Identity)] = [Of(new Identity(), "[batch, length]", Draw(2, 3), Draw(4, 1))],
        [typeof(Flatten)] = [Of(new Flatten(), "[batch, length, input_dim2]", Draw(2, 3, 4), Draw(5, 2, 3))],
        [typeof(Glu)] = [Of(new Glu(), "[batch, length]", Draw(2, 6), Draw(4, 6))],
        [typeof(Nn.Softmax)] = [Of(new Nn.Softmax(-1), "[batch, length]", Draw(2, 6), Draw(4, 5)),
            Of(new Nn.Softmax(1), "[batch, length, input_dim2]", Draw(2, 6, 3), Draw(4, 5, 2))],
        [typeof(Nn.LogSoftmax)] = [Of(new Nn.LogSoftmax(0), "[batch, length]", Draw(2, 6), Draw(4, 5))],
    };

    /// <summary>Modules that are applied value by value.</summary>
    static readonly Module<Tensor, Tensor>[] Activations =
    [
        new Nn.Relu(), new Relu6(), new Nn.LeakyRelu(0.2f), new Nn.Elu(0.7f), new Celu(0.7f), new Selu(), new Nn.Gelu(),
        new Nn.Gelu(approximate: true),
        new Nn.Silu(), new Nn.Mish(), new Nn.Softplus(), new Nn.Softplus(2, 1), new Nn.LogSigmoid(), new Nn.Softsign(), new Nn.Tanh(),
        new Nn.HardTanh(-0.5f, 2), new Nn.Sigmoid(), new Nn.HardSigmoid(), new Nn.HardSwish(),
    ];

    /// <summary>Modules that ONNX cannot express, with the reason.</summary>
    static readonly Dictionary<Type, string> Reasons = [];

    public static TheoryData<Type> Modules =>
        [.. typeof(Module).Assembly.GetExportedTypes().Where(type => type.IsSubclassOf(typeof(Module)) && !type.IsAbstract)];

    [Theory, MemberData(nameof(Modules))]
    public void AModuleIsExportedAsItIs(Type type)
    {
        if (Reasons.ContainsKey(type)) return;
        Case[] cases = Cases.TryGetValue(type, out Case[]? given) ? given
            : [.. Activations.Where(module => module.GetType() == type)
                .Select(module => Of(module, "[batch, length]", Draw(2, 9) * 4, Draw(3, 7) * 4))];
        Assert.True(cases.Length > 0, $"{type.Name} has no export case and no reason; add one");
        using var folder = new TemporaryFolder();
        for (int i = 0; i < cases.Length; i++)
        {
            (Module module, Func<IReadOnlyList<object>, object?> forward, string declared, object[] example, object[] other) = cases[i];
            string path = folder[$"{i}.onnx"];
            OnnxExportReport report = module.ExportOnnxOf(path, forward, example, new()
            {
                Tolerance = 1e-5f,
                Inputs = [.. Names(type, i, example)],
            });
            Assert.Equal(declared, string.Join(' ', report.Inputs.Select(input => input[input.IndexOf('[', StringComparison.Ordinal)..])));
            module.Eval();
            using Gradients.Scope off = Gradients.Off();
            OnnxRun.Same([.. OnnxRun.Flat(forward(other))], OnnxRun.Of(path, other));
        }
    }

    [Fact]
    public void NoCaseIsLeftOver() => Assert.Empty(Cases.Keys.Concat(Reasons.Keys).Except(Modules.Select(row => row.Data)));

    static IEnumerable<OnnxInput> Names(Type type, int at, object[] example)
    {
        string[] names = type == typeof(EmbeddingBag) ? ["bags", "offsets"] : type.Name.StartsWith("Multihead", StringComparison.Ordinal)
            ? ["query", "key", "value"]
            : type.Name.StartsWith("TransformerDecoder", StringComparison.Ordinal) ? ["target", "memory"] : type == typeof(Transformer)
                ? ["source", "target"] : ["input"];
        return example.Select((_, i) => new OnnxInput(i < names.Length ? names[i] : $"other{i}"));
    }

    static Dictionary<string, JaggedIndices> Features(JaggedIndices x, Indices y, JaggedIndices b) =>
        new() { ["x"] = x, ["y"] = y, ["b"] = b };

    static Tensor T(object x) => (Tensor)x;

    static Tensor Draw(params long[] shape) => Tensor.Randn(Rng, shape);

    static Mask Flags(int rows, int columns)
    {
        var flags = new bool[rows * columns];
        for (int r = 0; r < rows; r++)
            for (int c = columns - r % columns; c < columns; c++) flags[r * columns + c] = true;
        return Mask.From(flags, rows, columns);
    }

    /// <summary>A norm whose running values are not those of the start.</summary>
    static T Moved<T>(T module) where T : BatchNorm
    {
        Tensor.Randn(Rng, module.NumFeatures).Span.CopyTo(module.RunningMean!.Value.WritableSpan);
        (Tensor.Rand(Rng, module.NumFeatures) + 0.5f).Span.CopyTo(module.RunningVar!.Value.WritableSpan);
        if (module.Weight is { } weight) Tensor.Randn(Rng, module.NumFeatures).Span.CopyTo(weight.Value.WritableSpan);
        return module;
    }

    static Case Of(Module<Tensor, Tensor> module, string declared, Tensor example, Tensor other) =>
        new(module, x => module.Forward(T(x[0])), declared, [example], [other]);

    static Case Ids(Module module, string declared, Indices example, Indices other) =>
        new(module, x => module is Sequential s ? s.Forward((Indices)x[0]) : ((Module<Indices, Tensor>)module).Forward((Indices)x[0]),
            declared,
            [example], [other]);

    static Case Two<T>(T module, Func<T, IReadOnlyList<object>, object?> forward, string declared, object[] example, object[] other)
        where T : Module =>
        new(module, x => forward(module, x), declared, example, other);
}
