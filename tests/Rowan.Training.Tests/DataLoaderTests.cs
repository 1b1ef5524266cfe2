using Rowan.Numerics;

namespace Rowan.Tests;

public class DataLoaderTests
{
    sealed record Review(int[] Words, int Stars);

    static readonly Review[] _reviews = [.. Enumerable.Range(0, 10).Select(i => new Review([.. Enumerable.Range(1, 1 + i % 3)], i))];

    [Fact]
    public void BatchesAreTheRecordsInOrder()
    {
        var loader = new DataLoader<Review>(_reviews, 4);
        Assert.Equal((10, 3, 4), (loader.Examples, loader.Count, loader.BatchSize));
        Assert.Equal([[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]], loader.Select(batch => batch.Select(review => review.Stars).ToArray()));
        Assert.Equal([4, 4], new DataLoader<Review>(_reviews, 4, dropLast: true).Select(batch => batch.Length));
    }

    [Theory, InlineData(0), InlineData(1), InlineData(3)]
    public void ShufflingIsAFunctionOfSeedAndEpoch(int prefetch)
    {
        int[][] Epochs(DataLoader<Review> loader, int count) =>
            [.. Enumerable.Range(0, count).Select(_ => loader.SelectMany(batch => batch.Select(review => review.Stars)).ToArray())];
        int[][] three = Epochs(new(_reviews, 3, shuffle: true, seed: 5, prefetch: prefetch), 3),
            again = Epochs(new(_reviews, 3, shuffle: true, seed: 5), 3);
        Assert.Equal(again, three);
        foreach (int[] epoch in three) Assert.Equal(Enumerable.Range(0, 10), epoch.Order());
        Assert.NotEqual(three[0], three[1]);
        Assert.NotEqual(three[0], Epochs(new(_reviews, 3, shuffle: true, seed: 6), 1)[0]);
        Assert.Equal(three[2], Epochs(new(_reviews, 3, shuffle: true, seed: 5, prefetch: prefetch) { Epoch = 2 }, 1)[0]);
    }

    [Theory, InlineData(0), InlineData(2)]
    public void RecordsAreCollatedAndPadded(int prefetch)
    {
        var loader = new DataLoader<Review, (Indices Words, Indices Stars)>(_reviews, 4,
            batch => (Indices.Pad([.. batch.Select(review => review.Words)]), batch.Select(review => review.Stars).ToArray()),
                prefetch: prefetch);
        (Indices words, Indices stars) = loader.First();
        Assert.Equal(new Shape(4, 3), words.Shape);
        Assert.Equal([1, 0, 0, 1, 2, 0, 1, 2, 3, 1, 0, 0], words);
        Assert.Equal([0, 1, 2, 3], stars);
    }

    [Fact]
    public void WhatCollatingThrowsReachesTheLoopAfterTheBatchesBefore()
    {
        int taken = 0;
        var loader = new DataLoader<int, int>([1, 2, 0, 4], 1, batch => 12 / batch[0], prefetch: 2);
        Assert.Throws<DivideByZeroException>(() => { foreach (int _ in loader) taken++; });
        Assert.Equal(2, taken);
    }

    [Fact]
    public void LeavingALoopEarlyStopsTheThreadThatMakesBatches()
    {
        int made = 0;
        var loader = new DataLoader<int,
            int>([.. Enumerable.Range(0, 1_000)], 1, batch => { Interlocked.Increment(ref made); return batch[0]; }, prefetch: 2);
        foreach (int batch in loader)
            if (batch == 5) break;
        int then = made;
        Thread.Sleep(20);
        Assert.Equal(then, made);
        Assert.InRange(made, 6, 10);
    }

    [Fact]
    public void TensorsAndIdsAreTakenTogether()
    {
        Tensor x = Tensor.Arange(10).Reshape(5, 2);
        Indices labels = Indices.Arange(5);
        int seen = 0;
        foreach (TensorDataset batch in new DataLoader(new TensorDataset(x, labels), 2, shuffle: true, seed: 3))
        {
            Tensor values = batch[0];
            Indices of = batch[1];
            for (int i = 0; i < of.Count; i++, seen++) Assert.Equal([2 * of[i], 2 * of[i] + 1], values[i].ToArray());
        }
        Assert.Equal(5, seen);
        TensorDataset all = Assert.Single(new DataLoader(new TensorDataset(new[] { 1, 2 }, new[] { 0.5f, 1 },
            new float[,] { { 1 }, { 2 } }), 2));
        Assert.Equal((2, 0.5f, 2f), (((Indices)all[0])[1], ((Tensor)all[1]).At(0), ((Tensor)all[2]).At(1, 0)));
        Assert.Throws<InvalidOperationException>(() => (Tensor)all[0]);
        Assert.Throws<InvalidOperationException>(() => (Indices)all[1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => all[3]);
        Assert.Throws<ArgumentException>(() => new TensorDataset(x, new[] { 1, 2 }));
        Assert.Throws<ArgumentException>(() => new TensorDataset());
        Assert.Throws<ArgumentOutOfRangeException>(() => new DataLoader(new TensorDataset(x), 0));
        Assert.Throws<ArgumentException>(() => new DataLoader<int>([], 4));
        Assert.Throws<ArgumentException>(() => new DataLoader<int>([1], 4, dropLast: true));
    }

    /// <summary>A whole training in a plain loop: the bag model learns which of two words decides.</summary>
    [Fact]
    public void APlainLoopTrains()
    {
        var rng = new Rng(1);
        Review[] reviews = [.. Enumerable.Range(0, 200).Select(i => new Review([i % 2 == 0 ? 1 : 2, 3 + i % 5], i % 2))];
        var loader = new DataLoader<Review, (int[][] Words, Indices Stars)>(reviews, 20,
            batch => ([.. batch.Select(review => review.Words)], batch.Select(review => review.Stars).ToArray()), shuffle: true,
                prefetch: 1);
        var bag = new Nn.EmbeddingBag(10, 4, rng: rng);
        var linear = new Nn.Linear(4, 2, rng: rng);
        var optimizer = new Adam([bag, linear], learningRate: 0.05f);
        float last = 0;
        for (int epoch = 0; epoch < 5; epoch++)
            foreach ((int[][] words, Indices stars) in loader)
            {
                optimizer.ZeroGrad();
                Tensor loss = Losses.CrossEntropy(linear.Forward(bag.Forward(words)), stars);
                loss.Backward();
                optimizer.Step();
                last = loss.Item();
            }
        Assert.InRange(last, 0, 0.1f);
        Assert.Equal(5, loader.Epoch);
    }
}
