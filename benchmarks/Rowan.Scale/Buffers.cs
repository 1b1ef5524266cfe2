using System.Diagnostics;
using Rowan.Nn;
using Rowan.Numerics;

namespace Rowan.Scale;

/// <summary>
/// A plain training loop, in which nobody disposes of anything, against the same steps by hand over buffers that were made once:
/// bags of a table → linear → rectifier → linear → cross entropy, SGD.
/// </summary>
static class Buffers
{
    const int Rows = 100_000, Dim = 64, Hidden = 512, Classes = 16, Batch = 1_024, BagLength = 20, Rounds = 25, Together = 20,
    Steps = 10_000;
    const float Rate = 0.05f;

    public static void Run()
    {
        var plain = new Plain();
        var hand = new ByHand();
        double loss = 0, same = 0;
        List<double> loop = [], byHand = [];
        for (int round = -2; round < Rounds; round++)
        {
            double first = Job.Time(() => { for (int i = 0; i < Together; i++) loss = plain.Step(); }) / Together,
            second = Job.Time(() => { for (int i = 0; i < Together; i++) same = hand.Step(); }) / Together;
            if (round < 0) continue;
            loop.Add(first);
            byHand.Add(second);
        }
        Console.WriteLine($"Bags of {Rows:N0} × {Dim} → {Hidden} → {Classes}, batch {Batch} × {BagLength}, SGD: a plain loop, and the "
            + $"same by hand over buffers made once");
        Console.WriteLine($"{"plain loop",-12} {Job.Median(loop),8:0.000} ms a step, loss {loss:0.00000} after "
            + $"{Together * (Rounds + 2)} steps");
        Console.WriteLine($"{"by hand",-12} {Job.Median(byHand),8:0.000} ms a step, loss {same:0.00000}");
        Console.WriteLine($"{"ratio",-12} {Job.Median(loop) / Job.Median(byHand),8:0.00}");

        using Process self = Process.GetCurrentProcess();
        (int collections, long memory, double started) = (GC.CollectionCount(2), self.WorkingSet64, Stopwatch.GetTimestamp());
        for (int i = 0; i < Steps; i++) plain.Step();
        self.Refresh();
        Console.WriteLine($"{Steps:N0} steps more: {GC.CollectionCount(2) - collections} collections of generation 2, "
            + $"{(self.WorkingSet64 - memory) / 1e6:+0.0;-0.0} MB");
    }

    static (Indices Ids, Indices Labels) Data()
    {
        var labels = new long[Batch];
        new Rng(2).RandInt(labels, 0, Classes);
        return (Job.Ids(new Rng(1), Rows, Batch * BagLength).Reshape(Batch, BagLength), labels);
    }

    /// <summary>What everybody writes.</summary>
    sealed class Plain
    {
        readonly (Indices Ids, Indices Labels) _data = Data();
        readonly EmbeddingBag _bag;
        readonly Linear _first, _second;
        readonly Sgd _optimizer;

        public Plain()
        {
            var rng = new Rng(0);
            (_bag, _first, _second) =
                (new EmbeddingBag(Rows, Dim, BagMode.Sum, rng: rng), new Linear(Dim, Hidden, rng: rng),
                new Linear(Hidden, Classes, rng: rng));
            _optimizer = new Sgd([.. _bag.Parameters(), .. _first.Parameters(), .. _second.Parameters()]) { LearningRate = Rate };
        }

        public double Step()
        {
            _optimizer.ZeroGrad();
            Tensor loss = Losses.CrossEntropy(_second.Forward(_first.Forward(_bag.Forward(_data.Ids)).Relu()), _data.Labels);
            loss.Backward();
            _optimizer.Step();
            return loss.Item();
        }
    }

