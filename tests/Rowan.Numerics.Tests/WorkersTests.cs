using Rowan.Numerics;

namespace Rowan.Tests;

public class WorkersTests
{
    [Theory]
    [InlineData(0, 1), InlineData(1, 1), InlineData(7, 3), InlineData(1_000, 1), InlineData(1_000, 999), InlineData(100_003, 64)]
    public void EveryIndexIsVisitedOnce(long count, long grain)
    {
        int before = Workers.Threads;
        try
        {
            foreach (int threads in (int[])[1, 2, 3, 8])
            {
                Workers.Threads = threads;
                var visits = new int[count];
                Workers.For(count, grain, new Visit(visits));
                Assert.All(visits, times => Assert.Equal(1, times));
            }
        }
        finally { Workers.Threads = before; }
    }

    [Fact]
    public void WhatABodyThrowsReachesTheCaller()
    {
        Assert.ThrowsAny<Exception>(() => Workers.For(10_000, 1, new Throw()));
        Workers.For(10, 1, new Visit(new int[10]));
    }

    [Fact]
    public void ALoopInsideALoopRunsInline()
    {
        var visits = new int[64];
        Workers.For(8, 1, new Nested(visits));
        Assert.All(visits, times => Assert.Equal(1, times));
    }

    [Fact]
    public void ManyCallersAtOnceAllGetTheirWholeLoop()
    {
        int before = Workers.Threads;
        try
        {
            Workers.Threads = 3;
            var visits = new int[4][];
            Parallel.For(0, visits.Length, new ParallelOptions { MaxDegreeOfParallelism = visits.Length }, caller =>
            {
                visits[caller] = new int[64];
                for (int round = 0; round < 5_000; round++) Workers.For(64, 1, new Visit(visits[caller]));
            });
            Assert.All(visits, of => Assert.All(of, times => Assert.Equal(5_000, times)));
        }
        finally { Workers.Threads = before; }
    }

    [Fact]
    public void ThereIsAtLeastOneThread() => Assert.Throws<ArgumentOutOfRangeException>(() => Workers.Threads = 0);

    readonly struct Visit(int[] visits) : IRangeBody
    {
        public void Run(long from, long to)
        {
            for (long i = from; i < to; i++) Interlocked.Increment(ref visits[i]);
        }
    }

    readonly struct Nested(int[] visits) : IRangeBody
    {
        public void Run(long from, long to)
        {
            for (long i = from; i < to; i++) Workers.For(8, 1, new Visit8(visits, i * 8));
        }
    }

    readonly struct Visit8(int[] visits, long start) : IRangeBody
    {
        public void Run(long from, long to)
        {
            for (long i = from; i < to; i++) Interlocked.Increment(ref visits[start + i]);
        }
    }

    readonly struct Throw : IRangeBody
    {
        public void Run(long from, long to) => throw new InvalidOperationException("as asked");
    }

    /// <summary>So many ids that threads share them: still the first, though a later one may be found earlier.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void TheFirstOfManyIdsOutsideIsFoundByAnyNumberOfThreads(int threads)
    {
        int before = Workers.Threads;
        Workers.Threads = threads;
        try
        {
            var ids = new long[300_001];
            Assert.Equal(-1, RowKernels.FirstOutside(ids.AsMemory(), 1));
            for (int round = 0; round < 20; round++)
            {
                foreach (int bad in (int[])[300_000, 200_000, 150_001, 150_000, 99_999, 17, 0])
                {
                    ids[bad] = bad % 2 == 0 ? -1 : 1;
                    Assert.Equal(bad, RowKernels.FirstOutside(ids.AsMemory(), 1));
                }
                Array.Clear(ids);
            }
        }
        finally { Workers.Threads = before; }
    }
}
