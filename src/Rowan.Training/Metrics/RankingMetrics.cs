using System.Numerics;
using Rowan.Numerics;

namespace Rowan.Training;

/// <summary>
/// Means of ranking metrics over queries. With R the relevant documents of a query, g(d) their gains (1 unless given),
/// and d₁, d₂, … the ranking:
/// <list type="bullet">
/// <item>hr@k = 1 if any of d₁ … d_k is in R, else 0 (hit rate, also called success@k)</item>
/// <item>precision@k = |R ∩ {d₁ … d_k}| / k</item>
/// <item>recall@k = |R ∩ {d₁ … d_k}| / |R|</item>
/// <item>map@k = Σ over ranks r ≤ k with d_r ∈ R of precision@r, divided by |R|</item>
/// <item>ndcg@k = Σ over r ≤ k of g(d_r) / log₂(r + 1), divided by the largest such sum over all rankings</item>
/// <item>mrr = 1 / the first rank r with d_r ∈ R, over the whole ranking</item>
/// </list>
/// </summary>
/// <remarks>
/// These are trec_eval's definitions (success, P, recall, map_cut, ndcg_cut, recip_rank). A relevant document that is not in the ranking
/// counts in |R| and is never found. Not safe for use from several threads at once.
/// </remarks>
/// <example><code>
/// var metrics = new RankingMetrics(10);
/// metrics.Add([1, 4]);                          // a query with two relevant documents, at ranks 1 and 4
/// Console.WriteLine(metrics.Recall(10));        // 1
/// </code></example>
public sealed class RankingMetrics
{
    /// <summary>The rank of a relevant document that is not in the ranking.</summary>
    public const long NotFound = long.MaxValue;

    // More relevant documents than this are ranked by one sort of all scores instead of one scan for each.
    const int MostScans = 32;

    readonly int[] _cutoffs;
    readonly double[] _hits, _precision, _recall, _averagePrecision, _ndcg;
    double _reciprocal;

    /// <param name="cutoffs">The values of k, each at least 1; duplicates are ignored.</param>
    /// <exception cref="ArgumentOutOfRangeException">A cutoff is below 1, or there is none.</exception>
    public RankingMetrics(params IReadOnlyList<int> cutoffs)
    {
        ArgumentNullException.ThrowIfNull(cutoffs);
        Require.InRange(cutoffs.Count > 0 && cutoffs.All(k => k >= 1),
            $"RankingMetrics: cutoffs {string.Join(", ", cutoffs)}; give at least one, each 1 or more", nameof(cutoffs));
        _cutoffs = [.. cutoffs.Distinct()];
        (_hits, _precision, _recall, _averagePrecision, _ndcg) = (new double[_cutoffs.Length], new double[_cutoffs.Length],
            new double[_cutoffs.Length], new double[_cutoffs.Length], new double[_cutoffs.Length]);
    }

    /// <summary>The values of k, without duplicates, in the order they were given.</summary>
    public IReadOnlyList<int> Cutoffs => _cutoffs;

    /// <summary>Queries added.</summary>
    public long Queries { get; private set; }

    /// <summary>Mean of hr@k.</summary>
    /// <exception cref="ArgumentOutOfRangeException">k is not one of the cutoffs.</exception>
    public double HitRate(int k) => Mean(_hits[IndexOf(k)]);

    /// <summary>Mean of precision@k.</summary>
    /// <inheritdoc cref="HitRate"/>
    public double Precision(int k) => Mean(_precision[IndexOf(k)]);

    /// <summary>Mean of recall@k.</summary>
    /// <inheritdoc cref="HitRate"/>
    public double Recall(int k) => Mean(_recall[IndexOf(k)]);

    /// <summary>Mean of map@k.</summary>
    /// <inheritdoc cref="HitRate"/>
    public double MeanAveragePrecision(int k) => Mean(_averagePrecision[IndexOf(k)]);

    /// <summary>Mean of ndcg@k.</summary>
    /// <inheritdoc cref="HitRate"/>
    public double Ndcg(int k) => Mean(_ndcg[IndexOf(k)]);

    /// <summary>Mean of mrr.</summary>
    public double MeanReciprocalRank => Mean(_reciprocal);

    /// <summary>Adds a query.</summary>
    /// <param name="ranks">The rank of each relevant document, counted from 1, ascending; <see cref="NotFound"/> for one that is not in
    /// the ranking.</param>
    /// <param name="gains">The gain of each, 0 or more; empty for 1 each. Documents with gain 0 are not relevant: leave them out.</param>
    /// <exception cref="ArgumentException">There is no relevant document, ranks are not ascending from 1, or gains are not one for each
    /// or not positive.</exception>
    public void Add(ReadOnlySpan<long> ranks, ReadOnlySpan<float> gains = default)
    {
        Require.That(ranks.Length > 0, $"RankingMetrics.Add: no relevant document; leave out queries without one", nameof(ranks));
        Require.That(gains.IsEmpty || gains.Length == ranks.Length,
            $"RankingMetrics.Add: {gains.Length} gains for {ranks.Length} ranks; give one for each, or none", nameof(gains));
        for (int i = 0; i < ranks.Length; i++)
        {
            Require.That(ranks[i] >= 1 && (i == 0 || ranks[i] > ranks[i - 1] || ranks[i] == NotFound),
                $"RankingMetrics.Add: rank {ranks[i]} at {i}; ranks begin at 1 and ascend, each once", nameof(ranks));
            Require.That(gains.IsEmpty || (gains[i] > 0 && float.IsFinite(gains[i])),
                $"RankingMetrics.Add: gain {(gains.IsEmpty ? 1 : gains[i])} at {i}; it must be above 0", nameof(gains));
        }
        Queries++;
        if (ranks[0] != NotFound) _reciprocal += 1.0 / ranks[0];
        float[] ideal = gains.ToArray();
        Array.Sort(ideal, static (x, y) => y.CompareTo(x));
        for (int c = 0; c < _cutoffs.Length; c++)
        {
            int k = _cutoffs[c], found = 0;
            double averagePrecision = 0, gained = 0, best = 0;
            for (; found < ranks.Length && ranks[found] <= k; found++)
            {
                averagePrecision += (found + 1.0) / ranks[found];
                gained += (gains.IsEmpty ? 1 : gains[found]) * Discount(ranks[found]);
            }
            for (int i = 0; i < ranks.Length && i < k; i++) best += (gains.IsEmpty ? 1 : ideal[i]) * Discount(i + 1);
            _hits[c] += found > 0 ? 1 : 0;
            _precision[c] += found / (double)k;
            _recall[c] += found / (double)ranks.Length;
            _averagePrecision[c] += averagePrecision / ranks.Length;
            _ndcg[c] += gained / best;
        }
    }

