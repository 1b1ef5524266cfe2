using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

public static partial class Losses
{
    /// <summary>
    /// Cross entropy of logits x with targets y:  ℓ = −(1 − s)·w[y]·log p[y] − s/C·Σ w[c]·log p[c], p = softmax(x), s the label smoothing;
    /// dx = g·(p·((1 − s)·w[y] + s/C·Σ w) − (1 − s)·w[y]·[c = y] − s/C·w[c]).
    /// </summary>
    /// <remarks>
    /// The mean is over the weights w[y] of the targets that are not ignored; when all are, it is NaN and the gradient zero, as in PyTorch.
    /// </remarks>
    /// <param name="logits">Scores before softmax [n, classes, …], or [classes] for a single example.</param>
    /// <param name="targets">The class of each example [n, …], or a single one.</param>
    /// <param name="reduction">Mean, sum, or a loss each.</param>
    /// <param name="ignoreIndex">A target that takes no part.</param>
    /// <param name="weight">w [classes]: what each class counts; null for 1. It does not learn.</param>
    /// <param name="labelSmoothing">s: the share of a target spread over all classes.  (Szegedy et al. 2016.)</param>
    /// <exception cref="ArgumentException">The shapes do not fit together.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A target is not a class, or the smoothing not a share.</exception>
    public static Tensor CrossEntropy(Tensor logits, Indices targets, Reduction reduction = Reduction.Mean, long ignoreIndex = -100,
        Tensor? weight = null, float labelSmoothing = 0)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(targets);
        Require.InRange(labelSmoothing is >= 0 and <= 1, $"CrossEntropy: label smoothing {labelSmoothing}; it is a share, from 0 to 1",
            nameof(labelSmoothing));
        var plan = new ClassTargets("CrossEntropy", logits.Shape, targets, ignoreIndex, weight, labelSmoothing, reduction);
        Tensor rows = ClassesLast(logits);
        var softmax = new RowSoftmax[plan.Count];
        var losses = new float[plan.Count];
        Workers.For(plan.Count, plan.Grain, new CrossEntropyRows(plan, rows, softmax, losses));
        return Tensor.Record(plan.Reduced(losses), (plan, x: rows, softmax), (rows, static (g, kept) =>
        {
            Tensor dx = Tensor.Empty(kept.plan.Count, kept.plan.Classes);
            Workers.For(kept.plan.Count, kept.plan.Grain, new CrossEntropyGradient(kept.plan, kept.x, kept.softmax, g, dx));
            return dx;
        }));
    }

    /// <summary>
    /// Cross entropy of logits x with probabilities t: ℓ = −Σ w[c]·((1 − s)·t[c] + s/C)·log p[c], p = softmax(x). The mean is over the
    /// examples.
    /// </summary>
    /// <param name="logits">Scores before softmax [n, classes, …], or [classes] for a single example.</param>
    /// <param name="probabilities">t, of the same shape; not negative. They need not sum to 1.</param>
    /// <param name="reduction">Mean, sum, or a loss each.</param>
    /// <param name="weight">w [classes]: what each class counts; null for 1.</param>
    /// <param name="labelSmoothing">s: the share of a target spread over all classes.</param>
    /// <exception cref="ArgumentException">The shapes do not fit together.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A probability is negative or NaN, or the smoothing not a share.</exception>
    public static Tensor CrossEntropy(Tensor logits, Tensor probabilities, Reduction reduction = Reduction.Mean, Tensor? weight = null,
        float labelSmoothing = 0)
    {
        SameShape(logits, probabilities, "CrossEntropy", nameof(logits), nameof(probabilities));
        Require.That(logits.Rank >= 1, $"CrossEntropy: logits {logits.Shape}; they are [n, classes, …] or [classes]", nameof(logits));
        Require.InRange(labelSmoothing is >= 0 and <= 1, $"CrossEntropy: label smoothing {labelSmoothing}; it is a share, from 0 to 1",
            nameof(labelSmoothing));
        for (int i = 0; i < probabilities.Count; i++)
            Require.InRange(probabilities.Span[i] >= 0,
                $"CrossEntropy: probability {probabilities.Span[i]} at flat place {i}; probabilities are not negative",
                nameof(probabilities));
        int dim = logits.Rank == 1 ? 0 : 1;
        long classes = logits.Shape[dim];
        CheckWeight(weight, classes, "CrossEntropy");
        Tensor wanted = labelSmoothing == 0 ? probabilities : probabilities * (1 - labelSmoothing) + labelSmoothing / classes;
        if (weight is not null) wanted *= weight.Reshape([classes, .. Enumerable.Repeat(1L, logits.Rank - dim - 1)]);
        Tensor losses = -(logits.LogSoftmax(dim) * wanted).Sum(dim);
        return Reduce(losses, reduction);
    }

    /// <summary>
    /// Negative log-likelihood: ℓ = −w[y]·x[y]; dx[y] = −g·w[y]. The mean is over the weights of the targets that are not ignored.
    /// </summary>
    /// <param name="logProbabilities">x: log-probabilities [n, classes, …], or [classes] for a single example.</param>
    /// <param name="targets">The class of each example [n, …], or a single one.</param>
    /// <param name="reduction">Mean, sum, or a loss each.</param>
    /// <param name="ignoreIndex">A target that takes no part.</param>
    /// <param name="weight">w [classes]: what each class counts; null for 1. It does not learn.</param>
    /// <exception cref="ArgumentException">The shapes do not fit together.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A target is not a class.</exception>
    public static Tensor NegativeLogLikelihood(Tensor logProbabilities, Indices targets, Reduction reduction = Reduction.Mean,
        long ignoreIndex = -100, Tensor? weight = null)
    {
        ArgumentNullException.ThrowIfNull(logProbabilities);
        ArgumentNullException.ThrowIfNull(targets);
        var plan = new ClassTargets("NegativeLogLikelihood", logProbabilities.Shape, targets, ignoreIndex, weight, 0, reduction);
        Tensor rows = ClassesLast(logProbabilities);
        var losses = new float[plan.Count];
        for (int i = 0; i < losses.Length; i++)
            if (plan.WeightOf(i) is { } w) losses[i] = -w * rows.Span[i * plan.Classes + (int)targets.Span[i]];
        return Tensor.Record(plan.Reduced(losses), plan, (rows, static (g, plan) =>
        {
            Tensor dx = Tensor.Zeros(plan.Count, plan.Classes);
            for (int i = 0; i < plan.Count; i++)
                if (plan.WeightOf(i) is { } w) dx.WritableSpan[i * plan.Classes + (int)plan.Targets.Span[i]] = -w * plan.Upstream(g, i);
            return dx;
        }));
    }

    /// <summary>Class scores with one example a row: [n, classes, …] → [n · …, classes].</summary>
    static Tensor ClassesLast(Tensor x) => x.Rank switch
    {
        1 => x.Reshape(1, x.Count),
        2 => x,
        _ => x.Reshape(x.Shape[0], x.Shape[1], -1).Transpose(1, 2).Reshape(-1, x.Shape[1]),
    };

    static void CheckWeight(Tensor? weight, long classes, string operation) =>
        Require.That(weight is null || (weight.Rank == 1 && weight.Count == classes),
            $"{operation}: weight {weight?.Shape} for {classes} classes; it is [{classes}]", nameof(weight));

    /// <summary>Targets that are classes: checked, weighted, and reduced in one way for all losses that take them.</summary>
    sealed class ClassTargets : IHoldsNoInput
    {
        readonly Shape _shape;
        readonly long _ignoreIndex;
        readonly Tensor? _weight;
        readonly Reduction _reduction;
        readonly double _total;

        public ClassTargets(string operation, Shape logits, Indices targets, long ignoreIndex, Tensor? weight, float smoothing,
            Reduction reduction)
        {
            bool fits = logits.Rank == 1 ? targets.Shape.Rank == 0 : logits.Rank >= 2 && targets.Shape == logits.Without(1);
            Require.That(fits, $"{operation}: logits {logits} and targets {targets.Shape}; give [n, classes, …] and [n, …], or "
                + $"[classes] and a single target", nameof(targets));
            Classes = (int)logits.Sizes[logits.Rank == 1 ? 0 : 1];
            CheckWeight(weight, Classes, operation);
            (Targets, Smoothing, _shape, _ignoreIndex, _weight, _reduction) =
                (targets, smoothing, targets.Shape, ignoreIndex, weight, reduction);
            SumOfWeights = weight is null ? Classes : (float)Sum(weight.Span);
            for (int i = 0; i < Count; i++)
            {
                long target = targets.Span[i];
                Require.InRange(target == ignoreIndex || (ulong)target < (ulong)Classes,
                    $"{operation}: target {target} at {targets.Describe(i)} is not one of {Classes} classes; targets run from 0 to "
                        + $"{Classes - 1}", nameof(targets));
                _total += WeightOf(i) ?? 0;
            }
            if (reduction == Reduction.BatchMean) _total = Math.Max(1, logits.Rank == 1 ? 1 : logits.Sizes[0]);
        }

        public Indices Targets { get; }

        public int Classes { get; }

        public int Count => (int)Targets.Count;

        /// <summary>Rows that are worth a thread.</summary>
        public long Grain => 16_384 / Math.Max(1, Classes) + 1;

        public float Smoothing { get; }

        public float SumOfWeights { get; }

        /// <summary>w[y] of an example; null where its target is ignored.</summary>
        public float? WeightOf(int i) => Targets.Span[i] == _ignoreIndex ? null : _weight is null ? 1 : _weight.Span[(int)Targets.Span[i]];

        float WeightOfClass(int c) => _weight is null ? 1 : _weight.Span[c];

        /// <summary>Σ w[c]·(x[c] − m).</summary>
        public float SumBelow(ReadOnlySpan<float> x, float largest)
        {
            // In double: Σ w·x and m·Σ w are large numbers with a small difference.
            double sum = 0;
            for (int c = 0; c < x.Length; c++) sum += WeightOfClass(c) * ((double)x[c] - largest);
            return (float)sum;
        }

        /// <summary>into[c] ← into[c] + a·w[c].</summary>
        public void AddWeights(float a, Span<float> into)
        {
            if (_weight is null) Lanes.Zip<Add>(into, [a], into);
            else RowMath.AddScaled(_weight.Span, a, into);
        }

        public Tensor Reduced(float[] losses) => _reduction switch
        {
            Reduction.None => Tensor.Over(losses, _shape.Sizes),
            Reduction.Sum => (float)Sum(losses),
            _ => (float)(Sum(losses) / _total),
        };

        /// <summary>The gradient that reaches an example's loss.</summary>
        public float Upstream(Tensor g, int i) => _reduction switch
        {
            Reduction.None => g.Span[i],
            Reduction.Sum => g.Span[0],
            _ => (float)(g.Span[0] / _total),
        };

        // In double: a mean over many small losses keeps its digits, whatever their order.
        static double Sum(ReadOnlySpan<float> values)
        {
            double sum = 0;
            foreach (float value in values) sum += value;
            return sum;
        }
    }

    /// <summary>All of a row's softmax that is kept:  p = s·eˣ⁻ᵐ.</summary>
    readonly record struct RowSoftmax(float Largest, float Scale);

    readonly struct CrossEntropyRows(ClassTargets plan, Tensor x, RowSoftmax[] softmax, float[] losses) : IRangeBody
    {
        public void Run(long from, long to)
        {
            int classes = plan.Classes;
            for (int i = (int)from; i < to; i++)
            {
                if (plan.WeightOf(i) is not { } w) continue;
                ReadOnlySpan<float> row = x.Span.Slice(i * classes, classes);
                float largest = RowMath.Largest(row), sum = Lanes.Sum(new ShiftedExp(largest), row), log = MathF.Log(sum);
                softmax[i] = new RowSoftmax(largest, 1 / sum);
                losses[i] = (1 - plan.Smoothing) * w * (largest - row[(int)plan.Targets.Span[i]] + log);
                if (plan.Smoothing > 0) losses[i] -= plan.Smoothing / classes * (plan.SumBelow(row, largest) - plan.SumOfWeights * log);
            }
        }
    }

    readonly struct CrossEntropyGradient(ClassTargets plan, Tensor x, RowSoftmax[] softmax, Tensor g, Tensor dx) : IRangeBody
    {
        public void Run(long from, long to)
        {
            int classes = plan.Classes;
            for (int i = (int)from; i < to; i++)
            {
                Span<float> row = dx.WritableMemory.Span.Slice(i * classes, classes);
                if (plan.WeightOf(i) is not { } w)
                {
                    row.Clear();
                    continue;
                }
                float upstream = plan.Upstream(g, i), hard = upstream * (1 - plan.Smoothing) * w,
                soft = upstream * plan.Smoothing / classes;
                Lanes.Map(new ShiftedExp(softmax[i].Largest, softmax[i].Scale * (hard + soft * plan.SumOfWeights)),
                    x.Span.Slice(i * classes, classes), row);
                row[(int)plan.Targets.Span[i]] -= hard;
                if (plan.Smoothing > 0) plan.AddWeights(-soft, row);
            }
        }
    }
}
