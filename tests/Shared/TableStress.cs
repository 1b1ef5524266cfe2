using System.Collections.Concurrent;
using System.Diagnostics;
using Rowan.Nn;
using Rowan.Numerics;

namespace Rowan.TestSupport;

/// <summary>
/// Readers, one trainer, a thread that saves and one that grows, all on one table, next to a twin that the trainer alone uses. All values
/// of a row are equal at all times, so a row that
/// is read half before and half after a step shows; and it must be the twin's at some step between the beginning and the end of the read.
/// </summary>
sealed class TableStress
{
    const int Rows = 20_000, Dim = 24, Batch = 64, Probes = 32, Kept = 1 << 14;
    const float Fill = 0.5f;

    readonly Table _table, _twin;
    readonly Optimizer _optimizer, _twinOptimizer;
    readonly float[][] _history = new float[Kept][];
    readonly ConcurrentQueue<string> _faults = new();
    readonly bool _others;
    long _begun, _done, _reads, _saves, _grown;
    volatile bool _stop;

    /// <param name="storage">How the table keeps its rows.</param>
    /// <param name="make">The optimizer of a table.</param>
    /// <param name="others">Whether threads also save and grow the table, which applies deferred updates at moments of their own: final
    /// values then agree to 10⁻⁴ instead of bit for bit.</param>
    public TableStress(RowStorage storage, Func<Table, Optimizer> make, bool others)
    {
        (_table, _twin, _others) = (Make(), Make(), others);
        (_optimizer, _twinOptimizer) = (make(_table), make(_twin));

        Table Make()
        {
            var table = new Table(Rows, Dim, "stress", storage);
            for (int row = 0; row < Rows; row++) table.Write(row, Enumerable.Repeat(1 + row % 7 * 0.25f, Dim).ToArray());
            return table;
        }
    }

    public long Reads => _reads;

    public long Steps => _done;

    public long Saves => _saves;

    public long Grown => _grown;

    /// <summary>Runs for a time, at least 50 steps. What was wrong, at most ten lines.</summary>
    public IReadOnlyList<string> Run(TimeSpan time, int readers)
    {
        _history[0] = ReadProbes();
        var threads = new List<Thread>();
        void Start(string name, Action body)
        {
            var thread = new Thread(() =>
            {
                try { body(); }
#pragma warning disable CA1031 // Whatever a thread throws is what the run reports.
                catch (Exception e) { Fault($"{name}: {e}"); }
#pragma warning restore CA1031
            });
            thread.Start();
            threads.Add(thread);
        }
        for (int reader = 0; reader < readers; reader++)
        {
            int kind = reader % (_others ? 6 : 5), seed = reader;
            Start($"reader {kind}", () => Read(kind, seed));
        }
        if (_others)
        {
            Start("saver", Save);
            Start("grower", Grow);
        }
        var watch = Stopwatch.StartNew();
        Start("trainer", () =>
        {
            while ((watch.Elapsed < time || _done < 50) && _faults.IsEmpty) Train();
            _stop = true;
        });
        foreach (Thread thread in threads) thread.Join();
        CompareAll();
        return [.. _faults.Take(10)];
    }

    void Train()
    {
        long step = _done + 1;
        Step(_twin, _twinOptimizer, step);
        _history[step % Kept] = ReadProbes();
        Volatile.Write(ref _begun, step);
        Step(_table, _optimizer, step);
        Volatile.Write(ref _done, step);
    }

    /// <summary>
    /// The same gradient for all values of a row. The first step touches all rows, the others a few, and probes seldom: so most rows have
    /// deferred updates at most times.
    /// </summary>
    static void Step(Table table, Optimizer optimizer, long step)
    {
        var rng = new Rng((ulong)step);
        long[] ids = new long[step == 1 ? Rows : Batch];
        if (step == 1)
            for (int i = 0; i < ids.Length; i++) ids[i] = i;
        else rng.RandInt(ids, 0, Rows);
        if (step % 5 == 0) ids[0] = Probe((int)(step / 5 % Probes));
        optimizer.ZeroGrad();
        Tensor rows = Functional.Embedding(Indices.From(ids, ids.Length), table);
        var gradient = new float[ids.Length * Dim];
        for (int i = 0; i < ids.Length; i++) gradient.AsSpan(i * Dim, Dim).Fill(1 + ids[i] % 3 - step % 2);
        rows.Backward(Tensor.Over(gradient, ids.Length, Dim));
        optimizer.Step();
    }

    static long Probe(int i) => i * (Rows / Probes) + i % 5;

    float[] ReadProbes()
    {
        var row = new float[Dim];
        return [.. Enumerable.Range(0, Probes).Select(i => _twin.ReadRow(Probe(i), row)[0])];
    }

