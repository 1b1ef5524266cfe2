using Rowan.TestSupport;

namespace Rowan.Tests;

public class LossesTests
{
    public static TheoryData<string> Cases => [.. Golden.Read("losses.json").Select(golden => golden.Name)];

    [Theory, MemberData(nameof(Cases))]
    public void ValueAndGradientAreLibtorchs(string name)
    {
        Golden golden = Golden.Read("losses.json", name);
        Reduction reduction = Enum.Parse<Reduction>(golden.Text("reduction")!, ignoreCase: true);
        var input = new Tensor(golden.Floats("inputs", "input"), golden.Shape("inputs", "input")) { RequiresGrad = true };
        Tensor loss = golden.Text("loss") switch
        {
            "CrossEntropyLoss" => Losses.CrossEntropy(input, Indices.From(golden.Longs("inputs", "target"), golden.Shape("inputs", "target")),
                reduction, (long)golden.Setting("ignore_index")!),
            "MSELoss" => Losses.MeanSquaredError(input, Target(), reduction),
            _ => Losses.BinaryCrossEntropyWithLogits(input, Target(), reduction),
        };
        Golden.Close(golden.Floats("outputs", "out"), loss.Span, 1e-6f, "loss");
        loss.Backward(golden.Has("inputs", "grad_out") ? new Tensor(golden.Floats("inputs", "grad_out"), golden.Shape("inputs", "grad_out")) : null);
        Golden.Close(golden.Floats("grads", "input"), input.Gradient!.Span, 1e-6f, "gradient");

        Tensor Target() => new(golden.Floats("inputs", "target"), golden.Shape("inputs", "target"));
    }

    [Fact]
    public void WhatDoesNotFitIsRefusedWithBothSides()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Losses.CrossEntropy(Tensor.Zeros(2, 3), new[] { 0, 3 }));
        Assert.Contains("target 3 at [1]", error.Message, StringComparison.Ordinal);
        var shapes = Assert.Throws<ArgumentException>(() => Losses.CrossEntropy(Tensor.Zeros(2, 3), new[] { 0 }));
        Assert.Contains("[2, 3]", shapes.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Losses.MeanSquaredError(Tensor.Zeros(2), Tensor.Zeros(3)));
        Assert.Throws<ArgumentException>(() => Losses.BinaryCrossEntropyWithLogits(Tensor.Zeros(2), Tensor.Zeros(1, 2)));
    }
}
