using Rowan.Nn;

namespace Rowan.Tests;

/// <summary>Counts what the whole process allocates, so it runs while nothing else does.</summary>
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
[Collection(nameof(MemoryTests))]
public class MemoryTests(ITestOutputHelper log)
{
    /// <summary>Ten million rows: a step allocates for its batch, whatever the optimizer, and a dense gradient would be 640 MB.</summary>
    [Theory]
    [InlineData("sgd"), InlineData("adam lazy"), InlineData("adam exact")]
    public void AStepOfATenMillionRowTableAllocatesNothingOfItsSize(string kind)
    {
        var table = new Table(10_000_000, 16);
        var layer = new Embedding(table);
        Optimizer optimizer = kind switch
        {
            "sgd" => new Sgd(table) { LearningRate = 0.1f },
            "adam lazy" => new Adam(table) { LearningRate = 0.1f, Rows = Numerics.RowUpdates.Lazy },
            _ => new Adam(table) { LearningRate = 0.1f },
        };
        long[] ids = new long[256];
        new Rng(0).RandInt(ids, 0, table.Count);
        Step();                                    // The first makes the optimizer's state.
        long before = GC.GetTotalAllocatedBytes(precise: true);
        Step();
        long allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        long batch = ids.Length * 16 * sizeof(float);
        log.WriteLine($"{kind}: a step allocated {allocated:#,0} bytes, its batch takes {batch:#,0}, a dense gradient would take "
            + $"{table.Count * table.Dim * sizeof(float):#,0}");
        Assert.InRange(allocated, 1, batch + 1_000_000);
        Assert.NotEqual(0, table[ids[0]][0]);
        Assert.Equal(0, table[(ids[0] + 1) % table.Count][0]);

        void Step()
        {
            optimizer.ZeroGrad();
            layer.Forward(ids).Sum().Backward();
            optimizer.Step();
        }
    }

    /// <summary>
    /// The gates of a batch take 1 MB, what a step keeps and its gradients 5 MB: all of it recycled, but for the last states and small
    /// objects.
    /// </summary>
    [Theory]
    [InlineData("lstm"), InlineData("gru"), InlineData("tanh")]
    public void AStepOfARecurrentLayerAllocatesLittleWhicheverOfItsValuesIsRead(string kind)
    {
        var rng = new Rng(0);
        Recurrent layer = RecurrentTests.Make(kind, 64, false, true, rng, batchFirst: true, inputs: 32);
        Optimizer optimizer = new Sgd(layer.Parameters()) { LearningRate = 0.1f };
        Tensor x = Tensor.Randn(rng, 16, 64, 32);
        foreach (bool output in (bool[])[true, false])
        {
            for (int i = 0; i < 3; i++) Step();
            // The median, because the runtime allocates now and then too.
            long allocated = Enumerable.Range(0, 11).Select(_ => Allocated()).Order().ElementAt(5);
            log.WriteLine($"{kind}: a step allocated {allocated:#,0} bytes");
            Assert.InRange(allocated, 1, 64 << 10);

            long Allocated()
            {
                long before = GC.GetTotalAllocatedBytes(precise: true);
                Step();
                return GC.GetTotalAllocatedBytes(precise: true) - before;
            }

            void Step()
            {
                optimizer.ZeroGrad();
                (Tensor all, Tensor[] last) = RecurrentTests.Forward(layer, x, null, null);
                (output ? all : last[^1]).Mean().Backward();
                optimizer.Step();
            }
        }
    }
}