    /// <summary>The same kernels, and not one array a step.</summary>
    sealed class ByHand
    {
        readonly (Indices Ids, Indices Labels) _data = Data();
        readonly Table _table;
        readonly Sgd _optimizer;
        readonly long[] _starts = [.. Enumerable.Range(0, Batch + 1).Select(bag => (long)bag * BagLength)];
        readonly int[] _bagOf = [.. Enumerable.Range(0, Batch * BagLength).Select(entry => entry / BagLength)];
        readonly float[] _w1, _b1, _w2, _b2, _dw1 = new float[Hidden * Dim], _db1 = new float[Hidden], _dw2 = new float[Classes * Hidden],
        _db2 = new float[Classes];
        readonly float[] _x = new float[Batch * Dim], _a = new float[Batch * Hidden], _h = new float[Batch * Hidden],
        _s = new float[Batch * Classes], _ds = new float[Batch * Classes], _dh = new float[Batch * Hidden], _dx = new float[Batch * Dim];

        public ByHand()
        {
            var rng = new Rng(0);
            _table = new EmbeddingBag(Rows, Dim, BagMode.Sum, rng: rng).Weight;
            Linear first = new(Dim, Hidden, rng: rng), second = new(Hidden, Classes, rng: rng);
            (_w1, _b1, _w2, _b2) = (first.Weight.Value.ToArray(), first.Bias!.Value.ToArray(), second.Weight.Value.ToArray(),
                second.Bias!.Value.ToArray());
            _optimizer = new Sgd(_table) { LearningRate = Rate };
        }

        public double Step()
        {
            _optimizer.ZeroGrad();
            _table.SumBags(_data.Ids.Memory, _starts, default, mean: false, _x);
            MatMul.Multiply(_x, false, _w1, true, _a, Batch, Hidden, Dim, bias: _b1);
            Workers.For(_a.Length, 1 << 16, new Rectify(_a, _h));
            MatMul.Multiply(_h, false, _w2, true, _s, Batch, Classes, Hidden, bias: _b2);
            double loss = 0;
            for (int i = 0; i < Batch; i++)
            {
                ReadOnlySpan<float> s = _s.AsSpan(i * Classes, Classes);
                Span<float> p = _ds.AsSpan(i * Classes, Classes);
                float largest = RowMath.Largest(s);
                Lanes.Map(new ShiftedExp(largest), s, p);
                float sum = Lanes.Sum(p);
                int label = (int)_data.Labels.Span[i];
                loss -= s[label] - largest - Math.Log(sum);
                RowMath.Scale(p, 1 / sum / Batch);
                p[label] -= 1f / Batch;
            }
            MatMul.Multiply(_ds, true, _h, false, _dw2, Classes, Hidden, Batch);
            Columns(_ds, _db2);
            MatMul.Multiply(_ds, false, _w2, false, _dh, Batch, Hidden, Classes);
            Workers.For(_dh.Length, 1 << 16, new RectifyBack(_a, _h, _dh));
            MatMul.Multiply(_dh, true, _x, false, _dw1, Hidden, Dim, Batch);
            Columns(_dh, _db1);
            MatMul.Multiply(_dh, false, _w1, false, _dx, Batch, Dim, Hidden);
            _table.Gradient.Add(_data.Ids.Memory, _dx, _bagOf);
            _optimizer.Step();
            foreach ((float[] w, float[] dw) in ((float[], float[])[])[(_w1, _dw1), (_b1, _db1), (_w2, _dw2), (_b2, _db2)])
                RowMath.AddScaled(dw, -Rate, w);
            return loss / Batch;
        }

        static void Columns(float[] rows, float[] into)
        {
            Array.Clear(into);
            for (int at = 0; at < rows.Length; at += into.Length) RowMath.Add(rows.AsSpan(at, into.Length), into);
        }
    }

    readonly struct Rectify(float[] x, float[] y) : IRangeBody
    {
        public void Run(long from, long to) =>
            Lanes.Map<Numerics.Relu>(x.AsSpan((int)from, (int)(to - from)), y.AsSpan((int)from, (int)(to - from)));
    }

    readonly struct RectifyBack(float[] x, float[] y, float[] g) : IRangeBody
    {
        public void Run(long from, long to)
        {
            Range part = (int)from..(int)to;
            Lanes.MapBackward(default(Numerics.Relu), g.AsSpan(part), x.AsSpan(part), y.AsSpan(part), g.AsSpan(part));
        }
    }
}
