using System.Buffers;
using Rowan.Numerics;

namespace Rowan.Tensors;

/// <summary>
/// Where one operand of attention holds its heads: for each example, places a step apart, and in each the heads side by side.
/// </summary>
/// <param name="Rows">The tensor: [places, n, …], or [n, places, …].</param>
/// <param name="Offset">Where the operand begins in each row.</param>
/// <param name="Width">Its values in a row.</param>
/// <param name="BatchFirst">Whether n comes first.</param>
readonly record struct AttentionOperand(Tensor Rows, int Offset, int Width, bool BatchFirst)
{
    public int Places => (int)Rows.Shape[BatchFirst ? 1 : 0];

    public int Batch => (int)Rows.Shape[BatchFirst ? 0 : 1];

    /// <summary>One head of one example, together: [places, d].</summary>
    public void Read(int example, int head, int d, Span<float> into)
    {
        ReadOnlySpan<float> rows = Rows.Span;
        (int at, int step) = Walk(example, head, d);
        for (int i = 0; i < into.Length; i += d, at += step) rows.Slice(at, d).CopyTo(into[i..]);
    }

    /// <summary>Puts one head of one example back in its place.</summary>
    public void Write(ReadOnlySpan<float> from, int example, int head, int d)
    {
        Span<float> rows = Rows.WritableMemory.Span;
        (int at, int step) = Walk(example, head, d);
        for (int i = 0; i < from.Length; i += d, at += step) from.Slice(i, d).CopyTo(rows[at..]);
    }

    (int Start, int Step) Walk(int example, int head, int d)
    {
        int row = (int)Rows.Shape[2];
        return ((BatchFirst ? example * Places : example) * row + Offset + head * d, BatchFirst ? row : Batch * row);
    }
}

/// <summary>
/// One attention: what it is computed from, and both passes, head by head. Formulas:
/// <see cref="Ops.Attention(Tensor, Tensor, Tensor, int, Tensor?, float, Rng?, bool)"/>.
/// </summary>
sealed class AttentionPlan : JointGradients
{
    const int BlockValues = 32_768;      // Scores of a block: 128 KB, twice in the backward pass.
    const long Grain = 1 << 18;          // Multiplications that are worth a thread.

    readonly AttentionOperand _q, _k, _v;
    readonly Tensor? _added, _kept;      // M, and D, where they are there.
    Tensor? _y;
    readonly int _n, _heads, _d, _targets, _sources, _block;
    readonly float _scale;

    public AttentionPlan(AttentionOperand q, AttentionOperand k, AttentionOperand v, int heads, Tensor? added, float dropout, Rng? rng)
    {
        Require.InRange(heads > 0 && q.Width > 0 && q.Width % heads == 0,
            $"Attention: {q.Width} values for {heads} heads; they are a positive multiple", nameof(heads));
        (_q, _k, _v, _n, _heads, _d, _targets, _sources) = (q, k, v, q.Batch, heads, q.Width / heads, q.Places, k.Places);
        var scores = new Shape(_n, _heads, _targets, _sources);
        Require.That(added is null || (added.Rank == 4 && Broadcast.Common(added.Shape, scores, "Attention") == scores),
            $"Attention: {added?.Shape} added to scores of {scores}; it broadcasts to them", nameof(added));
        _added = added;
        if (dropout != 0)
        {
            ArgumentNullException.ThrowIfNull(rng);
            _kept = Ops.Kept(scores, dropout, rng);
        }
        _block = Math.Max(1, Math.Min(_targets, Math.Max(24, BlockValues / Math.Max(1, _sources))));
        _scale = 1 / MathF.Sqrt(_d);
    }

    public Tensor Forward()
    {
        Tensor y = Tensor.Empty(_q.Rows.Shape.With(2, _q.Width));
        Workers.For(_n * _heads, HeadsAThread, new ForwardHeads(this, _q with { Rows = y, Offset = 0 }));
        _y = y.Alias();
        return y;
    }

    /// <summary>Gradients of M and of the operands, which are one where they share a tensor.</summary>
    protected override Tensor?[] Walk(Tensor g)
    {
        bool packed = _v.Offset > 0;
        Tensor dq = Tensor.Empty(_q.Rows.Shape), dk = packed ? dq : Tensor.Empty(_k.Rows.Shape), dv = packed ? dq
            : Tensor.Empty(_v.Rows.Shape);
        Tensor? dm = _added is { RequiresGrad: true } ? Tensor.Empty(new Shape(_n, _heads, _targets, _sources)) : null;
        Workers.For(_n * _heads, HeadsAThread,
            new BackwardHeads(this, _q with { Rows = g, Offset = 0 }, _q with { Rows = _y!, Offset = 0 }, _q with { Rows = dq },
            _k with { Rows = dk }, _v with { Rows = dv }, dm));
        return [dm, dq, dk, dv];
    }

    long HeadsAThread => Math.Max(1, Grain / Math.Max(1, (long)_targets * _sources * _d));

    /// <summary>P of some targets of a head: q [rows, d] scaled, k [sources, d] → p [rows, sources].</summary>
    void Probabilities(int at, int from, int rows, ReadOnlySpan<float> q, ReadOnlySpan<float> k, Span<float> p)
    {
        MatMul.Multiply(q, false, k, true, p, rows, _sources, _d);
        (int example, int head) = Math.DivRem(at, _heads);
        for (int i = 0; i < rows; i++)
        {
            Span<float> row = p.Slice(i * _sources, _sources);
            if (_added is not null) AddTo(row, example, head, from + i);
            Ops.MaskedSoftmaxRow(row, row);
        }
    }

