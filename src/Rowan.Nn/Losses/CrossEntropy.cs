using Rowan.Numerics;

namespace Rowan;

public static partial class Losses
{
    /// <summary>
    /// Cross entropy of logits against classes:  ℓᵢ = log Σⱼ e^xᵢⱼ − x[i, targetᵢ];  dxᵢⱼ = gᵢ·(softmax(xᵢ)ⱼ − [j = targetᵢ]).
    /// </summary>
    /// <remarks>The mean is over the targets that are not ignored; when all are, it is NaN and the gradient zero, as in PyTorch.</remarks>
    /// <param name="logits">Scores before softmax [n, classes], or [classes] for a single example.</param>
    /// <param name="targets">The class of each example [n], or a single one.</param>
    /// <param name="reduction">Mean, sum, or a loss each [n].</param>
    /// <param name="ignoreIndex">A target that takes no part.</param>
    /// <exception cref="ArgumentException">The shapes do not fit together.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A target is not a class.</exception>
    public static Tensor CrossEntropy(Tensor logits, Indices targets, Reduction reduction = Reduction.Mean, long ignoreIndex = -100)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(targets);
        bool single = logits.Rank == 1 && targets.Shape.Rank == 0;
        Require.That(single || (logits.Rank == 2 && targets.Shape.Rank == 1 && logits.Shape[0] == targets.Count),
            $"CrossEntropy: logits {logits.Shape} and targets {targets.Shape}; give [n, classes] and [n]", nameof(targets));
        int classes = (int)logits.Shape[^1], n = (int)targets.Count;
        int counted = 0;
        for (int i = 0; i < n; i++)
        {
            long target = targets.Span[i];
            if (target == ignoreIndex) continue;
            counted++;
            Require.InRange((ulong)target < (ulong)classes,
                $"CrossEntropy: target {target} at [{i}] is not one of {classes} classes; targets run from 0 to {classes - 1}", nameof(targets));
        }

        var logProbabilities = Ops.LogSoftmax(logits.Detach(), -1);
        var losses = new float[n];
        for (int i = 0; i < n; i++)
            if (targets.Span[i] != ignoreIndex) losses[i] = -logProbabilities.Span[i * classes + (int)targets.Span[i]];
        Tensor value = reduction switch
        {
            Reduction.Mean => (float)(Sum(losses) / counted),
            Reduction.Sum => (float)Sum(losses),
            _ => Tensor.Over(losses, single ? [] : [n]),
        };
        float share = reduction == Reduction.Mean && counted > 0 ? 1f / counted : 1;
        return Tensor.Record(value, (logProbabilities, targets, ignoreIndex, share), (logits, static (g, kept) =>
        {
            var dx = new float[kept.logProbabilities.Count];
            Workers.For(kept.targets.Count, Math.Max(1, 16_384 / kept.logProbabilities.Shape[^1]),
                new CrossEntropyGradient(kept.logProbabilities, kept.targets, kept.ignoreIndex, kept.share, g, dx));
            return Tensor.Over(dx, kept.logProbabilities.Shape.Sizes);
        }));
    }

    /// <summary>One row of dx = g·(softmax(x) − one-hot(target)).</summary>
    readonly struct CrossEntropyGradient(Tensor logProbabilities, Indices targets, long ignoreIndex, float share, Tensor g, float[] dx) : IRangeBody
    {
        public void Run(long from, long to)
        {
            int classes = (int)logProbabilities.Shape[^1];
            for (int i = (int)from; i < to; i++)
            {
                long target = targets.Span[i];
                if (target == ignoreIndex) continue;
                Span<float> row = dx.AsSpan(i * classes, classes);
                Lanes.Map<Exp>(logProbabilities.Span.Slice(i * classes, classes), row);
                row[(int)target] -= 1;
                RowMath.Scale(row, share * g.Span[g.Count == 1 ? 0 : i]);
            }
        }
    }

    // In double: a mean over many small losses keeps its digits, whatever their order.
    static double Sum(ReadOnlySpan<float> losses)
    {
        double sum = 0;
        foreach (float loss in losses) sum += loss;
        return sum;
    }
}
