using Rowan.Nn;
using Rowan.TestSupport;

namespace Rowan.Onnx.Tests;

/// <summary>Models as users write them: several tables and inputs, sizes read from shapes, pooling over masks, layers in loops.</summary>
public class CustomModelExportTests
{
    static readonly Rng Rng = new(4);

    /// <summary>Exports, and compares in ONNX Runtime on other inputs than the examples.</summary>
    static OnnxExportReport Check(Module model, Func<IReadOnlyList<object>, object?> forward, object[] example, params object[][] others)
    {
        using var folder = new TemporaryFolder();
        OnnxExportReport report = model.ExportOnnxOf(folder["model.onnx"], forward, example, new() { Tolerance = 1e-5f });
        model.Eval();
        using Gradients.Scope off = Gradients.Off();
        foreach (object[] other in others)
            OnnxRun.Same([.. OnnxRun.Flat(forward(other))], OnnxRun.Of(folder["model.onnx"], other));
        return report;
    }

    static Indices Ids(int most, params long[] shape)
    {
        var ids = new long[new Shape(shape).Count];
        for (int i = 0; i < ids.Length; i++) ids[i] = Rng.NextUInt32() % most;
        return Indices.From(ids, shape);
    }

    /// <summary>Pairs of all features' vectors, next to dense numbers (DLRM).</summary>
    sealed class Clicks : Module
    {
        readonly Indices _first, _second;

        public Clicks()
        {
            (int First, int Second)[] pairs = [.. Enumerable.Range(0, 3).SelectMany(i => Enumerable.Range(0, i).Select(j => (i, j)))];
            (_first, _second) = (pairs.Select(pair => (long)pair.First).ToArray(), pairs.Select(pair => (long)pair.Second).ToArray());
        }

        public EmbeddingBagCollection Tables { get; } = new([new("user", 20, 4), new("tags", 9, 4) { Mode = BagMode.Mean }], Rng);

        public Sequential Bottom { get; } = new(new Linear(3, 8), new Nn.Relu(), new Linear(8, 4));

        public Sequential Top { get; } = new(new Linear(7, 8), new Nn.Relu(), new Linear(8, 1), new Nn.Sigmoid());

        public Tensor Forward(Indices users, JaggedIndices tags, Tensor numbers)
        {
            Tensor dense = Bottom.Forward(numbers);
            KeyedTensor vectors = Tables.Forward(new Dictionary<string, JaggedIndices> { ["user"] = users, ["tags"] = tags });
            Tensor all = Ops.Concat([dense, vectors.Values], 1).Reshape(dense.Shape[0], -1, 4);
            Tensor products = all.MatMul(all.MT);
            Tensor pairs = products[.., _first, ..].Gather(2, Pairs(dense.Shape[0])).Squeeze(2);
            return Top.Forward(Ops.Concat([dense, pairs], 1)).Squeeze(1);
        }

        Indices Pairs(long n) => Indices.Concat([.. Enumerable.Range(0, 1).Select(_ => _second.Reshape(1, -1, 1))])
            + (Indices.Arange(n) * 0).Reshape(-1, 1, 1);
    }

    [Fact]
    public void TablesBagsAndPairs()
    {
        var model = new Clicks();
        object[] Inputs(params int[][] tags) =>
            [Ids(20, tags.Length), (JaggedIndices)tags, Tensor.Randn(Rng, tags.Length, 3)];
        OnnxExportReport report = Check(model, x => model.Forward((Indices)x[0], (JaggedIndices)x[1], (Tensor)x[2]),
            Inputs([1, 2], [], [3]), Inputs([0]), Inputs([1], [2, 2, 8], [], [], [4, 5]));
        Assert.Equal("output: float32 [batch]", Assert.Single(report.Outputs));
    }

    /// <summary>A transformer over ids with padding, written out of reshapes, and mean pooling over the ids that are there.</summary>
    sealed class Encoder : Module
    {
        public Embedding Words { get; } = new(30, 8, paddingIdx: 0, rng: Rng);

        public Embedding Positions { get; } = new(40, 8, rng: Rng);

        public IReadOnlyList<Linear> Projections { get; } = [.. Enumerable.Range(0, 6).Select(_ => new Linear(8, 8, rng: Rng))];

        public LayerNorm Norm { get; } = new(8);

        public (Tensor States, Tensor Pooled) Forward(Indices ids)
        {
            (long n, long length) = (ids.Shape[0], ids.Shape[1]);
            Tensor x = Words.Forward(ids) * MathF.Sqrt(8) + Positions.Forward(Indices.Arange(length));
            Mask padding = ids.Equal(0);
            for (int layer = 0; layer < 2; layer++)
            {
                Tensor Heads(int which) => Projections[3 * layer + which].Forward(x).Reshape(n, length, 2, 4).Permute(0, 2, 1, 3);
                Tensor scores = Heads(0).MatMul(Heads(1).MT) / MathF.Sqrt(4) + padding.Reshape(n, 1, 1, length).ToAdditive();
                Tensor attended = scores.Softmax().MatMul(Heads(2)).Transpose(1, 2).Reshape(n, length, 8);
                x = Norm.Forward(x + attended);
            }
            Tensor there = (!padding).ToTensor().Unsqueeze(-1);
            return (x, ((x * there).Sum(1) / there.Sum(1).Clamp(low: 1)).Normalize());
        }
    }

