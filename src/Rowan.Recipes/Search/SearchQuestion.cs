using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>A question and the documents that answer it.</summary>
/// <param name="Text">The question.</param>
/// <param name="Documents">Relevant documents, distinct; −1 for one that the corpus lacks, which is never found.</param>
/// <param name="Gains">How relevant each is, above 0.</param>
sealed record SearchQuestion(string Text, IReadOnlyList<int> Documents, IReadOnlyList<float> Gains)
{
    /// <summary>A question with one answer.</summary>
    public SearchQuestion(string text, int document) : this(text, [document], [1]) { }

    /// <summary>Adds the ranking that the scores of all documents give.</summary>
    public void AddTo(RankingMetrics metrics, ReadOnlySpan<float> scores)
    {
        if (Documents is [>= 0 and var only])
        {
            metrics.Add([RankingMetrics.RankOf(scores, only)], [Gains[0]]);
            return;
        }
        float[] own = new float[Documents.Count];
        for (int i = 0; i < own.Length; i++) own[i] = Documents[i] >= 0 ? scores[Documents[i]] : float.NegativeInfinity;
        // The best first. Of relevant documents with the same score the least relevant comes first: ties count against the model.
        int[] found = [.. Enumerable.Range(0, Documents.Count).Where(i => Documents[i] >= 0).OrderByDescending(i => own[i])
            .ThenBy(i => Gains[i])];
        int[] missing = [.. Enumerable.Range(0, Documents.Count).Where(i => Documents[i] < 0)];
        var ranks = new long[Documents.Count];
        RankingMetrics.RanksOf(scores, [.. found.Select(i => (long)Documents[i])], [], ranks);
        ranks.AsSpan(found.Length).Fill(RankingMetrics.NotFound);
        metrics.Add(ranks, [.. found.Concat(missing).Select(i => Gains[i])]);
    }

    /// <summary>Ranking metrics by name, the mean reciprocal rank first.</summary>
    public static IReadOnlyList<Metric> Figures(RankingMetrics metrics) =>
    [
        new("mrr", metrics.MeanReciprocalRank),
        .. metrics.Cutoffs.Where(k => k > 1).Select(k => new Metric($"ndcg@{k}", metrics.Ndcg(k))),
        .. metrics.Cutoffs.Select(k => new Metric($"recall@{k}", metrics.Recall(k))),
        .. metrics.Cutoffs.Where(k => k > 1).Select(k => new Metric($"map@{k}", metrics.MeanAveragePrecision(k))),
    ];
}
