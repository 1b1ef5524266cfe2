namespace Rowan.Retrieval;

/// <summary>A row found, and its score.</summary>
/// <param name="Id">The row.</param>
/// <param name="Score">The higher, the better.</param>
public readonly record struct Match(long Id, float Score);

/// <summary>The k best of many scores: the higher score first, then the lower id, so that the order is settled by the data.</summary>
sealed class TopK(int k)
{
    // A heap whose root is the worst of the best.
    readonly PriorityQueue<long, (float Score, long MinusId)> _best = new();

    float _least = k == 0 ? float.NaN : float.NegativeInfinity;

    /// <summary>Offers a row.</summary>
    public void Add(long id, float score)
    {
        // Also false for a score that is not a number.
        if (!(score >= _least)) return;
        var rank = (score, -id);
        if (_best.Count < k) _best.Enqueue(id, rank);
        else if (_best.TryPeek(out _, out var worst) && rank.CompareTo(worst) > 0) _best.EnqueueDequeue(id, rank);
        if (_best.Count == k && _best.TryPeek(out _, out var least)) _least = least.Score;
    }

    /// <summary>The best, best first; nothing is left.</summary>
    public Match[] Take()
    {
        var matches = new Match[_best.Count];
        for (int i = matches.Length - 1; i >= 0; i--)
        {
            _best.TryDequeue(out long id, out var rank);
            matches[i] = new Match(id, rank.Score);
        }
        _least = k == 0 ? float.NaN : float.NegativeInfinity;
        return matches;
    }
}
