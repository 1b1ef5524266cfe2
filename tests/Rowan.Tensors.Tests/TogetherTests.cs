using Rowan.Tensors;

namespace Rowan.Tests;

/// <summary>Ops of several values.</summary>
public class TogetherTests
{
    const int Large = 4 * BufferPool.Least;

    static Tensor Leaf(long count = 3)
    {
        Tensor x = Tensor.Full(2, count);
        x.RequiresGrad = true;
        return x;
    }

    /// <summary>a = 3x + y and b = x·y, with one rule for both.</summary>
    static (Tensor A, Tensor B, Tensor Shared) Op(Tensor x, Tensor y, List<string>? calls = null)
    {
        (Tensor xs, Tensor ys) = (x.Alias(), y.Alias());
        Tensor a = xs * 3 + ys, b = xs * ys;
        Tensor shared = Tensor.RecordTogether([a, b], (x: xs, y: ys, calls), [x, y], static (g, kept) =>
        {
            kept.calls?.Add($"{(g[0] is null ? "-" : "a")}{(g[1] is null ? "-" : "b")}");
            Tensor none = Tensor.Zeros(kept.x.Shape.Sizes);
            return [(g[0] ?? none) * 3 + (g[1] ?? none) * kept.y, (g[0] ?? none) + (g[1] ?? none) * kept.x];
        });
        return (a, b, shared);
    }

    [Fact]
    public void OneRuleTakesTheGradientsOfAllValuesThatWereReached()
    {
        (Tensor x, Tensor y, List<string> calls) = (Leaf(), Leaf(), []);
        (Tensor a, Tensor b, _) = Op(x, y, calls);
        (a * 5 + b * b + a).Sum().Backward();      // d/da = 6, d/db = 2·b = 8.
        Assert.Equal((6 * 3 + 8 * 2, 6 + 8 * 2), (x.Gradient!.At(1), y.Gradient!.At(1)));
        Op(x, y, calls).B.Sum().Backward();
        Op(x, y, calls).A.Sum().Backward();
        Assert.Equal(["ab", "-b", "a-"], calls);
        Assert.Equal((34 + 2 + 3, 22 + 2 + 1), (x.Gradient!.At(1), y.Gradient!.At(1)));
    }

    [Fact]
    public void WhatDoesNotLearnIsNotRecordedAndGetsNothing()
    {
        (Tensor x, Tensor y) = (Leaf(), Tensor.Full(2, 3));
        (Tensor a, _, _) = Op(x, y);
        a.Sum().Backward();
        Assert.Null(y.Gradient);
        Assert.Equal(3, x.Gradient!.At(0));
        Assert.False(Op(y, y).A.RequiresGrad);
        using (Gradients.Off()) Assert.False(Op(x, x).Shared.RequiresGrad);
    }

    [Fact]
    public void AGraphThatIsRetainedIsReadAgainAndOneThatIsSpentIsRefused()
    {
        Tensor x = Leaf(Large), y = Leaf(Large);
        (Tensor a, Tensor b, _) = Op(x, y);
        (a.Sum() + b.Sum()).Backward(retainGraph: true);
        a.Sum().Backward();
        Assert.Equal(3 + 2 + 3, x.Gradient!.At(7));
        Assert.Throws<InvalidOperationException>(() => b.Sum().Backward());
    }

    /// <summary>
    /// A value that is kept goes back with the op even where nothing was computed from it; one that is not, when it was reached.
    /// </summary>
    [Fact]
    public void KeptValuesGoBackWhenTheRuleHasRun()
    {
        Tensor x = Leaf(Large), y = Leaf(Large);
        (Tensor a, Tensor b, Tensor shared) = Op(x, y);
        shared.Keeping(a);
        b.Sum().Backward();
        Assert.Equal((8, 4), (a.At(0), b.At(0)));
        x.ZeroGrad();
        Assert.Throws<InvalidOperationException>(() => a.At(0));
        Assert.Throws<InvalidOperationException>(() => b.At(0));
        (a, b, _) = Op(x, y);
        b.Sum().Backward();
        x.ZeroGrad();
        Assert.Equal(8, a.At(0));
    }
}