    [Fact]
    public void AttentionOutOfReshapesAndMasks()
    {
        var model = new Encoder();
        Indices Texts(int n, int length)
        {
            long[] ids = Ids(29, n, length).Select(id => id + 1).ToArray();
            for (int i = 0; i < n; i++)
                for (int t = length - i % length; t < length; t++) ids[i * length + t] = 0;
            return Indices.From(ids, n, length);
        }
        OnnxExportReport report = Check(model, x => model.Forward((Indices)x[0]), [Texts(3, 5)], [Texts(1, 9)], [Texts(6, 2)]);
        Assert.Equal(["output_0: float32 [batch, length, 8]", "output_1: float32 [batch, 8]"], report.Outputs);
    }

    /// <summary>The state at the last word of each sequence, scored against a tied table.</summary>
    sealed class NextItem : Module
    {
        public NextItem() => Scores = new TiedLinear(Items.Weight, bias: true);

        public Embedding Items { get; } = new(25, 6, rng: Rng);

        public Gru Gru { get; } = new(6, 6, batchFirst: true, rng: Rng);

        public TiedLinear Scores { get; }

        public (Tensor, Indices) Forward(Indices items, Indices lengths)
        {
            Tensor states = Gru.Forward(Items.Forward(items), null, lengths).Output;
            Indices last = Indices.Arange(items.Shape[0]) * (Indices)items.Shape[1] + lengths - 1;
            Tensor scores = Scores.Forward(states.Reshape(-1, 6).IndexSelect(0, last));
            return scores.TopK(5);
        }
    }

    [Fact]
    public void TheLastStateAgainstATiedTable()
    {
        var model = new NextItem();
        Check(model, x => model.Forward((Indices)x[0], (Indices)x[1]), [Ids(25, 3, 4), (Indices)new[] { 4, 1, 2 }],
            [Ids(25, 5, 7), (Indices)new[] { 7, 1, 2, 6, 3 }], [Ids(25, 1, 2), (Indices)new[] { 2 }]);
    }

    /// <summary>Convolutions of several widths, pooled, next to a gated residual block and one-hot columns.</summary>
    sealed class Mixed : Module
    {
        public ModuleList<Conv1d> Filters { get;
        } = new(Enumerable.Range(1, 3).Select(width => new Conv1d(5, 4, width, padding: "same", rng: Rng)));

        public ModuleDict<Linear> Gates { get; } = new() { ["value"] = new(15, 15, rng: Rng), ["gate"] = new(15, 15, rng: Rng) };

        public Parameter Scale { get; } = new(Tensor.Ones(15) * 0.5f);

        public Dictionary<string, Tensor> Forward(Tensor x, Indices kind)
        {
            Tensor[] found = [.. Filters.Select(filter => filter.Forward(x.Transpose(1, 2)).Relu().Max(2))];
            Tensor all = Ops.Concat([.. found, kind.OneHot(3)], 1);
            Tensor gated = Gates["value"].Forward(all) * Gates["gate"].Forward(all).Sigmoid();
            Tensor y = all + gated * Scale.Value;
            return new() { ["scores"] = y.LogSoftmax(1), ["norm"] = y.Norm(2, 1), ["share"] = y.Sum(0) / y.Shape[0] };
        }
    }

    [Fact]
    public void NamedOutputsOfConvolutionsAndGates()
    {
        var model = new Mixed();
        OnnxExportReport report = Check(model, x => model.Forward((Tensor)x[0], (Indices)x[1]).Values.ToList(),
            [Tensor.Randn(Rng, 2, 6, 5), Ids(3, 2)], [Tensor.Randn(Rng, 4, 3, 5), Ids(3, 4)], [Tensor.Randn(Rng, 1, 11, 5), Ids(3, 1)]);
        Assert.Equal("input_0: float32 [batch, length, 5]", report.Inputs[0]);
        using var folder = new TemporaryFolder();
        OnnxExportReport named =
            model.ExportOnnx(folder["m.onnx"], (Tensor x, Indices kind) => model.Forward(x, kind), Tensor.Randn(Rng, 2, 6, 5), Ids(3, 2));
        Assert.Equal(["scores", "norm", "share"], named.Outputs.Select(output => output.Split(':')[0]));
        Assert.Equal(["x", "kind"], named.Inputs.Select(input => input.Split(':')[0]));
    }

    /// <summary>Two towers whose scores are all cosines, with quantized rows on one side.</summary>
    sealed class Towers : Module
    {
        readonly QuantizedTable _films;

        public Towers() => _films = QuantizedTable.Quantize(new Embedding(12, 8, rng: Rng).Weight, RowFormat.TbeInt8);

        public Embedding Users { get; } = new(10, 8, storage: RowStorage.Float16, rng: Rng);

        public Linear Layer { get; } = new(8, 8, rng: Rng);

        public (Tensor Cosines, Tensor Near) Forward(Indices users, Indices films)
        {
            Tensor left = Layer.Forward(Users.Forward(users)).Tanh().Normalize(), right = _films.Rows(films).Normalize();
            Tensor cosines = left.MatMul(right.T);
            return (cosines, Ops.Where(cosines > 0, cosines, 0f).Max(1));
        }
    }

    [Fact]
    public void TowersOfHalfAndQuantizedRows()
    {
        var model = new Towers();
        OnnxExportReport report =
            Check(model, x => model.Forward((Indices)x[0], (Indices)x[1]), [Ids(10, 3), Ids(12, 4)], [Ids(10, 1), Ids(12, 9)]);
        Assert.Equal(["input_0: int64 [batch]", "input_1: int64 [input_1_batch]"], report.Inputs);
        Assert.Equal("output_0: float32 [batch, input_1_batch]", report.Outputs[0]);
    }
}
