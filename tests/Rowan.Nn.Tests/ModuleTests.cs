using Rowan.Nn;
using Rowan.Numerics;

namespace Rowan.Tests;

public class ModuleTests
{
    [Fact]
    public void PartsAreFoundInOrderAndNamedByPath()
    {
        var model = new TwoTables(new Rng(0));
        Assert.Equal(["users.weight", "item_vectors.weight", "layers.0.weight", "layers.0.bias", "layers.1.weight"],
            model.NamedParameters().Select(named => named.Name));
        Assert.Equal([[10L, 4], [20, 6], [3, 10], [3], [2, 3]], model.Parameters().Select(learnable => learnable.Sizes.ToArray()));
    }

    [Fact]
    public void TiedPartsCountOnce()
    {
        var model = new Tied(new Rng(0));
        Assert.Equal(["input.weight", "output.weight"], model.NamedParameters().Select(named => named.Name));
        Assert.Single(model.Parameters());
    }

    [Fact]
    public void AHiddenPartIsRefusedWithTheRemedy()
    {
        var error = Assert.Throws<InvalidOperationException>(() => new Hidden().Parameters().ToList());
        Assert.Contains("Linear", error.Message, StringComparison.Ordinal);
        Assert.Contains("make it a public property", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => new HiddenInAList().Parameters().ToList());
        Assert.Throws<InvalidOperationException>(() => new HiddenAsAnObject().Parameters().ToList());
        Assert.Equal(["part.weight", "part.bias"], new ByInterface(new Judge()).NamedParameters().Select(named => named.Name));
    }

    [Fact]
    public void TrainingAndFreezingReachTheParts()
    {
        var model = new TwoTables(new Rng(0));
        model.Eval();
        Assert.False(model.Users.Training);
        model.Freeze();
        Assert.False(model.Users.Forward(1).RequiresGrad);
        Assert.False(model.Layers[0].Forward(Tensor.Zeros(1, 10)).RequiresGrad);
        model.Freeze(false);
        Assert.True(model.Users.Forward(1).RequiresGrad);
    }

    [Fact]
    public void OwnPartsComeBeforeThoseOfModulesAndBuffersAreSavedToo()
    {
        var model = new Mixed();
        Assert.Equal(["scale", "inner.weight", "inner.bias", "norm.weight", "norm.bias"],
            model.NamedParameters().Select(part => part.Name));
        Assert.Equal(["scale", "code", "inner.weight", "inner.bias", "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var",
            "norm.num_batches_tracked"], model.StateDict().Names);
        Assert.Equal(["inner", "norm"], model.NamedModules().Select(part => part.Name));
        Assert.True(model.StateDict()["norm.num_batches_tracked"].IsInteger);
        var stack = new Sequential(new Linear(2, 3), new Nn.Relu(), new Linear(3, 1, bias: false));
        Assert.Equal(["0.weight", "0.bias", "2.weight"], stack.StateDict().Names);
        Assert.Equal(["weight_ih_l0", "weight_hh_l0", "weight_ih_l0_reverse", "weight_hh_l0_reverse"],
            new Gru(2, 3, bias: false, bidirectional: true).StateDict().Names);
    }

    [Fact]
    public void LoadingListsEverythingAndChangesNothing()
    {
        var model = new Mixed();
        StateDict good = new Mixed().StateDict();
        float[] before = model.Inner.Weight.Value.ToArray();
        StateDict bad = new([.. good.Where(part => part.Name is not ("scale" or "norm.bias"))
            .Select(part => part.Name == "inner.bias" ? StateEntry.Over("inner.bias", [4], new float[4]) : part),
            StateEntry.Over("extra", [1], new float[1])]);
        string message = Assert.Throws<ArgumentException>(() => model.LoadStateDict(bad)).Message;
        foreach (string part in (string[])["'scale' is missing", "'norm.bias' is missing", "'extra' is not a part of Mixed",
            "'inner.bias' is [4] and should be [3]"])
            Assert.Contains(part, message, StringComparison.Ordinal);
        // Sizes must fit also where names need not.
        Assert.Contains("inner.bias", Assert.Throws<ArgumentException>(() => model.LoadStateDict(bad, strict: false)).Message,
            StringComparison.Ordinal);
        Assert.Equal(before, model.Inner.Weight.Value.ToArray());

        var failing = new StateDict(
            good.Select(part => part.Name == "norm.bias"
            ? new StateEntry(part.Name, part.Sizes, (RangeReader<float>)((_, _) => throw new IOException("gone"))) : part));
        Assert.Throws<IOException>(() => model.LoadStateDict(failing));
        Assert.Equal(before, model.Inner.Weight.Value.ToArray());

        LoadedState passed = model.LoadStateDict(
            new StateDict([.. good.Where(part => part.Name != "scale"), StateEntry.Over("extra", [1], new float[1])]), strict: false);
        Assert.Equal(["scale"], passed.Missing);
        Assert.Equal(["extra"], passed.Unexpected);
        model.LoadStateDict(good.Rename(name => name));
        Assert.Equal(good["inner.weight"].ToTensor().ToArray(), model.Inner.Weight.Value.ToArray());
    }

