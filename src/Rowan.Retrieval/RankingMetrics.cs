using Rowan.Numerics;

namespace Rowan.Retrieval;

/// <summary>How well rankings put the one right answer of each query in front.</summary>
/// <param name="RecallAt1">Share of queries whose answer is first.</param>
/// <param name="RecallAt10">Share of queries whose answer is among the first ten.</param>
/// <param name="MeanReciprocalRank">Mean of 1/rank.</param>
public sealed record RankingMetrics(double RecallAt1, double RecallAt10, double MeanReciprocalRank)
{
    /// <summary>The metrics of a list of ranks, counted from 1.</summary>
    public static RankingMetrics Of(IReadOnlyCollection<long> ranks)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        if (ranks.Count == 0) return new(double.NaN, double.NaN, double.NaN);
        return new(ranks.Count(rank => rank <= 1) / (double)ranks.Count, ranks.Count(rank => rank <= 10) / (double)ranks.Count, ranks.Average(rank => 1.0 / rank));
    }

    /// <summary>
    /// The rank of an answer among scores, from 1. Rows that score the same share the middle of their places: a score that cannot tell
    /// them apart gains nothing from their order.
    /// </summary>
    public static long RankOf(ReadOnlySpan<float> scores, long answer)
    {
        Require.InRange((ulong)answer < (ulong)scores.Length, $"RankOf: answer {answer} of {scores.Length} scores", nameof(answer));
        float own = scores[(int)answer];
        long above = 0, equal = 0;
        foreach (float score in scores)
            if (score > own) above++;
            else if (score == own) equal++;
        return above + 1 + (equal - 1) / 2;
    }
}
