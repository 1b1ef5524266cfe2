using Rowan.Nn;
using Rowan.Numerics;
using Rowan.TestSupport;

namespace Rowan.Tests;

/// <summary>
/// Batches at the edges (one id thousands of times, few distinct ids, none, one; empty bags), rows around the width of a vector, tables
/// of one row: after each step every optimizer is where its own dense step takes a matrix of the same weights and state, by a gradient
/// that is summed one value at a time.
/// </summary>
public class OddBatchesTests
{
    public static TheoryData<string, bool, RowUpdates> Optimizers => EveryOptimizer.Cases;

    [Theory, MemberData(nameof(Optimizers))]
    public void EveryOptimizerStepsAsTheSlowWayDoes(string name, bool options, RowUpdates rows)
    {
        // A lazy step of Adafactor keeps means that no dense step has.
        if (name == nameof(Adafactor) && rows == RowUpdates.Lazy) return;
        foreach ((long count, int dim) in ((long, int)[])[(1, 1), (1, 17), (30, 1), (30, 7), (30, 8), (30, 33)])
        {
            var table = new Table(count, dim);
            var rng = new Rng(3);
            rng.Randn(table.Values);
            Optimizer optimizer = EveryOptimizer.Make(name, options, rows, table);
            foreach ((long[] ids, long[] offsets) in Batches(count, rng))
            {
                var dense = new Parameter(new Tensor(table.Values[0].Span, count, dim));
                Optimizer slow = EveryOptimizer.Make(name, options, rows, dense);
                slow.LoadStateDict(Flat(optimizer.StateDict()));
                float[] before = table.Values[0].ToArray();

                Tensor g = Tensor.Rand(rng, offsets.Length, dim) + 0.5f;
                optimizer.ZeroGrad();
                (new EmbeddingBag(table, BagMode.Sum).Forward(ids, offsets) * g).Sum().Backward();
                optimizer.Step();

                (dense.Value * Slow(ids, offsets, g, count)).Sum().Backward();
                slow.Step();
                string batch = $"{ids.Length} ids of {count} × {dim}";
                for (int row = 0; row < count; row++)
                    Golden.Close(rows == RowUpdates.Lazy && !ids.Contains(row)
                        ? before.AsSpan(row * dim, dim) : dense.Value.Span.Slice(row * dim, dim), table[row], 1e-4f, $"row {row}, {batch}");
                if (rows == RowUpdates.Exact)
                    foreach (StateEntry entry in slow.StateDict())
                        Golden.Close(Values(entry), Values(optimizer.StateDict()[entry.Name]), 1e-4f, $"{entry.Name}, {batch}");
            }
        }
    }

    static IEnumerable<(long[], long[])> Batches(long count, Rng rng)
    {
        long[] few = new long[700], many = new long[40];
        rng.RandInt(few, 0, Math.Min(count, 3));
        rng.RandInt(many, 0, count);
        yield return (many, [0, 0, 7, 7, 20, 40]);
        yield return ([], [0, 0]);
        yield return ([count - 1], [0]);
        yield return (Enumerable.Repeat(count / 2, 5_000).ToArray(), [0, 1, 4_999]);
        yield return (few, [0, 300, 300]);
        yield return ([0], [0, 1, 1]);
        yield return ([], [0]);
        yield return (many, [0, 10]);
    }

    static Tensor Slow(long[] ids, long[] offsets, Tensor g, long rows)
    {
        int dim = (int)g.Shape[1];
        var sum = new double[rows * dim];
        for (int bag = 0; bag < offsets.Length; bag++)
            for (long i = offsets[bag]; i < (bag + 1 < offsets.Length ? offsets[bag + 1] : ids.Length); i++)
                for (int d = 0; d < dim; d++) sum[ids[i] * dim + d] += g.At(bag, d);
        return new Tensor([.. sum.Select(value => (float)value)], rows, dim);
    }

    /// <summary>A table's state as a dense parameter has it: without sizes.</summary>
    static StateDict Flat(StateDict state) =>
        new(state.Select(entry => entry.IsInteger ? StateEntry.Over(entry.Name, entry.Sizes, Numbers(entry))
        : StateEntry.Over(entry.Name, entry.Name == "lr" ? entry.Sizes : [entry.Count], Values(entry))));

    static float[] Values(StateEntry entry)
    {
        var values = new float[entry.Count];
        entry.Read(0, values);
        return values;
    }

    static long[] Numbers(StateEntry entry)
    {
        var values = new long[entry.Count];
        entry.Read(0, values);
        return values;
    }
}