    [Fact]
    public void TheSummaryCountsWhatLearns()
    {
        var model = new TwoTables(new Rng(0));
        model.Users.Weight.FreezeRows(0, 3);
        model.ItemVectors.Freeze();
        string summary = model.Summary();
        Assert.Contains("3 rows frozen", summary, StringComparison.Ordinal);
        Assert.Contains("67 parameters learn, 132 are frozen", summary, StringComparison.Ordinal);
        Assert.Contains("item_vectors.weight  Table      [20, 6]", summary, StringComparison.Ordinal);
        Assert.Contains("480 B  frozen", summary, StringComparison.Ordinal);
    }

    /// <summary>PyTorch draws two words a value; nothing is drawn in evaluation, or where nothing or everything is dropped.</summary>
    [Fact]
    public void DropoutDrawsAsPyTorchDraws()
    {
        Rng rng = new(1), beside = new(1);
        var dropout = new Nn.Dropout(0.3f, rng);
        var kept = new float[50];
        beside.Bernoulli(kept, 1 - (double)0.3f);
        Assert.Equal(kept.Select(value => value / 0.7f), dropout.Forward(Tensor.Ones(50)).ToArray(), (a, b) => MathF.Abs(a - b) < 1e-6f);
        dropout.Eval();
        Assert.Equal(Tensor.Ones(50).ToArray(), dropout.Forward(Tensor.Ones(50)).ToArray());
        Assert.All(new Nn.Dropout(1, rng).Forward(Tensor.Ones(5)).ToArray(), value => Assert.Equal(0, value));
        Assert.Equal(beside.NextUInt32(), rng.NextUInt32());
        Assert.Throws<ArgumentOutOfRangeException>(() => new Nn.Dropout(1.5f));
    }

    /// <summary>Copies of an encoder layer draw nothing when they are made, and drop different values when they train.</summary>
    [Fact]
    public void CopiedLayersShareTheGeneratorAndDrawNothing()
    {
        Rng rng = new(4), beside = new(4);
        var encoder = new TransformerEncoder(new TransformerEncoderLayer(4, 1, new() { FeedForwardDim = 4, Dropout = 0.5f }, rng), 3);
        _ = new TransformerEncoderLayer(4, 1, new() { FeedForwardDim = 4 }, beside);
        Assert.Equal(beside.Clone().NextUInt32(), rng.Clone().NextUInt32());
        Assert.Equal(encoder.Layers[0].Linear1.Weight.Value.ToArray(), encoder.Layers[2].Linear1.Weight.Value.ToArray());
        Assert.NotSame(encoder.Layers[0].Linear1.Weight, encoder.Layers[2].Linear1.Weight);
        Tensor x = Tensor.Randn(new Rng(0), 5, 2, 4);
        Assert.False(encoder.Layers[0].Forward(x).SequenceEqual(encoder.Layers[1].Forward(x)));
    }

    /// <summary>Each sequence of a batch, cut to its length, gives what it gives alone.</summary>
    [Fact]
    public void LengthsAreWhatPackedSequencesAre()
    {
        var rng = new Rng(9);
        var lstm = new Lstm(3, 4, 2, bidirectional: true, rng: rng);
        Tensor x = Tensor.Randn(rng, 5, 3, 3);
        int[] lengths = [5, 2, 3];
        (Tensor output, LstmState state) = lstm.Forward(x, null, lengths);
        for (int b = 0; b < 3; b++)
        {
            Tensor own = x.Slice(1, b, 1).Slice(0, 0, lengths[b]);
            (Tensor alone, LstmState last) = lstm.Forward(own);
            Assert.True(alone.AllClose(output.Slice(1, b, 1).Slice(0, 0, lengths[b]), 1e-5f, 1e-6f));
            Assert.True(last.Hidden.AllClose(state.Hidden.Slice(1, b, 1), 1e-5f, 1e-6f));
            Assert.True(last.Cell.AllClose(state.Cell.Slice(1, b, 1), 1e-5f, 1e-6f));
            Assert.All(output.Slice(1, b, 1).Slice(0, lengths[b], 5 - lengths[b]).ToArray(), value => Assert.Equal(0, value));
        }
    }

