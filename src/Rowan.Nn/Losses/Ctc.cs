using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

public static partial class Losses
{
    /// <summary>
    /// Connectionist temporal classification:  ℓ = −log Σ Π x[t, path[t]] over all paths that give the target once repeats are merged and
    /// blanks dropped, x log-probabilities;  dx[t, c] = −g·(the share of c at t among those paths).  (Graves et al. 2006.)
    /// </summary>
    /// <remarks>
    /// The mean is over the batch, each loss first divided by the length of its target, as in PyTorch. The gradient is that of the
    /// log-probabilities; behind <see cref="Ops.LogSoftmax"/> it is PyTorch's.
    /// </remarks>
    /// <param name="logProbabilities">x [time, n, classes], or [time, classes] for a single sequence; mostly of a log-softmax.</param>
    /// <param name="targets">Classes without the blank [n, length], or [length] for a single sequence.</param>
    /// <param name="inputLengths">Steps of each sequence [n]; null for all.</param>
    /// <param name="targetLengths">Classes of each target [n]; null for all.</param>
    /// <param name="blank">The class that means nothing.</param>
    /// <param name="reduction">Mean, sum, or a loss each [n].</param>
    /// <param name="zeroInfinity">A target that is too long for its sequence counts 0, without a gradient, instead of infinity.</param>
    /// <exception cref="ArgumentException">The shapes do not fit together.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A target, the blank or a length is out of bounds.</exception>
    public static Tensor Ctc(Tensor logProbabilities, Indices targets, Indices? inputLengths = null, Indices? targetLengths = null,
        int blank = 0,
        Reduction reduction = Reduction.Mean, bool zeroInfinity = false)
    {
        ArgumentNullException.ThrowIfNull(logProbabilities);
        ArgumentNullException.ThrowIfNull(targets);
        bool single = logProbabilities.Rank == 2;
        Require.That(logProbabilities.Rank is 2 or 3 && targets.Shape.Rank == logProbabilities.Rank - 1,
            $"Ctc: log-probabilities {logProbabilities.Shape} and targets {targets.Shape}; they are [time, n, classes] and [n, "
            + $"length], or without n", nameof(targets));
        Tensor x = single ? logProbabilities.Unsqueeze(1) : logProbabilities;
        Indices y = single ? targets.Reshape(1, targets.Count) : targets;
        (int time, int n, int classes) = (x.Size(0), x.Size(1), x.Size(2));
        Require.That(y.Shape[0] == n, $"Ctc: {y.Shape[0]} targets for {n} sequences", nameof(targets));
        Require.InRange((uint)blank < (uint)classes, $"Ctc: blank {blank} is not one of {classes} classes", nameof(blank));
        int[] steps = Lengths(inputLengths, n, time, nameof(inputLengths)),
            lengths = Lengths(targetLengths, n, (int)y.Shape[1], nameof(targetLengths));
        var paths = new CtcPath[n];
        var losses = new float[n];
        for (int b = 0; b < n; b++)
        {
            ReadOnlySpan<long> target = y.Span.Slice(b * (int)y.Shape[1], lengths[b]);
            for (int i = 0; i < target.Length; i++)
                Require.InRange((ulong)target[i] < (ulong)classes && target[i] != blank,
                    $"Ctc: target {target[i]} at [{b}, {i}]; targets run from 0 to {classes - 1}, without the blank {blank}",
                        nameof(targets));
            paths[b] = new CtcPath(x.Span, target, steps[b], b, n, classes, blank, zeroInfinity);
            losses[b] = paths[b].Loss;
        }
        Tensor each = Tensor.Record(Tensor.Over(losses, n), (paths, x.Shape), (x, static (g, kept) =>
        {
            Tensor dx = Tensor.Zeros(kept.Shape.Sizes);
            for (int b = 0; b < kept.paths.Length; b++) kept.paths[b].AddGradient(g.Span[b], dx.WritableSpan);
            return dx;
        }));
        if (reduction == Reduction.Mean) each /= new Tensor([.. lengths.Select(length => (float)Math.Max(1, length))], n);
        return Reduce(single && reduction == Reduction.None ? each.Squeeze(0) : each, reduction);

        int[] Lengths(Indices? given, int count, int most, string name)
        {
            if (given is null) return [.. Enumerable.Repeat(most, count)];
            Require.That(given.Count == count, $"Ctc: {given.Count} lengths for {count} sequences", name);
            foreach (long length in given.Span)
                Require.InRange(length >= 0 && length <= most, $"Ctc: length {length}; it runs from 0 to {most}", name);
            return [.. given.Select(length => (int)length)];
        }
    }