    void Read(int kind, int seed)
    {
        var rng = new Rng((ulong)(100 + seed));
        var row = new float[Dim];
        var bag = new EmbeddingBag(_table, BagMode.Sum);
        var tied = new TiedLinear(_table);
        using Gradients.Scope off = Gradients.Off();
        while (!_stop)
        {
            int probe = (int)(rng.NextUInt32() % Probes);
            long id = Probe(probe), from = Volatile.Read(ref _done);
            switch (kind)
            {
                case 0:
                    _table.ReadRow(id, row);
                    Whole("ReadRow", row, 1, probe, from);
                    break;
                case 1:
                    // Some hundred rows around the probe.
                    long[] ids = new long[300];
                    rng.RandInt(ids, 0, Rows);
                    ids[150] = id;
                    float[] rows = Functional.Embedding(Indices.From(ids, ids.Length), _table).ToArray();
                    Whole("lookup", rows.AsSpan(150 * Dim, Dim), 1, probe, from);
                    for (int i = 0; i < ids.Length; i++) Equal("lookup", rows.AsSpan(i * Dim, Dim), ids[i]);
                    break;
                case 2:
                    Whole("bag", bag.Forward(new[,] { { id, id, id, id } }).Span, 4, probe, from);
                    break;
                case 3:
                    _table.ReadValues(id * Dim, row);
                    // Lookups of split rows read half the bits, so only whole rows are asked for here.
                    if (_table.Storage == RowStorage.SplitBFloat16) Equal("ReadValues", row, id);
                    else Whole("ReadValues", row, 1, probe, from);
                    break;
                case 4 when !Rounds:
                    var products = new float[1];
                    var ones = new float[Dim];
                    ones.AsSpan().Fill(1f / Dim);
                    _table.DotBags(new[] { id }, new long[] { 0, 1 }, ones, Dim, products);
                    Near("product", products[0], probe, from);
                    break;
                case 5:
                    Tensor mean = Tensor.Full(1f / Dim, 1, Dim);
                    if (_table.Storage == RowStorage.Float32) Near("tied layer", tied.Forward(mean).Span[(int)id], probe, from);
                    break;
            }
            Interlocked.Increment(ref _reads);
        }
    }

    void Save()
    {
        var layer = new Embedding(_table);
        var piece = new float[Dim * 1_000];
        while (!_stop)
        {
            StateEntry rows = layer.StateDict()["weight"];
            for (long start = 0; start < rows.Count && !_stop; start += piece.Length)
            {
                Span<float> values = piece.AsSpan(0, (int)Math.Min(piece.Length, rows.Count - start));
                rows.Read(start, values);
                for (int i = 0; i < values.Length; i += Dim) Equal("save", values.Slice(i, Dim), (start + i) / Dim);
            }
            _saves++;
            Thread.Sleep(5);
        }
    }

    void Grow()
    {
        var row = new float[Dim];
        while (!_stop)
        {
            if (_grown < 100_000)
            {
                _table.Grow(_table.Count + 500, static (_, values) => values.Fill(Fill));
                _grown += 500;
            }
            for (long id = _table.Count - 500; id < _table.Count; id++)
            {
                _table.ReadRow(id, row);
                Equal("new row", row, id);
                // Weight decay may have shrunk it; nothing else touched it.
                if (!(row[0] is > 0 and <= Fill)) Fault($"new row {id} holds {row[0]}");
            }
            Thread.Sleep(20);
        }
    }

    /// <summary>Whether values are rounded each for itself, so that those of a row differ.</summary>
    bool Rounds => _table.Storage is RowStorage.BFloat16 or RowStorage.Float16;

    void Equal(string what, ReadOnlySpan<float> row, long id)
    {
        if (Rounds) return;
        if (row.IndexOfAnyExcept(row[0]) is var at and >= 0) Fault($"{what}: row {id} is torn: {row[0]} at 0, {row[at]} at {at}");
    }

    void Whole(string what, ReadOnlySpan<float> row, int times, int probe, long from)
    {
        Equal(what, row, Probe(probe));
        Near(what, row[0] / times, probe, from);
    }

    /// <summary>Whether a value is the probe's at a step that had begun when the read ended, and was not over before it began.</summary>
    void Near(string what, float value, int probe, long from)
    {
        long to = Volatile.Read(ref _begun);
        for (long step = from; step <= to; step++)
            if (Math.Abs(_history[step % Kept][probe] - value) <= 1e-4f * (1 + Math.Abs(value))) return;
        if (to - from < Kept - 2)
            Fault($"{what}: row {Probe(probe)} is {value}; from step {from} to {to} it was {_history[from % Kept][probe]} to "
                + $"{_history[to % Kept][probe]}");
    }

    void CompareAll()
    {
        float[] values = new float[Rows * Dim], right = new float[Rows * Dim];
        _table.ReadValues(0, values);
        _twin.ReadValues(0, right);
        int wrong = 0;
        float most = 0;
        for (int i = 0; i < values.Length; i++)
        {
            float off = Math.Abs(values[i] - right[i]);
            most = Math.Max(most, off);
            if (_others ? off > 1e-4f * (1 + Math.Abs(right[i])) : values[i] != right[i]) wrong++;
        }
        if (wrong > 0) Fault($"{wrong} of {values.Length} final weights are not those of a training without readers; by up to {most}");
    }

    void Fault(string text)
    {
        _faults.Enqueue(text);
        _stop = true;
    }
}
