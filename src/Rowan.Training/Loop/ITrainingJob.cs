namespace Rowan.Training;

/// <summary>The input of one training step.</summary>
/// <param name="number">Steps before this one.</param>
/// <param name="epoch">Epochs before this one.</param>
/// <param name="examples">Indices of the examples in the data.</param>
/// <param name="rng">Random numbers of this step: a function of (seed, number), so that a resumed run draws the same.</param>
/// <param name="rate">The schedule's factor on the learning rate.</param>
/// <param name="clipNorm">The largest norm of all gradients; null for none.</param>
public readonly ref struct TrainingBatch(long number, int epoch, ReadOnlySpan<long> examples, Rng rng, float rate, float? clipNorm)
{
    /// <summary>Steps before this one.</summary>
    public long Number { get; } = number;

    /// <summary>Epochs before this one.</summary>
    public int Epoch { get; } = epoch;

    /// <summary>Indices of the examples in the data.</summary>
    public ReadOnlySpan<long> Examples { get; } = examples;

    /// <summary>Random numbers of this step.</summary>
    public Rng Rng { get; } = rng;

    /// <summary>The schedule's factor on the learning rate.</summary>
    public float Rate { get; } = rate;

    /// <summary>The largest norm of all gradients; null for none.</summary>
    public float? ClipNorm { get; } = clipNorm;
}

/// <summary>
/// Something that learns from numbered examples, step by step. The state holds everything that a step changes:
/// with it and the number of the next step, a resumed job reaches the same bits as one that never stopped.
/// </summary>
public interface ITrainingJob
{
    /// <summary>Examples in an epoch.</summary>
    long Examples { get; }

    /// <summary>Makes one training step. A loss that is not finite changes nothing.</summary>
    /// <returns>The mean loss of the batch.</returns>
    double Step(TrainingBatch batch);

    /// <summary>Metrics on the validation data, the default monitored one first; none without such data.</summary>
    IReadOnlyList<Metric> Validate(CancellationToken stop);

    /// <summary>Weights and the optimizer's state.</summary>
    StateDict StateDict();

    /// <summary>Restores a state.</summary>
    void LoadStateDict(StateDict state);

    /// <summary>Only the weights, which are kept from the best check.</summary>
    StateDict Weights();

    /// <summary>Restores weights.</summary>
    void LoadWeights(StateDict weights);

    /// <summary>Examples in the users' own words, for messages: "user 17, item Toy Story (1995)".</summary>
    string Describe(ReadOnlySpan<long> examples);

    /// <summary>The base learning rate, at factor 1 of the schedule; the first of several. Null for a job without one.</summary>
    double? LearningRate { get; }

    /// <summary>The share of table rows that ever received a gradient; null if not counted.</summary>
    double? RowsTouched { get; }
}
