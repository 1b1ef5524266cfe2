using Rowan.Tensors;

namespace Rowan.Tests;

/// <summary>Alone, because collections and shelves are the process's.</summary>
[CollectionDefinition(nameof(BufferPoolTests), DisableParallelization = true)]
[Collection(nameof(BufferPoolTests))]
public class BufferPoolTests
{
    const int Large = 4 * BufferPool.Least;

    static Tensor Leaf()
    {
        Tensor x = Tensor.Full(2, Large);
        x.RequiresGrad = true;
        return x;
    }

    [Fact]
    public void WhatAPassWalkedThroughGoesBackWhenTheGradientIsCleared()
    {
        Tensor x = Leaf(), y = x * x, loss = (y * 3).Sum();
        loss.Backward();
        Assert.Equal(4, y.At(0));
        Assert.Equal(12, x.Gradient!.At(0));
        Tensor gradient = x.Gradient!;
        x.ZeroGrad();
        Assert.Contains("Detach()", Assert.Throws<InvalidOperationException>(() => y.At(0)).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => gradient.At(0));
        Assert.Equal(Large * 12f, loss.Item());
        Assert.Equal(2, x.At(0));
    }

    [Fact]
    public void DetachedValuesAndClonesStay()
    {
        Tensor x = Leaf(), y = x * x, kept = y.Detach(), cloned = y.Clone();
        y.Sum().Backward();
        Tensor gradient = x.Gradient!.Detach().Clone();
        x.ZeroGrad();
        for (int i = 0; i < 10; i++)
        {
            (x * x * x).Sum().Backward();
            x.ZeroGrad();
        }
        Assert.All(kept.ToArray(), value => Assert.Equal(4, value));
        Assert.All(cloned.ToArray(), value => Assert.Equal(4, value));
        Assert.All(gradient.ToArray(), value => Assert.Equal(4, value));
    }

    [Fact]
    public void WhatIsNoPartOfAPassStays()
    {
        Tensor x = Leaf(), data = Tensor.Full(1, Large) * 5, apart = x * 7;
        Tensor unread;
        using (Gradients.Off()) unread = x * 9;
        (x * data).Sum().Backward();
        x.ZeroGrad();
        (x * x).Sum().Backward();
        Assert.Equal((5, 14, 18), (data.At(1), apart.At(1), unread.At(1)));
    }

    [Fact]
    public void AGradientThatTwoLeavesShareIsTheirsApart()
    {
        Tensor x = Leaf(), y = Leaf();
        (x + y).Sum().Backward();
        x.Gradient!.WritableSpan.Fill(0);
        Assert.Equal(1, y.Gradient!.At(0));
        x.ZeroGrad();
        (x * 3).Sum().Backward();
        Assert.Equal((3, 1), (x.Gradient!.At(0), y.Gradient!.At(0)));
    }

    [Fact]
    public void AGraphThatIsRetainedIsReadAgain()
    {
        Tensor x = Leaf(), y = x * x, loss = (y * y).Sum();
        loss.Backward(retainGraph: true);
        x.ZeroGrad();
        loss.Backward();
        Assert.Equal(32, x.Gradient!.At(5));
        x.ZeroGrad();
        Assert.Throws<InvalidOperationException>(() => y.At(0));
    }

    [Theory]
    [InlineData(1), InlineData(1_023), InlineData(1_024), InlineData(1_025), InlineData(1_280), InlineData(1_281), InlineData(2_048),
        InlineData(2_049), InlineData(123_457), InlineData(4_000_000)]
    public void ArraysHaveRoomAndComeBack(int count)
    {
        float[] array = BufferPool.Rent(count);
        Assert.True(array.Length >= count && array.Length <= Math.Max(1_280, count * 1.25 + 1));
        BufferPool.Return(array);
        Assert.Same(array, BufferPool.Rent(count));
    }

    [Fact]
    public void TenThousandStepsCauseNoCollectionOfTheOldGenerationAndDoNotGrow()
    {
        // Batches of two sizes, as the last of an epoch is smaller.
        Tensor w = Leaf(), batch = Tensor.Full(0.5f, 9, Large), last = Tensor.Full(0.5f, 2, Large);
        void Step(int i)
        {
            w.ZeroGrad();
            (w * (i % 7 == 0 ? last : batch)).Relu().Sum().Backward();
        }
        for (int i = 0; i < 100; i++) Step(i);
        long bytes = GC.GetTotalMemory(forceFullCollection: true);
        int before = GC.CollectionCount(2);
        for (int i = 0; i < 10_000; i++) Step(i);
        Assert.True(GC.CollectionCount(2) - before <= 1, $"{GC.CollectionCount(2) - before} collections of generation 2");
        Assert.True(GC.GetTotalMemory(forceFullCollection: true) < bytes + (4 << 20));
    }
}