    [Fact]
    public void WhatDoesNotFitIsRefusedWithBothSides()
    {
        void Says<T>(string part, Action act) where T : Exception =>
            Assert.Contains(part, Assert.Throws<T>(act).Message, StringComparison.Ordinal);
        Says<ArgumentException>("[2, 5]", () => new Linear(4, 3).Forward(Tensor.Zeros(2, 5)));
        Says<ArgumentException>("[n, 2, length]", () => new Conv1d(2, 3, 3).Forward(Tensor.Zeros(1, 4, 9)));
        Says<ArgumentException>("spans 3 values", () => new Conv1d(2, 3, 3).Forward(Tensor.Zeros(1, 2, 2)));
        Says<ArgumentOutOfRangeException>("half the kernel", () => new MaxPool1d(3, padding: 2).Forward(Tensor.Zeros(1, 1, 9)));
        Says<ArgumentException>("one value a channel", () => new BatchNorm1d(3).Forward(Tensor.Zeros(1, 3)));
        Says<ArgumentException>("does not end in [4]", () => new LayerNorm(4).Forward(Tensor.Zeros(2, 3)));
        Says<ArgumentException>("[time, n, 3]", () => new Lstm(3, 4).Forward(Tensor.Zeros(5, 2, 4)));
        Says<ArgumentException>("initial state [1, 3, 4]", () => new Gru(3, 4).Forward(Tensor.Zeros(5, 2, 3), Tensor.Zeros(1, 3, 4)));
        Says<ArgumentOutOfRangeException>("length 6 at [1]", () => new Rnn(3, 4).Forward(Tensor.Zeros(5, 2, 3), lengths: new[] { 5, 6 }));
        var attention = new MultiheadAttention(8, 2);
        Tensor q = Tensor.Zeros(3, 2, 8);
        Says<ArgumentException>("key padding mask [3, 2]", () => attention.Forward(q, q, q, Mask.From(new bool[6], 3, 2)));
        Says<ArgumentException>("attention mask [2, 3]", () => attention.Forward(q, q, q, attentionMask: new bool[2, 3]));
        Says<ArgumentException>("[4, 2, 8]", () => attention.Forward(q, Tensor.Zeros(4, 2, 8), q));
        Says<ArgumentOutOfRangeException>("positive multiple", () => new MultiheadAttention(8, 3));
        Says<ArgumentException>("there are codes for 5", () => new SinusoidalPositions(5, 4).Forward(Tensor.Zeros(6, 1, 4)));
        Says<ArgumentOutOfRangeException>("cutoffs rise", () => new AdaptiveLogSoftmax(8, 10, [5, 5]));
        Says<ArgumentException>("end in 3 and 4", () => new Bilinear(3, 4, 2).Forward(Tensor.Zeros(2, 3), Tensor.Zeros(2, 3)));
    }

    sealed class Mixed : Module
    {
        public Linear Inner { get; } = new(2, 3);
        public BatchNorm1d Norm { get; } = new(3);
        public Nn.Buffer Code { get; } = new(Tensor.Arange(2));
        public Parameter Scale { get; } = new(Tensor.Ones(1));
    }

    sealed class TwoTables(Rng rng) : Module
    {
        public Embedding Users { get; } = new(10, 4, rng: rng);
        public Embedding ItemVectors { get; } = new(20, 6, rng: rng);
        public IReadOnlyList<Linear> Layers { get; } = [new Linear(10, 3, rng: rng), new Linear(3, 2, bias: false, rng: rng)];
    }

    sealed class Tied(Rng rng) : Module
    {
        public Embedding Input { get; } = new(5, 4, rng: rng);
        public TiedLinear Output => field ??= new(Input.Weight);
    }

    sealed class Hidden : Module
    {
        readonly Linear _hidden = new(2, 2);
        public ILearnable Shown() => _hidden.Weight;
    }

    sealed class HiddenAsAnObject : Module
    {
        readonly object _hidden = new Linear(2, 2);
        public override string? ToString() => _hidden.ToString();
    }

    interface IJudge;

    sealed class Judge : Module, IJudge
    {
        public Parameter Weight { get; } = new(Tensor.Ones(2));
        public Parameter Bias { get; } = new(Tensor.Ones(1));
    }

    sealed class ByInterface(IJudge part) : Module
    {
        public IJudge Part { get; } = part;
    }

    sealed class HiddenInAList : Module
    {
        readonly Linear[] _hidden = [new(2, 2)];
        public ILearnable Shown() => _hidden[0].Weight;
    }
}
