namespace Rowan.Training;

/// <summary>Metrics of predicted labels, collected text by text.</summary>
/// <param name="labels">Number of labels.</param>
/// <param name="several">Whether a text may have several labels.</param>
sealed class LabelMetrics(int labels, bool several)
{
    const int Top = 5;
    const double LeastProbability = 1e-7;

    readonly long[] _unseen = new long[labels];
    double _logLoss, _first, _five, _recall;

    /// <summary>Texts so far.</summary>
    public long Count { get; private set; }

    /// <summary>How often each label (row) was predicted as each (column), for single labels [labels, labels].</summary>
    public long[,] Confusion { get; } = new long[labels, labels];

    /// <summary>Adds a text.</summary>
    /// <param name="probabilities">The probability of each label [labels].</param>
    /// <param name="own">Its labels; −1 for one that training does not know.</param>
    public void Add(ReadOnlySpan<float> probabilities, ReadOnlySpan<int> own)
    {
        Count++;
        float[] values = probabilities.ToArray();
        int[] ranked = [.. Enumerable.Range(0, labels).OrderByDescending(label => values[label])];
        if (several)
        {
            ReadOnlySpan<int> top = ranked.AsSpan(0, Math.Min(Top, labels));
            int found = 0;
            foreach (int label in top) found += own.Contains(label) ? 1 : 0;
            _first += own.Contains(ranked[0]) ? 1 : 0;
            _five += found / (double)Top;
            _recall += own.Length == 0 ? 1 : found / (double)own.Length;
            for (int label = 0; label < labels; label++)
                _logLoss -= Math.Log(Math.Max(LeastProbability, own.Contains(label) ? values[label] : 1 - values[label]));
            return;
        }
        int truth = own[0];
        if (truth < 0) _unseen[ranked[0]]++;
        else Confusion[truth, ranked[0]]++;
        _logLoss -= Math.Log(truth < 0 ? LeastProbability : Math.Max(LeastProbability, values[truth]));
    }

    /// <summary>Precision and recall at 1 and 5 and log loss for several labels; accuracy, macro F1 and log loss for one.</summary>
    public IReadOnlyList<Metric> Result()
    {
        double n = Count;
        if (n == 0) return [];
        if (several) return [new("p@1", _first / n), new("p@5", _five / n), new("r@5", _recall / n),
            new("log loss", _logLoss / n / labels, HigherIsBetter: false)];
        double right = Enumerable.Range(0, labels).Sum(label => (double)Confusion[label, label]);
        return [new("accuracy", right / n), new("macro f1", PredictionMetrics.MacroF1(Confusion, _unseen)),
            new("log loss", _logLoss / n, HigherIsBetter: false)];
    }
}