    /// <summary>
    /// One sequence: the loss, and the share of each place of the target, with blanks between, at each step among all paths.
    /// </summary>
    sealed class CtcPath : IHoldsNoInput
    {
        readonly double[,] _shares;
        readonly int[] _labels;
        readonly int _row, _rows, _classes;

        public CtcPath(ReadOnlySpan<float> x, ReadOnlySpan<long> target, int steps, int row, int rows, int classes, int blank,
            bool zeroInfinity)
        {
            (_row, _rows, _classes) = (row, rows, classes);
            _labels = new int[2 * target.Length + 1];
            for (int s = 0; s < _labels.Length; s++) _labels[s] = s % 2 == 0 ? blank : (int)target[s / 2];
            int last = _labels.Length - 1;
            // Logarithms of sums over the beginnings of paths, up to and with a step, and over their endings, after it. A path stays, goes
            // on by one place, or leaps over a blank between two classes that differ.
            double[,] begin = new double[steps, last + 1], end = new double[steps, last + 1];
            for (int t = 0; t < steps; t++)
                for (int s = 0; s <= last; s++)
                {
                    double before = t == 0 && s <= 1 ? 0 : double.NegativeInfinity;
                    for (int from = s; t > 0 && from >= Math.Max(0, s - (Leaps(s) ? 2 : 1)); from--)
                        before = LogSum(before, begin[t - 1, from]);
                    begin[t, s] = before + x[At(t, s)];
                }
            for (int t = steps - 1; t >= 0; t--)
                for (int s = 0; s <= last; s++)
                {
                    double after = t == steps - 1 && s >= last - 1 ? 0 : double.NegativeInfinity;
                    for (int to = s; t < steps - 1 && to <= Math.Min(last, s + 2); to++)
                        if (to < s + 2 || Leaps(to)) after = LogSum(after, end[t + 1, to] + x[At(t + 1, to)]);
                    end[t, s] = after;
                }
            double total = steps == 0 ? last == 0 ? 0 : double.NegativeInfinity
                : LogSum(begin[steps - 1, last], last == 0 ? double.NegativeInfinity : begin[steps - 1, last - 1]);
            bool none = double.IsNegativeInfinity(total);
            Loss = none && zeroInfinity ? 0 : (float)-total;
            _shares = new double[none ? 0 : steps, last + 1];
            for (int t = 0; t < _shares.GetLength(0); t++)
                for (int s = 0; s <= last; s++) _shares[t, s] = Math.Exp(begin[t, s] + end[t, s] - total);
        }

        /// <summary>ℓ.</summary>
        public float Loss { get; }

        /// <summary>dx[t, c] −= g·(the share of c at t).</summary>
        public void AddGradient(float g, Span<float> dx)
        {
            for (int t = 0; t < _shares.GetLength(0); t++)
                for (int s = 0; s < _labels.Length; s++) dx[At(t, s)] -= g * (float)_shares[t, s];
        }

        int At(int t, int s) => (t * _rows + _row) * _classes + _labels[s];

        bool Leaps(int s) => s % 2 == 1 && s >= 2 && _labels[s] != _labels[s - 2];

        static double LogSum(double x, double y)
        {
            double larger = Math.Max(x, y);
            return double.IsNegativeInfinity(larger) ? larger : larger + Math.Log(Math.Exp(x - larger) + Math.Exp(y - larger));
        }
    }
}
