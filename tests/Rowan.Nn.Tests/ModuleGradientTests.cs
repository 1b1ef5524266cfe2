using Rowan.Nn;
using Rowan.Numerics;

namespace Rowan.Tests;

/// <summary>
/// Every module, found by reflection, against finite differences of its own forward pass, at sizes around those of a vector:
/// inputs, parameters and rows of tables. A module without a case fails.
/// </summary>
public class ModuleGradientTests
{
    static readonly int[] Sizes = [1, 7, 8, 9, 15, 16, 17, 33];

    /// <summary>A module at a size, its inputs, and how it is called.</summary>
    sealed record Case(Module Module, Tensor[] Inputs, Func<Tensor[], Tensor> Forward);

    static readonly Dictionary<Type, Func<int, Rng, Case[]>> Cases = new()
    {
        [typeof(Linear)] = (n, rng) =>
            [Of(new Linear(n, 3, rng: rng), Draw(rng, 2, n)), Of(new Linear(3, n, bias: false, rng), Draw(rng, 2, 2, 3))],
        [typeof(TiedLinear)] = (n, rng) => [Of(new TiedLinear(Drawn(rng, 4, n), bias: true), Draw(rng, 2, n))],
        [typeof(Bilinear)] = (n, rng) =>
            [Two(new Bilinear(n, 3, 2, rng: rng), (m, x) => m.Forward(x[0], x[1]), Draw(rng, 2, n), Draw(rng, 2, 3))],
        [typeof(Embedding)] = (n, rng) =>
            [No(new Embedding(5, n, rng: rng), m => m.Forward(new[,] { { 1, 4 }, { 1, 0 } })),
            No(new Embedding(5, n, new() { ScaleGradByFreq = false }, rng), m => m.Forward(3))],
        [typeof(EmbeddingBag)] = (n, rng) =>
        [
            .. Enum.GetValues<BagMode>()
                .Select(mode => No(new EmbeddingBag(6, n, mode, rng: rng), m => m.Forward(new[] { 1, 4, 1, 0, 2 }, new[] { 0, 0, 3 }))),
            Two(new EmbeddingBag(6, n, BagMode.Sum, rng: rng), (m, x) => m.Forward(new[,] { { 1, 4 }, { 1, 0 } }, x[0]), Draw(rng, 2, 2)),
        ],
        [typeof(EmbeddingBagCollection)] = (n, rng) =>
        [
            Two(new EmbeddingBagCollection([new("a", 6, n, "x", "y"), new("b", 3, 2) { Mode = BagMode.Mean }], rng),
                (m, x) => m.Forward(new Dictionary<string,
                    JaggedIndices> { ["x"] = new[] { new[] { 1, 4, 1 }, [] },
                    ["y"] = JaggedIndices.From(new[,] { { 1, 5 }, { 0, 1 } }, x[0]), ["b"] = new[] { new[] { 2, 0 }, [1] } }).Values,
                    Draw(rng, 2, 2)),
        ],
        [typeof(Conv1d)] = (n, rng) =>
            [Of(new Conv1d(2, 4, 3, 2, 1, 2, 2, rng: rng), Draw(rng, 2, 2, n + 4)), Of(new Conv1d(n, 2, 1, rng: rng), Draw(rng, n, 3)),
            Of(new Conv1d(2, 2, 4, padding: "same", rng: rng), Draw(rng, 1, 2, n))],
        [typeof(Conv2d)] = (n, rng) =>
            [Of(new Conv2d(2, 2, (2, 3), (1, 2), (1, 1), groups: 2, rng: rng), Draw(rng, 1, 2, 3, n + 2)),
            Of(new Conv2d(1, 2, (2, 4), padding: "same", dilation: (1, 2), rng: rng), Draw(rng, 1, 1, 3, n))],
        [typeof(MaxPool1d)] = (n, rng) => [Of(new MaxPool1d(3, 2, 1), Spread(rng, 1, 2, n + 2))],
        [typeof(MaxPool2d)] = (n, rng) => [Of(new MaxPool2d((2, 3), 2, (1, 1)), Spread(rng, 1, 2, 3, n + 2))],
        [typeof(AvgPool1d)] = (n, rng) => [Of(new AvgPool1d(3, 2, 1, true, false), Draw(rng, 1, 2, n + 2))],
        [typeof(AvgPool2d)] = (n, rng) =>
            [Of(new AvgPool2d((2, 3), 2, (1, 1)), Draw(rng, 1, 2, 3, n + 2)),
            Of(new AvgPool2d(2, divisorOverride: 3), Draw(rng, 1, 4, n + 2))],
        [typeof(AdaptiveAvgPool1d)] = (n, rng) => [Of(new AdaptiveAvgPool1d(3), Draw(rng, 2, 2, n))],
        [typeof(AdaptiveAvgPool2d)] = (n, rng) => [Of(new AdaptiveAvgPool2d((2, 3)), Draw(rng, 1, 2, 3, n))],
        [typeof(AdaptiveMaxPool1d)] = (n, rng) => [Of(new AdaptiveMaxPool1d(3), Spread(rng, 2, 2, n))],
        [typeof(AdaptiveMaxPool2d)] = (n, rng) => [Of(new AdaptiveMaxPool2d((2, 3)), Spread(rng, 1, 2, 3, n))],
        [typeof(LayerNorm)] = (n, rng) =>
            [Of(new LayerNorm(n + 1), Draw(rng, 3, n + 1)), Of(new LayerNorm([2, n], bias: false), Draw(rng, 2, 2, n))],
        [typeof(RmsNorm)] = (n, rng) =>
            [Of(new RmsNorm(n), Draw(rng, 3, n)), Of(new RmsNorm([2, n], 0.1f, elementwiseAffine: false), Draw(rng, 2, 2, n))],
        [typeof(GroupNorm)] = (n, rng) =>
            [Of(new GroupNorm(2, 4), Draw(rng, 2, 4, n)), Of(new GroupNorm(1, n + 1, affine: false), Draw(rng, 3, n + 1))],
        [typeof(PRelu)] = (n, rng) => [Of(new PRelu(), Draw(rng, 2, n)), Of(new PRelu(n), Draw(rng, 2, n, 2))],
        [typeof(Dropout1d)] = (n, rng) => [new(new Dropout1d(), [Draw(rng, 2, n, 3)], x => new Dropout1d(0.4f, new Rng(5)).Forward(x[0]))],
        [typeof(Dropout2d)] = (n, rng) =>
            [new(new Dropout2d(), [Draw(rng, 2, n, 2, 2)], x => new Dropout2d(0.4f, new Rng(5)).Forward(x[0]))],
        [typeof(LstmCell)] = (n, rng) =>
        [
            Two(new LstmCell(3, n, rng: rng), (m, x) =>
                Ops.Concat([m.Forward(x[0], new LstmState(x[1], x[2])).Hidden, m.Forward(x[0]).Cell]), Draw(rng, 2, 3), Draw(rng, 2, n),
                Draw(rng, 2, n)),
            Two(new LstmCell(n, 3, bias: false, rng), (m, x) => m.Forward(x[0]).Hidden, Draw(rng, n)),
        ],
        [typeof(GruCell)] = (n, rng) =>
            [Two(new GruCell(3, n, rng: rng), (m, x) => m.Forward(x[0], x[1]), Draw(rng, 2, 3), Draw(rng, 2, n)),
            Two(new GruCell(n, 3, false, rng), (m, x) => m.Forward(x[0]), Draw(rng, n))],
        [typeof(RnnCell)] = (n, rng) =>
            [Two(new RnnCell(3, n, rng: rng), (m, x) => m.Forward(x[0], x[1]), Draw(rng, 2, 3), Draw(rng, 2, n)),
            Two(new RnnCell(n, 3, rng: rng), (m, x) => m.Forward(x[0]), Draw(rng, 2, n))],
        [typeof(Transformer)] = (n, rng) =>
        [
            Two(new Transformer(2 * n, 2, 1, 1, Small(false), rng), (m, x) =>
                m.Forward(x[0], x[1], new() { Target = AttentionMask.Causal(2) }), Draw(rng, 3, 2, 2 * n), Draw(rng, 2, 2, 2 * n)),
        ],
        [typeof(BatchNorm1d)] = (n, rng) =>
            [Of(new BatchNorm1d(n), Draw(rng, 5, n)), Of(new BatchNorm1d(2), Draw(rng, 3, 2, n)),
            Of(Evaluated(new BatchNorm1d(n)), Draw(rng, 1, n))],
        [typeof(BatchNorm2d)] = (n, rng) => [Of(new BatchNorm2d(2), Draw(rng, 2, 2, 2, n))],
        [typeof(Nn.Dropout)] = (n, rng) => [new(new Nn.Dropout(), [Draw(rng, 2, n)], x => new Nn.Dropout(0.4f, new Rng(5)).Forward(x[0]))],
        [typeof(Rnn)] = (n, rng) =>
        [
            Two(new Rnn(2, n, 2, bidirectional: true, rng: rng), (m, x) => Both(m.Forward(x[0], x[1], new[] { 3, 1 })), Draw(rng, 3, 2, 2),
                Draw(rng, 4, 2, n)),
            Two(new Rnn(n, 3, bias: false, batchFirst: true, rng: rng), (m, x) => Both(m.Forward(x[0])), Draw(rng, 2, 3, n)),
        ],
        [typeof(Lstm)] = (n, rng) =>
        [
            Two(new Lstm(2, n, 2, bidirectional: true, rng: rng),
                (m, x) => All(m.Forward(x[0], new LstmState(x[1], x[2]), new[] { 3, 2 })), Draw(rng, 3, 2, 2), Draw(rng, 4, 2, n),
                Draw(rng, 4, 2, n)),
            Two(new Lstm(n, 3, batchFirst: true, rng: rng), (m, x) => All(m.Forward(x[0])), Draw(rng, 2, 3, n)),
            Two(new Lstm(n, 3, rng: rng), (m, x) => All(m.Forward(x[0])), Draw(rng, 3, n)),
        ],
        [typeof(Gru)] = (n, rng) =>
        [
            Two(new Gru(2, n, 2, bidirectional: true, rng: rng), (m, x) => Both(m.Forward(x[0], x[1], new[] { 3, 1 })), Draw(rng, 3, 2, 2),
                Draw(rng, 4, 2, n)),
            Two(new Gru(n, 3, batchFirst: true, rng: rng), (m, x) => Both(m.Forward(x[0])), Draw(rng, 2, 3, n)),
        ],
        [typeof(MultiheadAttention)] = (n, rng) =>
        [
            Two(new MultiheadAttention(2 * n, 2, rng: rng),
                (m, x) => Attended(m.Forward(x[0], x[0], x[0], Mask.From([false, false, true, false, false, false], 2, 3),
                AttentionMask.Causal(3))), Draw(rng, 3, 2, 2 * n)),
            Two(new MultiheadAttention(4, 2, addBiasKv: true, addZeroAttention: true, kdim: n, vdim: 3, batchFirst: true, rng: rng),
                (m, x) => Attended(m.Forward(x[0], x[1], x[2], averageWeights: false)),
                Draw(rng, 2, 3, 4), Draw(rng, 2, 2, n), Draw(rng, 2, 2, 3)),
        ],
        [typeof(TransformerEncoderLayer)] = (n, rng) =>
            [.. Both(norm => Two(new TransformerEncoderLayer(2 * n, 2, Small(norm), rng),
            (m, x) => m.Forward(x[0], AttentionMask.Causal(3)), Draw(rng, 3, 2, 2 * n)))],
        [typeof(TransformerEncoder)] = (n, rng) =>
            [Two(new TransformerEncoder(new TransformerEncoderLayer(2 * n, 1, Small(true), rng), 2, new LayerNorm(2 * n)),
            (m, x) => m.Forward(x[0]), Draw(rng, 3, 1, 2 * n))],
        [typeof(TransformerDecoderLayer)] = (n, rng) =>
            [.. Both(norm => Two(new TransformerDecoderLayer(2 * n, 2, Small(norm), rng),
            (m, x) => m.Forward(x[0], x[1], new() { Target = AttentionMask.Causal(3) }), Draw(rng, 3, 2, 2 * n), Draw(rng, 2, 2, 2 * n)))],
        [typeof(TransformerDecoder)] = (n, rng) =>
            [Two(new TransformerDecoder(new TransformerDecoderLayer(2 * n, 1, Small(false), rng), 2, new LayerNorm(2 * n)),
            (m, x) => m.Forward(x[0], x[1]), Draw(rng, 2, 1, 2 * n), Draw(rng, 3, 1, 2 * n))],
        [typeof(SinusoidalPositions)] = (n, rng) => [Of(new SinusoidalPositions(5, n), Draw(rng, 4, 2, n))],
        [typeof(LearnedPositions)] = (n, rng) =>
            [Of(new LearnedPositions(5, n, batchFirst: true, rng), Draw(rng, 2, 4, n)),
            Of(new LearnedPositions(5, n, rng: rng), Draw(rng, 4, 2, n))],
        [typeof(AdaptiveLogSoftmax)] = (n, rng) =>
            [Two(new AdaptiveLogSoftmax(4 * n, 12, [3, 7], 2, true, rng),
            (m, x) => m.Forward(x[0], new[] { 1, 11, 5, 4 }).LogProbabilities, Draw(rng, 4, 4 * n))],
        [typeof(CosineSimilarity)] = (n, rng) =>
            [Two(new CosineSimilarity(), (m, x) => m.Forward(x[0], x[1]), Draw(rng, 2, n + 1), Draw(rng, 2, n + 1))],
        [typeof(PairwiseDistance)] = (n, rng) =>
            [Two(new PairwiseDistance(3, keepDim: true), (m, x) => m.Forward(x[0], x[1]), Draw(rng, 2, n), Draw(rng, 2, n))],
        [typeof(Sequential)] = (n, rng) =>
            [No(new Sequential(new Embedding(4, n, rng: rng), new Linear(n, 2, rng: rng)), m => m.Forward(new[] { 3, 1, 3 })),
            Of(new Sequential(new Linear(n, 4, rng: rng), new Nn.Gelu(), new Linear(4, 2, rng: rng)), Draw(rng, 3, n))],
        [typeof(Sequential<>)] = (n, rng) =>
            [No(new Sequential<Indices>(new Embedding(4, n, rng: rng), new Nn.Tanh(), new Linear(n, 2, rng: rng)),
            m => m.Forward(new[] { 3, 1, 3 }))],
        [typeof(ModuleDict<>)] = (n, rng) =>
        [
            Two(new ModuleDict<Linear> { ["first"] = new(n, 3, rng: rng), ["second"] = new(3, 2, rng: rng) }, (m, x)
                => m["second"].Forward(m["first"].Forward(x[0])), Draw(rng, 2, n)),
        ],
        [typeof(ModuleList)] = (n, rng) =>
            [Two(new ModuleList([new Linear(n, 3, rng: rng), new Linear(3, 2, rng: rng)]), (m, x) =>
            ((Linear)m[1]).Forward(((Linear)m[0]).Forward(x[0])), Draw(rng, 2, n))],
        [typeof(ModuleDict)] = (n, rng) =>
            [Two(new ModuleDict { ["a"] = new Linear(n, 3, rng: rng) }, (m, x) => ((Linear)m["a"]).Forward(x[0]), Draw(rng, 2, n))],
        [typeof(ModuleList<>)] = (n, rng) =>
            [Two(new ModuleList<Linear>(new Linear(n, 3, rng: rng), new Linear(3, 2, rng: rng)),
            (m, x) => m[1].Forward(m[0].Forward(x[0])), Draw(rng, 2, n))],
        [typeof(Identity)] = (n, rng) => [Of(new Identity(), Draw(rng, n))],
        [typeof(Flatten)] = (n, rng) => [Of(new Flatten(), Draw(rng, 2, 3, n))],
        [typeof(Nn.Relu)] = (n, rng) => [Of(new Nn.Relu(), Draw(rng, 2, n))],
        [typeof(Relu6)] = (n, rng) => [Of(new Relu6(), Draw(rng, 2, n))],
        [typeof(Nn.LeakyRelu)] = (n, rng) => [Of(new Nn.LeakyRelu(0.2f), Draw(rng, 2, n))],
        [typeof(Nn.Elu)] = (n, rng) => [Of(new Nn.Elu(0.7f), Draw(rng, 2, n))],
        [typeof(Celu)] = (n, rng) => [Of(new Celu(0.7f), Draw(rng, 2, n))],
        [typeof(Selu)] = (n, rng) => [Of(new Selu(), Draw(rng, 2, n))],
        [typeof(Nn.Gelu)] = (n, rng) => [Of(new Nn.Gelu(), Draw(rng, 2, n)), Of(new Nn.Gelu(approximate: true), Draw(rng, 2, n))],
        [typeof(Nn.Silu)] = (n, rng) => [Of(new Nn.Silu(), Draw(rng, 2, n))],
        [typeof(Nn.Mish)] = (n, rng) => [Of(new Nn.Mish(), Draw(rng, 2, n))],
        [typeof(Nn.Softplus)] = (n, rng) => [Of(new Nn.Softplus(2, 5), Draw(rng, 2, n))],
        [typeof(Nn.LogSigmoid)] = (n, rng) => [Of(new Nn.LogSigmoid(), Draw(rng, 2, n))],
        [typeof(Nn.Softsign)] = (n, rng) => [Of(new Nn.Softsign(), Draw(rng, 2, n))],
        [typeof(Nn.Tanh)] = (n, rng) => [Of(new Nn.Tanh(), Draw(rng, 2, n))],
        [typeof(Nn.HardTanh)] = (n, rng) => [Of(new Nn.HardTanh(), Draw(rng, 2, n))],
        [typeof(Nn.Sigmoid)] = (n, rng) => [Of(new Nn.Sigmoid(), Draw(rng, 2, n))],
        [typeof(Nn.HardSigmoid)] = (n, rng) => [Of(new Nn.HardSigmoid(), Draw(rng, 2, n))],
        [typeof(Nn.HardSwish)] = (n, rng) => [Of(new Nn.HardSwish(), Draw(rng, 2, n))],
        [typeof(Glu)] = (n, rng) => [Of(new Glu(), Draw(rng, 2, 2 * n))],
        [typeof(Nn.Softmax)] = (n, rng) => [Of(new Nn.Softmax(-1), Draw(rng, 2, n))],
        [typeof(Nn.LogSoftmax)] = (n, rng) => [Of(new Nn.LogSoftmax(0), Draw(rng, n, 2))],
    };

