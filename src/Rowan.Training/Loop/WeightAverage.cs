namespace Rowan.Training;

/// <summary>
/// The mean of the weights at several moments of training: m ← m + (w − m) / n at the n-th (Polyak and Juditsky 1992; Izmailov et al. 2018). Whole numbers
/// are those of the last moment. It costs one more copy of all weights.
/// </summary>
sealed class WeightAverage
{
    readonly WeightCopy _mean = new();

    /// <summary>Moments so far.</summary>
    public long Moments { get; private set; }

    /// <summary>The mean, as long as no other moment is added; null before the first.</summary>
    public StateDict? Mean => _mean.Weights;

    /// <summary>Goes back to the mean of so many moments.</summary>
    public void Load(StateDict mean, long moments)
    {
        _mean.Take(mean);
        Moments = moments;
    }

    /// <summary>Takes in another moment.</summary>
    public void Add(StateDict weights)
    {
        if (++Moments == 1) _mean.Take(weights);
        else _mean.MoveTowards(weights, 1f / Moments);
    }
}
