using System.Buffers;
using Rowan.Numerics;

namespace Rowan;

public static partial class Losses
{
    /// <summary>
    /// In-batch negatives: each query should find its own key among all keys of the batch.  With scores sᵢⱼ = qᵢ·kⱼ / τ − log pⱼ:
    /// ℓᵢ = −log softmax(sᵢ)ᵢ. (Yi et al. 2019: without the correction, frequent keys are pushed away too often, because they are drawn
    /// as negatives too often.)
    /// </summary>
    /// <param name="queries">q [n, dim].</param>
    /// <param name="keys">k [n, dim]: key i belongs to query i.</param>
    /// <param name="temperature">τ.</param>
    /// <param name="logFrequency">log pⱼ [n]: the logarithm of how often each key is drawn; null for no correction.</param>
    /// <param name="ids">Which thing each key is [n]: a key of the same thing as the query's own is no negative; null where all
    /// differ.</param>
    /// <param name="reduction">Mean, sum, or a loss each.</param>
    /// <exception cref="ArgumentException">The shapes do not fit together.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The temperature is not positive.</exception>
    public static Tensor InBatchNegatives(Tensor queries, Tensor keys, float temperature = 1, Tensor? logFrequency = null,
        Indices? ids = null, Reduction reduction = Reduction.Mean)
    {
        SameShape(queries, keys, "InBatchNegatives", nameof(queries), nameof(keys));
        Require.That(queries.Rank == 2, $"InBatchNegatives: queries {queries.Shape}; they are [n, dim]", nameof(queries));
        Require.InRange(temperature > 0, $"InBatchNegatives: temperature {temperature}; it is positive", nameof(temperature));
        int n = (int)queries.Shape[0];
        Require.That(logFrequency is null || logFrequency.Shape == new Shape(n),
            $"InBatchNegatives: log frequency {logFrequency?.Shape} for {n} keys", nameof(logFrequency));
        Require.That(ids is null || ids.Shape == new Shape(n), $"InBatchNegatives: ids {ids?.Shape} for {n} keys", nameof(ids));
        Tensor scores = queries.MatMulTransposed(keys) / temperature;
        if (logFrequency is not null) scores -= logFrequency;
        if (ids is not null) scores = scores.MaskedFill(OthersOfTheSame(ids.Span), float.NegativeInfinity);
        return CrossEntropy(scores, Enumerable.Range(0, n).ToArray(), reduction);
    }

    /// <summary>
    /// InfoNCE over cosines: ℓᵢ = −log( e^(cos(qᵢ, kᵢ)/τ) / Σⱼ e^(cos(qᵢ, kⱼ)/τ) ), the sum over all keys of the batch, or over the own
    /// key and given negatives. (van den Oord, Li, Vinyals 2018.)
    /// </summary>
    /// <param name="queries">q [n, dim]; normalized here.</param>
    /// <param name="keys">k [n, dim]: key i belongs to query i; normalized here.</param>
    /// <param name="negatives">Keys that belong to none [m, dim], for all queries, or [n, m, dim], for each its own; null for the batch's
    /// other keys.</param>
    /// <param name="temperature">τ.</param>
    /// <param name="reduction">Mean, sum, or a loss each.</param>
    /// <exception cref="ArgumentException">The shapes do not fit together.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The temperature is not positive.</exception>
    public static Tensor InfoNce(Tensor queries, Tensor keys, Tensor? negatives = null, float temperature = 0.1f,
        Reduction reduction = Reduction.Mean)
    {
        SameShape(queries, keys, "InfoNce", nameof(queries), nameof(keys));
        Require.That(queries.Rank == 2, $"InfoNce: queries {queries.Shape}; they are [n, dim]", nameof(queries));
        Require.InRange(temperature > 0, $"InfoNce: temperature {temperature}; it is positive", nameof(temperature));
        (Tensor q, Tensor k) = (queries.Normalize(), keys.Normalize());
        if (negatives is null) return InBatchNegatives(q, k, temperature, reduction: reduction);
        (long n, long dim) = (q.Shape[0], q.Shape[1]);
        Require.That(negatives.Rank is 2 or 3 && negatives.Shape[^1] == dim && (negatives.Rank == 2 || negatives.Shape[0] == n),
            $"InfoNce: negatives {negatives.Shape}; they are [m, {dim}], or [{n}, m, {dim}]", nameof(negatives));
        Tensor others = negatives.Normalize();
        Tensor wrong = others.Rank == 2 ? q.MatMulTransposed(others) : q.Unsqueeze(1).MatMulTransposed(others).Squeeze(1);
        Tensor scores = Ops.Concat([(q * k).Sum(1, keepDim: true), wrong], 1) / temperature;
        return CrossEntropy(scores, new long[n], reduction);
    }

