using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan.Nn;

/// <summary>
/// A recurrent layer over time, in one direction or both: x̂ = x·Wᵀ + b for some steps at once; step by step u = h·Uᵀ + c, s′ = cell(x̂,
/// u, s). Backward dx̂ and du step by step, with db = Σ dx̂ and dc = Σ du; then dx = dx̂·W, dW = dx̂ᵀ·x, dU = duᵀ·h for all steps at
/// once.
/// </summary>
/// <remarks>
/// A thread takes some of the sequences through all steps, and waits for no other. Each sequence runs over its own length; beyond it
/// outputs are 0. Shapes: x [time, batch, inputs] or [batch, time, inputs] → output alike with directions · h; states [directions, batch,
/// h] each.
/// </remarks>
sealed partial class Recurrence<TCell> where TCell : struct, IRecurrentCell
{
    const int Block = 4;                // Sequences that a thread takes together.
    const int Near = 1 << 16;           // Values of x̂ that are computed together: 256 KB, a quarter of a level-2 cache.
    const long Grain = 1 << 18;         // Multiplications that are worth a thread.

    readonly Tensor _x, _output;
    readonly RecurrentWeights[] _weights;
    readonly Tensor[]? _first;
    readonly Tensor[] _gates, _kept;    // For each direction, a row a step: what the cell's backward step reads.
    readonly SequenceLayout _layout;
    readonly int _h;

    Recurrence(Tensor x, RecurrentWeights[] weights, Tensor[]? first, SequenceLayout layout, Tensor output)
    {
        (_x, _weights, _first, _layout, _output) = (x, weights, first, layout, output);
        _h = (int)weights[0].WeightHh.Shape[1];
        (_gates, _kept) = (new Tensor[weights.Length], new Tensor[weights.Length]);
    }

    int Gates => TCell.Gates * _h;

    int States => TCell.States * _h;

    int Kept => TCell.Kept * _h;

    int Directions => _weights.Length;

    int Blocks => (_layout.Batch + Block - 1) / Block;

    /// <summary>The output of each step, and the last states, one tensor for each kind; the second direction runs from the end.</summary>
    public static (Tensor Output, Tensor[] Last) Run(Tensor x, RecurrentWeights[] weights, Tensor[]? first, SequenceLayout layout)
    {
        long h = weights[0].WeightHh.Shape[1];
        Tensor output = Tensor.Empty(x.Shape[0], x.Shape[1], weights.Length * h);
        Tensor[] last = [.. Enumerable.Range(0, TCell.States).Select(_ => Tensor.Empty(weights.Length, layout.Batch, h))],
        intoLast = [.. last.Select(state => state.Alias())];
        var run = new Recurrence<TCell>(x, weights, first, layout, output.Alias());
        Tensor shared = Tensor.RecordTogether([output, .. last], run,
            [x, .. weights.SelectMany(direction => direction.Tensors), .. first ?? []], static (g, run) => run.Backward(g));
        if (shared.RequiresGrad) run.ForwardAndKeep(intoLast, shared.Keeping(output));
        else run.ForwardOnly(intoLast);
        // For each direction W, U, b and c: b and c are null where there is none.
        if (Trace.IsOn)
            Trace.Several([output, .. last], "Recurrence",
                [x, layout.Given, .. weights.SelectMany(
                    d => (object?[])[d.WeightIh.Value, d.WeightHh.Value, d.BiasIh?.Value, d.BiasHh?.Value]), .. first ?? []],
                [layout.BatchFirst ? 1 : 0, weights.Length, TCell.States], settings: typeof(TCell));
        return (output, last);
    }

    void ForwardAndKeep(Tensor[] last, Tensor shared)
    {
        for (int d = 0; d < Directions; d++)
        {
            (_gates[d], _kept[d]) = (Tensor.Empty(_layout.Rows, Gates), Tensor.Empty(_layout.Rows, Kept));
            shared.Keeping(_gates[d]).Keeping(_kept[d]);
        }
        Forward(last);
    }

