namespace Rowan.Tests;

public class BackwardTests
{
    [Fact]
    public void GradientsAddUpOverPathsAndPasses()
    {
        var x = new Tensor([2], 1) { RequiresGrad = true };
        (x * x + x).Sum().Backward();
        Assert.Equal(5, x.Gradient!.Item());
        (x * 3).Sum().Backward();
        Assert.Equal(8, x.Gradient!.Item());
        x.ZeroGrad();
        Assert.Null(x.Gradient);
    }

    [Fact]
    public void WhatWasNotRecordedSaysSo()
    {
        var error = Assert.Throws<InvalidOperationException>(() => Tensor.Ones(1).Backward());
        Assert.Contains("was not recorded", error.Message, StringComparison.Ordinal);
        var x = new Tensor([1, 2], 2) { RequiresGrad = true };
        Tensor y;
        using (Gradients.Off()) y = (x * 2).Sum();
        Assert.False(y.RequiresGrad);
        Assert.Throws<InvalidOperationException>(() => y.Backward());
        Assert.True((x * 2).RequiresGrad);
    }

    [Fact]
    public void ANonScalarNeedsAGradientOfItsShape()
    {
        var x = new Tensor([1, 2], 2) { RequiresGrad = true };
        var error = Assert.Throws<InvalidOperationException>(() => (x * 2).Backward());
        Assert.Contains("Sum()", error.Message, StringComparison.Ordinal);
        var shape = Assert.Throws<ArgumentException>(() => (x * 2).Backward(Tensor.Ones(3)));
        Assert.Contains("[3]", shape.Message, StringComparison.Ordinal);
        (x * 2).Backward(new Tensor([1, 10], 2));
        Assert.Equal([2, 20], x.Gradient!.ToArray());
    }

    [Fact]
    public void TheSameGraphTwiceSaysWhatToDo()
    {
        var x = new Tensor([3], 1) { RequiresGrad = true };
        Tensor y = (x * x).Sum();
        y.Backward();
        var error = Assert.Throws<InvalidOperationException>(() => y.Backward());
        Assert.Contains("retainGraph", error.Message, StringComparison.Ordinal);
        Tensor z = (x * x).Sum();
        z.Backward(retainGraph: true);
        z.Backward();
        Assert.Equal(18, x.Gradient!.Item());
    }

    [Fact]
    public void ALeafsGradientIsItsOwnToChange()
    {
        Tensor x = new([1, 2], 2) { RequiresGrad = true }, y = new([3, 4], 2) { RequiresGrad = true }, g = new([1, 1], 2);
        (x + y).Backward(g);
        x.Gradient!.WritableSpan.Fill(9);
        Assert.Equal([1, 1], y.Gradient!.ToArray());
        Assert.Equal([1, 1], g.ToArray());
    }

    [Fact]
    public void ADeepGraphDoesNotOverflowTheStack()
    {
        var x = new Tensor([1], 1) { RequiresGrad = true };
        Tensor y = x;
        for (int i = 0; i < 200_000; i++) y += 1;
        y.Sum().Backward();
        Assert.Equal(1, x.Gradient!.Item());
    }

    [Fact]
    public void ASinkReceivesTheWholeGradientOnce()
    {
        var received = new List<float[]>();
        Tensor y = Tensor.Record(new Tensor([1, 2], 2), received, static (g, list) => list.Add(g.ToArray()));
        (y * 2 + y).Sum().Backward();
        Assert.Equal([[3f, 3f]], received);
    }

    [Fact]
    public void OnlyLeavesMayBeWrittenOrToldToLearn()
    {
        var x = new Tensor([1], 1) { RequiresGrad = true };
        Tensor y = x * 2;
        Assert.Throws<InvalidOperationException>(() => y.WritableSpan[0] = 1);
        Assert.Throws<InvalidOperationException>(() => y.RequiresGrad = false);
        Assert.False(y.Detach().RequiresGrad);
    }
}
