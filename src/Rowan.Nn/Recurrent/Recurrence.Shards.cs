using System.Buffers;
using Rowan.Numerics;

namespace Rowan.Nn;

sealed partial class Recurrence<TCell>
{
    /// <summary>The steps of a direction in the order it takes them, for sequences of at most a number of steps.</summary>
    static int StepAt(int i, int steps, int direction) => direction == 1 ? steps - 1 - i : i;

    /// <summary>
    /// Forward: the states of the sequences stay in a small buffer, and the weights stay packed, through all steps. x̂ of a few steps is
    /// computed together, and read while it is near.
    /// </summary>
    readonly struct ForwardShard(Recurrence<TCell> run, PackedMatrix[] packedIh, PackedMatrix[] packedHh, Tensor[] last) : IShard
    {
        public void Run(int direction, int from, int to)
        {
            (int h, int width, int gates, int kept, int across, int inputs) =
                (run._h, run.States, run.Gates, run.Kept, run.Directions * run._h, (int)run._x.Shape[2]);
            SequenceLayout layout = run._layout;
            int[] sequences = layout.LongestFirst(from, to);
            int steps = layout.Length(sequences[0]), together = Math.Clamp(Near / (sequences.Length * gates), 1, steps);
            bool keeps = run._kept[direction].Count > 0;
            float[] rentedState = ArrayPool<float>.Shared.Rent(sequences.Length * width),
            rentedU = ArrayPool<float>.Shared.Rent(sequences.Length * gates), rentedKept = ArrayPool<float>.Shared.Rent(kept);
            float[] rentedX = ArrayPool<float>.Shared.Rent(together * sequences.Length * inputs),
            rentedGates = ArrayPool<float>.Shared.Rent(together * sequences.Length * gates);
            Span<float> state = rentedState, u = rentedU, x = rentedX, near = rentedGates;
            Span<float> allGates = keeps ? run._gates[direction].WritableSpan : default, allKept = keeps
                ? run._kept[direction].WritableSpan : rentedKept, output = run._output.WritableSpan;
            ReadOnlySpan<float> b = run._weights[direction].BiasIh is { } ih ? ih.Value.Span : new float[gates],
            c = run._weights[direction].BiasHh is { } hh ? hh.Value.Span : new float[gates];

            for (int i = 0; i < sequences.Length; i++)
                for (int s = 0; s < TCell.States; s++)
                {
                    Span<float> part = state.Slice(i * width + s * h, h);
                    if (run._first is null) part.Clear();
                    else run._first[s].Span.Slice((direction * layout.Batch + sequences[i]) * h, h).CopyTo(part);
                }
            for (int begin = 0; begin < steps; begin += together)
            {
                int end = Math.Min(begin + together, steps), rows = 0;
                for (int step = begin; step < end; step++)
                {
                    int t = StepAt(step, steps, direction), running = layout.RunningAt(t, sequences);
                    for (int i = 0; i < running; i++, rows++)
                        run._x.Span.Slice(layout.Row(t, sequences[i]) * inputs, inputs).CopyTo(x[(rows * inputs)..]);
                }
                packedIh[direction].MultiplyAdd(x, inputs, near, gates, rows, b);
                for (int step = begin, at = 0; step < end; step++)
                {
                    int t = StepAt(step, steps, direction), running = layout.RunningAt(t, sequences);
                    packedHh[direction].MultiplyAdd(state, width, u, gates, running, c);
                    for (int i = 0; i < running; i++, at++)
                    {
                        int row = layout.Row(t, sequences[i]);
                        Span<float> own = state.Slice(i * width, width), ownGates = near.Slice(at * gates, gates);
                        CellLoop<TCell>.Forward(ownGates, u.Slice(i * gates, gates), own, allKept.Slice(keeps ? row * kept : 0, kept), h);
                        own[..h].CopyTo(output[(row * across + direction * h)..]);
                        if (keeps) ownGates.CopyTo(allGates[(row * gates)..]);
                    }
                }
            }
            for (int i = 0; i < sequences.Length; i++)
            {
                for (int t = layout.Length(sequences[i]); t < layout.Time; t++)
                    output.Slice(layout.Row(t, sequences[i]) * across + direction * h, h).Clear();
                for (int s = 0; s < TCell.States; s++)
                    state.Slice(i * width + s * h, h).CopyTo(last[s].WritableSpan[((direction * layout.Batch + sequences[i]) * h)..]);
            }
            foreach (float[] rented in (float[][])[rentedState, rentedU, rentedKept, rentedX, rentedGates])
                ArrayPool<float>.Shared.Return(rented);
        }
    }

