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
        Assert.Throws<InvalidOperationException>(() => new HiddenInADictionary().Parameters().ToList());
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

    sealed class HiddenInADictionary : Module
    {
        public IReadOnlyDictionary<string, Linear> ByName { get; } = new Dictionary<string, Linear> { ["one"] = new(2, 2) };
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
