namespace Rowan.Training;

/// <summary>
/// The mean of the weights at several moments of training: m ← m + (w − m) / n at the n-th (Polyak and Juditsky 1992; Izmailov et al.
/// 2018). Whole numbers are those of the last moment. It costs one more copy of all weights.
/// </summary>
/// <remarks>
/// <see cref="Rowan.WeightAverage"/> averages learnables, for a training loop of one's own. A job is known by its state alone: it may train
/// arrays that are no learnables, as word vectors do, and its state has buffers and counters.
/// </remarks>
sealed class StateAverage
{
    readonly WeightCopy _mean = new();

    /// <summary>Snapshots so far.</summary>
    public long Moments { get; private set; }

    /// <summary>The mean, valid until the next snapshot is added; null before the first.</summary>
    public StateDict? Mean => _mean.Weights;

    /// <summary>Restores the mean of a number of snapshots.</summary>
    public void Load(StateDict mean, long moments)
    {
        _mean.Take(mean);
        Moments = moments;
    }

    /// <summary>Adds a snapshot.</summary>
    public void Add(StateDict weights)
    {
        if (++Moments == 1) _mean.Take(weights);
        else _mean.MoveTowards(weights, 1f / Moments);
    }
}
