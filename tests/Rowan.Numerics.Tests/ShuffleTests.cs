using Rowan.Numerics;

namespace Rowan.Tests;

public sealed class ShuffleTests
{
    [Fact]
    public void AShuffleIsAPermutationOfEveryCount()
    {
        for (int count = 0; count <= 600; count++)
        {
            var shuffle = new Shuffle(count, (ulong)count * 7 + 1);
            var order = new long[count];
            shuffle.Read(0, order);
            Assert.Equal(Enumerable.Range(0, count).Select(i => (long)i), order.Order());
            if (count > 0) Assert.Equal(order[count / 2], shuffle[count / 2]);
        }
    }

    [Fact]
    public void AShuffleLooksRandom()
    {
        const int Count = 10_000;
        var order = new long[Count];
        new Shuffle(Count, 5).Read(0, order);
        // Positions and values are uncorrelated, and few neighbours remain neighbours.
        double mean = (Count - 1) / 2.0, covariance = order.Select((value, position) => (value - mean) * (position - mean)).Sum();
        Assert.InRange(covariance / (Count * (mean * mean / 3)), -0.04, 0.04);
        Assert.True(order.Zip(order.Skip(1)).Count(pair => Math.Abs(pair.First - pair.Second) == 1) < 10);
        var other = new long[Count];
        new Shuffle(Count, 6).Read(0, other);
        Assert.True(order.Zip(other).Count(pair => pair.First == pair.Second) < 10);
    }

    [Fact]
    public void AnOrderNeverChanges()
    {
        // Resumed runs depend on these values: they are those of version 0.1.0.
        var order = new long[10];
        new Shuffle(10, 42).Read(0, order);
        Assert.Equal([3, 2, 6, 0, 4, 5, 1, 8, 7, 9], order);
        Assert.Equal(551_463_809_565, new Shuffle(1L << 40, 7)[123_456_789]);
        Assert.Equal(17_911_839_290_282_890_590UL, Shuffle.Mix(1, 2));
    }

    [Fact]
    public void APositionOutsideIsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Shuffle(-1, 0));
        Assert.Contains("position 5 is outside a shuffle of 5 items",
            Assert.Throws<ArgumentOutOfRangeException>(() => new Shuffle(5, 0)[5]).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Shuffle(5, 0)[-1]);
    }
}