    /// <summary>
    /// The ranks of the relevant rows among scores, ascending. Rows that score the same as a relevant one and are not relevant themselves
    /// rank above it: a model that cannot tell rows apart gains nothing. A score that is not a number is the lowest for a relevant row
    /// and the highest for any other.
    /// </summary>
    /// <param name="scores">The score of each row.</param>
    /// <param name="relevant">Distinct rows.</param>
    /// <param name="excluded">Distinct rows that are not ranked; none of them is relevant.</param>
    /// <param name="ranks">Receives the rank of each relevant row [relevant], the best first.</param>
    /// <exception cref="ArgumentException">A row is outside the scores, or <paramref name="ranks"/> is shorter than
    /// <paramref name="relevant"/>.</exception>
    public static void RanksOf(ReadOnlySpan<float> scores, ReadOnlySpan<long> relevant, ReadOnlySpan<long> excluded, Span<long> ranks)
    {
        Require.That(ranks.Length >= relevant.Length, $"RankingMetrics.RanksOf: {ranks.Length} places for {relevant.Length} ranks",
            nameof(ranks));
        Check(scores.Length, relevant, nameof(relevant));
        Check(scores.Length, excluded, nameof(excluded));
        Span<float> own = relevant.Length <= MostScans ? stackalloc float[MostScans] : new float[relevant.Length];
        own = own[..relevant.Length];
        for (int i = 0; i < own.Length; i++) own[i] = Relevant(scores[(int)relevant[i]]);
        own.Sort(static (x, y) => y.CompareTo(x));
        float[]? sorted = null;
        if (own.Length > MostScans)
        {
            sorted = scores.ToArray();
            // Numbers that are none sort first: as competitors they rank above all.
            Array.Sort(sorted);
        }
        for (int i = 0; i < own.Length; i++)
        {
            float score = own[i];
            // Rows at least as good, then without those that are not ranked and the relevant ones, of which i are better placed.
            long above = sorted is null ? NotBelow(scores, score) : NotBelow(sorted, score);
            foreach (long row in excluded) above -= scores[(int)row] < score ? 0 : 1;
            foreach (long row in relevant) above -= scores[(int)row] < score ? 0 : 1;
            ranks[i] = above + i + 1;
        }
    }

    /// <summary>The rank of one relevant row among scores, from 1.</summary>
    /// <inheritdoc cref="RanksOf"/>
    public static long RankOf(ReadOnlySpan<float> scores, long relevant)
    {
        long rank = 0;
        RanksOf(scores, [relevant], [], new Span<long>(ref rank));
        return rank;
    }

    static float Relevant(float score) => float.IsNaN(score) ? float.NegativeInfinity : score;

    static void Check(int count, ReadOnlySpan<long> rows, string name)
    {
        foreach (long row in rows)
            Require.That((ulong)row < (ulong)count, $"RankingMetrics: row {row} of {count} scores; rows are 0 to {count - 1}", name);
    }

    /// <summary>How many scores are not below a bound; one that is not a number is not below.</summary>
    static long NotBelow(ReadOnlySpan<float> scores, float bound)
    {
        var bounds = new Vector<float>(bound);
        var below = Vector<int>.Zero;
        int width = Vector<float>.Count, i = 0;
        for (; i <= scores.Length - width; i += width) below -= Vector.LessThan(new Vector<float>(scores[i..]), bounds);
        long count = i - Vector.Sum(below);
        for (; i < scores.Length; i++) count += scores[i] < bound ? 0 : 1;
        return count;
    }

    /// <summary>The same for sorted scores, those that are no numbers first.</summary>
    static long NotBelow(float[] sorted, float bound)
    {
        int none = 0;
        while (none < sorted.Length && float.IsNaN(sorted[none])) none++;
        int low = none, high = sorted.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (sorted[middle] < bound) low = middle + 1;
            else high = middle;
        }
        return none + sorted.Length - low;
    }

    static double Discount(long rank) => 1 / Math.Log2(rank + 1.0);

    double Mean(double sum) => Queries == 0 ? double.NaN : sum / Queries;

    int IndexOf(int k)
    {
        int index = Array.IndexOf(_cutoffs, k);
        Require.InRange(index >= 0, $"RankingMetrics: {k} is not a cutoff; there are {string.Join(", ", _cutoffs)}", nameof(k));
        return index;
    }
}
