using Rowan.Numerics;

namespace Rowan;

public static partial class Losses
{
    /// <summary>
    /// In-batch negatives: each query should find its own key among all keys of the batch.  With scores sᵢⱼ = qᵢ·kⱼ / τ − log pⱼ:
    /// ℓᵢ = −log softmax(sᵢ)ᵢ.  (Yi et al. 2019: without the correction, frequent keys are pushed away too often, because they are drawn as negatives too often.)
    /// </summary>
    /// <param name="queries">q [n, dim].</param>
    /// <param name="keys">k [n, dim]: key i belongs to query i.</param>
    /// <param name="temperature">τ.</param>
    /// <param name="logFrequency">log pⱼ [n]: the logarithm of how often each key is drawn; null for no correction.</param>
    /// <param name="ids">Which thing each key is [n]: a key of the same thing as the query's own is no negative; null where all differ.</param>
    /// <param name="reduction">Mean, sum, or a loss each.</param>
    /// <exception cref="ArgumentException">The shapes do not fit together.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The temperature is not positive.</exception>
    public static Tensor InBatchNegatives(Tensor queries, Tensor keys, float temperature = 1, Tensor? logFrequency = null, Indices? ids = null, Reduction reduction = Reduction.Mean)
    {
        SameShape(queries, keys, "InBatchNegatives", nameof(queries), nameof(keys));
        Require.That(queries.Rank == 2, $"InBatchNegatives: queries {queries.Shape}; they are [n, dim]", nameof(queries));
        Require.InRange(temperature > 0, $"InBatchNegatives: temperature {temperature}; it is positive", nameof(temperature));
        int n = (int)queries.Shape[0];
        Require.That(logFrequency is null || logFrequency.Shape == new Shape(n), $"InBatchNegatives: log frequency {logFrequency?.Shape} for {n} keys", nameof(logFrequency));
        Require.That(ids is null || ids.Shape == new Shape(n), $"InBatchNegatives: ids {ids?.Shape} for {n} keys", nameof(ids));
        Tensor scores = queries.MatMulTransposed(keys) / temperature;
        if (logFrequency is not null) scores -= logFrequency;
        if (ids is not null) scores = scores.MaskedFill(Hits(ids.Span, ids.Span, ownIsNone: true), float.NegativeInfinity);
        return CrossEntropy(scores, Enumerable.Range(0, n).ToArray(), reduction);
    }

    /// <summary>
    /// InfoNCE over cosines:  ℓᵢ = −log( e^(cos(qᵢ, kᵢ)/τ) / Σⱼ e^(cos(qᵢ, kⱼ)/τ) ), the sum over all keys of the batch, or over the own key and given negatives.
    /// (van den Oord, Li, Vinyals 2018.)
    /// </summary>
    /// <param name="queries">q [n, dim]; normalized here.</param>
    /// <param name="keys">k [n, dim]: key i belongs to query i; normalized here.</param>
    /// <param name="negatives">Keys that belong to none [m, dim], for all queries, or [n, m, dim], for each its own; null for the batch's other keys.</param>
    /// <param name="temperature">τ.</param>
    /// <param name="reduction">Mean, sum, or a loss each.</param>
    /// <exception cref="ArgumentException">The shapes do not fit together.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The temperature is not positive.</exception>
    public static Tensor InfoNce(Tensor queries, Tensor keys, Tensor? negatives = null, float temperature = 0.1f, Reduction reduction = Reduction.Mean)
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

    /// <summary>Negative sampling:  ℓᵢ = −log σ(sᵢ⁺) − Σₖ log σ(−sᵢₖ⁻).  (Mikolov et al. 2013.)  Draw the negatives with an <see cref="AliasTable"/>.</summary>
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
    /// Sampled softmax: the softmax over a few drawn classes stands for the one over all.  With s = x·w + b − log(m·Q), Q how likely a class is drawn:
    /// ℓ = −log softmax over the own and the m drawn classes; a drawn class that is the own takes no part.  (Jean et al. 2015.)
    /// </summary>
    /// <param name="own">Scores of the own classes [n].</param>
    /// <param name="drawn">Scores of the drawn classes [n, m], the same m for all examples.</param>
    /// <param name="targets">The own classes [n].</param>
    /// <param name="samples">The drawn classes [m].</param>
    /// <param name="probability">Q of a class: <see cref="AliasTable.Probability"/>.</param>
    /// <param name="reduction">Mean, sum, or a loss each.</param>
    /// <exception cref="ArgumentException">The shapes do not fit together.</exception>
    public static Tensor SampledSoftmax(Tensor own, Tensor drawn, Indices targets, Indices samples, Func<long, double> probability, Reduction reduction = Reduction.Mean)
    {
        ArgumentNullException.ThrowIfNull(own);
        ArgumentNullException.ThrowIfNull(drawn);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(probability);
        (long n, long m) = (targets.Count, samples.Count);
        Require.That(own.Shape == new Shape(n) && drawn.Shape == new Shape(n, m) && targets.Shape.Rank == 1 && samples.Shape.Rank == 1,
            $"SampledSoftmax: own scores {own.Shape}, drawn scores {drawn.Shape}, targets {targets.Shape} and samples {samples.Shape}; they are [n], [n, m], [n] and [m]", nameof(drawn));
        Tensor Expected(Indices classes) => Tensor.Over([.. classes.Select(id => (float)Math.Log(m * probability(id)))], classes.Count);
        Tensor wrong = (drawn - Expected(samples)).MaskedFill(Hits(targets.Span, samples.Span, ownIsNone: false), float.NegativeInfinity);
        Tensor scores = Ops.Concat([(own - Expected(targets)).Unsqueeze(1), wrong], 1);
        return CrossEntropy(scores, new long[n], reduction);
    }

    /// <summary>
    /// Mask [rows, columns], true where the row and the column have the same id. With <paramref name="ownIsNone"/> the diagonal is false,
    /// because there each row meets itself.
    /// </summary>
    static Mask Hits(ReadOnlySpan<long> rows, ReadOnlySpan<long> columns, bool ownIsNone)
    {
        var hits = new bool[checked(rows.Length * columns.Length)];
        for (int i = 0; i < rows.Length; i++)
            for (int j = 0; j < columns.Length; j++) hits[i * columns.Length + j] = rows[i] == columns[j] && !(ownIsNone && i == j);
        return Mask.From(hits, rows.Length, columns.Length);
    }
}
