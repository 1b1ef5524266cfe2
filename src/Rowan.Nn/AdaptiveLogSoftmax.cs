using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>What an adaptive softmax says of given classes.</summary>
/// <param name="LogProbabilities">log p of each target [n].</param>
/// <param name="Loss">Their negative mean.</param>
public sealed record AdaptiveResult(Tensor LogProbabilities, Tensor Loss);

/// <summary>
/// A softmax over many classes, ordered by falling frequency: the frequent ones score in full, the others in clusters, each through a
/// smaller projection, and the head scores a cluster as one class: log p(c) = log p(cluster) + log p(c | cluster). (Grave et al. 2017.)
/// </summary>
/// <remarks>PyTorch's <c>AdaptiveLogSoftmaxWithLoss</c>, with its names ("head.weight", "tail.0.0.weight") and draws.</remarks>
public sealed class AdaptiveLogSoftmax : Module
{
    readonly int[] _cutoffs;

    /// <param name="inputs">Values of an input.</param>
    /// <param name="classes">Classes; class 0 the most frequent.</param>
    /// <param name="cutoffs">Where clusters end: the first [0, cutoffs[0]) scores in full; rising, each from 1 to classes − 1.</param>
    /// <param name="divisor">By what the projection of each further cluster is narrower.</param>
    /// <param name="headBias">Whether the head has a bias.</param>
    /// <param name="rng">Where the weights are drawn from; null for a generator seeded by the system, different in every run.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or the cutoffs do not rise within the classes.</exception>
    public AdaptiveLogSoftmax(int inputs, int classes, IReadOnlyList<int> cutoffs, float divisor = 4, bool headBias = false,
        Rng? rng = null)
    {
        ArgumentNullException.ThrowIfNull(cutoffs);
        Require.InRange(cutoffs.Count > 0, $"AdaptiveLogSoftmax: no cutoffs; there is at least one", nameof(cutoffs));
        for (int i = 0; i < cutoffs.Count; i++)
            Require.InRange(cutoffs[i] > (i == 0 ? 0 : cutoffs[i - 1]) && cutoffs[i] < classes,
                $"AdaptiveLogSoftmax: cutoff {cutoffs[i]} at [{i}]; cutoffs rise from 1 to {classes - 1}", nameof(cutoffs));
        Require.InRange(divisor > 0, $"AdaptiveLogSoftmax: divisor {divisor}; it is positive", nameof(divisor));
        rng ??= Init.FromSystem();
        (Classes, _cutoffs) = (classes, [.. cutoffs, classes]);
        Head = new Linear(inputs, _cutoffs[0] + cutoffs.Count, headBias, rng);
        Tail = new ModuleList<Sequential>();
        for (int i = 0; i < cutoffs.Count; i++)
        {
            int width = (int)(inputs / Math.Pow(divisor, i + 1));
            Require.InRange(width > 0,
                $"AdaptiveLogSoftmax: cluster {i} projects {inputs} inputs to {width} values; lower the divisor {divisor}, or take "
                + $"fewer cutoffs", nameof(divisor));
            Tail.Add(new Sequential(new Linear(inputs, width, bias: false, rng),
                new Linear(width, _cutoffs[i + 1] - _cutoffs[i], bias: false, rng)));
        }
    }

    /// <summary>Classes.</summary>
    public int Classes { get; }

    /// <summary>Scores the frequent classes and the clusters.</summary>
    public Linear Head { get; }

    /// <summary>Scores the classes of each cluster.</summary>
    public ModuleList<Sequential> Tail { get; }

    /// <summary>
    /// Log-probabilities of given classes, and the loss. Only the clusters that occur are scored. Shapes: input [n, inputs], targets [n].
    /// </summary>
    /// <exception cref="ArgumentException">The shapes do not fit together.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A target is not a class.</exception>
    public AdaptiveResult Forward(Tensor input, Indices targets)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(targets);
        Require.That(input.Rank == 2 && targets.Shape.Rank == 1 && input.Shape[0] == targets.Count,
            $"AdaptiveLogSoftmax: input {input.Shape} and targets {targets.Shape}; they are [n, {Head.Weight.Shape[1]}] and [n]",
            nameof(targets));
        int n = (int)targets.Count, first = _cutoffs[0];
        for (int i = 0; i < n; i++)
            Require.InRange((ulong)targets.Span[i] < (ulong)Classes,
                $"AdaptiveLogSoftmax: target {targets.Span[i]} at [{i}] is not one of {Classes} classes", nameof(targets));
        long[] inHead = [.. targets.Select(target => target < first ? target : first + Cluster(target))];
        Tensor logProbabilities = Head.Forward(input).LogSoftmax(1).Gather(1, Indices.From(inHead, n, 1)).Reshape(n);
        for (int c = 0; c < Tail.Count; c++)
        {
            long[] rows = [.. Enumerable.Range(0, n).Where(i => targets.Span[i] >= first && Cluster(targets.Span[i]) == c)
                .Select(i => (long)i)];
            if (rows.Length == 0) continue;
            long[] within = [.. rows.Select(row => targets.Span[(int)row] - _cutoffs[c])];
            Tensor part = Tail[c].Forward(input.IndexSelect(0, rows)).LogSoftmax(1).Gather(1, Indices.From(within, rows.Length, 1))
                .Reshape(rows.Length);
            logProbabilities += Placed(part, rows, n);
        }
        return new AdaptiveResult(logProbabilities, -logProbabilities.Mean());
    }

    /// <summary>Log-probabilities of all classes.  Shapes: input [n, inputs] → [n, classes].</summary>
    public Tensor LogProbabilities(Tensor input)
    {
        int first = _cutoffs[0];
        Tensor head = Head.Forward(input).LogSoftmax(1);
        var parts = new List<Tensor> { head.Slice(1, 0, first) };
        for (int c = 0; c < Tail.Count; c++) parts.Add(Tail[c].Forward(input).LogSoftmax(1) + head.Slice(1, first + c, 1));
        return Ops.Concat(parts, 1);
    }

    /// <summary>The likeliest class of each input.  Shapes: [n, inputs] → [n].</summary>
    public Indices Predict(Tensor input) => LogProbabilities(input).ArgMax(1);

    int Cluster(long target)
    {
        int cluster = 0;
        while (target >= _cutoffs[cluster + 1]) cluster++;
        return cluster;
    }

    /// <summary>Values [m] at rows of [n], zeros elsewhere: an index select turned round.</summary>
    static Tensor Placed(Tensor part, long[] rows, int n)
    {
        Tensor into = Tensor.Zeros(n);
        for (int i = 0; i < rows.Length; i++) into.WritableSpan[(int)rows[i]] = part.Span[i];
        return Tensor.Record(into, rows, (part, static (g, rows) => g.IndexSelect(0, rows)));
    }
}
