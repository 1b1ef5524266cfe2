namespace Rowan.Training;

/// <summary>What a job is told of one step.</summary>
/// <param name="number">Steps before this one.</param>
/// <param name="epoch">Epochs before this one.</param>
/// <param name="examples">Which examples, by their places in the data.</param>
/// <param name="rng">Random numbers of this step alone: a function of (seed, number), so that a resumed run draws the same.</param>
/// <param name="rate">What the learning rate is multiplied by, from the schedule.</param>
/// <param name="clipNorm">The largest norm of all gradients; null for none.</param>
public readonly ref struct TrainingBatch(long number, int epoch, ReadOnlySpan<long> examples, Rng rng, float rate, float? clipNorm)
{
    /// <summary>Steps before this one.</summary>
    public long Number { get; } = number;

    /// <summary>Epochs before this one.</summary>
    public int Epoch { get; } = epoch;

    /// <summary>Which examples, by their places in the data.</summary>
    public ReadOnlySpan<long> Examples { get; } = examples;

    /// <summary>Random numbers of this step alone.</summary>
    public Rng Rng { get; } = rng;

    /// <summary>What the learning rate is multiplied by.</summary>
    public float Rate { get; } = rate;

    /// <summary>The largest norm of all gradients; null for none.</summary>
    public float? ClipNorm { get; } = clipNorm;
}

/// <summary>
/// Something that learns from numbered examples, step by step. Everything that a step leaves behind is in the state: with it and the number of
/// the next step a job goes on as if it had never stopped, bit by bit.
/// </summary>
public interface ITrainingJob
{
    /// <summary>Examples in an epoch.</summary>
    long Examples { get; }

    /// <summary>Moves everything by one step, unless the loss is no finite number, which moves nothing.</summary>
    /// <returns>The mean loss of the batch.</returns>
    double Step(TrainingBatch batch);

    /// <summary>Figures over the validation data, the one that is monitored by default first; none where there is no such data.</summary>
    IReadOnlyList<Metric> Validate(CancellationToken stop);

    /// <summary>Weights and the optimizer's state.</summary>
    StateDict StateDict();

    /// <summary>Goes back to a state.</summary>
    void LoadStateDict(StateDict state);

    /// <summary>The weights alone: what the best check keeps.</summary>
    StateDict Weights();

    /// <summary>Goes back to weights.</summary>
    void LoadWeights(StateDict weights);

    /// <summary>Examples in the users' own words, for messages: "user 17, item Toy Story (1995)".</summary>
    string Describe(ReadOnlySpan<long> examples);

    /// <summary>The optimizer's step size where the schedule says 1; of several the first.</summary>
    double LearningRate { get; }

    /// <summary>The share of table rows that ever received a gradient; null where nobody counts.</summary>
    double? RowsTouched { get; }
}
