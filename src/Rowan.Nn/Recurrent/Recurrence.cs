using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan.Nn;

/// <summary>
/// A cell carried over time:  u = s·Wᵀ + b,  s′ = cell(xₜ, u, s).  Each sequence of the batch runs over its own length; beyond it the states are 0.
/// Shapes: x [time, batch, gates·h] (the input's part of the gates), W [gates·h, h], b [gates·h], first [batch, states·h] → [time, batch, states·h].
/// </summary>
static class Recurrence
{
    public static Tensor Run<TCell>(Tensor x, Tensor weight, Tensor? bias, Tensor first, int[]? lengths, bool reverse) where TCell : struct, IRecurrentCell
    {
        var pass = new Pass<TCell>(x, weight, bias, first, lengths, reverse);
        Tensor states = pass.Forward();
        (Tensor, Pull<Pass<TCell>>) dx = (x, static (g, pass) => pass.Backward(g).Inputs), dw = (weight, static (g, pass) => pass.Backward(g).Weight),
            dfirst = (first, static (g, pass) => pass.Backward(g).First);
        return bias is null
            ? Tensor.Record(states, pass, dx, dw, dfirst)
            : Tensor.Record(states, pass, dx, dw, dfirst, (bias, static (g, pass) => pass.Backward(g).Bias));
    }

    /// <summary>What one run over time computed and keeps, and the run back, made once for all inputs.</summary>
    sealed class Pass<TCell>(Tensor x, Tensor weight, Tensor? bias, Tensor first, int[]? lengths, bool reverse) where TCell : struct, IRecurrentCell
    {
        readonly int _time = (int)x.Shape[0], _batch = (int)x.Shape[1], _hidden = (int)weight.Shape[1];
        readonly float[] _before = new float[x.Shape[0] * x.Shape[1] * TCell.States * weight.Shape[1]];
        readonly float[] _kept = new float[x.Shape[0] * x.Shape[1] * TCell.Kept * weight.Shape[1]];
        Tensor? _states;
        (Tensor Of, Gradients Gradients)? _back;

        int Gates => TCell.Gates * _hidden;

        int States => TCell.States * _hidden;

        public Tensor Forward()
        {
            Tensor states = Tensor.Zeros(_time, _batch, States);
            float[] hidden = new float[_batch * _hidden], u = new float[_batch * Gates];
            Tensor carried = first.Clone();
            foreach (int t in Times())
            {
                carried.Span.CopyTo(_before.AsSpan(t * _batch * States));
                for (int b = 0; b < _batch; b++) carried.Span.Slice(b * States, _hidden).CopyTo(hidden.AsSpan(b * _hidden));
                if (bias is not null)
                    for (int b = 0; b < _batch; b++) bias.Span.CopyTo(u.AsSpan(b * Gates));
                MatMul.Multiply(hidden, false, weight.Span, true, u, _batch, Gates, _hidden, accumulate: bias is not null);
                Workers.For(_batch, Math.Max(1, 4_096 / Gates), new StepForward(this, states, u, t));
                for (int b = 0; b < _batch; b++)
                    if (Runs(t, b)) states.Span.Slice((t * _batch + b) * States, States).CopyTo(carried.WritableSpan[(b * States)..]);
            }
            _states = states.Alias();
            return states;
        }

        public Gradients Backward(Tensor g)
        {
            if (_back is { } made && ReferenceEquals(made.Of, g)) return made.Gradients;
            Tensor dx = Tensor.Zeros(_time, _batch, Gates);
            var du = new float[_time * _batch * Gates];
            float[] carried = new float[_batch * States], hidden = new float[_batch * _hidden];
            foreach (int t in Times().Reverse())
            {
                Workers.For(_batch, Math.Max(1, 4_096 / Gates), new StepBackward(this, g, dx, du, carried, t));
                MatMul.Multiply(du.AsSpan(t * _batch * Gates, _batch * Gates), false, weight.Span, false, hidden, _batch, _hidden, Gates);
                for (int b = 0; b < _batch; b++)
                    if (Runs(t, b)) RowMath.Add(hidden.AsSpan(b * _hidden, _hidden), carried.AsSpan(b * States, _hidden));
            }
            // One product over all steps: dW = Σ duᵀ·h.
            var before = new float[_time * _batch * _hidden];
            for (int at = 0; at < _time * _batch; at++) _before.AsSpan(at * States, _hidden).CopyTo(before.AsSpan(at * _hidden));
            Tensor dw = Tensor.Zeros(Gates, _hidden), db = Tensor.Zeros(Gates);
            MatMul.Multiply(du, true, before, false, dw.WritableSpan, Gates, _hidden, _time * _batch);
            for (int at = 0; at < _time * _batch; at++) RowMath.Add(du.AsSpan(at * Gates, Gates), db.WritableSpan);
            var gradients = new Gradients(dx, dw, Tensor.Over(carried, _batch, States), db);
            _back = (g, gradients);
            return gradients;
        }

        bool Runs(int t, int b) => lengths is null || t < lengths[b];

        IEnumerable<int> Times() => reverse ? Enumerable.Range(0, _time).Reverse() : Enumerable.Range(0, _time);

        readonly struct StepForward(Pass<TCell> pass, Tensor states, float[] u, int t) : IRangeBody
        {
            public void Run(long from, long to)
            {
                (int gates, int width, int keep) = (pass.Gates, pass.States, TCell.Kept * pass._hidden);
                for (int b = (int)from; b < to; b++)
                {
                    if (!pass.Runs(t, b)) continue;
                    int at = t * pass._batch + b;
                    TCell.Forward(pass.X.Slice(at * gates, gates), u.AsSpan(b * gates, gates), pass._before.AsSpan(at * width, width),
                        states.WritableMemory.Span.Slice(at * width, width), pass._kept.AsSpan(at * keep, keep));
                }
            }
        }

        readonly struct StepBackward(Pass<TCell> pass, Tensor g, Tensor dx, float[] du, float[] carried, int t) : IRangeBody
        {
            public void Run(long from, long to)
            {
                (int gates, int width, int keep) = (pass.Gates, pass.States, TCell.Kept * pass._hidden);
                var next = new float[width];
                for (int b = (int)from; b < to; b++)
                {
                    if (!pass.Runs(t, b)) continue;
                    int at = t * pass._batch + b;
                    Lanes.Zip<Add>(g.Span.Slice(at * width, width), carried.AsSpan(b * width, width), next);
                    TCell.Backward(next, pass._before.AsSpan(at * width, width), pass._states!.Span.Slice(at * width, width), pass._kept.AsSpan(at * keep, keep),
                        dx.WritableMemory.Span.Slice(at * gates, gates), du.AsSpan(at * gates, gates), carried.AsSpan(b * width, width));
                }
            }
        }

        ReadOnlySpan<float> X => x.Span;
    }

    /// <summary>Gradients of all inputs of a run.</summary>
    sealed record Gradients(Tensor Inputs, Tensor Weight, Tensor First, Tensor Bias);
}
