using Rowan.Nn;
using Rowan.Numerics;

namespace Rowan.Tests;

/// <summary>
/// A bad id anywhere in a batch leaves everything as it was: of two models that train alike, one is given bad ids in between, and no byte
/// of them may differ.
/// </summary>
public class BadIdTests
{
    const int Rows = 23;

    static readonly Dictionary<string, Action<Table, long[]>> _lookups = new()
    {
        ["embedding"] = (table, ids) => new Embedding(table).Forward(ids),
        ["embedding, max norm"] = (table, ids) => new Embedding(table, new() { MaxNorm = 0.1f }).Forward(ids),
        ["bag sum"] = (table, ids) => new EmbeddingBag(table, BagMode.Sum).Forward(ids, new[] { 0, 2 }),
        ["bag mean"] = (table, ids) => new EmbeddingBag(table, BagMode.Mean, new() { PaddingIdx = 1 }).Forward(ids, new[] { 0, 2 }),
        ["bag max"] = (table, ids) => new EmbeddingBag(table, BagMode.Max, new() { MaxNorm = 0.1f }).Forward(ids, new[] { 0, 2 }),
        ["bag weighted"] = (table, ids) => new EmbeddingBag(table, BagMode.Sum).Forward(ids, new[] { 0, 2 }, Tensor.Ones(ids.Length)),
        ["gather"] = (table, ids) => table.Gather(ids, new float[ids.Length * table.Dim]),
        ["frequencies"] = (table, ids) => table.Frequencies(ids, new long[ids.Length]),
    };

    public static TheoryData<string, bool, RowUpdates> Optimizers => EveryOptimizer.Cases;

    [Theory, MemberData(nameof(Optimizers))]
    public void ABadIdAnywhereLeavesTablesAndStateUntouched(string name, bool options, RowUpdates rows)
    {
        Table given = Filled(), plain = Filled();
        Optimizer forGiven = EveryOptimizer.Make(name, options, rows, given), forPlain = EveryOptimizer.Make(name, options, rows, plain);
        var rng = new Rng(2);
        for (int step = 0; step < 3; step++)
        {
            long[] ids = new long[5];
            rng.RandInt(ids, 0, Rows);
            Tensor g = Tensor.Randn(rng, 5, 3);
            foreach ((Table table, Optimizer optimizer) in ((Table, Optimizer)[])[(given, forGiven), (plain, forPlain)])
            {
                optimizer.ZeroGrad();
                (new Embedding(table).Forward(ids) * g).Sum().Backward();
                if (table == given) GiveBadIds(table);
                Assert.Equal(ids, table.Gradient.Ids);
                optimizer.Step();
                if (table == given) GiveBadIds(table);
            }
            Assert.Equal(plain.Gradient.ToTensor()!.ToArray(), given.Gradient.ToTensor()!.ToArray());
        }
        Assert.Equal(EveryOptimizer.Bytes(plain), EveryOptimizer.Bytes(given));
        Assert.Equal(EveryOptimizer.Bytes(forPlain.StateDict()), EveryOptimizer.Bytes(forGiven.StateDict()));
    }

    /// <summary>All lookups with a negative id, one too large and a huge one, in the first, a middle and the last place.</summary>
    static void GiveBadIds(Table table)
    {
        foreach ((string lookup, Action<Table, long[]> act) in _lookups)
            foreach (long bad in (long[])[-1, Rows, long.MaxValue])
                foreach (int place in (int[])[0, 3, 6])
                {
                    long[] ids = [1, 2, 22, 3, 3, 0, 5];
                    ids[place] = bad;
                    string message = Assert.Throws<ArgumentOutOfRangeException>(() => act(table, ids)).Message;
                    Assert.True(message.Contains($"id {bad} at [{place}] ", StringComparison.Ordinal)
                        && message.Contains($"{Rows} rows", StringComparison.Ordinal), $"{lookup}: {message}");
                }
    }

    static Table Filled()
    {
        var table = new Table(Rows, 3);
        new Rng(1).Randn(table.Values);
        return table;
    }
}