    public static TheoryData<Type> Modules =>
        [.. typeof(Module).Assembly.GetExportedTypes().Where(type => type.IsSubclassOf(typeof(Module)) && !type.IsAbstract)];

    [Theory, MemberData(nameof(Modules))]
    public void AModulesGradientsAreItsSlopes(Type module)
    {
        Assert.True(Cases.ContainsKey(module), $"{module.Name} has no gradient case; add one");
        foreach (int size in Sizes)
        {
            var rng = new Rng(31 + (ulong)size);
            foreach (Case one in Cases[module](size, rng)) Check(one, rng, size);
        }
    }

    [Fact]
    public void NoCaseIsLeftOver() => Assert.Empty(Cases.Keys.Except(Modules.Select(row => row.Data)));

    /// <summary>Along four random directions of each input and parameter, so that every value takes part.</summary>
    static void Check(Case one, Rng rng, int size)
    {
        foreach (Tensor input in one.Inputs) input.RequiresGrad = true;
        one.Module.ZeroGrad();
        Tensor y = one.Forward(one.Inputs), g = Tensor.Randn(rng, y.Shape.Sizes);
        if (y.RequiresGrad) y.Backward(g);
        (string Name, Memory<float> Values, float[] Gradient)[] parts =
        [
            .. one.Inputs.Select((input, i) => ($"input {i}", input.WritableMemory, input.Gradient?.ToArray() ?? new float[input.Count])),
            .. one.Module.NamedParameters().Select(named => (named.Name, Memory(named.Learnable), Gradient(named.Learnable))),
        ];
        using Gradients.Scope off = Gradients.Off();
        foreach ((string name, Memory<float> values, float[] gradient) in parts)
            for (int direction = 0; direction < 4; direction++)
            {
                Tensor along = Tensor.Randn(rng, values.Length).Normalize();
                float[] start = values.ToArray();
                double slope = 0, given = 0, coarse = 0;
                foreach (float h in (float[])[4e-3f, 2e-3f])
                {
                    coarse = slope;
                    slope = (Moved(h) - Moved(-h)) / (2 * h);
                }
                // Richardson's step takes off the curvature that the coarser difference shows.
                slope += (slope - coarse) / 3;
                for (int i = 0; i < gradient.Length; i++) given += (double)gradient[i] * along.Span[i];
                Assert.True(Math.Abs(slope - given) <= 2e-2 * Math.Max(1, Math.Abs(slope)),
                    $"{one.Module.GetType().Name} of size {size}, {name}: gradient {given}, slope {slope}");

                double Moved(float by)
                {
                    for (int i = 0; i < start.Length; i++) values.Span[i] = start[i] + by * along.Span[i];
                    Tensor moved = one.Forward(one.Inputs);
                    double sum = 0;
                    for (int i = 0; i < moved.Count; i++) sum += (double)moved.Span[i] * g.Span[i];
                    start.CopyTo(values.Span);
                    return sum;
                }
            }
    }