    void AddTo(Span<float> row, int example, int head, int target)
    {
        Shape shape = _added!.Shape;
        long Place(int dim, int index) => shape[dim] == 1 ? 0 : index;
        int width = (int)shape[3];
        long start = ((Place(0, example) * shape[1] + Place(1, head)) * shape[2] + Place(2, target)) * width;
        Lanes.Zip<Add>(row, _added.Span.Slice((int)start, width), row);
    }

    /// <summary>p ← D∘p for some targets of a head.</summary>
    void Drop(int at, int from, Span<float> p)
    {
        if (_kept is not null) Lanes.Zip<Multiply>(p, _kept.Span.Slice((at * _targets + from) * _sources, p.Length), p);
    }

    readonly struct ForwardHeads(AttentionPlan plan, AttentionOperand y) : IRangeBody
    {
        public void Run(long from, long to)
        {
            int d = plan._d, sources = plan._sources, targets = plan._targets;
            using var scratch = new Scratch(2 * (targets + sources) * d + plan._block * sources);
            Span<float> q = scratch.Next(targets * d), k = scratch.Next(sources * d), v = scratch.Next(sources * d),
            values = scratch.Next(targets * d), block = scratch.Next(plan._block * sources);
            for (int at = (int)from; at < to; at++)
            {
                (int example, int head) = Math.DivRem(at, plan._heads);
                plan._q.Read(example, head, d, q);
                plan._k.Read(example, head, d, k);
                plan._v.Read(example, head, d, v);
                RowMath.Scale(q, plan._scale);
                for (int first = 0; first < targets; first += plan._block)
                {
                    int rows = Math.Min(plan._block, targets - first);
                    Span<float> p = block[..(rows * sources)];
                    plan.Probabilities(at, first, rows, q[(first * d)..], k, p);
                    plan.Drop(at, first, p);
                    MatMul.Multiply(p, false, v, false, values[(first * d)..], rows, d, sources);
                }
                y.Write(values, example, head, d);
            }
        }
    }

    readonly struct BackwardHeads(AttentionPlan plan, AttentionOperand g, AttentionOperand y, AttentionOperand dq, AttentionOperand dk,
        AttentionOperand dv, Tensor? dm) : IRangeBody
    {
        public void Run(long from, long to)
        {
            int d = plan._d, sources = plan._sources, targets = plan._targets;
            using var scratch = new Scratch((4 * targets + 4 * sources) * d + 2 * plan._block * sources);
            Span<float> q = scratch.Next(targets * d), gs = scratch.Next(targets * d), ys = scratch.Next(targets * d),
            dqs = scratch.Next(targets * d);
            Span<float> k = scratch.Next(sources * d), v = scratch.Next(sources * d), dks = scratch.Next(sources * d),
            dvs = scratch.Next(sources * d);
            Span<float> block = scratch.Next(plan._block * sources), slopes = scratch.Next(plan._block * sources);
            for (int at = (int)from; at < to; at++)
            {
                (int example, int head) = Math.DivRem(at, plan._heads);
                plan._q.Read(example, head, d, q);
                plan._k.Read(example, head, d, k);
                plan._v.Read(example, head, d, v);
                g.Read(example, head, d, gs);
                y.Read(example, head, d, ys);
                RowMath.Scale(q, plan._scale);
                dks.Clear();
                dvs.Clear();
                for (int first = 0; first < targets; first += plan._block)
                {
                    int rows = Math.Min(plan._block, targets - first);
                    Span<float> p = block[..(rows * sources)], ds = slopes[..(rows * sources)], gOfBlock = gs.Slice(first * d, rows * d);
                    plan.Probabilities(at, first, rows, q[(first * d)..], k, p);
                    MatMul.Multiply(gOfBlock, false, v, true, ds, rows, sources, d);
                    plan.Drop(at, first, ds);
                    for (int i = 0; i < rows; i++)
                    {
                        Span<float> row = ds.Slice(i * sources, sources);
                        Lanes.Zip<Subtract>(row, [RowMath.Dot(gOfBlock.Slice(i * d, d), ys.Slice((first + i) * d, d))], row);
                    }
                    Lanes.Zip<Multiply>(ds, p, ds);
                    if (dm is not null) ds.CopyTo(dm.WritableMemory.Span[((at * targets + first) * sources)..]);
                    plan.Drop(at, first, p);
                    MatMul.Multiply(p, true, gOfBlock, false, dvs, sources, d, rows, accumulate: true);
                    MatMul.Multiply(ds, false, k, false, dqs[(first * d)..], rows, d, sources);
                    MatMul.Multiply(ds, true, q[(first * d)..], false, dks, sources, d, rows, accumulate: true);
                }
                RowMath.Scale(dqs, plan._scale);
                dq.Write(dqs, example, head, d);
                dk.Write(dks, example, head, d);
                dv.Write(dvs, example, head, d);
            }
        }
    }

    /// <summary>Rented memory, handed out piece by piece.</summary>
    ref struct Scratch(int length)
    {
        readonly float[] _values = ArrayPool<float>.Shared.Rent(length);
        int _used;

        public Span<float> Next(int count) => _values.AsSpan((_used += count) - count, count);

        public readonly void Dispose() => ArrayPool<float>.Shared.Return(_values);
    }
}