    /// <summary>Bayesian personalized ranking:  ℓ = −log σ(s⁺ − s⁻).  (Rendle et al. 2009.)</summary>
    /// <param name="positive">s⁺: scores of what was chosen, of any shape.</param>
    /// <param name="negative">s⁻: scores of what was not, of a shape that broadcasts: [n, 1] and [n, k] for k negatives each.</param>
    /// <param name="reduction">Mean, sum, or a loss each.</param>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public static Tensor BayesianPersonalizedRanking(Tensor positive, Tensor negative, Reduction reduction = Reduction.Mean)
    {
        ArgumentNullException.ThrowIfNull(positive);
        ArgumentNullException.ThrowIfNull(negative);
        return Reduce(-(positive - negative).LogSigmoid(), reduction);
    }

    /// <summary>
    /// Negative sampling: ℓᵢ = −log σ(sᵢ⁺) − Σₖ log σ(−sᵢₖ⁻). (Mikolov et al. 2013.) Draw the negatives with an <see cref="AliasTable"/>.
    /// </summary>
    /// <param name="positive">s⁺ [n]: scores of what belongs together.</param>
    /// <param name="negative">s⁻ [n, k]: scores of what was drawn.</param>
    /// <param name="reduction">Mean, sum, or a loss each [n].</param>
    /// <exception cref="ArgumentException">The shapes do not fit together.</exception>
    public static Tensor NegativeSampling(Tensor positive, Tensor negative, Reduction reduction = Reduction.Mean)
    {
        ArgumentNullException.ThrowIfNull(positive);
        ArgumentNullException.ThrowIfNull(negative);
        Require.That(positive.Rank == 1 && negative.Rank == 2 && positive.Shape[0] == negative.Shape[0],
            $"NegativeSampling: positive {positive.Shape} and negative {negative.Shape}; they are [n] and [n, k]", nameof(negative));
        return Reduce(-positive.LogSigmoid() - (-negative).LogSigmoid().Sum(1), reduction);
    }

    /// <summary>
    /// Sampled softmax: the softmax over a few drawn classes stands for the one over all. With s = x·w + b − log(m·Q), Q how likely a
    /// class is drawn: ℓ = −log softmax over the own and the m drawn classes; a drawn class that is the own takes no part. (Jean et al.
    /// 2015.)
    /// </summary>
    /// <param name="own">Scores of the own classes [n].</param>
    /// <param name="drawn">Scores of the drawn classes [n, m], the same m for all examples.</param>
    /// <param name="targets">The own classes [n].</param>
    /// <param name="samples">The drawn classes [m].</param>
    /// <param name="probability">Q of a class: <see cref="AliasTable.Probability"/>.</param>
    /// <param name="reduction">Mean, sum, or a loss each.</param>
    /// <exception cref="ArgumentException">The shapes do not fit together.</exception>
    public static Tensor SampledSoftmax(Tensor own, Tensor drawn, Indices targets, Indices samples, Func<long, double> probability,
        Reduction reduction = Reduction.Mean)
    {
        ArgumentNullException.ThrowIfNull(own);
        ArgumentNullException.ThrowIfNull(drawn);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(probability);
        (long n, long m) = (targets.Count, samples.Count);
        Require.That(own.Shape == new Shape(n) && drawn.Shape == new Shape(n, m) && targets.Shape.Rank == 1 && samples.Shape.Rank == 1,
            $"SampledSoftmax: own scores {own.Shape}, drawn scores {drawn.Shape}, targets {targets.Shape} and samples {samples.Shape}; "
                + $"they are [n], [n, m], [n] and [m]", nameof(drawn));
        float[] expected = [.. targets.Span.ToArray().Select(Expected)], offsets = [.. samples.Span.ToArray().Select(Expected)];
        long[] hits = Hits(targets.Span, samples.Span);
        Tensor logs = Tensor.Empty(n), first = own - Tensor.Over(expected, n);
        Workers.For(n, RowGrain(drawn), new LogSumRows(drawn, first, offsets, hits, logs));
        Tensor losses = Tensor.Record(logs, (drawn, first, offsets, hits, logs: logs.Alias()),
            (first, static (g, kept) => g * (kept.first - kept.logs).Exp()),
            (drawn, static (g, kept) =>
            {
                Tensor dx = Tensor.Empty(kept.drawn.Shape.Sizes);
                Workers.For(g.Count, RowGrain(dx), new LogSumGradient(g, kept.drawn, kept.offsets, kept.hits, kept.logs, dx));
                return dx;
            }));
        return Reduce(losses - first, reduction);

        float Expected(long id) => (float)Math.Log(m * probability(id));
    }