    static Memory<float> Memory(ILearnable learnable) => learnable is Table table
        ? table.Values.Single() : ((Parameter)learnable).Value.WritableMemory;

    static float[] Gradient(ILearnable learnable) => learnable switch
    {
        Table table => table.Gradient.ToTensor()?.ToArray() ?? new float[table.Count * table.Dim],
        _ => ((Parameter)learnable).Gradient?.ToArray() ?? new float[((Parameter)learnable).Count],
    };

    static Case Of(Module<Tensor, Tensor> module, Tensor input) => new(module, [input], x => module.Forward(x[0]));

    static Case Two<T>(T module, Func<T, Tensor[], Tensor> forward, params Tensor[] inputs) where T : Module =>
        new(module, inputs, x => forward(module, x));

    static Case No<T>(T module, Func<T, Tensor> forward) where T : Module => new(module, [], _ => forward(module));

    static Tensor Draw(Rng rng, params long[] shape) => Tensor.Randn(rng, shape);

    static Table Drawn(Rng rng, long rows, int dim)
    {
        var table = new Table(rows, dim);
        rng.Randn(table.Values);
        return table;
    }

    /// <summary>Values a step apart, so that a small change moves no maximum.</summary>
    static Tensor Spread(Rng rng, params long[] shape)
    {
        Tensor spread = Tensor.Zeros(shape);
        long[] order = rng.RandPerm(spread.Count);
        for (int i = 0; i < order.Length; i++) spread.WritableSpan[i] = 0.1f * order[i];
        return spread;
    }

    static T Evaluated<T>(T module) where T : Module
    {
        module.Eval();
        return module;
    }

    static TransformerOptions Small(bool normFirst) =>
        new() { FeedForwardDim = 5, Dropout = 0, Activation = TransformerActivation.Gelu, NormFirst = normFirst };

    static IEnumerable<Case> Both(Func<bool, Case> make) => [make(false), make(true)];

    static Tensor Both((Tensor, Tensor) outputs) => Ops.Concat([outputs.Item1.Reshape(-1), outputs.Item2.Reshape(-1)]);

    static Tensor All((Tensor Output, LstmState State) outputs) =>
        Ops.Concat([outputs.Output.Reshape(-1), outputs.State.Hidden.Reshape(-1), outputs.State.Cell.Reshape(-1)]);

    static Tensor Attended(AttentionResult result) => Ops.Concat([result.Output.Reshape(-1), result.Weights!.Reshape(-1)]);
}