    /// <summary>
    /// Backward: likewise with the gradients of the states; leaves those of the gates, and beside them the h that each step began with.
    /// </summary>
    readonly struct BackwardShard : IShard
    {
        readonly Recurrence<TCell> _run;
        readonly Tensor? _output;
        readonly Tensor?[] _last;

        /// <param name="run">What ran forward.</param>
        /// <param name="g">Gradients of the output and of the last states; null where none came.</param>
        /// <param name="packed">U of each direction.</param>
        public BackwardShard(Recurrence<TCell> run, IReadOnlyList<Tensor?> g, PackedMatrix[] packed)
        {
            (_run, _output, _last, Packed) = (run, g[0], [.. g.Skip(1)], packed);
            Dx = [.. packed.Select(_ => Tensor.Empty(run._layout.Rows, run.Gates))];
            Du = TCell.ReadsSums ? Dx : [.. packed.Select(_ => Tensor.Empty(run._layout.Rows, run.Gates))];
            Before = [.. packed.Select(_ => Tensor.Empty(run._layout.Rows, run._h))];
            Db = run._weights[0].BiasIh is null ? [] : [.. packed.Select(_ => Tensor.Zeros(run._layout.Batch, run.Gates))];
            Dc = TCell.ReadsSums ? Db : [.. Db.Select(db => Tensor.Zeros(db.Shape.Sizes))];
            First = run._first is null ? [] : [.. run._first.Select(state => Tensor.Empty(state.Shape.Sizes))];
        }

        public PackedMatrix[] Packed { get; }

        /// <summary>dx̂ of each direction [rows, gates].</summary>
        public Tensor[] Dx { get; }

        /// <summary>du of each direction [rows, gates].</summary>
        public Tensor[] Du { get; }

        /// <summary>The h before each step, of each direction [rows, h].</summary>
        public Tensor[] Before { get; }

        /// <summary>
        /// Σ dx̂ over the steps of each sequence, of each direction [batch, gates]; none without biases. Taken while a step's gradients
        /// are near.
        /// </summary>
        public Tensor[] Db { get; }

        /// <summary>Σ du likewise.</summary>
        public Tensor[] Dc { get; }

        /// <summary>Gradients of the first states.</summary>
        public Tensor[] First { get; }

        public void Run(int direction, int from, int to)
        {
            (int h, int width, int gates, int kept, int across) = (_run._h, _run.States, _run.Gates, _run.Kept, _run.Directions * _run._h);
            SequenceLayout layout = _run._layout;
            int[] sequences = layout.LongestFirst(from, to);
            int steps = layout.Length(sequences[0]);
            float[] rentedState = ArrayPool<float>.Shared.Rent(sequences.Length * width),
            rentedU = ArrayPool<float>.Shared.Rent(sequences.Length * gates);
            Span<float> dstate = rentedState, du = rentedU;
            Span<float> allGates = _run._gates[direction].WritableSpan, allKept = _run._kept[direction].WritableSpan;
            Span<float> allDx = Dx[direction].WritableSpan, allDu = Du[direction].WritableSpan, before = Before[direction].WritableSpan;
            Span<float> db = Db.Length == 0 ? default : Db[direction].WritableSpan, dc = Dc.Length == 0 ? default
                : Dc[direction].WritableSpan;
            ReadOnlySpan<float> output = _run._output.Span, doutput = _output is null ? default : _output.Span;

            for (int i = 0; i < sequences.Length; i++)
                for (int s = 0; s < TCell.States; s++)
                {
                    Span<float> part = dstate.Slice(i * width + s * h, h);
                    if (_last[s] is { } g) g.Span.Slice((direction * layout.Batch + sequences[i]) * h, h).CopyTo(part);
                    else part.Clear();
                }
            for (int step = steps - 1; step >= 0; step--)
            {
                int t = StepAt(step, steps, direction), running = layout.RunningAt(t, sequences);
                for (int i = 0; i < running; i++)
                {
                    int row = layout.Row(t, sequences[i]);
                    Span<float> own = dstate.Slice(i * width, width), ownDu = du.Slice(i * gates, gates), dx = TCell.ReadsSums
                        ? ownDu : allDx.Slice(row * gates, gates);
                    if (!doutput.IsEmpty) RowMath.Add(doutput.Slice(row * across + direction * h, h), own[..h]);
                    CellLoop<TCell>.Backward(allGates.Slice(row * gates, gates), allKept.Slice(row * kept, kept), own, dx, ownDu, h);
                    ownDu.CopyTo(allDu[(row * gates)..]);
                    if (!db.IsEmpty) RowMath.Add(dx, db.Slice(sequences[i] * gates, gates));
                    if (!db.IsEmpty && !TCell.ReadsSums) RowMath.Add(ownDu, dc.Slice(sequences[i] * gates, gates));
                    HiddenBefore(output, direction, t, sequences[i], before.Slice(row * h, h));
                }
                Packed[direction].MultiplyAdd(du, gates, dstate, width, running);
            }
            for (int i = 0; i < sequences.Length; i++)
            {
                for (int t = layout.Length(sequences[i]); t < layout.Time; t++)
                {
                    int row = layout.Row(t, sequences[i]);
                    allDx.Slice(row * gates, gates).Clear();
                    allDu.Slice(row * gates, gates).Clear();
                    before.Slice(row * h, h).Clear();
                }
                for (int s = 0; s < First.Length; s++)
                    dstate.Slice(i * width + s * h, h).CopyTo(First[s].WritableSpan[((direction * layout.Batch + sequences[i]) * h)..]);
            }
            ArrayPool<float>.Shared.Return(rentedState);
            ArrayPool<float>.Shared.Return(rentedU);
        }

        void HiddenBefore(ReadOnlySpan<float> output, int direction, int t, int b, Span<float> into)
        {
            (int h, int earlier, SequenceLayout layout) = (_run._h, direction == 1 ? t + 1 : t - 1, _run._layout);
            if (earlier >= 0 && earlier < layout.Length(b))
                output.Slice(layout.Row(earlier, b) * _run.Directions * h + direction * h, h).CopyTo(into);
            else if (_run._first is null) into.Clear();
            else _run._first[0].Span.Slice((direction * layout.Batch + b) * h, h).CopyTo(into);
        }
    }
}
