using System.Diagnostics;
using Rowan.Nn;
using Rowan.Numerics;

namespace Rowan.Scale;

/// <summary>
/// A bag sum over one table, as a step of training: forward, backward, update, of a fixed batch's size whatever the table's.
/// </summary>
sealed class Job
{
    public const int Bags = 8_192, BagLength = 26;

    readonly EmbeddingBag _layer;
    readonly Optimizer _optimizer;
    readonly Indices[] _batches;
    readonly Tensor _gradient;
    readonly float[] _into;
    int _next;

    public Job(Table table, Optimizer optimizer)
    {
        Table = table;
        (_layer, _optimizer) = (new EmbeddingBag(table, BagMode.Sum), optimizer);
        var rng = new Rng(1);
        // New rows in each step, so that none is in a cache because the step before had it.
        _batches = [.. Enumerable.Range(0, 8).Select(_ => Ids(rng, table.Count, Bags * BagLength).Reshape(Bags, BagLength))];
        _gradient = Tensor.Randn(rng, Bags, table.Dim);
        _into = new float[Bags * table.Dim];
    }

    public Table Table { get; }

    public static Indices Ids(Rng rng, long rows, int count)
    {
        var ids = new long[count];
        rng.RandInt(ids, 0, rows);
        return ids;
    }

    /// <summary>A table whose rows are all there, so that no step pays for a first touch.</summary>
    public static Table Filled(long rows, int dim, RowStorage storage)
    {
        var table = new Table(rows, dim, "Table", storage);
        Workers.For(rows * dim, 1 << 20, new Fill(table));
        return table;
    }

    public void Bag() => Table.SumBags(Next().Memory, Starts, default, mean: false, _into);

    public void Step()
    {
        _optimizer.ZeroGrad();
        _layer.Forward(Next()).Backward(_gradient);
        _optimizer.Step();
    }

    /// <summary>Milliseconds of the update alone: the step over gradients that lie there.</summary>
    public double Update()
    {
        _optimizer.ZeroGrad();
        _layer.Forward(Next()).Backward(_gradient);
        long start = Stopwatch.GetTimestamp();
        _optimizer.Step();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    public static double Time(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    public static double Median(IEnumerable<double> times)
    {
        double[] sorted = [.. times.Order()];
        return sorted[sorted.Length / 2];
    }

    static long[] Starts { get; } = [.. Enumerable.Range(0, Bags + 1).Select(bag => (long)bag * BagLength)];

    public Indices Next() => _batches[_next++ % _batches.Length];

    readonly struct Fill(Table table) : IRangeBody
    {
        public void Run(long from, long to)
        {
            var piece = new float[1 << 14];
            for (int i = 0; i < piece.Length; i++) piece[i] = (i % 64 - 32) / 256f;
            for (long start = from; start < to; start += piece.Length)
                table.WriteValues(start, piece.AsSpan(0, (int)Math.Min(piece.Length, to - start)));
        }
    }
}