    /// <summary>Flat indices [n, m], ascending, where a sample is the row's own target.</summary>
    static long[] Hits(ReadOnlySpan<long> targets, ReadOnlySpan<long> samples)
    {
        var drawn = new Dictionary<long, List<int>>();
        for (int j = 0; j < samples.Length; j++)
        {
            if (!drawn.TryGetValue(samples[j], out List<int>? at)) drawn.Add(samples[j], at = []);
            at.Add(j);
        }
        var hits = new List<long>();
        for (int i = 0; i < targets.Length; i++)
            if (drawn.TryGetValue(targets[i], out List<int>? at))
                foreach (int j in at) hits.Add((long)i * samples.Length + j);
        return [.. hits];
    }

    /// <summary>log(e^first + Σ e^(x − offset)) of each row, without the hits.</summary>
    readonly struct LogSumRows(Tensor x, Tensor first, float[] offsets, long[] hits, Tensor logs) : IRangeBody
    {
        public void Run(long from, long to)
        {
            float[] rented = ArrayPool<float>.Shared.Rent(offsets.Length);
            Span<float> shifted = rented.AsSpan(0, offsets.Length), into = logs.WritableMemory.Span;
            for (long row = from; row < to; row++)
            {
                Lanes.Zip<Subtract>(RowOf(x, row), offsets, shifted);
                Fill(shifted, hits, row, float.NegativeInfinity);
                float own = first.Span[(int)row], largest = MathF.Max(own, RowMath.Largest(shifted));
                into[(int)row] = largest + MathF.Log(MathF.Exp(own - largest) + Lanes.Sum(new ShiftedExp(largest), shifted));
            }
            ArrayPool<float>.Shared.Return(rented);
        }
    }

    /// <summary>dx = g·e^(x − offset − log), 0 for the hits.</summary>
    readonly struct LogSumGradient(Tensor g, Tensor x, float[] offsets, long[] hits, Tensor logs, Tensor dx) : IRangeBody
    {
        public void Run(long from, long to)
        {
            int width = offsets.Length;
            for (long row = from; row < to; row++)
            {
                Span<float> into = dx.WritableMemory.Span.Slice((int)row * width, width);
                Lanes.Zip<Subtract>(RowOf(x, row), offsets, into);
                Lanes.Map(new ShiftedExp(logs.Span[(int)row], g.Span[(int)row]), into, into);
                Fill(into, hits, row, 0);
            }
        }
    }

    /// <summary>Fills a row at those of the ascending flat indices that are in it.</summary>
    static void Fill(Span<float> x, long[] at, long row, float value)
    {
        long start = row * x.Length;
        int i = Array.BinarySearch(at, start);
        for (i = i < 0 ? ~i : i; i < at.Length && at[i] < start + x.Length; i++) x[(int)(at[i] - start)] = value;
    }

    /// <summary>Mask [n, n], true where two different places have the same id.</summary>
    static Mask OthersOfTheSame(ReadOnlySpan<long> ids)
    {
        var same = new bool[checked(ids.Length * ids.Length)];
        for (int i = 0; i < ids.Length; i++)
            for (int j = 0; j < ids.Length; j++) same[i * ids.Length + j] = ids[i] == ids[j] && i != j;
        return Mask.From(same, ids.Length, ids.Length);
    }
}