    void ForwardOnly(Tensor[] last)
    {
        for (int d = 0; d < Directions; d++) (_gates[d], _kept[d]) = (Tensor.Empty(0), Tensor.Empty(0));
        Forward(last);
    }

    void Forward(Tensor[] last)
    {
        PackedMatrix[] ih = [.. _weights.Select(
            direction => new PackedMatrix(direction.WeightIh.Value.Span, true, (int)_x.Shape[2], Gates))],
            hh = [.. _weights.Select(direction => new PackedMatrix(direction.WeightHh.Value.Span, true, _h, Gates))];
        ForShards(new ForwardShard(this, ih, hh, last));
        foreach (PackedMatrix matrix in (PackedMatrix[])[.. ih, .. hh]) matrix.Dispose();
    }

    List<Tensor?> Backward(IReadOnlyList<Tensor?> g)
    {
        var back = new BackwardShard(this, g,
            [.. _weights.Select(direction => new PackedMatrix(direction.WeightHh.Value.Span, false, Gates, _h))]);
        ForShards(back);
        foreach (PackedMatrix matrix in back.Packed) matrix.Dispose();

        int rows = _layout.Rows, inputs = (int)_x.Shape[2];
        Tensor? dx = _x.RequiresGrad ? Tensor.Empty(_x.Shape.Sizes) : null;
        List<Tensor?> gradients = [dx];
        for (int d = 0; d < Directions; d++)
        {
            (RecurrentWeights w, Tensor dgates, Tensor du) = (_weights[d], back.Dx[d], back.Du[d]);
            if (dx is not null) MatMul.Multiply(dgates.Span, false, w.WeightIh.Value.Span, false, dx.WritableSpan, rows, inputs, Gates,
                accumulate: d > 0);
            gradients.Add(Product(w.WeightIh, dgates, _x.Span, inputs));
            gradients.Add(Product(w.WeightHh, du, back.Before[d].Span, _h));
            if (w.BiasIh is null || w.BiasHh is null) continue;
            Tensor db = OverSequences(back.Db[d]);
            gradients.Add(db);
            gradients.Add(TCell.ReadsSums ? db : OverSequences(back.Dc[d]));
        }
        gradients.AddRange(back.First);
        return gradients;
    }

    /// <summary>gᵀ·y over all steps, in their order; null where the weight does not learn.</summary>
    Tensor? Product(Parameter weight, Tensor g, ReadOnlySpan<float> y, int width)
    {
        if (weight.Frozen) return null;
        Tensor dw = Tensor.Empty(Gates, width);
        MatMul.Multiply(g.Span, true, y, false, dw.WritableSpan, Gates, width, _layout.Rows);
        return dw;
    }

    /// <summary>Σ of the sums of all sequences, in their order.</summary>
    Tensor OverSequences(Tensor sums)
    {
        Tensor sum = Tensor.Zeros(Gates);
        ReadOnlySpan<float> rows = sums.Span;
        for (int b = 0; b < _layout.Batch; b++) RowMath.Add(rows.Slice(b * Gates, Gates), sum.WritableSpan);
        return sum;
    }

    /// <summary>Runs a body over shards of sequences, in parallel: blocks of <see cref="Block"/> sequences of one direction.</summary>
    void ForShards<TShard>(TShard shard) where TShard : struct, IShard =>
        Workers.For(Directions * Blocks, Math.Max(1, Grain / ((long)Block * _layout.Time * Gates * _h)), new Shards<TShard>(this, shard));

    interface IShard
    {
        /// <summary>Runs the sequences from ≤ b &lt; to of a direction through all steps.</summary>
        void Run(int direction, int from, int to);
    }

    readonly struct Shards<TShard>(Recurrence<TCell> run, TShard shard) : IRangeBody where TShard : struct, IShard
    {
        public void Run(long from, long to)
        {
            for (int at = (int)from; at < to;)
            {
                (int d, int block) = Math.DivRem(at, run.Blocks);
                int end = (int)Math.Min(to - at + block, run.Blocks);
                shard.Run(d, block * Block, Math.Min(end * Block, run._layout.Batch));
                at += end - block;
            }
        }
    }
}
